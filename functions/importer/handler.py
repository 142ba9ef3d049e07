"""The Lambda that imports long lists: messages of its queue, one thing to do each.

The answer names those that the queue must give again (`batchItemFailures`).
"""

import json
import logging
from datetime import timedelta
from typing import Any

from functions.wiring import services
from shared.domain.errors import (
    CampaignNotFoundError,
    ImportNotFoundError,
    StoreUnavailableError,
)
from shared.domain.imports import Task
from shared.usecases.import_parts import carry_out

logging.getLogger().setLevel(logging.INFO)
log = logging.getLogger(__name__)

_MARGIN = timedelta(seconds=45)
"""Kept of the time limit for what a part may still wait for: one write, and the report."""


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Each message by itself: one that fails goes back to the queue alone."""
    failures = []
    for record in event["Records"]:
        try:
            task = task_of(json.loads(record["body"]))
        except (ValueError, KeyError, TypeError):
            log.error("a queue message is not ours and is dropped")
            continue
        if not _done(task, context):
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def task_of(message: dict[str, Any]) -> Task:
    """A message of the queue. Raises KeyError, ValueError, TypeError."""
    part = message.get("part")
    return Task(
        str(message["tenantId"]),
        str(message["campaignId"]),
        str(message["importId"]),
        None if part is None else int(part),
    )


def _done(task: Task, context: Any) -> bool:
    who = {"tenantId": task.tenant_id, "campaignId": task.campaign_id, "importId": task.import_id}
    margin = _MARGIN.total_seconds() * 1000
    try:
        carry_out(
            services(task.tenant_id),
            task,
            lambda: context.get_remaining_time_in_millis() > margin,
        )
    except (CampaignNotFoundError, ImportNotFoundError):
        log.info("the campaign was deleted", extra=who)
    except StoreUnavailableError:
        log.exception(
            "an import could not go on; nothing is lost",
            extra={"event": "store_unavailable", **who},
        )
        return False
    except Exception:
        # A bug or a damaged record: the queue tries again, and keeps it for us in the end.
        log.exception("an import has trouble", extra={"event": "import_trouble", **who})
        return False
    return True
