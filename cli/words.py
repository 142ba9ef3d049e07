"""Numbers, instants and durations as people read and write them."""

import re
from datetime import UTC, datetime, timedelta

import typer

_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


def now() -> datetime:
    """The present instant, in UTC."""
    return datetime.now(UTC)


def clean(text: object) -> str:
    """Safe for a terminal and for one line: what comes from elsewhere can't move the cursor."""
    return _CONTROL.sub(" ", str(text))


def number(value: float) -> str:
    """1,234 or 12.5."""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def when(instant: str | None) -> str:
    """An instant of the API in this machine's time zone; a dash if there is none."""
    if instant is None:
        return "–"
    return datetime.fromisoformat(instant).astimezone().strftime("%Y-%m-%d %H:%M")


def until(instant: str | None) -> str:
    """How long it is until then: `in 3 h`."""
    if instant is None:
        return "–"
    left = datetime.fromisoformat(instant) - now()
    return "now" if left <= timedelta(0) else f"in {span(left.total_seconds())}"


def span(seconds: float) -> str:
    """A duration, roughly: `45 s`, `12 min`, `3 h`, `4 days`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min"
    if seconds < 36 * 3600:
        return f"{seconds / 3600:.0f} h"
    return f"{seconds / 86_400:.0f} days"


def seconds_of(text: str) -> float:
    """What a person means by `90`, `90s`, `10m`, `2h`, `1d`, in seconds; for an option."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smhd]?)", text.strip(), re.ASCII)
    if not found:
        raise typer.BadParameter("give a duration such as 90s, 10m or 2h")
    return float(found[1]) * _UNITS[found[2]]
