"""The queue between the tick and the executor."""

import json
from collections.abc import Sequence
from typing import Any

from shared.ports import Due

_BATCH_LIMIT = 10  # messages of one SendMessageBatch (SQS quota)


class BatchQueue:
    """See `shared.ports.BatchQueue`. A message delivered twice is harmless: claims decide."""

    def __init__(self, client: Any, queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def enqueue(self, batches: Sequence[Due]) -> None:
        """One message per campaign. What SQS refuses is left to the next tick."""
        for start in range(0, len(batches), _BATCH_LIMIT):
            entries = [
                {
                    "Id": str(n),
                    "MessageBody": json.dumps(
                        {
                            "action": "execute-batch",
                            "tenantId": due.tenant_id,
                            "campaignId": due.campaign_id,
                        }
                    ),
                }
                for n, due in enumerate(batches[start : start + _BATCH_LIMIT])
            ]
            self._client.send_message_batch(QueueUrl=self._queue_url, Entries=entries)
