"""Queue messages as the updates that are in them. What can't be read is unused, never a failure."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from shared.channels import webhook_account
from shared.channels.webhook_messages import Parsed, number_of, parse
from shared.domain.sender import Owner
from shared.domain.unused import EXCERPT_LIMIT, Unused
from shared.domain.updates import Change

DELAYS = (2, 4, 8, 15, 30, 60, 60, 60, 60, 300, 900)
"""Seconds until a status is looked at again that could not be used; the last one from then on.

Most wait for no more than the rest of their group: a few seconds, ten if a reply does not come."""

PATIENCE = 105
"""So many looks, a day in all, for a status whose recipient is still being sent to: a dead worker's
group is settled at the next tick, and ticks can be switched off for a while."""

OTHERS_PATIENCE = 5
"""The same for a message that nobody seems to have sent, or to have been answered. Without an id of
ours it can be found when its group is committed and the index has caught up: within a minute, or
never."""


@dataclass(slots=True)
class Record:
    """One queue message, and when it was queued.

    It has updates of one number (`parsed`) or news of an account (`changes`). `unused`: how many by
    reason, and the first of each.
    """

    record_id: str
    at: datetime
    account: str = ""
    topic: str = ""  # Meta's field
    tries: int = 0
    value: Any = None
    parsed: Parsed = field(default_factory=Parsed)
    changes: list[Change] = field(default_factory=list)
    number: str | None = None
    owner: Owner | None = None
    unused: dict[str, tuple[int, str]] = field(default_factory=dict)

    def set_aside(self, reason: str, what: object, count: int = 1) -> None:
        """Count it as unused; the first of each reason is kept for a look."""
        before, first = self.unused.get(reason, (0, ""))
        if not first:
            first = what if isinstance(what, str) else json.dumps(what)
        self.unused[reason] = before + count, first[:EXCERPT_LIMIT]

    def forget_work(self) -> None:
        """As it was read: it is worked on once more."""
        self.unused.clear()
        for reason, what in self.parsed.unused:
            self.set_aside(reason, what)

    def leftovers(self) -> list[Unused]:
        """What was set aside, as it is kept: the same whenever the message is handled again."""
        return [
            Unused(
                self.at,
                hashlib.sha256(f"{self.record_id} {reason}".encode()).hexdigest()[:16],
                reason,
                self.topic,
                first,
                count,
            )
            for reason, (count, first) in self.unused.items()
        ]

    def again(self, **updates: Sequence[Any]) -> str:
        """The queue message for another look at some of its updates, as Meta sent them.

        By the name that each kind has in Meta's value.
        """
        value = {"metadata": self.value["metadata"], **updates}
        return json.dumps(
            {
                "v": 1,
                "account": self.account,
                "field": self.topic,
                "tries": self.tries + 1,
                "value": value,
            },
            separators=(",", ":"),
        )

    @property
    def delay(self) -> int:
        """Seconds until the next look."""
        return DELAYS[min(self.tries, len(DELAYS) - 1)]


def read(raw: Mapping[str, Any], now: datetime) -> Record:
    """One record of the event."""
    sent = raw.get("attributes", {}).get("SentTimestamp")  # milliseconds since 1970, as text
    record = Record(
        str(raw["messageId"]), datetime.fromtimestamp(int(sent) / 1000, UTC) if sent else now
    )
    message = _message(raw["body"])
    if message is None:
        record.parsed.unused.append(("no message of the webhook's", str(raw["body"])))
        return record
    record.account, record.topic = str(message.get("account", "")), str(message.get("field", ""))
    if "unused" in message:  # the door could not use it
        what = str(message["unused"]), str(message.get("excerpt", ""))
        record.parsed.unused += [what] * int(message.get("count", 1))
        return record
    record.tries = int(message.get("tries", 0))
    record.value = message.get("value")
    if record.topic in webhook_account.FIELDS:
        at = webhook_account.instant(message.get("time"), record.at)
        record.changes, reasons = webhook_account.parse(record.topic, record.value, at)
        record.parsed.unused += [(reason, record.value) for reason in reasons]
        return record
    record.number = number_of(record.value)
    record.parsed = parse(record.value, now)
    return record


def _message(body: str) -> dict[str, Any] | None:
    try:
        message = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return message if isinstance(message, dict) and message.get("v") == 1 else None
