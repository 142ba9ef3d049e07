"""The import of a long list: uploaded as a file, checked whole, then written in parts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from shared.domain.access import Actor
from shared.domain.audience import Layout, Slice

MAX_BYTES = 500 * 1024 * 1024
"""The largest file: ten million people with a few columns."""

PART_ROWS = 5_000
PART_BYTES = 2 * 1024 * 1024
"""How long a part may be: it is held in memory, and done within minutes on a slow table."""

UPLOAD_TIME = timedelta(hours=1)
"""How long a signed address to upload to, or to download from, is good for."""

STALLED = timedelta(minutes=5)
"""Without any progress for so long, the tick has somebody look at an import."""

GIVEN_UP = timedelta(hours=24)
"""Without any progress for so long, an import has failed."""


class ImportStatus(StrEnum):
    """Where an import is; DONE and FAILED are ends."""

    WAITING_FOR_FILE = "WAITING_FOR_FILE"
    CHECKING = "CHECKING"  # the file is read once, and nobody is stored yet
    IMPORTING = "IMPORTING"
    DONE = "DONE"
    FAILED = "FAILED"


AT_WORK = frozenset({ImportStatus.CHECKING, ImportStatus.IMPORTING})


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of some rows: `rows` are the inserted and the skipped ones.

    `skipped` by kind, as an upload's answer has it.
    """

    rows: int = 0
    inserted: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)

    @property
    def rejected(self) -> int:
        return sum(self.skipped.values())


@dataclass(frozen=True, slots=True)
class Import:
    """One import as it is kept. `size` is what was announced; the file has `etag` since the start.

    `rows` and `parts` are known when the file was checked; `checked_rows` and `checked_bytes` grow
    before that. `counts` are of the `parts_done` parts.
    """

    campaign_id: str
    import_id: str
    created_at: datetime
    created_by: Actor
    size: int
    file_name: str | None = None
    status: ImportStatus = ImportStatus.WAITING_FOR_FILE
    started_at: datetime | None = None
    started_by: Actor | None = None
    finished_at: datetime | None = None
    progress_at: datetime | None = None
    reason: str | None = None
    etag: str | None = None
    checked_rows: int = 0
    checked_bytes: int = 0
    rows: int | None = None
    parts: int | None = None
    parts_done: int = 0
    counts: Counts = field(default_factory=Counts)

    @property
    def all_done(self) -> bool:
        """Every part is counted; only the end is not written down yet."""
        return self.parts is not None and self.parts_done >= self.parts


@dataclass(frozen=True, slots=True)
class Plan:
    """What was found out by checking a file: how it is written, and where it is cut."""

    layout: Layout
    slices: tuple[Slice, ...]

    @property
    def rows(self) -> int:
        return sum(each.rows for each in self.slices)


@dataclass(frozen=True, slots=True)
class Stored:
    """A file that is there. `etag` is another one as soon as its content is."""

    size: int  # bytes
    etag: str


@dataclass(frozen=True, slots=True)
class Task:
    """What the importer is asked to do: look at an import, or write its part number `part`."""

    tenant_id: str
    campaign_id: str
    import_id: str
    part: int | None = None


@dataclass(frozen=True, slots=True)
class DueImport:
    """An import that has made no progress for a while."""

    tenant_id: str
    campaign_id: str
    import_id: str
