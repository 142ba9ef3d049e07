"""Files in S3: lists that were uploaded, and reports about them."""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO, cast

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from shared.domain.errors import ListChangedError, StoreUnavailableError
from shared.domain.imports import UPLOAD_TIME, Stored

AHEAD = 4 * 1024 * 1024
"""Bytes that are read at a time."""

PIECE = 8 * 1024 * 1024
"""Bytes of a report that are written at a time; S3's least is five megabytes."""

_GONE = frozenset({"404", "NoSuchKey", "412", "PreconditionFailed", "416", "InvalidRange"})


def s3_client(session: Any) -> Any:
    """A client whose signed addresses work everywhere: signature 4, no checksum of boto3's own."""
    return session.client(
        "s3",
        config=Config(
            signature_version="s3v4",
            connect_timeout=2,
            read_timeout=20,
            retries={"mode": "standard", "total_max_attempts": 4},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )


class Files:
    """See `shared.usecases.import_ports.Files`. Keys begin with the tenant."""

    def __init__(self, client: Any, bucket: str, tenant_id: str) -> None:
        self._client = client
        self._bucket = bucket
        self._tenant_id = tenant_id

    def upload_address(self, key: str, size: int, content_type: str) -> str:
        """S3 itself refuses a body of another length: it is part of what is signed."""
        more = {"ContentLength": size, "ContentType": content_type}
        return self._signed("put_object", key, more)

    def download_address(self, key: str, name: str) -> str:
        """`name` must be plain ASCII without quotes."""
        more = {"ResponseContentDisposition": f'attachment; filename="{name}"'}
        return self._signed("get_object", key, more)

    def find(self, key: str) -> Stored | None:
        """One request."""
        try:
            with _trouble():
                answer = self._client.head_object(**self._at(key))
        except ListChangedError:
            return None
        return Stored(answer["ContentLength"], answer["ETag"])

    def open(self, key: str, stored: Stored) -> BinaryIO:
        """Reads ahead; a request for every four megabytes."""
        return cast(BinaryIO, _Remote(self, key, stored))

    def read(
        self, key: str, etag: str | None = None, start: int = 0, end: int | None = None
    ) -> bytes:
        """One request."""
        more = {"IfMatch": etag} if etag else {}
        if end is not None:
            more["Range"] = f"bytes={start}-{end - 1}"
        with _trouble():
            answer = self._client.get_object(**self._at(key), **more)
            content: bytes = answer["Body"].read()
        return content

    def write(self, key: str, content: bytes) -> None:
        """One request; the same content again changes nothing."""
        with _trouble():
            self._client.put_object(**self._at(key), Body=content)

    def join(self, keys: Sequence[str], target: str, opening: bytes) -> None:
        """Reads one file after the other, and writes in pieces."""
        from boto3.s3.transfer import TransferConfig

        source = io.BufferedReader(_Joined(self._contents(keys, opening)), PIECE)
        one_by_one = TransferConfig(
            multipart_threshold=PIECE, multipart_chunksize=PIECE, use_threads=False
        )
        with _trouble():
            at = self._at(target)
            self._client.upload_fileobj(source, at["Bucket"], at["Key"], Config=one_by_one)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _contents(self, keys: Sequence[str], opening: bytes) -> Iterator[bytes]:
        yield opening
        for key in keys:
            yield self.read(key)

    def _at(self, key: str) -> dict[str, str]:
        return {"Bucket": self._bucket, "Key": f"{self._tenant_id}/{key}"}

    def _signed(self, operation: str, key: str, more: dict[str, Any]) -> str:
        address: str = self._client.generate_presigned_url(
            operation,
            Params={**self._at(key), **more},
            ExpiresIn=int(UPLOAD_TIME.total_seconds()),
        )
        return address


class _Remote:
    """A file in S3 as a file to read: as much as `shared.domain.csv_text` needs of one."""

    def __init__(self, files: Files, key: str, stored: Stored) -> None:
        self._files = files
        self._key = key
        self._stored = stored
        self._position = 0
        self._first = 0
        self._ahead = b""  # what begins at `_first`

    def seek(self, position: int) -> int:
        self._position = position
        return position

    def read(self, size: int) -> bytes:
        """At most so many bytes: what is there already, or else a new piece."""
        begin = self._position - self._first
        if not 0 <= begin < len(self._ahead):
            begin, self._first, self._ahead = 0, self._position, b""  # before the next one comes
            end = min(self._position + AHEAD, self._stored.size)
            if self._position >= end:
                return b""
            self._ahead = self._files.read(self._key, self._stored.etag, self._position, end)
        found = self._ahead[begin : begin + size]
        self._position += len(found)
        return found


class _Joined(io.RawIOBase):
    """Pieces one after the other as one stream."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = piece
        taken = self._rest[: len(buffer)]
        self._rest = self._rest[len(taken) :]
        buffer[: len(taken)] = taken
        return len(taken)


@contextmanager
def _trouble() -> Iterator[None]:
    """A file that is gone, or another one, is told from a service that is not available."""
    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] in _GONE:
            raise ListChangedError from error
        raise StoreUnavailableError("Files can't be reached. Try again in a moment.") from error
    except BotoCoreError as error:
        raise StoreUnavailableError("Files can't be reached. Try again in a moment.") from error
