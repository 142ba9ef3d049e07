"""What Meta's servers send to the webhook: whose it is, and how it is cut for the queue. Pure.

Meta signs each POST with HMAC-SHA256 of the raw body under the app secret, and says that it may
have 3 MB and 1,000 updates (Cloud API, "Webhooks", read in 2026). A queue message is smaller, so
a POST becomes several; statuses of one number come together in one message, also if Meta gave each
a change of its own.

A queue message is JSON, `VERSION` 1:

    {"v": 1, "account": WABA id, "field": name, "value": Meta's value, "tries": 0,
     "time": Meta's instant of the entry, where it has one and the value is whole}
    {"v": 1, "unused": reason, "field": name, "excerpt": text, "count": how many}
"""

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from typing import Any

VERSION = 1

LISTS = ("statuses", "messages", "user_preferences")
"""What a value can have many of. The parts of a value that was cut share its metadata."""

MESSAGE_LIMIT = 200_000
"""Bytes of one queue message: less than SQS's older limit of 256 KiB."""

ITEMS_LIMIT = 100
"""Updates in one queue message: what fails is repeated in portions of this size."""

MESSAGES_LIMIT = 2_000
"""Queue messages of one POST. Meta sends 1,000 updates at most, so no true POST comes near."""

EXCERPT_LIMIT = 4_000
"""Characters kept of what can't be used."""

_SIGNATURE = "sha256="


def is_signed(body: bytes, signature: str, app_secret: str) -> bool:
    """Whether `signature` (the header X-Hub-Signature-256) is Meta's; compared in constant time."""
    if not app_secret or not signature.startswith(_SIGNATURE):
        return False
    expected = hmac.new(app_secret.encode(), body, hashlib.sha256).hexdigest()
    return _same(signature[len(_SIGNATURE) :], expected)


def challenge(query: Mapping[str, str], verify_token: str) -> str | None:
    """What Meta's check of the address wants to read; None if it is not Meta that asks."""
    asked = query.get("hub.verify_token", "")
    known = bool(verify_token) and _same(asked, verify_token)
    if not known or query.get("hub.mode") != "subscribe":
        return None
    return query.get("hub.challenge")


def _same(given: str, known: str) -> bool:
    """In constant time. What is no proper text is compared as it came."""
    return hmac.compare_digest(
        given.encode("utf-8", "surrogatepass"), known.encode("utf-8", "surrogatepass")
    )


def queue_messages(body: bytes) -> list[str]:
    """The body of a signed POST as queue messages, pure ASCII. Never raises, and loses nothing."""
    post = _Post()
    try:
        post.read(json.loads(body))
    except (ValueError, RecursionError):
        post = _Post()
        post.unused("not JSON", "", body)
    return post.messages()


def unused_message(reason: str, field: str, excerpt: bytes | str, count: int = 1) -> str:
    """The queue message about something that can't be used: it is counted, and kept for a look."""
    text = (
        excerpt if isinstance(excerpt, str) else excerpt[:EXCERPT_LIMIT].decode("utf-8", "replace")
    )
    short = text[:EXCERPT_LIMIT]
    return _dump(
        {"v": VERSION, "unused": reason, "field": field[:100], "excerpt": short, "count": count}
    )


class _Post:
    """One POST on its way into queue messages."""

    def __init__(self) -> None:
        self._heads: dict[tuple[str, str], dict[str, list[str]]] = {}  # lists by what they share
        self._whole: list[str] = []
        self._unused: dict[tuple[str, str], tuple[int, bytes | str]] = {}  # count, the first one

    def unused(self, reason: str, field: str, excerpt: bytes | str) -> None:
        count, first = self._unused.get((reason, field), (0, excerpt))
        self._unused[reason, field] = count + 1, first

    def read(self, payload: Any) -> None:
        if not isinstance(payload, dict) or not isinstance(payload.get("entry"), list):
            return self.unused("no entries", "", _dump(payload))
        if payload.get("object") != "whatsapp_business_account":
            return self.unused("not of a WhatsApp account", "", _dump(payload))
        for entry in payload["entry"]:
            changes = entry.get("changes") if isinstance(entry, dict) else None
            if not isinstance(changes, list):
                self.unused("an entry without changes", "", _dump(entry))
                continue
            for change in changes:
                self._change(_text(entry.get("id")), _text(entry.get("time")), change)
        return None

    def _change(self, account: str, time: str, change: Any) -> None:
        value = change.get("value") if isinstance(change, dict) else None
        if not isinstance(value, dict):
            return self.unused("a change without a value", "", _dump(change))
        field = _text(change.get("field"))
        lists = {name: value[name] for name in LISTS if isinstance(value.get(name), list)}
        rest = {name: value[name] for name in value if name not in lists}
        if lists:
            rest.pop("contacts", None)  # names of people, which nothing here reads
            shared = _dump({name: rest.pop(name) for name in _SHARED if name in rest})
            self._lists(account, field, shared, lists)
        if rest or not lists:
            whole = {name: value[name] for name in value if name not in lists}
            self._keep(_head(account, field, time) + _dump(whole) + "}", field, _dump(change))
        return None

    def _lists(self, account: str, field: str, shared: str, lists: Mapping[str, list[Any]]) -> None:
        start = _head(account, field) + (shared[:-1] + "," if shared != "{}" else "{")
        room = MESSAGE_LIMIT - len(start) - 30
        held = self._heads.setdefault((start, field), {})
        for name, items in lists.items():
            for item in items:
                text = _dump(item)
                if len(text) > room:
                    self.unused("too large for the queue", field, text)
                else:
                    held.setdefault(name, []).append(text)

    def _keep(self, message: str, field: str, excerpt: str) -> None:
        if len(message) > MESSAGE_LIMIT:
            self.unused("too large for the queue", field, excerpt)
        else:
            self._whole.append(message)

    def messages(self) -> list[str]:
        """All of them; never more than `MESSAGES_LIMIT` and one for each kind of trouble."""
        found = [
            f'{start}"{name}":[{",".join(portion)}]}}}}'
            for (start, _), lists in self._heads.items()
            for name, texts in lists.items()
            for portion in _portions(texts, MESSAGE_LIMIT - len(start) - 30)
        ] + self._whole
        for message in found[MESSAGES_LIMIT:]:
            self.unused("too many changes in one request", "", message)
        return found[:MESSAGES_LIMIT] + [
            unused_message(reason, field, first, count)
            for (reason, field), (count, first) in list(self._unused.items())[:ITEMS_LIMIT]
        ]


_SHARED = ("messaging_product", "metadata")


def _head(account: str, field: str, time: str = "") -> str:
    about = {"v": VERSION, "account": account, "field": field, "tries": 0}
    start = _dump(about | {"time": time} if time else about)
    return start[:-1] + ',"value":'


def _portions(texts: list[str], room: int) -> Iterator[list[str]]:
    """At most `ITEMS_LIMIT` and `room` characters each; no text alone is larger."""
    portion: list[str] = []
    size = 0
    for text in texts:
        if portion and (len(portion) == ITEMS_LIMIT or size + len(text) + 1 > room):
            yield portion
            portion, size = [], 0
        portion.append(text)
        size += len(text) + 1
    if portion:
        yield portion


def _text(value: Any) -> str:
    """An id or a name. Meta's are short; a number can stand for a text."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return ""
    return str(value)[:100]


def _dump(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
