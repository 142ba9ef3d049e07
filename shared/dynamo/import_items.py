"""Imports as items, and back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared.domain.access import Actor
from shared.domain.imports import Counts, Import, ImportStatus
from shared.domain.instants import from_text, to_text
from shared.dynamo.client import Attributes, from_attributes, to_attributes
from shared.dynamo.keys import Keys

SKIPPED = "SKIPPED#"
"""What counters of rows that were left out begin with; their kind follows."""


def import_item(keys: Keys, made: Import) -> Attributes:
    """A new import."""
    return to_attributes(
        {
            **keys.imported(made.campaign_id, made.import_id),
            "importId": made.import_id,
            "status": made.status.value,
            "fileName": made.file_name,
            "size": made.size,
            "createdAt": to_text(made.created_at),
            "createdBy": made.created_by.subject,
            "createdByRole": made.created_by.role,
        }
    )


def import_of(attributes: Attributes, campaign_id: str) -> Import:
    """An import's item."""
    item = from_attributes(attributes)

    def instant(name: str) -> datetime | None:
        return from_text(item[name]) if name in item else None

    return Import(
        campaign_id=campaign_id,
        import_id=item["importId"],
        created_at=from_text(item["createdAt"]),
        created_by=Actor(item["createdBy"], item["createdByRole"]),
        size=item["size"],
        file_name=item.get("fileName"),
        status=ImportStatus(item["status"]),
        started_at=instant("startedAt"),
        started_by=Actor(item["startedBy"], item["startedByRole"]) if "startedBy" in item else None,
        finished_at=instant("finishedAt"),
        progress_at=instant("progressAt"),
        reason=item.get("reason"),
        etag=item.get("etag"),
        checked_rows=item.get("checkedRows", 0),
        checked_bytes=item.get("checkedBytes", 0),
        rows=item.get("fileRows"),
        parts=item.get("parts"),
        parts_done=item.get("partsDone", 0),
        counts=counts_of(item),
    )


def counts_of(item: Mapping[str, Any]) -> Counts:
    """The counters of an import or of a part."""
    skipped = {n.removeprefix(SKIPPED): v for n, v in item.items() if n.startswith(SKIPPED)}
    return Counts(item.get("doneRows", 0), item.get("inserted", 0), skipped)
