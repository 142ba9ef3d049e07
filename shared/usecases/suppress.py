"""What people do with the suppression list: add, remove, import, read."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from shared.domain.access import Actor
from shared.domain.audience import Row, open_audience
from shared.domain.suppression import Source, Suppression
from shared.ports import Clock, Page
from shared.usecases.suppression_ports import SuppressionStore
from shared.usecases.upload_report import Kind, Persons, RejectedRow, Rejection, Report

log = logging.getLogger(__name__)

KINDS = (Kind.INVALID, Kind.DUPLICATE, Kind.ALREADY_LISTED)
"""Why a row of an imported file can be left out."""

_ROWS_AT_ONCE = 99  # one transaction of the store
_READ_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a file: every row was inserted or is counted in `skipped`.

    Unless there is `more`: then time was up, and the same file again adds the rest.
    """

    inserted: int
    skipped: Mapping[str, int]
    rejected: tuple[RejectedRow, ...]
    more: bool


def suppress(
    store: SuppressionStore, clock: Clock, phones: Sequence[str], actor: Actor, reason: str | None
) -> int:
    """Put people on the list; how many were not there. `phones` as `normalise` returns them.

    Guarantee: who is on it when this returns is not claimed for any message any more. Raises
    StoreUnavailableError.
    """
    now, people = clock.now(), dict.fromkeys(phones)
    wishes = [Suppression(phone, now, Source.PERSON, actor, reason) for phone in people]
    added = len(people) - len(store.add(wishes))
    _note("added to", added, actor)
    return added


def unsuppress(store: SuppressionStore, phones: Sequence[str], actor: Actor) -> int:
    """Take people off the list, under every spelling; how many were there."""
    removed = sum(store.remove(phone) for phone in dict.fromkeys(phones))
    _note("removed from", removed, actor)
    return removed


def import_list(
    store: SuppressionStore,
    clock: Clock,
    file: BinaryIO,
    actor: Actor,
    goes_on: Callable[[], bool],
) -> Imported:
    """Put the people of a CSV file on the list; `file` must be seekable.

    If it dies half-way, or `goes_on` says that time is up, whole hundreds are on it, and the same
    file again adds the rest. Raises AudienceError, StoreUnavailableError.
    """
    audience = open_audience(file)
    audience.check()
    importing = _Import(store, clock, actor)
    more = False
    for row in audience.rows():
        importing.take(row)
        if importing.full:
            importing.flush()
            if not goes_on():
                more = True
                break
    importing.flush()
    _note("imported into", importing.inserted, actor)
    report = importing.report
    return Imported(importing.inserted, report.skipped, report.rejected, more)


def walk(store: SuppressionStore, prefix: str, cursor: str | None) -> Iterator[Page[Suppression]]:
    """The list page by page; the next is read when it is asked for. Raises InvalidCursorError."""
    while True:
        page = store.list(prefix, _READ_AT_ONCE, cursor)
        yield page
        if page.cursor is None:
            return
        cursor = page.cursor


class _Import:
    """The rows of one file on their way to the list."""

    def __init__(self, store: SuppressionStore, clock: Clock, actor: Actor) -> None:
        self.inserted = 0
        self.report = Report(KINDS)
        self._store = store
        self._clock = clock
        self._actor = actor
        self._persons = Persons()
        self._chunk: dict[str, Row] = {}

    @property
    def full(self) -> bool:
        return len(self._chunk) == _ROWS_AT_ONCE

    def take(self, row: Row) -> None:
        """Accept a row, or reject it."""
        try:
            phone = self._persons.phone(row)
        except Rejection as rejection:
            self.report.reject(row, rejection.kind, rejection.reason)
            return
        self._persons.accept(phone, row)
        self._chunk[phone] = row

    def flush(self) -> None:
        """Put the accepted rows on the list."""
        now = self._clock.now()
        wishes = [Suppression(phone, now, Source.IMPORT, self._actor) for phone in self._chunk]
        there = self._store.add(wishes)
        for phone in (phone for phone in self._chunk if phone in there):
            words = "This person is on the list already."
            self.report.reject(self._chunk[phone], Kind.ALREADY_LISTED, words)
        self.inserted += len(self._chunk) - len(there)
        self._chunk.clear()


def _note(what: str, count: int, actor: Actor) -> None:
    log.info(
        "%d people %s the suppression list by %s",
        count,
        what,
        actor.subject,
        extra={"event": "suppressions_changed", "count": count, "actor": actor.subject},
    )
