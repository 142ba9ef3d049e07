"""The three tables, declared once: the CDK stack, the laptop and the tests build them from here."""

from dataclasses import dataclass

from shared.dynamo.keys import EVENT_PREFIX, STATS_PREFIX


@dataclass(frozen=True, slots=True)
class IndexSchema:
    """A global secondary index. All are sparse: only items that carry both keys are in it."""

    name: str
    partition: str
    sort: str
    projection: str | tuple[str, ...]  # "KEYS_ONLY", "ALL", or the attributes to include


@dataclass(frozen=True, slots=True)
class TableSchema:
    """A table with the string keys `PK` and `SK`; index keys are strings too."""

    name: str
    environment: str  # the variable that carries the physical name
    indexes: tuple[IndexSchema, ...] = ()
    ttl_attribute: str | None = None
    stream: bool = False  # whether it tells what changes, with the items before and after


TICK = IndexSchema("tick", "tickKind", "tickAt", "KEYS_ONLY")
"""What a tick must look at: campaigns to run or to wake, journal entries, orders to erase."""

BY_TENANT = IndexSchema("byTenant", "tenantId", "campaignId", "ALL")
"""A tenant's campaigns; ids are time-ordered, so this is the order of creation."""

PENDING = IndexSchema("pending", "pendingShard", "dueAt", ("phone", "attempts", "parameters"))
"""Recipients that wait to be sent to, by when they are due. Leaving PENDING leaves the index."""

BY_MESSAGE = IndexSchema("byMessage", "messageId", "SK", "KEYS_ONLY")
"""Recipients by Meta's id of their last message: for updates that name nothing else."""

CAMPAIGNS = TableSchema("campaigns", "CAMPAIGNS_TABLE_NAME", (TICK, BY_TENANT), stream=True)
RECIPIENTS = TableSchema("recipients", "RECIPIENTS_TABLE_NAME", (PENDING, BY_MESSAGE), stream=True)
WHATSAPP = TableSchema("whatsapp", "WHATSAPP_TABLE_NAME", ttl_attribute="expiresAt")

STREAM_VIEW = "NEW_AND_OLD_IMAGES"
"""What a stream's record has of the item."""

NEWS = (EVENT_PREFIX, STATS_PREFIX)
"""How the sort keys of those items of `campaigns` begin whose changes are told."""

TABLES = (CAMPAIGNS, RECIPIENTS, WHATSAPP)
