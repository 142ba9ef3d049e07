"""What the function behind the webhook's queue is handed, and what it puts back."""

import json
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from functions.updates.intake import Intake
from functions.wiring import Services
from shared.channels.webhook_door import queue_messages
from shared.domain.updates import Reference
from tests.support.campaigns import everybody
from tests.support.meta_webhooks import status


class PutBack:
    """The queue in the test's hand: what was put back, with its delay in seconds."""

    def __init__(self) -> None:
        self.messages: list[tuple[int, str]] = []

    def put(self, messages: Sequence[str], delay_seconds: int = 0) -> None:
        self.messages += [(delay_seconds, message) for message in messages]

    def close(self) -> None:
        """Nothing is open."""


def record(message: str, at: datetime) -> dict[str, Any]:
    """One SQS record."""
    sent = str(int(at.timestamp() * 1000))
    return {
        "messageId": str(uuid.uuid4()),
        "body": message,
        "attributes": {"SentTimestamp": sent},
    }


def records(services: Services, *bodies: bytes) -> list[dict[str, Any]]:
    """The SQS records of POSTs that have just come."""
    now = services.clock.now()
    return [record(message, now) for body in bodies for message in queue_messages(body)]


def take(services: Services, *bodies: bytes) -> list[str]:
    """Work on POSTs as one batch; the ids of the messages that failed."""
    return Intake(services.tenant).take(records(services, *bodies))


def reference(services: Services, campaign_id: str, phone: str) -> str:
    """What the message to this person carries."""
    person = everybody(services, campaign_id)[phone]
    return str(Reference(campaign_id, phone, person.claim or ""))


def status_of(
    services: Services, campaign_id: str, phone: str, kind: str, **more: Any
) -> dict[str, Any]:
    """A status of the message that this person was sent."""
    person = everybody(services, campaign_id)[phone]
    return status(
        kind,
        person.message_id or f"wamid.of.{phone}",
        timestamp=str(int(services.clock.now().timestamp())),
        recipient_id=phone,
        **{"biz_opaque_callback_data": reference(services, campaign_id, phone)} | more,
    )


def statuses_in(message: str) -> list[Any]:
    """The statuses of a queue message."""
    return list(json.loads(message)["value"]["statuses"])
