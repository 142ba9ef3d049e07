"""What is stored, read behind the code's back: by the documented keys, without its parsers."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

Item = dict[str, Any]  # attribute → its bare value; numbers as int


@dataclass
class Tables:
    """One moment of all three tables, for some campaigns."""

    campaigns: dict[str, Item] = field(default_factory=dict)
    counters: dict[str, Counter[str]] = field(default_factory=dict)
    journals: dict[str, list[Item]] = field(default_factory=dict)
    recipients: dict[str, dict[str, Item]] = field(default_factory=dict)
    days: list[Item] = field(default_factory=list)


def read_tables(client: Any, names: Mapping[str, str], campaign_ids: Sequence[str]) -> Tables:
    """All about the campaigns; `names` are the tables' by `campaigns`, `recipients`, `whatsapp`."""
    tables = Tables()
    for campaign_id in campaign_ids:
        pk = f"CAMPAIGN#{campaign_id}"
        tables.journals[campaign_id] = []
        for item in _partition(client, names["campaigns"], pk):
            kind = item["SK"].split("#")[0]
            if kind == "METADATA":
                tables.campaigns[campaign_id] = item
            elif kind == "STATS":
                tables.counters.setdefault(campaign_id, Counter()).update(dict(_counts(item)))
            elif kind == "RUN":
                tables.journals[campaign_id].append(item)
        tables.counters[campaign_id] = Counter(
            {name: number for name, number in tables.counters[campaign_id].items() if number}
        )
        tables.recipients[campaign_id] = {
            item["SK"].removeprefix("USER#"): item
            for item in _partition(client, names["recipients"], pk)
        }
    for ago in range(2):  # the run may have begun yesterday
        day = (datetime.now(UTC) - timedelta(days=ago)).date().isoformat()
        tables.days += _partition(client, names["whatsapp"], f"DAILY_COUNTER#{day}")
    return tables


def _counts(shard: Item) -> Iterator[tuple[str, int]]:
    """A shard's counters of people; not those of retries, which only grow."""
    for name, number in shard.items():
        if isinstance(number, int) and not name.startswith("RETRY_"):
            yield name, number


def _partition(client: Any, table: str, pk: str) -> list[Item]:
    items: list[Item] = []
    request: dict[str, Any] = {
        "TableName": table,
        "KeyConditionExpression": "PK = :pk",
        "ExpressionAttributeValues": {":pk": {"S": pk}},
        "ConsistentRead": True,
    }
    while True:
        answer = client.query(**request)
        items += ({k: _bare(v) for k, v in item.items()} for item in answer["Items"])
        if "LastEvaluatedKey" not in answer:
            return items
        request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def _bare(attribute: Mapping[str, Any]) -> Any:
    ((kind, value),) = attribute.items()
    return int(value) if kind == "N" and value.lstrip("-").isdigit() else value
