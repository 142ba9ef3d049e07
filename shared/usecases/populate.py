"""Populate: from an uploaded list to recipients with their parameters rendered and frozen."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from shared.domain.access import Actor
from shared.domain.audience import Audience, Row, open_audience
from shared.domain.campaign import TERMINAL, Campaign, Event, What
from shared.domain.errors import AudienceError, CampaignClosedError, CampaignNotFoundError
from shared.domain.recipient import Recipient
from shared.domain.suppression import OPTED_OUT
from shared.domain.template import TemplateParams
from shared.ports import ADD_LIMIT, CampaignStore, Clock, RecipientStore
from shared.usecases.audit_ports import HistoryStore
from shared.usecases.suppression_ports import SuppressionStore
from shared.usecases.upload_report import Kind, Persons, RejectedRow, Rejection, Report

MAX_TEXT = 1024
"""Characters of a rendered header or button, and of all body parameters together: Meta's limit for
a template's body, of which the fixed text takes its part."""


KINDS = (
    *(Kind.INVALID, Kind.DUPLICATE, Kind.ALREADY_IN_CAMPAIGN, Kind.SUPPRESSED),
    *(Kind.MISSING_VARIABLE, Kind.VARIABLE_TOO_LONG),
)
"""Why a row can be left out of a campaign."""


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
    _require_columns(campaign.template_params, audience)
    audience.check()
    upload = _Upload(campaign, recipients, suppressions, clock.now())
    if not history.note(Event(campaign_id, clock.now(), What.POPULATING, actor)):
        raise CampaignNotFoundError(campaign_id)
    for row in audience.rows():
        upload.take(row)
    upload.flush()
    result = upload.result(campaigns.stats(campaign_id).total)
    details = {"inserted": result.inserted, **result.skipped}
    history.note(Event(campaign_id, clock.now(), What.POPULATED, actor, details=details))
    return result


def _require_columns(template: TemplateParams, audience: Audience) -> None:
    absent = sorted(template.columns() - set(audience.columns))
    if absent:
        raise AudienceError(
            f"The template parameters use {_listed(absent)}, which the file does not have. "
            f"Its columns are {_listed(audience.columns)}.",
            [{"field": name, "message": "The file has no such column."} for name in absent],
        )


def _listed(columns: Iterable[str]) -> str:
    return ", ".join(f"{{{{{name}}}}}" for name in columns)


class _Upload:
    """The rows of one upload on their way into the store, chunk by chunk, and the report."""

    def __init__(
        self,
        campaign: Campaign,
        store: RecipientStore,
        suppressions: SuppressionStore,
        now: datetime,
    ) -> None:
        self._campaign = campaign
        self._store = store
        self._suppressions = suppressions
        self._now = now
        self._columns = sorted(campaign.template_params.columns())
        self._persons = Persons()
        self._chunk: dict[str, tuple[Row, Recipient]] = {}
        self._repeats = False  # everybody of the last chunk was there already
        self._inserted = 0
        self._report = Report(KINDS)

    def take(self, row: Row) -> None:
        """Accept a row into the present chunk, or reject it."""
        try:
            phone = self._persons.phone(row)
            parameters = self._parameters(row)
        except Rejection as rejection:
            self._report.reject(row, rejection.kind, rejection.reason)
            return
        self._persons.accept(phone, row)
        self._chunk[phone] = (
            row,
            Recipient(
                self._campaign.campaign_id,
                phone,
                parameters=parameters,
                due_at=self._now,
                created_at=self._now,
            ),
        )
        if len(self._chunk) == ADD_LIMIT:
            self.flush()

    def flush(self) -> None:
        """Store the present chunk: all of it with the counters, or nothing of it."""
        self._leave_out_who_asked()
        if not self._chunk:
            return
        there = self._known()
        new = [recipient for _, recipient in self._chunk.values() if recipient.phone not in there]
        there |= set(self._store.add(self._campaign, new)) if new else set()
        self._repeats = len(there) == len(self._chunk)
        for phone, (row, _) in self._chunk.items():
            if phone in there:
                words = "This person is in the campaign already."
                self._report.reject(row, Kind.ALREADY_IN_CAMPAIGN, words)
        self._inserted += len(self._chunk) - len(there)
        self._chunk.clear()

    def _leave_out_who_asked(self) -> None:
        asked = self._suppressions.among(list(self._chunk))
        for phone in [phone for phone in self._chunk if phone in asked]:
            row, _ = self._chunk.pop(phone)
            self._report.reject(row, Kind.SUPPRESSED, OPTED_OUT[1])

    def _known(self) -> set[str]:
        """A repeated upload reads past what is there, instead of being refused chunk by chunk."""
        if not self._repeats:
            return set()
        return set(self._store.known(self._campaign.campaign_id, list(self._chunk)))

    def result(self, total: int) -> Populated:
        """The report; `total` is the whole campaign's."""
        report = self._report
        return Populated(self._inserted, report.skipped, total, report.rejected)

    def _parameters(self, row: Row) -> TemplateParams:
        if self._columns and row.surplus:
            raise Rejection(
                Kind.INVALID,
                "There are more cells here than columns, so a value may stand in the wrong one. "
                "Put values that contain the delimiter in quotation marks.",
            )
        empty = [name for name in self._columns if not row.values[name].strip()]
        if empty:
            raise Rejection(
                Kind.MISSING_VARIABLE, f"The template needs {_listed(empty)}, which is empty here."
            )
        parameters = self._campaign.template_params.render(row.values)
        # Meta refuses the whole message for one empty or oversized parameter.
        if not all(parameters.texts()):
            raise Rejection(Kind.MISSING_VARIABLE, "A template parameter would be empty.")
        if _longest(parameters) > MAX_TEXT:
            raise Rejection(
                Kind.VARIABLE_TOO_LONG,
                f"The template parameters exceed the {MAX_TEXT} characters that Meta takes.",
            )
        return parameters


def _longest(parameters: TemplateParams) -> int:
    """Characters of the longest text of a message, all body parameters counting as one."""
    body = sum(map(len, parameters.body)) + sum(map(len, parameters.named_body.values()))
    others = [len(button.text) for button in parameters.buttons]
    return max(body, len(parameters.header or ""), *others)
