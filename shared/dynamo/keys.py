"""Builds and parses every key of every table. Nobody else writes a `#`.

| table | PK | SK |
|---|---|---|
| campaigns | `CAMPAIGN#{id}` | `METADATA`, `STATS#{shard}`, `RUN#{worker}` |
| campaigns | `CAMPAIGN#{id}` | `EVENT#{time}#{nonce}`, `DAILY#{date}`, `MINUTES#{hour}` |
| campaigns | `CAMPAIGN#{id}` | `IMPORT#{import}`, `PART#{import}#{part}` |
| campaigns | `ERASURES` | `{erasure}` |
| recipients | `CAMPAIGN#{id}`, shard n > 0: `CAMPAIGN#{id}#{n}` | `USER#{phone}` |
| whatsapp | `DAILY_COUNTER#{date}`, other senders: `DAILY_COUNTER#{date}#{sender}` | `METADATA` |
| whatsapp | `CONVERSATION#{phone}` | `METADATA`, other senders: `{sender}` |
| whatsapp | `SENDER#{id}` | `METADATA`, `PACE` |
| whatsapp | `SENDERS` | `METADATA` (which is the default), `{sender}` |
| whatsapp | `NUMBER#{phone-number id}` | `METADATA` |
| whatsapp | `SUPPRESSIONS` | `METADATA` (the list's version), `USER#{phone}`, `RESUMED#{phone}` |
| whatsapp | `TICKET#{hash}`, `CONNECTION#{id}` | `METADATA` |
| whatsapp | `CONNECTIONS`, `PROGRESS` | `{connection}`, `{campaign}` |
| whatsapp | `ENDPOINTS` | `METADATA` (how many), `{endpoint}` |
| whatsapp | `UNUSED#{date}` | `{instant}#{nonce}` |
| whatsapp | `ACCOUNT#{account}` | `{phone-number id}` |
| whatsapp | `NEWS#{account}` | what it is about |
| whatsapp | `TEST_SENDS` | hash of the key, `MINUTES#{minute}` |
| whatsapp | `IDEMPOTENCY` | of Powertools: function and hash of the key |

Every partition of another tenant than the default one begins with `TENANT#{tenant}#`; only numbers
and accounts are nobody's: a number can have one sender in the whole deployment, and an account of
Meta's may have numbers of several tenants. And what tells whose a live connection is.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from shared.domain.access import DEFAULT_TENANT
from shared.domain.campaign import DEFAULT_SENDER

METADATA = "METADATA"

TICK_KIND = "TICK"
"""The one partition of the `tick` index."""

_TENANT = "TENANT#"
_CAMPAIGN, _STATS, _RUN, _EVENT, _DAILY = "CAMPAIGN#", "STATS#", "RUN#", "EVENT#", "DAILY#"
_USER, _COUNTER, _CONVERSATION, _SENDER = "USER#", "DAILY_COUNTER#", "CONVERSATION#", "SENDER#"
_SENDERS, _NUMBER = "SENDERS", "NUMBER#"
_SUPPRESSIONS, _RESUMED = "SUPPRESSIONS", "RESUMED#"
_ERASURES, _MINUTES = "ERASURES", "MINUTES#"
_TICKET, _CONNECTION, _CONNECTIONS = "TICKET#", "CONNECTION#", "CONNECTIONS"
_UNUSED, _TRIALS = "UNUSED#", "TEST_SENDS"
_IMPORT, _PART = "IMPORT#", "PART#"
_ACCOUNT, _NEWS = "ACCOUNT#", "NEWS#"

STATS_PREFIX, EVENT_PREFIX, RECIPIENT_PREFIX, RUN_PREFIX = _STATS, _EVENT, _USER, _RUN
IMPORT_PREFIX = _IMPORT

Key = dict[str, str]


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one tenant. A store is built with one, and so can't reach another tenant's."""

    tenant_id: str

    @property
    def _own(self) -> str:
        """What every partition of the tenant begins with."""
        return "" if self.tenant_id == DEFAULT_TENANT else f"{_TENANT}{self.tenant_id}#"

    def campaign(self, campaign_id: str) -> Key:
        """The campaign itself."""
        return {"PK": self.campaign_partition(campaign_id), "SK": METADATA}

    def campaign_partition(self, campaign_id: str) -> str:
        """Where a campaign, its counters, journal and history are."""
        return f"{self._own}{_CAMPAIGN}{campaign_id}"

    def stats(self, campaign_id: str, shard: int) -> Key:
        """One shard of the counters."""
        return {"PK": self.campaign_partition(campaign_id), "SK": f"{_STATS}{shard}"}

    def run(self, campaign_id: str, worker: str) -> Key:
        """The journal entry of one worker."""
        return {"PK": self.campaign_partition(campaign_id), "SK": _RUN + worker}

    def event(self, campaign_id: str, time: str, nonce: str) -> Key:
        """One line of the history; the nonce keeps two events of one millisecond apart."""
        return {"PK": self.campaign_partition(campaign_id), "SK": f"{_EVENT}{time}#{nonce}"}

    def campaign_day(self, campaign_id: str, day: date) -> Key:
        """What a campaign has used of its own daily cap."""
        return {"PK": self.campaign_partition(campaign_id), "SK": f"{_DAILY}{day.isoformat()}"}

    def minutes(self, campaign_id: str, at: datetime, shard: int = 0) -> Key:
        """How many messages of a shard Meta took in each minute of an hour."""
        hour = at.astimezone(UTC).strftime("%Y-%m-%dT%H") + (f"#{shard}" if shard else "")
        return {"PK": self.campaign_partition(campaign_id), "SK": f"{_MINUTES}{hour}"}

    def erasure(self, erasure_id: str) -> Key:
        """One erasure: its job while it runs, its receipt afterwards."""
        return {"PK": f"{self._own}{_ERASURES}", "SK": erasure_id}

    def imported(self, campaign_id: str, import_id: str) -> Key:
        """One import of a list."""
        return {"PK": self.campaign_partition(campaign_id), "SK": _IMPORT + import_id}

    def part(self, campaign_id: str, import_id: str, part: int | None = None) -> Key:
        """A part of it that is counted; without a number, what all parts begin with."""
        number = "" if part is None else f"{part:05d}"
        return {
            "PK": self.campaign_partition(campaign_id),
            "SK": f"{_PART}{import_id}#{number}",
        }

    def recipient_partition(self, campaign_id: str, shard: int) -> str:
        """Where one shard of a campaign's recipients is; also its part of the `pending` index."""
        return self.campaign_partition(campaign_id) + (f"#{shard}" if shard else "")

    def recipient(self, campaign_id: str, phone: str, shard: int = 0) -> Key:
        """One recipient."""
        return {"PK": self.recipient_partition(campaign_id, shard), "SK": _USER + phone}

    def day_counter(self, sender_id: str, day: date) -> Key:
        """The daily counter of a sender."""
        suffix = "" if sender_id == DEFAULT_SENDER else f"#{sender_id}"
        return {"PK": f"{self._own}{_COUNTER}{day.isoformat()}{suffix}", "SK": METADATA}

    def conversation(self, sender_id: str, phone: str) -> Key:
        """What is known of one phone towards one sender."""
        return {
            "PK": f"{self._own}{_CONVERSATION}{phone}",
            "SK": METADATA if sender_id == DEFAULT_SENDER else sender_id,
        }

    def sender(self, sender_id: str) -> Key:
        """One sender: what was registered, and whether it may send."""
        return {"PK": f"{self._own}{_SENDER}{sender_id}", "SK": METADATA}

    def pace(self, sender_id: str) -> Key:
        """Until when a sender's messages are promised."""
        return {"PK": f"{self._own}{_SENDER}{sender_id}", "SK": "PACE"}

    @property
    def idempotency(self) -> str:
        """Where the answers to requests with an Idempotency-Key are kept for a day."""
        return f"{self._own}IDEMPOTENCY"

    def trial(self, hashed: str) -> Key:
        """A test send, by the hash of its key."""
        return {"PK": f"{self._own}{_TRIALS}", "SK": hashed}

    def trials_of(self, minute: datetime) -> Key:
        """How many test sends there were in a minute."""
        written = minute.astimezone(UTC).strftime("%Y-%m-%dT%H:%M")
        return {"PK": f"{self._own}{_TRIALS}", "SK": _MINUTES + written}

    @property
    def unused_partitions(self) -> str:
        """What the partitions of updates that could not be used begin with."""
        return f"{self._own}{_UNUSED}"

    def unused(self, day: date, line: str) -> Key:
        """Some updates that could not be used; they came on that day."""
        return {"PK": f"{self.unused_partitions}{day.isoformat()}", "SK": line}

    def senders(self, sender_id: str = METADATA) -> Key:
        """An entry of the tenant's list of senders; without an id, which is the default."""
        return {"PK": f"{self._own}{_SENDERS}", "SK": sender_id}

    def suppression(self, phone: str) -> Key:
        """One person who is not written to."""
        return {"PK": f"{self._own}{_SUPPRESSIONS}", "SK": _USER + phone}

    def resumption(self, phone: str) -> Key:
        """When a person took a setting back."""
        return {"PK": f"{self._own}{_SUPPRESSIONS}", "SK": _RESUMED + phone}

    @property
    def suppressions(self) -> Key:
        """The version of the tenant's suppression list."""
        return {"PK": f"{self._own}{_SUPPRESSIONS}", "SK": METADATA}

    def connections(self, connection_id: str = "") -> Key:
        """An entry of the tenant's list of live connections."""
        return {"PK": f"{self._own}{_CONNECTIONS}", "SK": connection_id}

    def endpoint(self, endpoint_id: str = METADATA) -> Key:
        """Where another system listens; without an id, how many there are."""
        return {"PK": f"{self._own}ENDPOINTS", "SK": endpoint_id}

    def progress(self, campaign_id: str) -> Key:
        """When a campaign's progress was last told."""
        return {"PK": f"{self._own}PROGRESS", "SK": campaign_id}


def ticket(hashed: str) -> Key:
    """A ticket for one live connection, by its hash."""
    return {"PK": _TICKET + hashed, "SK": METADATA}


def connection(connection_id: str) -> Key:
    """Whose a live connection is."""
    return {"PK": _CONNECTION + connection_id, "SK": METADATA}


def number(phone_number_id: str) -> Key:
    """Whose a WhatsApp number is."""
    return {"PK": _NUMBER + phone_number_id, "SK": METADATA}


def account_number(account: str, phone_number_id: str) -> Key:
    """A number that a WhatsApp account of Meta's is known to have."""
    return {"PK": _ACCOUNT + account, "SK": phone_number_id}


def account_news(account: str, subject: str) -> Key:
    """The latest news of an account about one subject."""
    return {"PK": _NEWS + account, "SK": subject}


def owner_of(campaign_partition: str) -> tuple[str, str]:
    """The tenant and the campaign of a `campaign_partition`."""
    own, _, campaign_id = campaign_partition.rpartition(_CAMPAIGN)
    return own.removeprefix(_TENANT).removesuffix("#") or DEFAULT_TENANT, campaign_id


def owner_of_recipients(recipient_partition: str) -> tuple[str, str]:
    """The tenant and the campaign of a `recipient_partition`."""
    tenant_id, campaign_id = owner_of(recipient_partition)
    return tenant_id, campaign_id.partition("#")[0]


def place_of(recipient_partition: str) -> tuple[str, str, int]:
    """The tenant, the campaign and the shard of a `recipient_partition`."""
    tenant_id, rest = owner_of(recipient_partition)
    campaign_id, _, shard = rest.partition("#")
    return tenant_id, campaign_id, int(shard or 0)


def tenant_of_erasures(partition: str) -> str | None:
    """The tenant whose erasures a partition holds, or None for any other partition."""
    own, found, rest = partition.rpartition(_ERASURES)
    if not found or rest:
        return None
    return own.removeprefix(_TENANT).removesuffix("#") or DEFAULT_TENANT


def worker_of(sort_key: str) -> str | None:
    """The worker whose journal entry a sort key names, or None for any other item."""
    return sort_key.removeprefix(_RUN) if sort_key.startswith(_RUN) else None


def import_of(sort_key: str) -> str | None:
    """The import that a sort key names, or None for any other item."""
    return sort_key.removeprefix(_IMPORT) if sort_key.startswith(_IMPORT) else None


def part_of(sort_key: str) -> int:
    """The number of a part of an import."""
    return int(sort_key.rpartition("#")[2])


def phone_of_conversation(partition: str) -> str:
    """The phone of a conversation's partition key."""
    return partition.rpartition(_CONVERSATION)[2]
