"""Builds and parses every key of every table. Nobody else writes a `#`.

| table | PK | SK |
|---|---|---|
| campaigns | `CAMPAIGN#{id}` | `METADATA`, `STATS#{shard}`, `RUN#{worker}` |
| campaigns | `CAMPAIGN#{id}` | `EVENT#{time}#{nonce}`, `DAILY#{date}` |
| recipients | `CAMPAIGN#{id}`, shard n > 0: `CAMPAIGN#{id}#{n}` | `USER#{phone}` |
| whatsapp | `DAILY_COUNTER#{date}`, other senders: `DAILY_COUNTER#{date}#{sender}` | `METADATA` |
| whatsapp | `CONVERSATION#{phone}` | `METADATA`, other senders: `{sender}` |
| whatsapp | `SENDER#{id}` | `METADATA` |
"""

from datetime import date

METADATA = "METADATA"
DEFAULT_SENDER = "default"

TICK_KIND = "TICK"
"""The one partition of the `tick` index."""

_CAMPAIGN, _STATS, _RUN, _EVENT, _DAILY = "CAMPAIGN#", "STATS#", "RUN#", "EVENT#", "DAILY#"
_USER, _COUNTER, _CONVERSATION, _SENDER = "USER#", "DAILY_COUNTER#", "CONVERSATION#", "SENDER#"

Key = dict[str, str]


def campaign(campaign_id: str) -> Key:
    """The campaign itself."""
    return {"PK": campaign_partition(campaign_id), "SK": METADATA}


def campaign_partition(campaign_id: str) -> str:
    """Where a campaign, its counters, journal and history are."""
    return _CAMPAIGN + campaign_id


def campaign_id_of(partition: str) -> str:
    """The inverse of `campaign_partition`."""
    return partition.removeprefix(_CAMPAIGN)


def stats(campaign_id: str, shard: int) -> Key:
    """One shard of the counters."""
    return {"PK": campaign_partition(campaign_id), "SK": f"{_STATS}{shard}"}


STATS_PREFIX = _STATS


def run(campaign_id: str, worker: str) -> Key:
    """The journal entry of one worker."""
    return {"PK": campaign_partition(campaign_id), "SK": _RUN + worker}


def worker_of(sort_key: str) -> str | None:
    """The worker whose journal entry a sort key names, or None for any other item."""
    return sort_key.removeprefix(_RUN) if sort_key.startswith(_RUN) else None


def event(campaign_id: str, time: str, nonce: str) -> Key:
    """One line of the history; the nonce keeps two events of one millisecond apart."""
    return {"PK": campaign_partition(campaign_id), "SK": f"{_EVENT}{time}#{nonce}"}


EVENT_PREFIX = _EVENT


def campaign_day(campaign_id: str, day: date) -> Key:
    """What a campaign has used of its own daily cap."""
    return {"PK": campaign_partition(campaign_id), "SK": f"{_DAILY}{day.isoformat()}"}


def recipient_partition(campaign_id: str, shard: int) -> str:
    """Where one shard of a campaign's recipients is; also its partition in the `pending` index."""
    return f"{_CAMPAIGN}{campaign_id}" + (f"#{shard}" if shard else "")


def recipient(campaign_id: str, phone: str, shard: int = 0) -> Key:
    """One recipient."""
    return {"PK": recipient_partition(campaign_id, shard), "SK": _USER + phone}


RECIPIENT_PREFIX = _USER


def day_counter(sender_id: str, day: date) -> Key:
    """The daily counter of a sender."""
    suffix = "" if sender_id == DEFAULT_SENDER else f"#{sender_id}"
    return {"PK": f"{_COUNTER}{day.isoformat()}{suffix}", "SK": METADATA}


def conversation(sender_id: str, phone: str) -> Key:
    """What is known of one phone towards one sender."""
    return {
        "PK": _CONVERSATION + phone,
        "SK": METADATA if sender_id == DEFAULT_SENDER else sender_id,
    }


def phone_of_conversation(partition: str) -> str:
    """The phone of a conversation's partition key."""
    return partition.removeprefix(_CONVERSATION)


def sender(sender_id: str) -> Key:
    """The state of one sender."""
    return {"PK": _SENDER + sender_id, "SK": METADATA}
