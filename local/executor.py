"""What drives the executor, as on AWS: the schedule, and the queue between it and the batches."""

import json
import logging
import threading
import uuid
from datetime import UTC, datetime
from typing import Any

import boto3

from local.environment import Function, FunctionError
from local.events import REGION, queue_event, schedule_event

logger = logging.getLogger(__name__)

_QUEUE, _DEAD_LETTERS = "campaign-batches", "campaign-batches-dead-letters"
_RECEIVES = 3  # then a message goes to the dead letters; the next tick sends a new one anyway
_LONG_POLL_SECONDS = 20  # SQS's longest
_PAUSE_SECONDS = 1.0  # after the queue could not be asked


class Queue:
    """The queue between tick and batches, made new at every start: a tick fills it again."""

    def __init__(self, endpoint_url: str, visibility_seconds: int) -> None:
        self._client = boto3.client(
            "sqs",
            endpoint_url=endpoint_url,
            region_name=REGION,
            aws_access_key_id="local",
            aws_secret_access_key="local",  # noqa: S106 -- the emulator takes any
        )
        dead_letters = self._client.create_queue(QueueName=_DEAD_LETTERS)["QueueUrl"]
        redrive = {"deadLetterTargetArn": self._arn(dead_letters), "maxReceiveCount": _RECEIVES}
        attributes = {
            "VisibilityTimeout": str(visibility_seconds),
            "RedrivePolicy": json.dumps(redrive),
        }
        self.url = self._client.create_queue(QueueName=_QUEUE, Attributes=attributes)["QueueUrl"]
        self.arn = self._arn(self.url)

    def _arn(self, url: str) -> str:
        answer = self._client.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        return str(answer["Attributes"]["QueueArn"])

    def receive(self) -> list[dict[str, Any]]:
        """At most one message, as soon as there is one; none after 20 seconds."""
        answer = self._client.receive_message(
            QueueUrl=self.url,
            MaxNumberOfMessages=1,
            WaitTimeSeconds=_LONG_POLL_SECONDS,
            MessageSystemAttributeNames=["All"],
        )
        return list(answer.get("Messages", []))

    def send(self, body: str) -> None:
        """Put one message on the queue."""
        self._client.send_message(QueueUrl=self.url, MessageBody=body)

    def delete(self, message: dict[str, Any]) -> None:
        """Take a message that is done off the queue."""
        self._client.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])


class Driver:
    """Threads that call the executor: one at every tick, `concurrency` others for the queue."""

    def __init__(self, function: Function, queue: Queue, tick_seconds: float) -> None:
        """Start. With `tick_seconds` 0 nothing happens by itself."""
        self._function = function
        self._queue = queue
        self._stopping = threading.Event()
        if tick_seconds:
            self._start(lambda: self._tick_every(tick_seconds), "tick")
            # One environment stays free for the tick: it must not wait behind long batches.
            for number in range(max(1, function.settings.concurrency - 1)):
                self._start(self._poll, f"poller-{number}")

    def _start(self, work: Any, name: str) -> None:
        threading.Thread(target=work, name=name, daemon=True).start()

    def stop(self) -> None:
        """Begin nothing new. What is in flight is waited for by `Function.stop`."""
        self._stopping.set()

    def _tick_every(self, seconds: float) -> None:
        while True:
            self._invoke(schedule_event(str(uuid.uuid4()), datetime.now(UTC)))
            if self._stopping.wait(seconds):
                return

    def _poll(self) -> None:
        while not self._stopping.is_set():
            try:
                for message in self._queue.receive():
                    self._handle(message)
            except Exception as error:  # the emulator is stopping, or hiccups: the message returns
                if not self._stopping.wait(_PAUSE_SECONDS):
                    logger.warning("the queue can't be read: %s", error)

    def _handle(self, message: dict[str, Any]) -> None:
        if self._stopping.is_set():
            return
        answer = self._invoke(queue_event([message], self._queue.arn))
        if answer is not None and not _failed(answer, message["MessageId"]):
            self._queue.delete(message)

    def _invoke(self, event: dict[str, Any]) -> Any:
        """The executor's answer; None if it failed: a later tick makes up for it."""
        try:
            return self._function.invoke(event, str(uuid.uuid4())) or {}
        except FunctionError as error:
            logger.error("the executor failed: %s", error)
            return None


def _failed(answer: Any, message_id: str) -> bool:
    failures = answer.get("batchItemFailures", []) if isinstance(answer, dict) else []
    return any(failure["itemIdentifier"] == message_id for failure in failures)
