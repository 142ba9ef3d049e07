"""The queues: of batches, of what Meta told, of work for imports, and of deliveries."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from shared.domain.errors import StoreUnavailableError
from shared.domain.imports import Task
from shared.ports import Due

_BATCH_LIMIT = 10  # messages of one SendMessageBatch (SQS quota)
_BATCH_BYTES = 256_000  # of all its messages: SQS's older quota of 256 KiB, which is 1 MiB by now
_ROUNDS = 3  # how often messages that SQS refused for the moment are sent


def sqs_client(session: Any) -> Any:
    """A client with short time limits: Meta waits for the webhook, and workers have seconds."""
    return session.client(
        "sqs",
        config=Config(
            connect_timeout=1,
            read_timeout=2,
            retries={"mode": "standard", "total_max_attempts": 2},
        ),
    )


class BatchQueue:
    """See `shared.ports.BatchQueue`. A message delivered twice is harmless: claims decide."""

    def __init__(self, client: Any, queue_url: str) -> None:
        self._messages = MessageQueue(client, queue_url)

    def enqueue(self, batches: Sequence[Due]) -> None:
        """One message for each shard of a campaign that is due."""
        self._messages.put([_batch_text(due) for due in batches])


def _batch_text(due: Due) -> str:
    return json.dumps(
        {
            "action": "execute-batch",
            "tenantId": due.tenant_id,
            "campaignId": due.campaign_id,
            "shard": due.shard,
        }
    )


class ImportQueue:
    """See `shared.usecases.import_ports.ImportQueue`."""

    def __init__(self, client: Any, queue_url: str) -> None:
        self._messages = MessageQueue(client, queue_url)

    def put(self, tasks: Sequence[Task]) -> None:
        """One message each."""
        self._messages.put([_task_text(task) for task in tasks])


def _task_text(task: Task) -> str:
    message: dict[str, str | int] = {
        "action": "import",
        "tenantId": task.tenant_id,
        "campaignId": task.campaign_id,
        "importId": task.import_id,
    }
    if task.part is not None:
        message["part"] = task.part
    return json.dumps(message)


class MessageQueue:
    """Texts, as they are. One that comes twice must be harmless: SQS delivers at least once."""

    def __init__(self, client: Any, queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def put(self, messages: Sequence[str], delay_seconds: int = 0) -> None:
        """All of them; `delay_seconds` (at most 900) before they can be received.

        Raises StoreUnavailableError if some may be missing; putting them again is safe.
        """
        for portion in _portions(messages):
            left = {str(n): message for n, message in enumerate(portion)}
            for _ in range(_ROUNDS):
                left = self._send(left, delay_seconds)
                if not left:
                    break
            else:
                raise StoreUnavailableError("The queue is not available. Try again in a moment.")

    def _send(self, messages: dict[str, str], delay_seconds: int) -> dict[str, str]:
        """One request; the messages that it did not take."""
        entries = [
            {"Id": name, "MessageBody": message, "DelaySeconds": delay_seconds}
            for name, message in messages.items()
        ]
        try:
            answer = self._client.send_message_batch(QueueUrl=self._queue_url, Entries=entries)
        except (BotoCoreError, ClientError) as error:
            raise StoreUnavailableError(
                "The queue is not available. Try again in a moment."
            ) from error
        return {failed["Id"]: messages[failed["Id"]] for failed in answer.get("Failed", [])}


def _portions(messages: Sequence[str]) -> Iterator[list[str]]:
    """As many as one request takes; they are ASCII, so characters are bytes."""
    portion: list[str] = []
    size = 0
    for message in messages:
        if portion and (len(portion) == _BATCH_LIMIT or size + len(message) > _BATCH_BYTES):
            yield portion
            portion, size = [], 0
        portion.append(message)
        size += len(message)
    if portion:
        yield portion
