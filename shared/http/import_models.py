"""What the API takes and answers about imports of long lists."""

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from shared.domain.imports import MAX_BYTES, Import, ImportStatus
from shared.domain.instants import to_text
from shared.http.answers import Answer, Instant, Success
from shared.http.models import as_pattern
from shared.http.present import text
from shared.http.request_model import Request

if TYPE_CHECKING:  # reading lists is not for a cold start
    from shared.usecases.import_list import Upload

_NAME = as_pattern(r"^[^\x00-\x1f\x7f]+$", "a text without control characters")


class MakeImport(Request):
    """The file that will come: exactly how long it is, and what it is called."""

    size: Annotated[int, Field(ge=1, le=MAX_BYTES, description="Bytes of the file")]
    file_name: Annotated[str | None, Field(min_length=1, max_length=255, pattern=_NAME)] = None


class UploadAnswer(Answer):
    """Where to send the file: one request with this method and these headers, the file as body."""

    method: str
    url: str
    headers: dict[str, str]
    expires_at: Instant


class ReportAnswer(Answer):
    """The rows that were left out, as CSV (line, phone, kind, reason)."""

    url: str
    expires_at: Instant


class ImportAnswer(Answer):
    """An import.

    `checkedBytes` of `size` and `checkedRows` grow while it is CHECKING; then `rows` is known, and
    `rowsDone` grows: `inserted`, and `skipped` by kind. `reason` says why it FAILED.
    """

    import_id: str
    campaign_id: str
    status: ImportStatus
    reason: str | None
    file_name: str | None
    size: int
    checked_bytes: int
    checked_rows: int
    rows: int | None
    rows_done: int
    inserted: int
    skipped: dict[str, int]
    created_by: str
    created_at: Instant
    started_at: Instant | None
    finished_at: Instant | None


class ImportMade(Success):
    """A new import, and where its file goes."""

    import_id: str
    upload: UploadAnswer


class ImportFound(Success):
    """One import. `report` is there when it is DONE and rows were left out, for a week."""

    imported: Annotated[ImportAnswer, Field(serialization_alias="import")]
    report: ReportAnswer | None = None


class ImportList(Success):
    """One page of a campaign's imports, newest first; `nextCursor` is null on the last."""

    imports: list[ImportAnswer]
    next_cursor: str | None


def upload_answer(upload: "Upload") -> UploadAnswer:
    """Where to send the file."""
    return UploadAnswer(
        method="PUT",
        url=upload.url,
        headers=upload.headers,
        expires_at=to_text(upload.expires_at),
    )


def import_answer(found: Import) -> ImportAnswer:
    """An import as shown."""
    from shared.usecases.enrol import KINDS

    return ImportAnswer(
        import_id=found.import_id,
        campaign_id=found.campaign_id,
        status=found.status,
        reason=found.reason,
        file_name=found.file_name,
        size=found.size,
        checked_bytes=found.checked_bytes,
        checked_rows=found.checked_rows,
        rows=found.rows,
        rows_done=found.counts.rows,
        inserted=found.counts.inserted,
        skipped={kind.value: found.counts.skipped.get(kind.value, 0) for kind in KINDS},
        created_by=found.created_by.subject,
        created_at=to_text(found.created_at),
        started_at=text(found.started_at),
        finished_at=text(found.finished_at),
    )
