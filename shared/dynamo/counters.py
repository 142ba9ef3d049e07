"""Counters as parts of a write."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any


def counting(deltas: Mapping[str, int]) -> dict[str, Any]:
    """The expression of an update that adds to each named number; absent ones begin at zero."""
    names = {f"#n{i}": name for i, name in enumerate(deltas)}
    values = {f":n{i}": {"N": str(delta)} for i, delta in enumerate(deltas.values())}
    return {
        "UpdateExpression": "ADD " + ", ".join(f"#n{i} :n{i}" for i in range(len(deltas))),
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": values,
    }


def minute_attribute(at: datetime) -> str:
    """Where the count of a minute is in the item of its hour."""
    return f"m{at.astimezone(UTC).minute:02d}"
