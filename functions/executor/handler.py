"""The executor Lambda: the minute schedule, the queue's batches, and a batch asked for by name.

| event | what happens | answer |
|---|---|---|
| `{"action": "execute-batch", "campaignId": "cmp_…"}` | that campaign's next batch | its result |
| SQS records with that as body | each campaign's next batch | `batchItemFailures` |
| anything else (the schedule) | a tick: sweep, resume, a message per due campaign | counts |
"""

import json
import logging
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from functions.wiring import services
from shared.domain.errors import (
    CampaignNotFoundError,
    CampaignNotRunningError,
    StoreUnavailableError,
)
from shared.domain.instants import to_text
from shared.usecases.execute_batch import BatchResult, execute_batch
from shared.usecases.tick import tick

logging.getLogger().setLevel(logging.INFO)
log = logging.getLogger(__name__)

_MARGIN = timedelta(seconds=2)  # for the answer, before Lambda stops the process


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """See the table of the module."""
    deadline = _deadline(context)
    if "Records" in event:
        return _records(event["Records"], deadline)
    if event.get("action") == "execute-batch" and event.get("campaignId"):
        return batch_answer(execute_batch(services(), str(event["campaignId"]), deadline))
    return _tick(deadline)


def _tick(deadline: datetime) -> dict[str, Any]:
    try:
        return asdict(tick(services(), deadline))
    except StoreUnavailableError:
        log.exception(
            "the tick could not be finished; the next one makes up for it",
            extra={"event": "store_unavailable"},
        )
        raise


def batch_answer(result: BatchResult) -> dict[str, Any]:
    """A batch's result as JSON."""
    answer: dict[str, Any] = {
        **asdict(result.tally),
        "paused": result.paused,
        "completed": result.completed,
    }
    if result.pause_reason:
        answer["pauseReason"] = result.pause_reason
    if result.wait_until:
        answer["waitUntil"] = to_text(result.wait_until)
    return answer


def _records(records: list[dict[str, Any]], deadline: datetime) -> dict[str, Any]:
    """Each record by itself: one that fails goes back to the queue alone."""
    failures = []
    for record in records:
        try:
            campaign_id = str(json.loads(record["body"])["campaignId"])
        except (ValueError, KeyError, TypeError):
            log.error("a queue message is not ours and is dropped")
            continue
        if not _one(campaign_id, deadline):
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def _one(campaign_id: str, deadline: datetime) -> bool:
    try:
        result = execute_batch(services(), campaign_id, deadline)
    except (CampaignNotFoundError, CampaignNotRunningError) as error:
        log.info("nothing to do: %s", error, extra={"campaignId": campaign_id})
        return True
    except StoreUnavailableError:
        log.exception(
            "the batch could not be finished; nothing is lost",
            extra={"event": "store_unavailable", "campaignId": campaign_id},
        )
        return False
    except Exception:
        # A bug or a damaged record: the queue tries again, and keeps it for us in the end.
        log.exception(
            "the batch failed", extra={"event": "batch_trouble", "campaignId": campaign_id}
        )
        return False
    log.info("batch", extra={"event": "batch", "campaignId": campaign_id, **batch_answer(result)})
    return True


def _deadline(context: Any) -> datetime:
    remaining = timedelta(milliseconds=context.get_remaining_time_in_millis())
    return services().clock.now() + remaining - _MARGIN
