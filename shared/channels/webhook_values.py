"""Single values in webhooks, which Meta gives as numbers or texts, alone or in a list of one."""

import re
from datetime import UTC, datetime

_LONGEST = 300  # characters of what Meta wrote for people
_TIER = re.compile(r"TIER_[0-9]{1,9}K?", re.ASCII)


def tier(value: object) -> str | None:
    """A messaging limit as `TIER_…`; None for what is none, or not known yet.

    Meta gives a tier, or a number, where -1 is no limit.
    """
    count = number(value)
    if count == -1:
        return "TIER_UNLIMITED"
    if count is not None:
        if not 0 < count < 10**9:
            return None
        return f"TIER_{count // 1000}K" if count % 1000 == 0 else f"TIER_{count}"
    name = word(value)
    return name if name == "TIER_UNLIMITED" or _TIER.fullmatch(name) else None


def sentence(words: str, more: str) -> str:
    """A sentence of ours, and what Meta adds to it."""
    start = words[:1].upper() + words[1:]
    if not more:
        return f"{start}."
    return f"{start}: {more}" if more.endswith((".", "!")) else f"{start}: {more}."


def word(value: object) -> str:
    """Meta's constant; a list of one in some examples."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return text(value)[:60].upper()


def text(value: object) -> str:
    """One line of what Meta wrote, not longer than people read, without what can't be stored."""
    if not isinstance(value, str):
        return ""
    whole = value[: 4 * _LONGEST].encode(errors="replace").decode()
    return " ".join(whole.split())[:_LONGEST]


def digits(value: object) -> str:
    """The digits of a phone number, however it is written."""
    written = str(value) if isinstance(value, int) else text(value)
    return "".join(each for each in written if each in "0123456789")


def number(value: object) -> int | None:
    """A whole number, which Meta may give as text."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, str) and len(value) < 20:
        try:
            return int(value)
        except ValueError:
            return None
    return None


def moment(value: object) -> datetime | None:
    """An instant in seconds since 1970; None for what is none, or before."""
    seconds = number(value)
    try:
        return None if seconds is None or seconds < 0 else datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        return None
