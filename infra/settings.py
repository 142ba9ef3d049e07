"""Every number of the stack, one set per stage, and what a deployment may choose itself."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aws_cdk import RemovalPolicy
from aws_cdk.aws_logs import RetentionDays

TUNABLE = (
    "WHATSAPP_DAILY_LIMIT",
    "WHATSAPP_LIMIT_WINDOW",
    "BATCH_SIZE",
    "GROUP_SIZE",
    "CONTINUOUS_GROUP_SIZE",
    "SEND_CONCURRENCY",
    "SEND_DELAY_MS",
    "MAX_ATTEMPTS",
    "THROTTLE_STOP_SECONDS",
    "OPT_OUT_WORDS",
    "META_GRAPH_URL",
    "META_GRAPH_VERSION",
)
"""Variables of the functions that `-c NAME=value` sets; without it the code's own default holds."""


class InvalidContextError(Exception):
    """A `-c name=value` cannot be used; the message says what can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageSettings:
    """One stage of the stack.

    Rates are requests per second over the whole API. Lambda gives reserved concurrency out of the
    account's quota (1,000 unless the account is new), of which it keeps 100 unreserved.
    """

    stage: str
    keep_data: bool  # deletion protection, and tables and users outlive the stack
    log_retention: RetentionDays
    api_rate: int
    api_burst: int
    webhook_rate: int  # Meta asks for three times what is sent a second, and what people answer
    webhook_burst: int
    executor_workers: int  # batches at once, all campaigns together
    updates_workers: int  # batches of Meta's updates at once; two is the least
    outgoing_workers: int  # of ten deliveries at once to other systems each; two is the least
    importers: int  # parts of lists at once; two is the least
    executor_reserved: int | None  # executors at once: workers, ticks and direct invocations
    console: bool = True  # the web console, with CloudFront and Cognito's login pages
    console_domain: str | None = None  # its own name, instead of CloudFront's
    console_certificate: str | None = None  # for that name; CloudFront wants it in us-east-1
    allowed_origin: str | None = None
    alarm_email: str | None = None
    machines: tuple[str, ...] = ()  # tenants whose programs log in by client credentials
    bundle: str = "lambda"
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def removal_policy(self) -> RemovalPolicy:
        return RemovalPolicy.RETAIN if self.keep_data else RemovalPolicy.DESTROY


STAGES: Mapping[str, dict[str, Any]] = {
    "dev": {
        "keep_data": False,
        "log_retention": RetentionDays.ONE_WEEK,
        "api_rate": 20,
        "api_burst": 40,
        "webhook_rate": 100,
        "webhook_burst": 200,
        "executor_workers": 2,
        "updates_workers": 2,
        "outgoing_workers": 2,
        "importers": 2,
        "executor_reserved": None,
    },
    "prod": {
        "keep_data": True,
        "log_retention": RetentionDays.THREE_MONTHS,
        "api_rate": 100,
        "api_burst": 200,
        "webhook_rate": 1000,
        "webhook_burst": 2000,
        "executor_workers": 10,
        "updates_workers": 5,
        "outgoing_workers": 10,
        "importers": 10,
        "executor_reserved": 20,
    },
}


def stage_settings(context: Callable[[str], Any]) -> StageSettings:
    """The settings that the CDK context asks for. Raises InvalidContextError."""
    stage = context("stage") or "dev"
    domain = _matching(context, "consoleDomain", r"[a-z0-9-]+(\.[a-z0-9-]+)+")
    certificate = _matching(context, "consoleCertificate", r"arn:aws:acm:us-east-1:\d{12}:\S+")
    if (domain is None) is not (certificate is None):
        raise InvalidContextError("-c consoleDomain=… and -c consoleCertificate=… need each other")
    return StageSettings(
        stage=stage,
        console=_one_of("console", context("console") or "on", ("on", "off")) == "on",
        console_domain=domain,
        console_certificate=certificate,
        allowed_origin=_matching(context, "allowedOrigin", r"https?://[^/*\s]+"),
        alarm_email=_matching(context, "alarmEmail", r"[^@\s]+@[^@\s]+\.[^@\s]+"),
        machines=_tenants(context("machines")),
        bundle=_one_of("bundle", context("bundle") or "lambda", ("lambda", "host")),
        environment={name: str(value) for name in TUNABLE if (value := context(name)) is not None},
        **STAGES[_one_of("stage", stage, tuple(STAGES))],
    )


def _one_of(name: str, value: str, known: tuple[str, ...]) -> str:
    if value not in known:
        raise InvalidContextError(f"-c {name}={value}: must be one of {', '.join(known)}")
    return value


def _tenants(names: str | None) -> tuple[str, ...]:
    found = tuple(filter(None, dict.fromkeys((names or "").split(","))))
    for name in found:
        if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", name):
            raise InvalidContextError(f"-c machines={names}: {name!r} can't be a tenant's id")
    return found


def _matching(context: Callable[[str], Any], name: str, pattern: str) -> str | None:
    value = context(name)
    if value is not None and not re.fullmatch(pattern, value):
        raise InvalidContextError(f"-c {name}={value}: does not look like one ({pattern})")
    return None if value is None else str(value)
