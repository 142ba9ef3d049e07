"""The laptop's settings and the environment that the functions get from them."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local.console import DIST
from local.durable import LISTS
from local.events import REGION
from local.failure import LocalError
from shared.channels.simulator import PHONE_NUMBER_ID, TOKEN
from shared.channels.simulator_updates import ACCOUNT
from shared.config import SettingsError, load_settings, load_whatsapp_settings
from shared.dynamo.schema import TABLES

TABLE_NAMES = {table.name: f"local-{table.name}" for table in TABLES}


@dataclass(frozen=True, slots=True)
class LocalSettings:
    """What the laptop runtime itself needs; `graph_url` None means the built-in simulator."""

    port: int = 8000
    data_dir: Path = Path(".local")
    tick_seconds: float = 60.0
    graph_url: str | None = None
    console: Path = DIST


def load_local_settings(environment: Mapping[str, str]) -> LocalSettings:
    """Read and check everything before anything starts. Raises LocalError naming the variable."""
    settings = LocalSettings(
        port=int(_number(environment, "PORT", 8000, 0, 65535, whole=True)),
        data_dir=Path(environment.get("LOCAL_DATA_DIR") or ".local"),
        tick_seconds=_number(environment, "LOCAL_TICK_SECONDS", 60, 0, 86400),
        graph_url=environment.get("META_GRAPH_URL") or None,
    )
    trial = function_variables(environment, settings, "http://127.0.0.1", {}, "http://127.0.0.1")
    try:
        load_settings(trial)
        load_whatsapp_settings(trial)
    except SettingsError as error:
        raise LocalError(f"The settings can't be used: {error}.") from None
    return settings


def isolated(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without anything that could lead an AWS client away from this machine."""
    kept = {name: value for name, value in environment.items() if not name.startswith("AWS_")}
    return kept | {
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "NO_PROXY": _without_proxy(environment),
        "no_proxy": _without_proxy(environment),
    }


def isolate_this_process() -> None:
    """The runtime has AWS clients too, and they read the process's own environment."""
    variables = isolated(os.environ)
    os.environ.clear()
    os.environ.update(variables)


def function_variables(
    environment: Mapping[str, str],
    settings: LocalSettings,
    emulator_url: str,
    addresses: Mapping[str, str],
    simulator_url: str | None,
) -> dict[str, str]:
    """The environment of the functions: the user's, with AWS and tables on this machine only.

    `addresses`: of queues and of the live connections, by variable, and the emulator's secret. With
    the simulator, Meta's real
    secrets are not handed on either; those between it and the webhook are new at every start, so
    nobody else knows them.
    """
    variables = isolated(environment) | {
        "AWS_ENDPOINT_URL": emulator_url,
        **addresses,
        "LISTS_BUCKET_NAME": LISTS,
        "PYTHONUNBUFFERED": "1",
        "WEBHOOK_LOOPBACK": "1",
        "SENDER_SECRETS_DIR": str((settings.data_dir / "senders").absolute()),
    }
    variables |= {table.environment: TABLE_NAMES[table.name] for table in TABLES}
    for name in ("META_SECRET_ID", "LIVE_BUS_NAME"):  # what they name is on AWS only
        variables.pop(name, None)
    if simulator_url and not settings.graph_url:
        variables["META_GRAPH_URL"] = simulator_url
        variables["META_ACCESS_TOKEN"] = TOKEN
        variables["META_PHONE_NUMBER_ID"] = PHONE_NUMBER_ID
        variables["META_BUSINESS_ACCOUNT_ID"] = ACCOUNT
        variables["META_APP_SECRET"] = secrets.token_urlsafe()
        variables["META_WEBHOOK_VERIFY_TOKEN"] = secrets.token_urlsafe()
    return variables


def _without_proxy(environment: Mapping[str, str]) -> str:
    """A company's proxy can't reach this machine's loopback."""
    usual = environment.get("NO_PROXY") or environment.get("no_proxy")
    return ",".join(filter(None, [usual, "127.0.0.1", "localhost"]))


def _number(
    environment: Mapping[str, str],
    name: str,
    default: float,
    least: float,
    most: float,
    *,
    whole: bool = False,
) -> float:
    text = environment.get(name, "").strip() or str(default)
    try:
        value = int(text) if whole else float(text)
    except ValueError:
        value = least - 1
    if not least <= value <= most:  # also false for "nan"
        kind = "a whole number" if whole else "a number"
        raise LocalError(f"{name} must be {kind} from {least:g} to {most:g}, not {text!r}.")
    return value
