"""Importing: a first reading that may refuse the whole list, then its parts, in any order, at once.

Everything here can die anywhere, be done twice, or by two at once. The plan is a function of the
file. A person that a line brought is known as such, so a part that is done again counts the same;
its counts are added to the import's once (`ImportStore.record`). Whoever counts the last part, or
finds all counted, ends the import.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

from shared.domain.access import SYSTEM
from shared.domain.audience import Slice, open_audience
from shared.domain.campaign import TERMINAL, Event, What
from shared.domain.errors import AudienceError, CampaignClosedError, ListChangedError
from shared.domain.imports import (
    GIVEN_UP,
    PART_BYTES,
    PART_ROWS,
    Counts,
    Import,
    ImportStatus,
    Plan,
    Task,
)
from shared.domain.shards import shards_for
from shared.usecases.decisions import complete_if_done
from shared.usecases.enrol import Enrolment, require_columns
from shared.usecases.import_files import (
    REPORT_OPENING,
    PartReport,
    list_key,
    plan_key,
    plan_of,
    plan_text,
    rejects_key,
    report_key,
)
from shared.usecases.import_ports import ImportPorts

log = logging.getLogger(__name__)

TELL = timedelta(seconds=3)
"""How often the first reading says how far it is."""


def carry_out(ports: ImportPorts, task: Task, goes_on: Callable[[], bool]) -> None:
    """Do what is asked. If `goes_on` says no, the same task is queued once more.

    Raises CampaignNotFoundError, ImportNotFoundError (both: it was deleted), UnreadableError,
    StoreUnavailableError.
    """
    found = ports.imports.get(task.campaign_id, task.import_id)
    try:
        if task.part is not None:
            _part(ports, found, task.part, goes_on)
        elif found.status is ImportStatus.CHECKING:
            _check(ports, found)
        elif found.status is ImportStatus.IMPORTING:
            _hand_out(ports, found)
    except (AudienceError, CampaignClosedError) as error:
        _fail(ports, found, str(error))


def _check(ports: ImportPorts, found: Import) -> None:
    """Read the list whole; nobody is stored before that. Raises AudienceError."""
    campaign = ports.campaigns.get(found.campaign_id)
    if campaign.status in TERMINAL:
        raise CampaignClosedError(campaign.status)
    stored = ports.files.find(list_key(found))
    if stored is None or stored.etag != found.etag:
        raise ListChangedError
    if stored.size != found.size:
        raise AudienceError(
            f"The file has {stored.size} bytes, but {found.size} were announced: it was cut off, "
            "or is another one. Make a new import."
        )
    audience = open_audience(ports.files.open(list_key(found), stored))
    require_columns(campaign.template_params, audience)
    slices: list[Slice] = []
    rows, told = 0, ports.clock.now()
    for each in audience.cut(PART_ROWS, PART_BYTES):
        slices.append(each)
        rows += each.rows
        if ports.clock.now() - told >= TELL:
            told = ports.clock.now()
            ports.imports.checked(found, rows, each.end)
    plan = Plan(audience.layout, tuple(slices))
    ports.files.write(plan_key(found), plan_text(plan))
    workers = campaign.throttle.workers
    ports.campaigns.fix_shards(found.campaign_id, shards_for(workers, rows))
    ports.imports.planned(found, rows, len(slices))
    _hand_out(ports, ports.imports.get(found.campaign_id, found.import_id))


def _hand_out(ports: ImportPorts, found: Import) -> None:
    """Have the parts done that are not."""
    last = found.progress_at or found.created_at
    if ports.clock.now() - last > GIVEN_UP:
        hours = GIVEN_UP // timedelta(hours=1)
        raise AudienceError(f"It made no progress for {hours} hours. Make a new import.")
    done = ports.imports.recorded(found)
    parts = [part for part in range(found.parts or 0) if part not in done]
    who = (ports.tenant_id, found.campaign_id, found.import_id)
    ports.import_queue.put([Task(*who, part) for part in parts])
    if not parts:
        _end(ports, found)


def _part(ports: ImportPorts, found: Import, part: int, goes_on: Callable[[], bool]) -> None:
    """Write one part, also of an import that has failed: who was let in before must be counted."""
    if ports.imports.is_recorded(found, part):
        _end(ports, found)
        return
    campaign = ports.campaigns.get(found.campaign_id)
    plan = plan_of(ports.files.read(plan_key(found)))
    piece = plan.slices[part]
    content = ports.files.read(list_key(found), found.etag, piece.start, piece.end)
    report = PartReport()
    enrolment = Enrolment(
        campaign,
        ports.recipients,
        ports.suppressions,
        report,
        ports.clock.now(),
        found.import_id,
    )
    for row in plan.layout.rows(BytesIO(content), piece.line):
        enrolment.take(row)
        if not goes_on():
            # What is stored by now is found by whoever begins anew, a hundred people at a time.
            who = (ports.tenant_id, found.campaign_id, found.import_id)
            ports.import_queue.put([Task(*who, part)])
            return
    enrolment.flush()
    skipped = report.skipped
    if any(skipped.values()):
        ports.files.write(rejects_key(found, part), report.content)
    rows = enrolment.inserted + sum(skipped.values())
    ports.imports.record(found, part, Counts(rows, enrolment.inserted, skipped))
    if enrolment.ended:
        raise enrolment.ended
    _end(ports, ports.imports.get(found.campaign_id, found.import_id))


def _end(ports: ImportPorts, found: Import) -> None:
    """DONE, if every part is counted: the report is one file, and the history says so."""
    if found.status is not ImportStatus.IMPORTING or not found.all_done:
        return
    counts = ports.imports.recorded(found)
    keys = [rejects_key(found, part) for part in sorted(counts) if counts[part].rejected]
    if keys:
        ports.files.join(keys, report_key(found), REPORT_OPENING)
    total = found.counts
    _finish(
        ports,
        found,
        ImportStatus.DONE,
        What.POPULATED,
        None,
        {"inserted": total.inserted, **total.skipped},
    )


def _fail(ports: ImportPorts, found: Import, reason: str) -> None:
    _finish(ports, found, ImportStatus.FAILED, What.IMPORT_FAILED, reason, {})


def _finish(
    ports: ImportPorts,
    found: Import,
    status: ImportStatus,
    what: What,
    reason: str | None,
    details: dict[str, int],
) -> None:
    event = Event(
        found.campaign_id,
        ports.clock.now(),
        what,
        SYSTEM if reason else found.started_by or SYSTEM,
        reason,
        {"importId": found.import_id, **details},
    )
    if ports.imports.finish(found, status, event):
        names = {"campaignId": found.campaign_id, "importId": found.import_id}
        log.info("import %s", status.value, extra={"event": "import_ended", **names})
        complete_if_done(ports, found.campaign_id)
