"""An import as people see it: made, uploaded to, started, looked at."""

from dataclasses import dataclass
from datetime import datetime

from shared.domain.access import Actor
from shared.domain.campaign import TERMINAL, Event, What
from shared.domain.errors import CampaignClosedError, FileMissingError
from shared.domain.imports import UPLOAD_TIME, Import, ImportStatus, Task
from shared.system import new_id
from shared.usecases.import_files import CONTENT_TYPE, list_key, report_key
from shared.usecases.import_ports import ImportPorts


@dataclass(frozen=True, slots=True)
class Download:
    """Where a file is downloaded from."""

    url: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Upload:
    """Where the file goes: a PUT of exactly `size` bytes with these headers."""

    url: str
    headers: dict[str, str]
    expires_at: datetime


def make_import(
    ports: ImportPorts, campaign_id: str, size: int, file_name: str | None, actor: Actor
) -> tuple[Import, Upload]:
    """A new import that waits for its file of `size` bytes.

    Raises CampaignNotFoundError, CampaignClosedError, StoreUnavailableError.
    """
    now = ports.clock.now()
    import_id = new_id("imp_", ports.clock, ports.chance)
    made = Import(campaign_id, import_id, now, actor, size, file_name)
    ports.imports.create(made)
    url = ports.files.upload_address(list_key(made), size, CONTENT_TYPE)
    return made, Upload(url, {"Content-Type": CONTENT_TYPE}, now + UPLOAD_TIME)


def start_import(ports: ImportPorts, campaign_id: str, import_id: str, actor: Actor) -> Import:
    """Begin with what was uploaded; nothing if it has begun already.

    Raises ImportNotFoundError, CampaignNotFoundError, CampaignClosedError, FileMissingError,
    StoreUnavailableError. After the last one it may have begun; starting again is harmless.
    """
    campaign = ports.campaigns.get(campaign_id)
    made = ports.imports.get(campaign_id, import_id)
    if made.status is ImportStatus.WAITING_FOR_FILE:
        if campaign.status in TERMINAL:
            raise CampaignClosedError(campaign.status)
        stored = ports.files.find(list_key(made))
        if stored is None:
            raise FileMissingError
        details = {"importId": import_id}
        event = Event(campaign_id, ports.clock.now(), What.POPULATING, actor, details=details)
        ports.imports.start(made, stored.etag, event)
        made = ports.imports.get(campaign_id, import_id)
    if made.status is ImportStatus.CHECKING:
        ports.import_queue.put([Task(ports.tenant_id, campaign_id, import_id)])
    return made


def report_of(ports: ImportPorts, found: Import) -> Download | None:
    """The rows that were left out, if the import is DONE and there are any."""
    if found.status is not ImportStatus.DONE or not found.counts.rejected:
        return None
    url = ports.files.download_address(report_key(found), f"{found.import_id}-rejected.csv")
    return Download(url, ports.clock.now() + UPLOAD_TIME)
