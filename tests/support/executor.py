"""The executor as Lambda calls it, and the real queue before it."""

import json
from typing import Any

import pytest

from functions.wiring import Services
from shared.sqs import BatchQueue, sqs_client
from tests.support.processes import process


class Context:
    """What Lambda tells a handler about its time."""

    def __init__(self, seconds: float = 60) -> None:
        self._seconds = seconds

    def get_remaining_time_in_millis(self) -> int:
        return int(self._seconds * 1000)


def received(services: Services) -> list[dict[str, Any]]:
    """The queue's messages as the records of a Lambda event; they leave the queue."""
    queue = services._environment["EXECUTOR_QUEUE_URL"]
    records = []
    while True:
        answer = services._sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
        if not answer.get("Messages"):
            return records
        for message in answer["Messages"]:
            services._sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
            records.append(record(message["Body"], message["MessageId"]))


def record(body: str, message_id: str = "m1") -> dict[str, Any]:
    """One record of an SQS event."""
    return {"messageId": message_id, "body": body, "eventSource": "aws:sqs"}


def asks_for(campaign_id: str, message_id: str = "m1") -> dict[str, Any]:
    """The record of a message that a tick sends."""
    return record(json.dumps({"action": "execute-batch", "campaignId": campaign_id}), message_id)


def capped(services: Services, limit: int = 5) -> Services:
    """The same deployment with a small cap."""
    return process(services, WHATSAPP_DAILY_LIMIT=str(limit))


def without_queue(services: Services, patch: pytest.MonkeyPatch) -> None:
    """Nobody listens where the executor's queue was, until the patch is undone."""
    with pytest.MonkeyPatch.context() as nowhere:
        nowhere.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
        client = sqs_client(services._session)
    url = services._environment["EXECUTOR_QUEUE_URL"]
    patch.setattr(services, "queue", BatchQueue(client, url))
