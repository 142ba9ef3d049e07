"""Senders, the cap, histories and the overview, as types of plain dictionaries."""

from typing import Any, TypedDict

from campaign_client.campaign_types import Funnel
from campaign_client.people_types import Reason


class Event(TypedDict):
    """One line of a campaign's history."""

    at: str
    what: str
    actor: str
    actorRole: str
    reason: str | None
    details: dict[str, Any]


class QuotaHour(TypedDict):
    """Conversations that were opened in one hour, and count now."""

    hour: str
    opened: int


class Quota(TypedDict):
    """A sender's daily cap in conversations; `hours` add up to `used`, oldest first."""

    used: int
    limit: int
    remaining: int
    window: str
    resetsAt: str
    hours: list[QuotaHour]


class _NewSender(TypedDict):
    phoneNumberId: str
    accessToken: str


class NewSender(_NewSender, total=False):
    """A WhatsApp number to register."""

    businessAccountId: str
    name: str
    dailyLimit: int
    messagesPerSecond: float
    default: bool


class Sender(TypedDict):
    """A WhatsApp number to send from."""

    senderId: str
    name: str | None
    default: bool
    phoneNumberId: str | None
    businessAccountId: str | None
    displayNumber: str | None
    verifiedName: str | None
    quality: str | None
    messagingLimit: str | None
    throughput: str | None
    canSend: str | None
    dailyLimit: int | None
    limitInForce: int
    messagesPerSecond: float | None
    stopped: bool
    stoppedUntil: str | None
    stopReason: str | None
    createdAt: str | None
    checkedAt: str | None


class SenderRemoved(TypedDict):
    """It is gone, its token too."""

    senderId: str


class Day(TypedDict):
    """The campaigns that were started on one UTC day."""

    date: str
    campaigns: int
    stats: Funnel


class Overview(TypedDict):
    """All campaigns created since `since`; `truncated`: only the newest were looked at."""

    since: str
    campaigns: dict[str, int]
    stats: Funnel
    days: list[Day]
    errors: list[Reason]
    truncated: bool
