"""The executor Lambda: the minute schedule, the queue's batches, and a batch asked for by name.

| event | what happens | answer |
|---|---|---|
| `{"action": "execute-batch", "campaignId": "cmp_…"}` | that campaign's next batch | its result |
| SQS records with that as body | each campaign's next batch (or all it can) | `batchItemFailures` |
| anything else (the schedule) | a tick: sweep, resume, a message per due campaign | counts |
"""

import json
import logging
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from functions.wiring import services
from shared.domain.access import DEFAULT_TENANT
from shared.domain.errors import (
    CampaignNotFoundError,
    CampaignNotRunningError,
    StoreUnavailableError,
)
from shared.domain.instants import to_text
from shared.ports import Due
from shared.usecases.drain import serve
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
        ports = services(_tenant(event))
        return batch_answer(execute_batch(ports, str(event["campaignId"]), deadline))
    return _tick(deadline)


def _tick(deadline: datetime) -> dict[str, Any]:
    try:
        return asdict(tick(services(DEFAULT_TENANT), deadline))
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
            message = json.loads(record["body"])
            campaign_id, tenant_id = str(message["campaignId"]), _tenant(message)
            shard = int(message.get("shard", 0))
        except (ValueError, KeyError, TypeError):
            log.error("a queue message is not ours and is dropped")
            continue
        if not _one(Due(tenant_id, campaign_id, shard=shard), deadline):
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def _one(due: Due, deadline: datetime) -> bool:
    who: dict[str, Any] = {"tenantId": due.tenant_id, "campaignId": due.campaign_id}
    if due.shard:
        who["shard"] = due.shard
    try:
        ports = services(due.tenant_id)
        result = serve(ports, due.campaign_id, deadline, due.shard)
        if result.more:
            ports.queue.enqueue([due])
    except (CampaignNotFoundError, CampaignNotRunningError) as error:
        log.info("nothing to do: %s", error, extra=who)
        return True
    except StoreUnavailableError:
        log.exception(
            "the batch could not be finished; nothing is lost",
            extra={"event": "store_unavailable", **who},
        )
        return False
    except Exception:
        # A bug or a damaged record: the queue tries again, and keeps it for us in the end.
        log.exception("the batch failed", extra={"event": "batch_trouble", **who})
        return False
    log.info("batch", extra={"event": "batch", **who, **batch_answer(result)})
    return True


def _tenant(message: dict[str, Any]) -> str:
    """Whose campaign it is; a message that does not say means the default tenant's."""
    return str(message.get("tenantId") or DEFAULT_TENANT)


def _deadline(context: Any) -> datetime:
    remaining = timedelta(milliseconds=context.get_remaining_time_in_millis())
    return services(DEFAULT_TENANT).clock.now() + remaining - _MARGIN
