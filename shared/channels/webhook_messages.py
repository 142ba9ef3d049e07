"""Meta's statuses, replies and wishes as values of the domain. Pure, and never raises.

What is understood is that of Cloud API v26.0 ("Webhooks", read in 2026), with what its pages and
examples do besides: codes and instants as text or number, names and phones that are hidden, empty
or missing, fields that nobody knows yet.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from shared.channels.error_codes import classify
from shared.domain.outcome import Outcome, OutcomeKind
from shared.domain.updates import Preference, Reference, Reply, StatusKind, StatusUpdate

T = TypeVar("T")
Json = Mapping[str, Any]

_KINDS = {
    "sent": StatusKind.SENT,
    "delivered": StatusKind.DELIVERED,
    "read": StatusKind.READ,
    "played": StatusKind.READ,  # a voice message was listened to
    "failed": StatusKind.FAILED,
}
_WISHES = {"stop": False, "resume": True}
_NOT_REPLIES = frozenset({"system", "revoke", "request_welcome"})
"""Kinds of `messages` that tell something else than what a person wants to say."""

_LONGEST_ID = 512
_LONGEST_TEXT = 4096  # characters of a message (Meta's limit)
_LONG_AGO = datetime(2009, 1, 1, tzinfo=UTC)
"""Nothing of WhatsApp is older: an instant before it is none."""

NO_REASON = Outcome(
    OutcomeKind.REJECTED, code="NO_REASON", message="Meta reports a failure without its reason."
)
"""Of a `failed` without a code that can be read."""


@dataclass(slots=True)
class Parsed:
    """What was found in a value.

    Statuses and replies come with Meta's own object, so that it can be put back. `troubles` are
    errors that belong to no message but to the number. `unused`: why, and what.
    """

    statuses: list[tuple[StatusUpdate, Json]] = field(default_factory=list)
    replies: list[tuple[Reply, Json]] = field(default_factory=list)
    preferences: list[Preference] = field(default_factory=list)
    troubles: list[Outcome] = field(default_factory=list)
    unused: list[tuple[str, Any]] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How much there is to use."""
        updates = len(self.statuses) + len(self.replies) + len(self.preferences)
        return updates + len(self.troubles)


class _UnusableError(Exception):
    """Why an object is no update; never leaves this module."""


def parse(value: object, now: datetime) -> Parsed:
    """What the `value` of a change tells; the field's name is not needed. `now`: when it came."""
    found = Parsed()
    if not isinstance(value, Mapping):
        found.unused.append(("a change without a value", value))
        return found
    for status in _items(value, "statuses", found):
        update = _tried(_status, status, now, found)
        if update is not None:
            found.statuses.append((update, status))
    for message in _items(value, "messages", found):
        reply = _tried(_reply, message, now, found)
        if reply is not None:
            found.replies.append((reply, message))
    for wish in _items(value, "user_preferences", found):
        preference = _tried(_preference, wish, now, found)
        if preference is not None:
            found.preferences.append(preference)
    found.troubles.extend(classify(400, error) for error in _items(value, "errors", found))
    return found


def number_of(value: object) -> str | None:
    """The phone-number id that the value is about."""
    metadata = value.get("metadata") if isinstance(value, Mapping) else None
    return _id(metadata.get("phone_number_id")) if isinstance(metadata, Mapping) else None


def _items(value: Json, name: str, found: Parsed) -> Iterator[Json]:
    listed = value.get(name)
    if listed is None:
        return
    for item in listed if isinstance(listed, list) else [listed]:
        if isinstance(item, Mapping):
            yield item
        else:
            found.unused.append((f"no object in {name}", item))


def _tried(
    parser: Callable[[Json, datetime], T], item: Json, now: datetime, found: Parsed
) -> T | None:
    try:
        return parser(item, now)
    except _UnusableError as error:
        found.unused.append((str(error), item))
        return None


def _status(item: Json, now: datetime) -> StatusUpdate:
    kind = _KINDS.get(str(item.get("status")).strip().lower())
    if kind is None:
        raise _UnusableError("an unknown status")
    ours = _id(item.get("biz_opaque_callback_data"))
    return StatusUpdate(
        kind,
        _instant(item, now) or now,
        _message_id(item),
        Reference.parse(ours) if ours else None,
        _failure(item) if kind is StatusKind.FAILED else None,
    )


def _failure(item: Json) -> Outcome:
    """The first error that has a code. A `failed` is final: nothing of it is in doubt."""
    listed = item.get("errors")
    for error in listed if isinstance(listed, list) else [listed]:
        if isinstance(error, Mapping) and error.get("code") is not None:
            return classify(400, error)
    return NO_REASON


def _reply(item: Json, now: datetime) -> Reply:
    if str(item.get("type")) in _NOT_REPLIES:
        raise _UnusableError("not a person's message")
    context, reaction = _object(item, "context"), _object(item, "reaction")
    text, button = _said(item)
    return Reply(
        _instant(item, now) or _LONG_AGO,  # unknown: it must open no 24-hour window
        _message_id(item),
        phone=_phone(item.get("from")),
        context_id=_id(context.get("id")) or _id(reaction.get("message_id")),
        text=text,
        button=button,
    )


def _said(item: Json) -> tuple[str | None, str | None]:
    """What a person wrote, or the words and the payload of the button that was pressed."""
    button, interactive = _object(item, "button"), _object(item, "interactive")
    if button:
        return _text(button.get("text")), _text(button.get("payload"))
    for name in ("button_reply", "list_reply"):
        if chosen := _object(interactive, name):
            return _text(chosen.get("title")), _text(chosen.get("id"))
    for name in ("text", "image", "video", "document"):
        said = _object(item, name)
        if words := _text(said.get("body")) or _text(said.get("caption")):
            return words, None
    return None, None


def _preference(item: Json, now: datetime) -> Preference:
    wants = _WISHES.get(str(item.get("value")).strip().lower())
    if wants is None or item.get("category", "marketing_messages") != "marketing_messages":
        raise _UnusableError("an unknown wish")
    phone = _phone(item.get("wa_id"))
    if phone is None:
        raise _UnusableError("no phone in it")
    # At an unknown time: a stop is the latest word, a resume is not.
    return Preference(_instant(item, now) or (_LONG_AGO if wants else now), phone, wants)


def _instant(item: Json, now: datetime) -> datetime | None:
    """Seconds since 1970, as text or number; never later than now. None if it can't be one."""
    given = item.get("timestamp")
    if isinstance(given, bool) or not isinstance(given, (str, int, float)):
        return None
    try:
        seconds = float(given)
        if seconds >= now.timestamp():
            return now
        instant = datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return instant if instant >= _LONG_AGO else None


def _message_id(item: Json) -> str:
    found = _id(item.get("id"))
    if found is None:
        raise _UnusableError("no message id in it")
    return found


def _id(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return None
    try:
        text = str(value).strip()
        text.encode()
    except ValueError:  # a number of thousands of digits, half a character
        return None
    return text if 0 < len(text) <= _LONGEST_ID else None


def _phone(value: object) -> str | None:
    """A phone as WhatsApp writes it: digits. None for a name, or what can't be a phone."""
    digits = (_id(value) or "").removeprefix("+")
    return digits if digits.isascii() and digits.isdigit() and 6 <= len(digits) <= 15 else None


def _text(value: object) -> str | None:
    if not isinstance(value, str):
        return None
    whole = value[:_LONGEST_TEXT].encode("utf-8", "replace").decode()
    return whole or None


def _object(item: Json, name: str) -> Json:
    found = item.get(name)
    return found if isinstance(found, Mapping) else {}
