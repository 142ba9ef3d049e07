"""A sender: one WhatsApp number, what Meta says of it, and whether it may send now."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

ACCOUNT = "ACCOUNT"
"""The code of a sender that is halted for what a webhook said of its account."""

ACCOUNT_STOPS = frozenset({ACCOUNT, "131031", "368"})
"""Codes that end when Meta frees the account; calls get 131031 if it is locked, 368 if blocked."""

STANDARD, HIGH = 80.0, 1000.0
"""Messages a second that Meta takes from one number (Cloud API, throughput, 2026)."""

RECOVERY = timedelta(minutes=5)
"""How long a number that was found too fast takes to come back to its full rate."""

_TIER = re.compile(r"TIER_(\d+)(K?)", re.ASCII)


@dataclass(frozen=True, slots=True)
class NumberFacts:
    """What Meta says of a number, as of a check. Texts are Meta's own words.

    `messaging_limit`: how many people the business may write to first in 24 hours, `TIER_250` to
    `TIER_UNLIMITED`; it is the business portfolio's, all its numbers share it. `throughput`:
    `STANDARD` is 80 messages a second, `HIGH` 1,000.
    """

    display_number: str | None = None
    verified_name: str | None = None
    quality: str | None = None
    messaging_limit: str | None = None
    throughput: str | None = None
    can_send: str | None = None

    @property
    def most_a_second(self) -> float:
        """Messages a second that Meta takes from the number; a new level counts as the lowest."""
        return HIGH if self.throughput == "HIGH" else STANDARD

    @property
    def most_conversations(self) -> int | None:
        """The limit as a number; None if there is none, or not one that we know."""
        tier = _TIER.fullmatch(self.messaging_limit or "")
        return int(tier[1]) * (1000 if tier[2] else 1) if tier else None


@dataclass(frozen=True, slots=True)
class Sender:
    """One WhatsApp number of a tenant.

    `daily_limit` is in conversations per 24 hours, `messages_per_second` the pace of a batch; None
    means the deployment's default. The sender `default` of the default tenant is described by the
    environment, so it has no `phone_number_id` here.
    """

    sender_id: str
    name: str | None = None
    phone_number_id: str | None = None
    facts: NumberFacts = NumberFacts()
    daily_limit: int | None = None
    messages_per_second: float | None = None
    created_at: datetime | None = None
    checked_at: datetime | None = None
    stopped_until: datetime | None = None
    stop_reason: str | None = None
    halted: bool = False  # stopped until a person resumes, or Meta frees the account
    halt_code: str | None = None  # Meta's, or `ACCOUNT`
    halted_until: datetime | None = None  # when Meta said that a restriction ends
    business_account_id: str | None = None  # the WhatsApp Business Account; it has the templates

    def rate(self, now: datetime) -> float:
        """Messages a second that may leave, by all workers together.

        Half of what Meta takes from the number after a stop for being too fast, then more again.
        """
        most = self.facts.most_a_second
        if self.stopped_until is None:
            return most
        recovered = max(timedelta(), now - self.stopped_until) / RECOVERY
        return most * min(1.0, 0.5 + recovered / 2)

    def limit(self, default: int) -> int:
        """Conversations in 24 hours: as configured, but no more than Meta is known to allow."""
        configured = self.daily_limit or default
        most = self.facts.most_conversations
        return configured if most is None else min(configured, most)


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a number is."""

    tenant_id: str
    sender_id: str
