"""From the bytes of an upload to the records of a CSV file, one by one, in constant memory."""

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import islice
from typing import Any, BinaryIO

from shared.domain.errors import AudienceError

SAMPLE_BYTES = 65_536
MAX_LINE = 100_000
"""Characters of one line. No list of people has such a line; a file without line ends would."""
MAX_RECORD_LINES = 100
"""Lines of one record. A quote that is never closed would swallow everybody after it."""

_SAVE_AS = "Save it as CSV (UTF-8) and upload that."
_FOREIGN = {
    b"PK\x03\x04": "an Excel file or another zip archive",
    b"\xd0\xcf\x11\xe0": "an old Excel file (.xls)",
    b"%PDF": "a PDF document",
    b"\x1f\x8b": "a gzip archive",
    b"{\\rtf": "a rich text document",
    b"<": "an HTML or XML document",
    b"{": "a JSON document",
    b"[{": "a JSON document",
    b'["': "a JSON document",
}
UTF8 = "utf-8"
_UTF16_MARKS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_SEPARATOR_LINE = re.compile(r"sep=([,;\t])\s*", re.IGNORECASE)


class Lines(Iterator[str]):
    """The lines of a file, each with its line end, and how far they reach.

    UTF-16 is recognised by its byte order mark. Everything else is read as UTF-8, with or without
    a mark, and each byte that is not UTF-8 as Windows-1252, which has Latin-1's letters: a file in
    Latin-1 comes out right, and one foreign byte on the last line costs nobody a row.

    `position`: bytes of the file up to the end of the last line that was handed out; `number`: of
    that line, from 1. Iterating raises AudienceError for what is not text.
    """

    def __init__(self, file: BinaryIO, encoding: str | None = None) -> None:
        """From the beginning of `file`, which must be seekable and stays open.

        With `encoding` (as another one recognised it) the file is a piece without a mark. Raises
        AudienceError.
        """
        file.seek(0)
        self.number = self.position = 0
        if encoding is None:
            encoding, self.position = _recognised(file.read(SAMPLE_BYTES))
            file.seek(self.position)
        self.encoding = encoding
        self._wide = encoding != UTF8
        self._text = io.TextIOWrapper(
            io.BufferedReader(_Source(file)),
            # Byte for byte: so the length of a line is known, and it is decoded by itself below.
            encoding=encoding if self._wide else "latin-1",
            errors="replace",
            newline="",  # the csv module needs the line ends as they are
        )
        self._longest = MAX_LINE + 2 if self._wide else 4 * MAX_LINE + 2

    def __next__(self) -> str:
        raw = self._text.readline(self._longest)
        if not raw:
            raise StopIteration
        self.number += 1
        if self._wide:
            line = raw
            self.position += len(raw.encode(self.encoding))
        else:
            line = raw if raw.isascii() else raw.encode("latin-1").decode(UTF8, _FALLBACK)
            self.position += len(raw)
        if len(line) >= MAX_LINE and len(line.rstrip("\r\n")) >= MAX_LINE:
            raise AudienceError(
                f"Line {self.number} has more than {MAX_LINE} characters. "
                "Upload a CSV file with one phone number a line."
            )
        if "\0" in line:
            raise AudienceError(f"Line {self.number} holds binary data. {_SAVE_AS}")
        return line


def records(text: Iterable[str], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Each record that is not blank, with the number of its first line in the file.

    Raises AudienceError, naming the line, for a quote that is never closed.
    """
    start = 1
    ended = False

    def feed() -> Iterator[str]:
        nonlocal ended
        for number, line in enumerate(text, 1):
            if number - start >= MAX_RECORD_LINES:
                raise _unclosed(start)
            yield line
        ended = True

    reader = csv.reader(feed(), delimiter=delimiter, skipinitialspace=True)
    try:
        for cells in reader:
            if ended:  # the reader asked for one more line in the middle of a record
                raise _unclosed(start)
            if any(map(str.strip, cells)):
                yield start, cells
            start = reader.line_num + 1
    except csv.Error:  # a cell beyond the csv module's limit of 131,072 characters
        raise _unclosed(start) from None


def first_records(text: Iterable[str], delimiter: str, count: int) -> list[list[str]]:
    """Up to `count` records from the beginning; fewer if the file is damaged there."""
    found: list[list[str]] = []
    # A sample may end inside a quotation; reading the whole file will tell if it never closes.
    with suppress(AudienceError):
        for _, cells in islice(records(text, delimiter), count):
            found.append(cells)
    return found


def declared_delimiter(line: str) -> str | None:
    """The delimiter of a first line like `sep=;`, which Excel writes and reads."""
    match = _SEPARATOR_LINE.fullmatch(line)
    return match[1] if match else None


_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def safe_cell(cell: str) -> str:
    """The cell, or what shows the same and is surely no formula to a spreadsheet."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


class _Source(io.RawIOBase):
    """The caller's file behind a stream of our own, which may be closed without closing theirs."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def _recognised(head: bytes) -> tuple[str, int]:
    """The encoding of a file that begins so, and the length of its mark. Raises AudienceError."""
    if not head:
        raise AudienceError("The file is empty. Upload a CSV file with one phone number a line.")
    for mark, encoding in _UTF16_MARKS.items():
        if head.startswith(mark):
            return encoding, len(mark)
    _refuse_foreign(head)
    return UTF8, len(codecs.BOM_UTF8) if head.startswith(codecs.BOM_UTF8) else 0


def _refuse_foreign(head: bytes) -> None:
    start = head.removeprefix(codecs.BOM_UTF8).lstrip()
    for magic, words in _FOREIGN.items():
        if start.startswith(magic):
            raise AudienceError(f"This is {words}, not a CSV file. {_SAVE_AS}")
    sample = head.decode("latin-1")
    # One stray control character is a blemish of some export; one in a hundred is not text.
    if "\0" in sample or len(_CONTROL.findall(sample)) * 100 > len(sample):
        raise AudienceError(f"This is binary data, not a CSV file. {_SAVE_AS}")


def _unclosed(start: int) -> AudienceError:
    return AudienceError(
        f'A quotation mark (") on line {start} or soon after it is never closed. '
        "Close it, or write it twice if it belongs to the text."
    )


def _as_windows_1252(error: UnicodeError) -> tuple[str, int]:
    """Decode what is not UTF-8 byte by byte; five bytes that Windows-1252 lacks as Latin-1."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    broken = error.object[error.start : error.end]
    try:
        return broken.decode("cp1252"), error.end
    except UnicodeDecodeError:
        return broken.decode("latin-1"), error.end


_FALLBACK = "campaign-executor-windows-1252"
codecs.register_error(_FALLBACK, _as_windows_1252)
