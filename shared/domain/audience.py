"""The uploaded list: which column holds phones, which hold variables, and the rows one by one."""

import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import BinaryIO

from shared.domain import csv_text
from shared.domain.errors import AudienceError
from shared.domain.phone import PhoneError, normalise
from shared.domain.template import column_key

DELIMITERS = (",", ";", "\t")

PHONE_COLUMNS = (
    "whatsapp", "whatsappnumber", "phone", "phonenumber", "telephone", "mobile", "mobilenumber",
    "cell", "cellphone", "telefone", "telefono", "celular", "movil", "tel", "msisdn", "number",
    "numero", "to",
)  # fmt: skip
"""Names of a column of phones, the surest first; only their letters and digits are compared."""

_SNIFFED_RECORDS = 20


@dataclass(frozen=True, slots=True)
class Row:
    """One record: `line` is the number of its first line in the file, `phone` the cell as it is.

    `values` has every column of the file by its `column_key`; a cell that the record lacks is
    empty. `surplus` tells of more cells than columns: a value may stand in the wrong column.
    """

    line: int
    phone: str
    values: Mapping[str, str]
    surplus: bool = False


@dataclass(frozen=True, slots=True)
class Audience:
    """A list of people that has been recognised; nobody has been read yet.

    `columns` are the names by which template parameters may use the columns (see `column_key`).
    """

    columns: tuple[str, ...]
    _file: BinaryIO
    _delimiter: str
    _phone_column: int
    _has_header: bool

    @property
    def layout(self) -> "Layout":
        """What is needed to read a piece of the file by itself."""
        encoding = csv_text.Lines(self._file).encoding
        return Layout(self.columns, self._delimiter, self._phone_column, encoding)

    def rows(self) -> Iterator[Row]:
        """Every row of the file from its beginning, read as it is asked for.

        Blank lines are left out. Raises AudienceError at the place where the file is damaged.
        """
        read = self.layout.row
        records = _records(csv_text.Lines(self._file), self._delimiter)
        for line, cells in islice(records, self._has_header, None):
            yield read(line, cells)

    def check(self) -> int:
        """Read the whole file once, so that `rows` can't raise half-way; how many there are.

        Raises AudienceError.
        """
        return sum(1 for _ in self.rows())

    def cut(self, rows: int, size: int) -> Iterator["Slice"]:
        """Read the whole file once, and tell where to cut it between records.

        A slice has at most `rows` rows, and ends with the row that makes it longer than `size`
        bytes. Raises AudienceError at the place where the file is damaged.
        """
        text = csv_text.Lines(self._file)
        records = _records(text, self._delimiter)
        if self._has_header:
            next(records)
        start, line, count = text.position, text.number + 1, 0
        for _ in records:
            count += 1
            if count == rows or text.position - start > size:
                yield Slice(start, text.position, line, count)
                start, line, count = text.position, text.number + 1, 0
        if count:
            yield Slice(start, text.position, line, count)


@dataclass(frozen=True, slots=True)
class Slice:
    """A piece of a file: bytes from `start` up to `end`; its first line has the number `line`."""

    start: int
    end: int
    line: int
    rows: int


@dataclass(frozen=True, slots=True)
class Layout:
    """How a list is written down. `columns` as an Audience has them."""

    columns: tuple[str, ...]
    delimiter: str
    phone_column: int
    encoding: str

    def rows(self, piece: BinaryIO, line: int) -> Iterator[Row]:
        """The rows of a slice, whose bytes `piece` has; its first line has the number `line`."""
        text = csv_text.Lines(piece, self.encoding)
        opening = line == 1  # then the file has no header, but perhaps a declared delimiter
        records = _records if opening else csv_text.records
        for number, cells in records(text, self.delimiter):
            yield self.row(line - 1 + number, cells)

    def row(self, line: int, cells: list[str]) -> Row:
        """A record as a row."""
        width = len(self.columns)
        missing = width - len(cells)
        surplus = missing < 0 and any(map(str.strip, cells[width:]))
        if missing > 0:
            cells += [""] * missing
        values = dict(zip(self.columns, cells, strict=False))
        return Row(line, cells[self.phone_column], values, surplus)


def open_audience(file: BinaryIO) -> Audience:
    """Recognise encoding, delimiter, header and the column of phones of a CSV file.

    The first record is a header if it names a column of phones or its first cell does not look
    like a number. Without a header the columns are `phone`, `column2`, … `file` must be seekable;
    it is read from its beginning, more than once, and stays open. Raises AudienceError.
    """
    delimiter = _sniff(file)
    first = list(islice(_records(csv_text.Lines(file), delimiter), 2))
    if not first:
        raise AudienceError(
            "The file has only blank lines. Upload a CSV file with one phone number a line."
        )
    cells = first[0][1]
    named = _phone_column(cells)
    if named is None and _looks_like_number(cells[0]):
        keys = ["phone", *(f"column{number}" for number in range(2, len(cells) + 1))]
        return Audience(tuple(keys), file, delimiter, 0, False)
    if len(first) < 2:
        raise AudienceError(
            "The file has a header row but nobody in it. Add one phone number a line."
        )
    return Audience(_header(cells), file, delimiter, named or 0, True)


def _records(text: Iterator[str], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    opening = next(text, "")
    declared = csv_text.declared_delimiter(opening)
    # Not dropped but made blank, so that the other lines keep their numbers.
    return csv_text.records(chain(["\n" if declared else opening], text), delimiter)


def _sniff(file: BinaryIO) -> str:
    """The delimiter with which the first records make the most sense.

    That is: a phone in the first record, then as many records as possible of the same width, then
    the delimiter that comes first in the file: `5511…;Silva, Ana` is cut at the semicolon.
    """
    sample = list(islice(csv_text.Lines(file), _SNIFFED_RECORDS * 2))
    text = "".join(sample)
    declared = csv_text.declared_delimiter(sample[0]) if sample else None
    if declared:
        return declared

    def sense(delimiter: str) -> tuple[bool, int, int]:
        found = csv_text.first_records(sample, delimiter, _SNIFFED_RECORDS)
        if not found:
            return False, 0, 0
        width = len(found[0])
        alike = sum(len(cells) == width for cells in found) if width > 1 else 0
        return _has_phone(found[0]), alike, -len(text.partition(delimiter)[0])

    return max(DELIMITERS, key=sense)


def _has_phone(cells: Sequence[str]) -> bool:
    return _phone_column(cells) is not None or _looks_like_number(cells[0])


def _phone_column(cells: Sequence[str]) -> int | None:
    names = [_plain(cell) for cell in cells]
    return next((names.index(name) for name in PHONE_COLUMNS if name in names), None)


def _plain(name: str) -> str:
    """A column name without case, accents, spaces, underscores and hyphens."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in letters if letter.isalnum())


def _looks_like_number(cell: str) -> bool:
    """Whether somebody meant a number: a wrong one is to be reported, not taken for a header."""
    try:
        normalise(cell)
    except PhoneError:
        letters = sum(letter.isalpha() for letter in cell)
        return sum(letter.isdecimal() for letter in cell) >= 5 and letters <= 1  # 5.51199E+12
    return True


def _header(cells: Sequence[str]) -> tuple[str, ...]:
    keys = [column_key(cell) or f"column{number}" for number, cell in enumerate(cells, 1)]
    twice = sorted(key for key, count in Counter(keys).items() if count > 1)
    if twice:
        raise AudienceError(
            f"The header names {', '.join(map(repr, twice))} more than once. "
            "Give every column its own name."
        )
    return tuple(keys)
