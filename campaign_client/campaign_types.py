"""Campaigns, as types of plain dictionaries.

Of all the types here: instants are texts in ISO 8601, in UTC (`2026-11-20T09:05:00.000Z`). The API
may answer more than is named; a field that is named is always there.
"""

from typing import TypedDict


class Button(TypedDict):
    """The variable part of one button; `subType`: url, quick_reply, copy_code."""

    index: int
    subType: str
    text: str


class NewParams(TypedDict, total=False):
    """Texts that fill the template, with `{{column}}` placeholders."""

    header: str
    body: list[str] | dict[str, str]
    buttons: list[Button]


class NewThrottle(TypedDict, total=False):
    """How fast; the pace in one unit. `mode`: batch, or continuous (`workers`, no `batchSize`)."""

    mode: str
    messagesPerSecond: float
    messagesPerMinute: float
    messagesPerHour: float
    delayMs: int
    batchSize: int
    batchDelaySeconds: int
    workers: int


class NewRetry(TypedDict, total=False):
    """How often and how soon a refused message is tried again."""

    maxAttempts: int
    baseDelaySeconds: float
    maxDelaySeconds: float


class _NewCampaign(TypedDict):
    name: str
    templateName: str


class NewCampaign(_NewCampaign, total=False):
    """The settings of a new campaign; the README's table explains each."""

    channel: str
    audienceType: str
    templateLanguage: str
    senderId: str
    templateParams: NewParams
    throttle: NewThrottle
    retry: NewRetry
    onUnconfirmed: str
    dailyCap: int
    autoResume: bool


class Params(TypedDict):
    """Texts that fill a template."""

    header: str | None
    body: list[str] | dict[str, str]
    buttons: list[Button]


class Throttle(TypedDict):
    """The pace in force; without a limit of its own, `messagesPerSecond` is None."""

    mode: str
    workers: int
    messagesPerSecond: float | None
    batchSize: int
    batchDelaySeconds: int


class Retry(TypedDict):
    """The retries in force."""

    maxAttempts: int
    baseDelaySeconds: float
    maxDelaySeconds: float


class Campaign(TypedDict):
    """A campaign with its counters and the settings in force."""

    campaignId: str
    senderId: str
    name: str
    status: str
    totalRecipients: int
    sentCount: int
    failedCount: int
    pendingCount: int
    sendingCount: int
    deliveredCount: int
    readCount: int
    heldCount: int
    skippedCount: int
    unconfirmedCount: int
    progress: float
    pauseCause: str | None
    pausedReason: str | None
    resumesAt: str | None
    createdAt: str
    startedAt: str | None
    pausedAt: str | None
    completedAt: str | None
    templateName: str
    templateLanguage: str
    templateParams: Params
    throttle: Throttle
    retry: Retry
    onUnconfirmed: str
    dailyCap: int | None
    autoResume: bool


class CampaignPage(TypedDict):
    """One page, newest first; `nextCursor` is None on the last."""

    campaigns: list[Campaign]
    nextCursor: str | None


class Created(TypedDict):
    """A new campaign."""

    campaignId: str
    status: str


class Controlled(TypedDict):
    """What the campaign's status is now."""

    campaignId: str
    action: str
    newStatus: str


class Batch(TypedDict):
    """What one batch did; the sender is silent until `waitUntil`."""

    processed: int
    sent: int
    failed: int
    held: int
    retried: int
    skipped: int
    unconfirmed: int
    paused: bool
    completed: bool
    pauseReason: str | None
    waitUntil: str | None


class Cap(TypedDict):
    """A sender's cap in conversations; at `resetsAt` the next of the used ones becomes free."""

    used: int
    limit: int
    resetsAt: str


class OwnCap(TypedDict):
    """A campaign's own cap, in recipients of this UTC day."""

    used: int
    limit: int


class Progress(TypedDict):
    """How far a campaign is; `waitsFor` says why there is no `estimatedEnd`."""

    campaignId: str
    status: str
    percent: float
    total: int
    processed: int
    pending: int
    ratePerMinute: float
    nextRunAt: str | None
    estimatedMinutes: int | None
    estimatedEnd: str | None
    waitsFor: str | None
    cap: Cap
    ownCap: OwnCap | None


class Funnel(TypedDict):
    """Counts of people, and rates in percent; `sent`, `delivered`, `read` are cumulative."""

    total: int
    pending: int
    sending: int
    held: int
    sent: int
    delivered: int
    read: int
    replied: int
    failed: int
    skipped: int
    unconfirmed: int
    deliveryRate: float
    readRate: float
    replyRate: float
    failureRate: float
