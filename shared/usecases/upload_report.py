"""What is said of an uploaded list: how many rows were left out by kind, and the first of them."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from shared.domain.audience import Row
from shared.domain.phone import PhoneError, equivalent, normalise

REPORTED_ROWS = 100
SHOWN_CHARACTERS = 40


class Kind(StrEnum):
    """Why a row was left out; the values are the keys of the answer's `skipped`."""

    INVALID = "invalid"
    DUPLICATE = "duplicate"
    ALREADY_IN_CAMPAIGN = "alreadyInCampaign"
    SUPPRESSED = "suppressed"  # of a campaign: asked not to be written to
    ALREADY_LISTED = "alreadyListed"  # of the suppression list: was on it
    MISSING_VARIABLE = "missingVariable"
    VARIABLE_TOO_LONG = "variableTooLong"


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that was left out. `value` is the phone cell as uploaded, cut to 40 characters."""

    line: int
    value: str
    kind: Kind
    reason: str


class Rejection(Exception):
    """One row can't be taken, and why."""

    def __init__(self, kind: Kind, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason


class Report:
    """Collects what was left out of one upload."""

    def __init__(self, kinds: Iterable[Kind]) -> None:
        """`kinds`: those that this upload can have."""
        self._skipped: Counter[Kind] = Counter()
        self._rejected: dict[Kind, list[RejectedRow]] = {kind: [] for kind in kinds}

    @property
    def skipped(self) -> Mapping[str, int]:
        """How many rows were left out, by kind."""
        return {kind.value: self._skipped[kind] for kind in self._rejected}

    @property
    def rejected(self) -> tuple[RejectedRow, ...]:
        """The first of them, by line."""
        rows = (row for rows in self._rejected.values() for row in rows)
        return tuple(sorted(rows, key=lambda row: row.line)[:REPORTED_ROWS])

    def reject(self, row: Row, kind: Kind, reason: str) -> None:
        """Leave a row out."""
        self._skipped[kind] += 1
        rows = self._rejected[kind]
        # Each kind comes in the order of lines, so the first hundred of each hold those of all.
        if len(rows) < REPORTED_ROWS:
            rows.append(RejectedRow(row.line, row.phone[:SHOWN_CHARACTERS], kind, reason))


class Persons:
    """The people of one upload by the line on which each was accepted; some 130 bytes a person."""

    def __init__(self) -> None:
        self._lines: dict[int, int] = {}

    def phone(self, row: Row) -> str:
        """The row's phone as it is stored. Raises Rejection if it is none, or known already."""
        try:
            phone = normalise(row.phone)
        except PhoneError as error:
            raise Rejection(Kind.INVALID, str(error)) from None
        first = self._lines.get(_person(phone))
        if first is not None:
            raise Rejection(Kind.DUPLICATE, f"This person is on line {first} already.")
        return phone

    def accept(self, phone: str, row: Row) -> None:
        """From now on the person is known."""
        self._lines[_person(phone)] = row.line


def _person(phone: str) -> int:
    """One number for all spellings of a person's phone; as an int it takes half the memory."""
    return int(min(phone, equivalent(phone) or phone))
