"""Shards: the parts that the recipients of a fast campaign are spread over.

A partition of DynamoDB takes some 1,000 write units a second, and a message needs about six, so one
partition carries less than 200 messages a second. Each worker of a continuous campaign has a shard
of its own; other campaigns have one.
"""

import zlib

from shared.domain.phone import equivalent

MOST_SHARDS = 100
ROWS_A_SHARD = 500
"""A shard with fewer people is not worth a worker."""

_COUNTER_SHARDS = 32


def shard_of(phone: str, shards: int) -> int:
    """The shard of a person: of whichever spelling of the number, in a campaign with so many."""
    if shards < 2:
        return 0
    return zlib.crc32(min(phone, equivalent(phone) or phone).encode()) % shards


def shards_for(workers: int | None, rows: int) -> int:
    """How many shards a campaign gets when its first list is uploaded."""
    return min(workers or 1, 1 + rows // ROWS_A_SHARD)


def counter_shard(shard: int) -> int:
    """Which counters the executor of a shard uses: all of them are judged in one transaction."""
    return shard % _COUNTER_SHARDS


def counter_shards(shards: int) -> range:
    """All counters that executors of so many shards use."""
    return range(min(shards, _COUNTER_SHARDS))


EVIDENCE_SHARD = 100
"""The counters that webhooks and people move between settled states."""
