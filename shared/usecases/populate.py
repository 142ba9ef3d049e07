"""Populate: from an uploaded list to recipients with their parameters rendered and frozen."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO

from shared.domain.access import Actor
from shared.domain.audience import open_audience
from shared.domain.campaign import TERMINAL, Event, What
from shared.domain.errors import CampaignClosedError, CampaignNotFoundError
from shared.domain.shards import shards_for
from shared.ports import CampaignStore, Clock, RecipientStore
from shared.usecases.audit_ports import HistoryStore
from shared.usecases.enrol import KINDS, Enrolment, require_columns
from shared.usecases.suppression_ports import SuppressionStore
from shared.usecases.upload_report import RejectedRow, Report


@dataclass(frozen=True, slots=True)
class Populated:
    """What became of an upload: everybody is either inserted or counted in `skipped`.

    `total_recipients` is the whole campaign's, after it. `rejected` has the first 100 rows by line.
    """

    inserted: int
    skipped: Mapping[str, int]
    total_recipients: int
    rejected: tuple[RejectedRow, ...]


def populate(
    *,
    campaigns: CampaignStore,
    recipients: RecipientStore,
    suppressions: SuppressionStore,
    history: HistoryStore,
    clock: Clock,
    campaign_id: str,
    file: BinaryIO,
    actor: Actor,
) -> Populated:
    """Add the people of a CSV file to a campaign; `file` must be seekable.

    Guarantee: nobody is stored unless the whole file can be read and has every column that the
    template parameters name, nor without a line in the history that says who did it. If it dies
    half-way, whole chunks are stored with their counters, and the same upload again adds the rest:
    whoever is there is left untouched, in whatever state.

    Who asked not to be written to is left out; whoever asks later is left out of the batches. The
    phones of the file are held in memory to tell duplicates, some 130 bytes for each.
    Raises CampaignNotFoundError, CampaignClosedError, AudienceError, StoreUnavailableError.
    """
    campaign = campaigns.get(campaign_id)
    if campaign.status in TERMINAL:
        raise CampaignClosedError(campaign.status)
    audience = open_audience(file)
    require_columns(campaign.template_params, audience)
    shards = shards_for(campaign.throttle.workers, audience.check())
    campaign = campaigns.fix_shards(campaign_id, shards)
    report = Report(KINDS)
    upload = Enrolment(campaign, recipients, suppressions, report, clock.now())
    if not history.note(Event(campaign_id, clock.now(), What.POPULATING, actor)):
        raise CampaignNotFoundError(campaign_id)
    for row in audience.rows():
        upload.take(row)
    upload.flush()
    details = {"inserted": upload.inserted, **report.skipped}
    history.note(Event(campaign_id, clock.now(), What.POPULATED, actor, details=details))
    total = campaigns.stats(campaign_id).total
    return Populated(upload.inserted, report.skipped, total, report.rejected)
