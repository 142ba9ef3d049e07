"""Populate: from an uploaded list to recipients with their parameters rendered and frozen."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import BinaryIO

from shared.domain.access import Actor
from shared.domain.audience import Audience, Row, open_audience
from shared.domain.campaign import TERMINAL, Campaign, Event, What
from shared.domain.errors import AudienceError, CampaignClosedError, CampaignNotFoundError
from shared.domain.phone import PhoneError, equivalent, normalise
from shared.domain.recipient import Recipient
from shared.domain.template import TemplateParams
from shared.ports import ADD_LIMIT, CampaignStore, Clock, RecipientStore
from shared.usecases.audit_ports import HistoryStore

REPORTED_ROWS = 100
SHOWN_CHARACTERS = 40
MAX_TEXT = 1024
"""Characters of a rendered header or button, and of all body parameters together: Meta's limit for
a template's body, of which the fixed text takes its part."""


class Kind(StrEnum):
    """Why a row was left out; the values are the keys of the answer's `skipped`."""

    INVALID = "invalid"
    DUPLICATE = "duplicate"
    ALREADY_IN_CAMPAIGN = "alreadyInCampaign"
    MISSING_VARIABLE = "missingVariable"
    VARIABLE_TOO_LONG = "variableTooLong"


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that was left out. `value` is the phone cell as uploaded, cut to 40 characters."""

    line: int
    value: str
    kind: Kind
    reason: str


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

    The phones of the file are held in memory to tell duplicates, some 130 bytes for each.
    Raises CampaignNotFoundError, CampaignClosedError, AudienceError, StoreUnavailableError.
    """
    campaign = campaigns.get(campaign_id)
    if campaign.status in TERMINAL:
        raise CampaignClosedError(campaign.status)
    audience = open_audience(file)
    _require_columns(campaign.template_params, audience)
    audience.check()
    upload = _Upload(campaign, recipients, clock.now())
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


class _Rejection(Exception):
    """One row can't become a recipient, and why."""

    def __init__(self, kind: Kind, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason


class _Upload:
    """The rows of one upload on their way into the store, chunk by chunk, and the report."""

    def __init__(self, campaign: Campaign, store: RecipientStore, now: datetime) -> None:
        self._campaign = campaign
        self._store = store
        self._now = now
        self._columns = sorted(campaign.template_params.columns())
        self._lines: dict[int, int] = {}  # the line on which a person was accepted
        self._chunk: dict[str, tuple[Row, Recipient]] = {}
        self._repeats = False  # everybody of the last chunk was there already
        self._inserted = 0
        self._skipped: Counter[Kind] = Counter()
        self._rejected: dict[Kind, list[RejectedRow]] = {kind: [] for kind in Kind}

    def take(self, row: Row) -> None:
        """Accept a row into the present chunk, or reject it."""
        try:
            phone = self._new_phone(row)
            parameters = self._parameters(row)
        except _Rejection as rejection:
            self._reject(row, rejection.kind, rejection.reason)
            return
        self._lines[_person(phone)] = row.line
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
        if not self._chunk:
            return
        there = self._known()
        new = [recipient for _, recipient in self._chunk.values() if recipient.phone not in there]
        there |= set(self._store.add(self._campaign, new)) if new else set()
        self._repeats = len(there) == len(self._chunk)
        for phone, (row, _) in self._chunk.items():
            if phone in there:
                self._reject(
                    row, Kind.ALREADY_IN_CAMPAIGN, "This person is in the campaign already."
                )
        self._inserted += len(self._chunk) - len(there)
        self._chunk.clear()

    def _known(self) -> set[str]:
        """A repeated upload reads past what is there, instead of being refused chunk by chunk."""
        if not self._repeats:
            return set()
        return set(self._store.known(self._campaign.campaign_id, list(self._chunk)))

    def result(self, total: int) -> Populated:
        """The report; `total` is the whole campaign's."""
        rows = sorted((r for rows in self._rejected.values() for r in rows), key=lambda r: r.line)
        skipped = {kind.value: self._skipped[kind] for kind in Kind}
        return Populated(self._inserted, skipped, total, tuple(rows[:REPORTED_ROWS]))

    def _new_phone(self, row: Row) -> str:
        try:
            phone = normalise(row.phone)
        except PhoneError as error:
            raise _Rejection(Kind.INVALID, str(error)) from None
        first = self._lines.get(_person(phone))
        if first is not None:
            raise _Rejection(Kind.DUPLICATE, f"This person is on line {first} already.")
        return phone

    def _parameters(self, row: Row) -> TemplateParams:
        if self._columns and row.surplus:
            raise _Rejection(
                Kind.INVALID,
                "There are more cells here than columns, so a value may stand in the wrong one. "
                "Put values that contain the delimiter in quotation marks.",
            )
        empty = [name for name in self._columns if not row.values[name].strip()]
        if empty:
            raise _Rejection(
                Kind.MISSING_VARIABLE, f"The template needs {_listed(empty)}, which is empty here."
            )
        parameters = self._campaign.template_params.render(row.values)
        # Meta refuses the whole message for one empty or oversized parameter.
        if not all(parameters.texts()):
            raise _Rejection(Kind.MISSING_VARIABLE, "A template parameter would be empty.")
        if _longest(parameters) > MAX_TEXT:
            raise _Rejection(
                Kind.VARIABLE_TOO_LONG,
                f"The template parameters exceed the {MAX_TEXT} characters that Meta takes.",
            )
        return parameters

    def _reject(self, row: Row, kind: Kind, reason: str) -> None:
        self._skipped[kind] += 1
        rows = self._rejected[kind]
        # Each kind comes in the order of lines, so the first hundred of each hold those of all.
        if len(rows) < REPORTED_ROWS:
            rows.append(RejectedRow(row.line, row.phone[:SHOWN_CHARACTERS], kind, reason))


def _person(phone: str) -> int:
    """One number for all spellings of a person's phone; as an int it takes half the memory."""
    return int(min(phone, equivalent(phone) or phone))


def _longest(parameters: TemplateParams) -> int:
    """Characters of the longest text of a message, all body parameters counting as one."""
    body = sum(map(len, parameters.body)) + sum(map(len, parameters.named_body.values()))
    others = [len(button.text) for button in parameters.buttons]
    return max(body, len(parameters.header or ""), *others)
