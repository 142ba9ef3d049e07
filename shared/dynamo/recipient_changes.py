"""Recipients that change outside of a worker's group: the writes, and their counters.

The counters of open states are the executor's shard, by which it completes campaigns; all others go
to a shard of their own, so that a flood of statuses does not hold up sending.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from shared.domain.evidence import Change
from shared.domain.instants import to_text
from shared.domain.recipient import OPEN, Recipient
from shared.domain.shards import EVIDENCE_SHARD, counter_shard
from shared.domain.stats import WAITING
from shared.dynamo.client import Attributes, key
from shared.dynamo.counters import counting
from shared.dynamo.items import attempt_text, past_attribute
from shared.dynamo.keys import Keys
from shared.dynamo.transaction import Part

_RECIPIENT = "recipient "
_EXECUTORS = frozenset({*OPEN, WAITING})
"""Counters that decide whether a campaign is done, and are in the executor's shard."""


def changed(keys: Keys, table: str, change: Change) -> Part:
    """SET and REMOVE what differs, IF that and the claim are as they were read."""
    before = _attributes(keys, change.before)
    after = _attributes(keys, change.after)
    differ = sorted(n for n in before.keys() | after.keys() if before.get(n) != after.get(n))
    guarded = {*differ, "status", "claim", "attempts"}
    conditions = ["attribute_exists(PK)"]
    conditions += [
        f"#{name} = :old_{name}" if name in before else f"attribute_not_exists(#{name})"
        for name in sorted(guarded)
    ]
    sets = [name for name in differ if name in after]
    removes = [name for name in differ if name not in after]
    expression = "SET " + ", ".join(f"#{name} = :{name}" for name in sets)
    if removes:
        expression += " REMOVE " + ", ".join(f"#{name}" for name in removes)
    values = {f":{name}": after[name] for name in sets}
    values |= {f":old_{name}": before[name] for name in guarded if name in before}
    recipient = change.before
    update = {
        "TableName": table,
        "Key": key(keys.recipient(recipient.campaign_id, recipient.phone, recipient.shard)),
        "UpdateExpression": expression,
        "ConditionExpression": " AND ".join(conditions),
        "ExpressionAttributeNames": {f"#{name}": name for name in guarded},
        "ExpressionAttributeValues": values,
    }
    return Part(_RECIPIENT + recipient.phone, {"Update": update})


def counted(keys: Keys, table: str, campaign_id: str, changes: Iterable[Change]) -> Iterator[Part]:
    """The campaign's counters, each in its shard."""
    shards: dict[int, Counter[str]] = defaultdict(Counter)
    for change in changes:
        executors = counter_shard(change.before.shard)
        for name, delta in change.counters().items():
            shards[executors if name in _EXECUTORS else EVIDENCE_SHARD][name] += delta
    for shard, sums in sorted(shards.items()):
        if deltas := {name: delta for name, delta in sums.items() if delta}:
            update = {
                "TableName": table,
                "Key": key(keys.stats(campaign_id, shard)),
                **counting(deltas),
            }
            yield Part("count", {"Update": update})


def _attributes(keys: Keys, recipient: Recipient) -> Attributes:
    """What can change of a recipient, as it is stored."""
    instants = {
        "sentAt": recipient.sent_at,
        "deliveredAt": recipient.delivered_at,
        "readAt": recipient.read_at,
        "failedAt": recipient.failed_at,
        "repliedAt": recipient.replied_at,
        "updatedAt": recipient.updated_at,
        "dueAt": recipient.due_at,
    }
    texts = {name: to_text(instant) for name, instant in instants.items() if instant}
    texts["status"] = recipient.status.value
    if recipient.due_at is not None:
        partition = keys.recipient_partition(recipient.campaign_id, recipient.shard)
        texts["pendingShard"] = partition
    optional = {
        "claim": recipient.claim,
        "messageId": recipient.message_id,
        "errorCode": recipient.error_code,
        "errorMessage": recipient.error_message,
    }
    texts |= {name: text for name, text in optional.items() if text is not None}
    texts |= {past_attribute(past.number): attempt_text(past) for past in recipient.past}
    attributes: Attributes = {name: {"S": text} for name, text in texts.items()}
    return attributes | {"attempts": {"N": str(recipient.attempts)}}
