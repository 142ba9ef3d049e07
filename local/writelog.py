"""The file that keeps the laptop's tables: one line per acknowledged write, checked on reading.

A line is `crc32 record\\n`: eight hex digits, a space, JSON in UTF-8. Each checksum continues that
of the line before, so a changed, lost or moved line is noticed. Records hold the items as they are
after the write, not the request, so reading them back needs no conditions, clocks or idempotency
tokens: the last image of each key wins.

- `{"format": 1}` opens the file.
- `{"create": {...}}` is a CreateTable request, `{"drop": name}` its end,
  `{"ttl": {"table": name, "attribute": name | null}}` which attribute says when an item expires.
- `{"put": [[table, item], ...], "gone": [[table, key], ...]}` is one write, whole: a transaction is
  never half in the file.
"""

import fcntl
import json
import os
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from local.failure import LocalError

FILE_NAME = "tables.log"
FORMAT = 1
_LINE_ITEMS = 100  # items on one line of a compacted file: neither huge lines nor many

Item = dict[str, Any]
Record = dict[str, Any]


class Image:
    """What the tables hold: their definitions and their items in DynamoDB's JSON."""

    def __init__(self) -> None:
        self.tables: dict[str, Record] = {}
        self.ttl: dict[str, str] = {}
        self.items: dict[str, dict[str, Item]] = {}

    def key(self, table: str, item: Item) -> Item:
        """The key attributes of an item (or of a key)."""
        return {
            part["AttributeName"]: item[part["AttributeName"]]
            for part in self.tables[table]["KeySchema"]
        }

    def apply(self, record: Record) -> None:
        """Bring the image up to date with one record; raises KeyError if it makes no sense."""
        if "create" in record:
            name = record["create"]["TableName"]
            self.tables[name], self.items[name] = record["create"], {}
        elif "drop" in record:
            del self.tables[record["drop"]], self.items[record["drop"]]
            self.ttl.pop(record["drop"], None)
        elif "ttl" in record:
            self._expire_by(record["ttl"]["table"], record["ttl"]["attribute"])
        else:
            for table, item in record["put"]:
                self.items[table][json.dumps(self.key(table, item))] = item
            for table, key in record["gone"]:
                self.items[table].pop(json.dumps(self.key(table, key)), None)

    def _expire_by(self, table: str, attribute: str | None) -> None:
        if attribute is None:
            self.ttl.pop(table, None)
        else:
            self.ttl[table] = attribute

    def drop_expired(self, now: float) -> None:
        """Forget items whose time to live (epoch seconds) is over: no restart may revive them."""
        for table, attribute in self.ttl.items():
            items = self.items[table]
            for key in [key for key, item in items.items() if _expired(item.get(attribute), now)]:
                del items[key]

    def records(self) -> Iterator[Record]:
        """The shortest list of records that leads to this image."""
        for table, definition in self.tables.items():
            yield {"create": definition}
            if table in self.ttl:
                yield {"ttl": {"table": table, "attribute": self.ttl[table]}}
            items = list(self.items[table].values())
            for start in range(0, len(items), _LINE_ITEMS):
                yield {
                    "put": [[table, item] for item in items[start : start + _LINE_ITEMS]],
                    "gone": [],
                }


def _expired(value: Item | None, now: float) -> bool:
    return value is not None and "N" in value and float(value["N"]) <= now


class WriteLog:
    """The open file of one data folder, held by one process at a time.

    Guarantee: what `append` was given is with the operating system when it returns, so a killed
    process loses nothing; `sync` brings it to the disk, so a power cut loses what came after it.
    """

    def __init__(self, folder: Path, now: float, patience_seconds: float) -> None:
        """Take the folder, read `image` from its file, and write that back in its shortest form.

        `now` (epoch seconds) decides which items have expired. Raises LocalError if the folder
        can't be used, another runtime still has it after `patience_seconds`, or the file is
        damaged.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = _locked(folder, patience_seconds)
            path = folder / FILE_NAME
            self.image = _read(path)
            self.image.drop_expired(now)
            self._checksum = _rewrite(path, self.image)
            self._file = path.open("ab", buffering=0)
        except OSError as error:
            raise LocalError(
                f"The data folder {folder} can't be used ({error.strerror}):"
                " set LOCAL_DATA_DIR to another."
            ) from None
        self._dirty = False

    def append(self, record: Record) -> None:
        """Hand one record to the operating system. Raises OSError if it can't be kept whole."""
        line, self._checksum = _line(record, self._checksum)
        if self._file.write(line) != len(line):
            raise OSError("the disk is full")
        self._dirty = True

    def sync(self) -> None:
        """Bring everything appended so far to the disk; cheap if there is nothing."""
        if self._dirty:
            self._dirty = False
            os.fsync(self._file.fileno())

    def close(self) -> None:
        """Sync, and let go of the folder."""
        self.sync()
        self._file.close()
        self._lock.close()


def _read(path: Path) -> Image:
    """Read the file whole. Raises LocalError with the line's number if it is damaged.

    A last line without an end was being written when the power went; nobody was told of it, so it
    is left out.
    """
    image, checksum = Image(), 0
    if not path.exists():
        return image
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.endswith(b"\n"):
                break
            try:
                record, checksum = _parse(line, checksum)
                if number > 1:
                    image.apply(record)
                elif record != {"format": FORMAT}:
                    raise ValueError("another format")
            except (ValueError, KeyError, TypeError):
                raise LocalError(
                    f"The data folder {path.parent} is damaged at line {number} of {FILE_NAME}:"
                    " move it away or restore it."
                ) from None
    return image


def _rewrite(path: Path, image: Image) -> int:
    """Replace the file by the shortest one that holds `image`; the checksum of its last line.

    Dies before the rename: the old file is untouched. After it: the new one is whole, and on disk.
    """
    fresh, checksum = path.with_suffix(".new"), 0
    with fresh.open("wb") as file:
        for record in ({"format": FORMAT}, *image.records()):
            line, checksum = _line(record, checksum)
            file.write(line)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    _sync_folder(path.parent)
    return checksum


def _line(record: Record, checksum: int) -> tuple[bytes, int]:
    text = json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode()
    checksum = zlib.crc32(text, checksum)
    return b"%08x %s\n" % (checksum, text), checksum


def _parse(line: bytes, checksum: int) -> tuple[Record, int]:
    text = line[9:-1]
    checksum = zlib.crc32(text, checksum)
    if line[:9] != b"%08x " % checksum:
        raise ValueError("the checksum does not fit")
    record: Record = json.loads(text)
    return record, checksum


def _locked(folder: Path, patience_seconds: float) -> IO[bytes]:
    """The folder's lock file, locked; the system frees it however the process ends."""
    file = (folder / "lock").open("ab")
    deadline = time.monotonic() + patience_seconds
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                file.close()
                raise LocalError(
                    f"The data folder {folder} is in use by another runtime: stop it,"
                    " or set LOCAL_DATA_DIR to another folder."
                ) from None
            time.sleep(0.05)
        else:
            return file


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
