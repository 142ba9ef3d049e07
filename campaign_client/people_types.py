"""The people of campaigns and of the suppression list, as types of plain dictionaries."""

from typing import TypedDict

from campaign_client.campaign_types import Params


class RejectedRow(TypedDict):
    """A row of a file that was not taken; `kind` is its key in `skipped`."""

    line: int
    value: str
    kind: str
    reason: str


class Populated(TypedDict):
    """What became of a list; `rejected` has the first rows that were not taken."""

    inserted: int
    skipped: dict[str, int]
    totalRecipients: int
    rejected: list[RejectedRow]


class Attempt(TypedDict):
    """One attempt to reach somebody."""

    number: int
    status: str
    at: str
    messageId: str | None
    errorCode: str | None
    errorMessage: str | None


class Recipient(TypedDict):
    """One person of a campaign; `phone` is E.164 without the plus sign."""

    phone: str
    status: str
    attempts: int
    messageId: str | None
    errorCode: str | None
    errorMessage: str | None
    parameters: Params
    createdAt: str | None
    dueAt: str | None
    claimedAt: str | None
    sentAt: str | None
    deliveredAt: str | None
    readAt: str | None
    failedAt: str | None
    repliedAt: str | None
    updatedAt: str | None
    attemptHistory: list[Attempt]


class Reason(TypedDict):
    """How many are in a state for one reason, and what to do about it."""

    status: str
    code: str
    count: int
    words: str
    retryable: bool
    forcible: bool


class ErrorList(TypedDict):
    """Why people of a campaign were not reached; the most frequent first."""

    campaignId: str
    errors: list[Reason]


class Ordered(TypedDict):
    """What became of an order about many people; `more`: call again with this `cursor`."""

    campaignId: str
    status: str
    refused: dict[str, int]
    more: bool
    cursor: str | None


class Retried(Ordered):
    """How many are in the queue again."""

    retried: int


class Resolved(Ordered):
    """How many are settled, or in the queue again."""

    resolved: int


class Suppression(TypedDict):
    """Somebody who is not written to."""

    phone: str
    since: str | None
    source: str | None
    reason: str | None
    campaignId: str | None
    actor: str
    actorRole: str


class SuppressionsAdded(TypedDict):
    """How many people were put on the list, and how many were on it."""

    added: int
    already: int


class SuppressionsRemoved(TypedDict):
    """How many people were taken off the list, and how many were not on it."""

    removed: int
    unknown: int


class SuppressionsImported(TypedDict):
    """What became of a file; `more`: time was up, the same file again adds the rest."""

    inserted: int
    skipped: dict[str, int]
    rejected: list[RejectedRow]
    more: bool
