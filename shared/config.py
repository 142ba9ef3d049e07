"""Settings from the environment, read and checked once; an error names everything that is wrong."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from shared.domain.quota import LimitWindow

T = TypeVar("T")


class SettingsError(Exception):
    """One or more variables are missing or impossible; the message lists them all."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What every function needs.

    `daily_limit` is in conversations per sender and 24 hours (Meta's lowest tier allows 250).
    `group_size` is the most recipients that a hard kill can leave in doubt per worker; a DynamoDB
    transaction takes 100 items and a recipient up to three, hence at most 30. Continuous campaigns
    have larger groups, with `send_concurrency` calls at once. `opt_out_words`:
    besides those of `shared.domain.opt_out`, separated by commas.
    """

    campaigns_table: str
    recipients_table: str
    whatsapp_table: str
    daily_limit: int = 200
    limit_window: LimitWindow = LimitWindow.ROLLING
    batch_size: int = 25
    group_size: int = 5
    continuous_group_size: int = 30
    send_concurrency: int = 30
    send_delay_ms: int = 50
    max_attempts: int = 3
    throttle_stop_seconds: float = 60.0
    opt_out_words: str = ""


@dataclass(frozen=True, slots=True)
class GraphSettings:
    """Where Meta is."""

    url: str = "https://graph.facebook.com"
    version: str = "v26.0"


@dataclass(frozen=True, slots=True)
class WhatsAppSettings:
    """Where and as whom messages of the sender `default` are sent."""

    phone_number_id: str
    access_token: str
    graph: GraphSettings

    def __repr__(self) -> str:  # the token must not reach a log by accident
        return f"WhatsAppSettings({self.graph.url}/{self.graph.version}/{self.phone_number_id})"


def load_settings(environment: Mapping[str, str]) -> Settings:
    """Read `Settings`. Raises SettingsError."""
    reader = _Reader(environment)
    settings = {
        "campaigns_table": reader.text("CAMPAIGNS_TABLE_NAME"),
        "recipients_table": reader.text("RECIPIENTS_TABLE_NAME"),
        "whatsapp_table": reader.text("WHATSAPP_TABLE_NAME"),
        "daily_limit": reader.number("WHATSAPP_DAILY_LIMIT", 200, 1, 10_000_000),
        "limit_window": reader.one_of("WHATSAPP_LIMIT_WINDOW", LimitWindow.ROLLING, LimitWindow),
        "batch_size": reader.number("BATCH_SIZE", 25, 1, 1000),
        "group_size": reader.number("GROUP_SIZE", 5, 1, 30),
        "continuous_group_size": reader.number("CONTINUOUS_GROUP_SIZE", 30, 1, 30),
        "send_concurrency": reader.number("SEND_CONCURRENCY", 30, 1, 50),
        "send_delay_ms": reader.number("SEND_DELAY_MS", 50, 0, 60_000),
        "max_attempts": reader.number("MAX_ATTEMPTS", 3, 1, 10),
        "throttle_stop_seconds": reader.number("THROTTLE_STOP_SECONDS", 60, 1, 3600),
        "opt_out_words": reader.text("OPT_OUT_WORDS", ""),
    }
    reader.finish()
    return Settings(**settings)  # type: ignore[arg-type]  # finish() raised if any was None


def load_whatsapp_settings(environment: Mapping[str, str]) -> WhatsAppSettings:
    """Read `WhatsAppSettings`. Raises SettingsError."""
    reader = _Reader(environment)
    settings = {
        "phone_number_id": reader.text("META_PHONE_NUMBER_ID"),
        "access_token": reader.text("META_ACCESS_TOKEN"),
    }
    reader.finish()
    graph = load_graph_settings(environment)
    return WhatsAppSettings(**settings, graph=graph)  # type: ignore[arg-type]


def load_graph_settings(environment: Mapping[str, str]) -> GraphSettings:
    """Read `GraphSettings`."""
    reader = _Reader(environment)
    return GraphSettings(
        url=reader.text("META_GRAPH_URL", GraphSettings().url) or "",
        version=reader.text("META_GRAPH_VERSION", GraphSettings().version) or "",
    )


@dataclass(frozen=True, slots=True)
class LiveSettings:
    """Where `live` writes to its clients, and the bus of the other systems, if there is one."""

    endpoint_url: str
    bus_name: str | None = None


def load_live_settings(environment: Mapping[str, str]) -> LiveSettings:
    """Read `LiveSettings`. Raises SettingsError."""
    reader = _Reader(environment)
    url = reader.text("LIVE_ENDPOINT_URL")
    reader.finish()
    return LiveSettings(url or "", reader.text("LIVE_BUS_NAME", "") or None)


def load_live_url(environment: Mapping[str, str]) -> str:
    """Where clients connect to hear what happens. Raises SettingsError."""
    reader = _Reader(environment)
    url = reader.text("LIVE_URL")
    reader.finish()
    return url or ""


def load_queue_url(environment: Mapping[str, str]) -> str:
    """The queue between the tick and the executor. Raises SettingsError."""
    reader = _Reader(environment)
    url = reader.text("EXECUTOR_QUEUE_URL")
    reader.finish()
    return url or ""


def load_updates_queue_url(environment: Mapping[str, str]) -> str:
    """The queue between the webhook and its processing. Raises SettingsError."""
    reader = _Reader(environment)
    url = reader.text("UPDATES_QUEUE_URL")
    reader.finish()
    return url or ""


def load_import_queue_url(environment: Mapping[str, str]) -> str:
    """The queue of what the importer shall do. Raises SettingsError."""
    reader = _Reader(environment)
    url = reader.text("IMPORT_QUEUE_URL")
    reader.finish()
    return url or ""


def load_lists_bucket(environment: Mapping[str, str]) -> str:
    """The bucket of uploaded lists and of reports about them. Raises SettingsError."""
    reader = _Reader(environment)
    name = reader.text("LISTS_BUCKET_NAME")
    reader.finish()
    return name or ""


def load_outgoing_queue_url(environment: Mapping[str, str]) -> str | None:
    """The queue of deliveries to other systems; None in a function that has none."""
    return _Reader(environment).text("OUTGOING_QUEUE_URL", "") or None


def load_webhook_loopback(environment: Mapping[str, str]) -> bool:
    """Whether events may be posted to `http://127.0.0.1`: on a laptop only."""
    return _Reader(environment).text("WEBHOOK_LOOPBACK", "") == "1"


class _Reader:
    """Collects every complaint before raising one error. An empty variable counts as not set."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._problems: list[str] = []

    def text(self, name: str, default: str | None = None) -> str | None:
        value = self._environment.get(name, "").strip() or default
        if value is None:
            self._problems.append(f"{name} is not set")
        return value

    def number(self, name: str, default: int, least: int, most: int) -> int | None:
        value = self._parsed(name, str(default), int)
        if value is None or not least <= value <= most:
            self._problems.append(f"{name} must be a whole number from {least} to {most}")
            return None
        return value

    def one_of(
        self, name: str, default: LimitWindow, kind: type[LimitWindow]
    ) -> LimitWindow | None:
        value = self._parsed(name, default.value, kind)
        if value is None:
            self._problems.append(f"{name} must be one of {', '.join(kind)}")
        return value

    def _parsed(self, name: str, default: str, parse: Callable[[str], T]) -> T | None:
        try:
            return parse(self.text(name, default) or default)
        except ValueError:
            return None

    def finish(self) -> None:
        if self._problems:
            raise SettingsError("; ".join(self._problems))
