"""The Lambda behind the webhook's queue: what Meta told, applied.

The event has up to ten queue messages (see `shared.channels.webhook_door`), of all tenants; the
answer names those that the queue must give again (`batchItemFailures`).
"""

import logging
from functools import lru_cache
from typing import Any

from functions import wiring
from functions.updates.intake import Intake

logging.getLogger().setLevel(logging.INFO)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Work on one batch of messages."""
    failed = _intake().take(event["Records"])
    return {"batchItemFailures": [{"itemIdentifier": each} for each in failed]}


@lru_cache(maxsize=1)
def _intake() -> Intake:
    return Intake(lambda tenant_id: wiring.services(tenant_id))
