"""Publishes events on an EventBridge bus, for other systems."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from shared.domain.errors import StoreUnavailableError

SOURCE = "campaign-executor"
"""`source` of every event; its `detail-type` is the event's type, its `detail` the event."""

_ENTRIES, _BYTES = 10, 200_000
"""Of one PutEvents: 10 entries and 256 KB, their envelopes included (EventBridge quotas)."""

_TRIES = 3


class EventBus:
    """See `shared.usecases.live_ports.Bus`."""

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self._name = name

    def put(self, events: Sequence[dict[str, Any]]) -> None:
        """In as few calls as possible; what the bus refuses is tried again. See the port."""
        entries = [
            {
                "EventBusName": self._name,
                "Source": SOURCE,
                "DetailType": str(event["type"]),
                "Detail": json.dumps(event, ensure_ascii=False),
            }
            for event in events
        ]
        for some in _calls(entries):
            self._put(some)

    def _put(self, entries: list[dict[str, Any]]) -> None:
        for _ in range(_TRIES):
            try:
                answer = self._client.put_events(Entries=entries)
            except (ClientError, BotoCoreError) as error:
                raise StoreUnavailableError("The event bus is not available.") from error
            results = zip(entries, answer["Entries"], strict=True)
            entries = [entry for entry, result in results if "ErrorCode" in result]
            if not entries:
                return
        raise StoreUnavailableError("The event bus refuses events.")


def _calls(entries: Sequence[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    some: list[dict[str, Any]] = []
    size = 0
    for entry in entries:
        needs = len(entry["Detail"].encode())
        if some and (len(some) == _ENTRIES or size + needs > _BYTES):
            yield some
            some, size = [], 0
        some.append(entry)
        size += needs
    if some:
        yield some
