"""What drives the functions, as on AWS: the schedule, and the queues with their pollers."""

import json
import logging
import threading
import uuid
from datetime import UTC, datetime
from typing import Any

import boto3
from botocore.config import Config

from local.environment import Function, FunctionError
from local.events import REGION, queue_event, schedule_event

logger = logging.getLogger(__name__)

BATCHES = "campaign-batches"
BATCH_RECEIVES = 3  # then a message goes to the dead letters; the next tick sends a new one anyway
_LONG_POLL_SECONDS = 20  # SQS's longest
_PAUSE_SECONDS = 1.0  # after the queue could not be asked
# A poller asks again by itself. If the client did, pollers would outlive their emulator by seconds.
_ASKED_ONCE = Config(retries={"mode": "standard", "total_max_attempts": 1})


class Queue:
    """A queue with dead letters, made new at every start."""

    def __init__(
        self,
        endpoint_url: str,
        visibility_seconds: int,
        name: str = BATCHES,
        receives: int = BATCH_RECEIVES,
        batch_size: int = 1,
    ) -> None:
        """`receives`: after so many a message goes to the dead letters. `batch_size`: 1 to 10."""
        self._batch_size = batch_size
        self._client = boto3.client(
            "sqs",
            endpoint_url=endpoint_url,
            region_name=REGION,
            aws_access_key_id="local",
            aws_secret_access_key="local",  # noqa: S106 -- the emulator takes any
            config=_ASKED_ONCE,
        )
        dead_letters = self._client.create_queue(QueueName=f"{name}-dead-letters")["QueueUrl"]
        redrive = {"deadLetterTargetArn": self._arn(dead_letters), "maxReceiveCount": receives}
        attributes = {
            "VisibilityTimeout": str(visibility_seconds),
            "RedrivePolicy": json.dumps(redrive),
        }
        self.url = self._client.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        self.arn = self._arn(self.url)

    def _arn(self, url: str) -> str:
        answer = self._client.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        return str(answer["Attributes"]["QueueArn"])

    def receive(self) -> list[dict[str, Any]]:
        """At most `batch_size` messages, as soon as there is one; none after 20 seconds."""
        answer = self._client.receive_message(
            QueueUrl=self.url,
            MaxNumberOfMessages=self._batch_size,
            WaitTimeSeconds=_LONG_POLL_SECONDS,
            MessageSystemAttributeNames=["All"],
        )
        return list(answer.get("Messages", []))

    def send(self, body: str) -> None:
        """Put one message on the queue."""
        self._client.send_message(QueueUrl=self.url, MessageBody=body)

    def waiting(self) -> int:
        """How many messages are in it, with those that are worked on or delayed."""
        names = [f"ApproximateNumberOfMessages{which}" for which in ("", "NotVisible", "Delayed")]
        answer = self._client.get_queue_attributes(QueueUrl=self.url, AttributeNames=names)
        return sum(int(number) for number in answer["Attributes"].values())

    def delete(self, message: dict[str, Any]) -> None:
        """Take a message that is done off the queue."""
        self._client.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])


class Poller:
    """Threads that hand a queue's messages to a function, as Lambda's event source does."""

    def __init__(self, function: Function, queue: Queue, threads: int) -> None:
        """Start."""
        self._function = function
        self._queue = queue
        self._stopping = threading.Event()
        for number in range(threads):
            name = f"{function.settings.name}-poller-{number}"
            threading.Thread(target=self._poll, name=name, daemon=True).start()

    def stop(self) -> None:
        """Begin nothing new. What is in flight is waited for by `Function.stop`."""
        self._stopping.set()

    def _poll(self) -> None:
        while not self._stopping.is_set():
            try:
                messages = self._queue.receive()
                if messages and not self._stopping.is_set():
                    self._handle(messages)
            except Exception as error:  # the emulator is stopping, or hiccups: messages return
                if not self._stopping.wait(_PAUSE_SECONDS):
                    logger.warning("the queue can't be read: %s", error)

    def _handle(self, messages: list[dict[str, Any]]) -> None:
        answer = invoked(self._function, queue_event(messages, self._queue.arn))
        if answer is None:
            return
        failed = _failed(answer)
        for message in messages:
            if message["MessageId"] not in failed:
                self._queue.delete(message)


class Driver:
    """What runs the executor: a thread for the tick, `concurrency` others for the queue."""

    def __init__(self, function: Function, queue: Queue, tick_seconds: float) -> None:
        """Start. With `tick_seconds` 0 nothing happens by itself."""
        self._function = function
        self._stopping = threading.Event()
        self._poller: Poller | None = None
        if tick_seconds:
            tick = threading.Thread(
                target=self._tick_every, args=(tick_seconds,), name="tick", daemon=True
            )
            tick.start()
            # One environment stays free for the tick: it must not wait behind long batches.
            self._poller = Poller(function, queue, max(1, function.settings.concurrency - 1))

    def stop(self) -> None:
        """Begin nothing new. What is in flight is waited for by `Function.stop`."""
        self._stopping.set()
        if self._poller:
            self._poller.stop()

    def _tick_every(self, seconds: float) -> None:
        while True:
            invoked(self._function, schedule_event(str(uuid.uuid4()), datetime.now(UTC)))
            if self._stopping.wait(seconds):
                return


def invoked(function: Function, event: dict[str, Any]) -> Any:
    """The function's answer; None if it failed: a later tick, or the queue, makes up for it."""
    try:
        return function.invoke(event, str(uuid.uuid4())) or {}
    except FunctionError as error:
        logger.error("the function %s failed: %s", function.settings.name, error)
        return None


def _failed(answer: Any) -> set[str]:
    failures = answer.get("batchItemFailures", []) if isinstance(answer, dict) else []
    return {failure["itemIdentifier"] for failure in failures}
