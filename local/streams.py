"""What reads the tables' streams and calls a function with them, as Lambda's event source does."""

import logging
import threading
from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

logger = logging.getLogger(__name__)

_IDLE_SECONDS = 0.05  # between two looks at a stream in which nothing was
_PAUSE_SECONDS = 0.5  # after it could not be read, or the function failed
_TRIES = 3  # then the records are passed over, as on AWS
_TRIMMED = frozenset({"TrimmedDataAccessException", "ExpiredIteratorException"})


class StreamReader:
    """One table's stream from the present on. The emulator has one shard for each."""

    def __init__(self, dynamodb: Any, streams: Any, table: str) -> None:
        """`dynamodb`, `streams`: boto3 clients of these services."""
        self._streams = streams
        self._arn = dynamodb.describe_table(TableName=table)["Table"]["LatestStreamArn"]
        (shard,) = streams.describe_stream(StreamArn=self._arn)["StreamDescription"]["Shards"]
        self._shard = shard["ShardId"]
        self._iterator = self._begin("LATEST")

    def _begin(self, where: str) -> str:
        answer = self._streams.get_shard_iterator(
            StreamArn=self._arn, ShardId=self._shard, ShardIteratorType=where
        )
        return str(answer["ShardIterator"])

    def read(self) -> list[dict[str, Any]]:
        """The next records as a function gets them; none if there are none yet."""
        try:
            answer = self._streams.get_records(ShardIterator=self._iterator)
        except ClientError as error:
            if error.response["Error"]["Code"] not in _TRIMMED:
                raise
            self._iterator = self._begin("TRIM_HORIZON")
            return []
        self._iterator = answer["NextShardIterator"]
        return [_as_event(record, self._arn) for record in answer["Records"]]


class StreamPoller:
    """Calls `invoke` with the records of streams while somebody wants to know of them.

    Nobody listens most of the time on a laptop, and then nothing is read.
    """

    def __init__(
        self, readers: Callable[[], list[StreamReader]], invoke: Callable[[dict[str, Any]], None]
    ) -> None:
        """`readers`: makes one for each table. `invoke` raises if the records must come again."""
        self._readers = readers
        self._invoke = invoke
        self._stopping: threading.Event | None = None
        self._lock = threading.Lock()

    def start(self) -> None:
        """Whatever is committed after this has returned is read. Nothing if it runs already."""
        with self._lock:
            if self._stopping:
                return
            stopping = threading.Event()
            for number, reader in enumerate(self._readers()):
                threading.Thread(
                    target=self._run, args=(reader, stopping), name=f"stream-{number}", daemon=True
                ).start()
            self._stopping = stopping

    def stop(self) -> None:
        """Read no more. Safe to repeat."""
        with self._lock:
            if self._stopping:
                self._stopping.set()
                self._stopping = None

    def _run(self, reader: StreamReader, stopping: threading.Event) -> None:
        while not stopping.is_set():
            try:
                records = reader.read()
            except (ClientError, BotoCoreError) as error:  # the emulator is stopping, or hiccups
                if not stopping.wait(_PAUSE_SECONDS):
                    logger.warning("a stream can't be read: %s", error)
                continue
            if records:
                self._hand_over(records, stopping)
            else:
                stopping.wait(_IDLE_SECONDS)

    def _hand_over(self, records: list[dict[str, Any]], stopping: threading.Event) -> None:
        for _ in range(_TRIES):
            try:
                return self._invoke({"Records": records})
            except Exception as error:
                logger.error("news could not be told: %s", error)
                if stopping.wait(_PAUSE_SECONDS):
                    return None
        return None


def _as_event(record: dict[str, Any], arn: str) -> dict[str, Any]:
    """A record of the API as Lambda hands it over: instants as seconds, and whose it is."""
    image = dict(record["dynamodb"])
    created = image["ApproximateCreationDateTime"]
    image["ApproximateCreationDateTime"] = created.timestamp()
    return {**record, "dynamodb": image, "eventSourceARN": arn}
