"""What Meta tells after a message was taken, as values: statuses, replies, wishes, account news.

Webhooks come late, twice, in any order, or not at all, so every value carries Meta's own instant,
and whoever applies one must get the same end state from any order and any number of repetitions.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.domain.outcome import Outcome

_VERSION = "1"
_REFERENCE = re.compile(
    rf"{_VERSION}\|(cmp_[0-9A-Za-z-]{{1,64}})\|(\d{{5,20}})\|([0-9A-Za-z-]{{1,64}})(?:\|(\d{{1,2}}))?",
    re.ASCII,
)
"""Whoever can send from the number can write one, and its parts become parts of keys."""


@dataclass(frozen=True, slots=True)
class Reference:
    """Names a recipient and one attempt. It travels with the message and comes back with statuses.

    Whoever else reads the webhooks of the account sees it: it holds no secret, and the phone in it
    is in the webhook anyway. The tenant is not in it: the number's owner is.
    """

    campaign_id: str
    phone: str
    claim_id: str
    shard: int = 0

    @property
    def of_trial(self) -> bool:
        """Whether the message was a test, which changes no recipient."""
        return self.claim_id.startswith(TRIAL)

    def __str__(self) -> str:
        """As it is sent: less than Meta's 512 characters."""
        shard = f"|{self.shard}" if self.shard else ""
        return f"{_VERSION}|{self.campaign_id}|{self.phone}|{self.claim_id}{shard}"

    @classmethod
    def parse(cls, text: str) -> "Reference | None":
        """The inverse of `str`; None for what this system did not write."""
        found = _REFERENCE.fullmatch(text)
        if found is None:
            return None
        campaign_id, phone, claim_id, shard = found.groups()
        return cls(campaign_id, phone, claim_id, int(shard or 0))


TRIAL = "test-"
"""What the claim of a test send begins with: it is of no recipient."""


class StatusKind(StrEnum):
    """What a status webhook says of a message."""

    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class StatusUpdate:
    """One status of one message. `at` is Meta's instant, never later than when it was received.

    `reference` is ours and decides; without it `message_id` does. `failure` says why, for FAILED.
    """

    kind: StatusKind
    at: datetime
    message_id: str
    reference: Reference | None = None
    failure: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """One message of a person. `phone` (without the plus sign) is absent where Meta hides it.

    `context_id` is the message that it answers; `text` the whole message or the words of a button;
    `button` the payload of a template's quick reply.
    """

    at: datetime
    message_id: str
    phone: str | None = None
    context_id: str | None = None
    text: str | None = None
    button: str | None = None


@dataclass(frozen=True, slots=True)
class Preference:
    """A person switched marketing messages off or on again in WhatsApp."""

    at: datetime
    phone: str
    wants_marketing: bool


@dataclass(frozen=True, slots=True)
class TemplateChange:
    """News of a template: Meta's word (`event`), and a sentence for people.

    `usable`: whether it may be sent from now on; None if that is as before.
    """

    at: datetime
    name: str
    language: str
    event: str
    words: str
    usable: bool | None = None


@dataclass(frozen=True, slots=True)
class NumberChange:
    """News of one number of an account. What is None is as before.

    `display_number` has digits only; Meta does not name the number otherwise here.
    """

    at: datetime
    display_number: str
    event: str
    words: str
    quality: str | None = None
    throughput: str | None = None


@dataclass(frozen=True, slots=True)
class LimitChange:
    """How many people the business may write to first in 24 hours: `TIER_2K` and the like."""

    at: datetime
    messaging_limit: str
    words: str


@dataclass(frozen=True, slots=True)
class AccountChange:
    """News of the account. `free`: whether campaigns may leave; None if that is as before.

    `until`: when Meta will end a restriction, if it said so.
    """

    at: datetime
    event: str
    words: str
    free: bool | None = None
    until: datetime | None = None


Change = TemplateChange | NumberChange | LimitChange | AccountChange
"""What an account's webhooks tell, besides messages."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A change, and when it was first heard of here."""

    change: Change
    at: datetime
