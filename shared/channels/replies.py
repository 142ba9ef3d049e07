"""What an answer of Meta's message endpoint means."""

import email.utils
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from shared.channels.error_codes import classify
from shared.domain.outcome import Outcome, OutcomeKind

MAX_DELAY = 86_400.0
"""Seconds of a Retry-After that are believed; longer ones are cut to a day."""


def judge(status: int, headers: Mapping[str, str], content: bytes) -> Outcome:
    """The outcome of an answered call. Header names are case-insensitive or lower case.

    Never raises, whatever the answer holds.
    """
    body = _parsed(content)
    if 200 <= status < 300:
        return _taken(body)
    outcome = classify(status, body.get("error") if isinstance(body, dict) else None)
    wait = _retry_after(headers)
    if wait is None or outcome.kind not in (OutcomeKind.RETRY, OutcomeKind.THROTTLED):
        return outcome
    return replace(outcome, delay_seconds=wait)


def _taken(body: object) -> Outcome:
    """A 2xx. Without a message id there is no telling what it was: doubt, not success."""
    match body:
        case {"messages": [{"id": str(message_id), **rest}, *_]} if message_id:
            pass
        case _:
            return Outcome(
                OutcomeKind.UNKNOWN,
                code="REPLY_UNREADABLE",
                message="Meta's reply could not be read: it may have gone out.",
            )
    match rest.get("message_status"):
        case "held_for_quality_assessment":
            words = "Meta holds it for a quality check of the template; a status message follows."
            return Outcome(OutcomeKind.HELD, message_id, "HELD", words)
        case "paused":
            # Undocumented beyond its name. It has an id, so Meta has the message and may still send
            # it when the template is active again: sending it anew could be the second time.
            words = "Meta has it, but the template is paused; a status message follows."
            return Outcome(OutcomeKind.HELD, message_id, "PAUSED", words)
    return Outcome(OutcomeKind.ACCEPTED, message_id)


def _parsed(content: bytes) -> object:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds of a Retry-After header; its date form counts from the answer's own Date."""
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    if value.isascii() and value.isdigit():
        return min(float(value[:9]), MAX_DELAY)
    then, now = _date(value), _date(headers.get("date", ""))
    if then is None or now is None:
        return None
    return min(max((then - now).total_seconds(), 0.0), MAX_DELAY)


def _date(text: str) -> datetime | None:
    try:
        parsed = email.utils.parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
