"""From the rows of a list to recipients, chunk by chunk; who is left out is reported."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from shared.domain.audience import Audience, Row
from shared.domain.campaign import Campaign
from shared.domain.errors import AudienceError, CampaignClosedError
from shared.domain.recipient import Origin, Recipient
from shared.domain.shards import shard_of
from shared.domain.suppression import OPTED_OUT
from shared.domain.template import TemplateParams
from shared.ports import ADD_LIMIT, RecipientStore
from shared.usecases.suppression_ports import SuppressionStore
from shared.usecases.upload_report import Kind, Persons, Rejection

MAX_TEXT = 1024
"""Characters of a rendered header or button, and of all body parameters together: Meta's limit for
a template's body, of which the fixed text takes its part."""

KINDS = (
    *(Kind.INVALID, Kind.DUPLICATE, Kind.ALREADY_IN_CAMPAIGN, Kind.SUPPRESSED),
    *(Kind.MISSING_VARIABLE, Kind.VARIABLE_TOO_LONG),
)
"""Why a row can be left out of a campaign."""


Chunk = dict[str, tuple[Row, Recipient]]
"""By phone: at most `ADD_LIMIT` people of one shard who are stored together."""


class Rejects(Protocol):
    """Takes the rows that are left out."""

    def reject(self, row: Row, kind: Kind, reason: str) -> None: ...


def require_columns(template: TemplateParams, audience: Audience) -> None:
    """Raises AudienceError if the template names a column that the list does not have."""
    absent = sorted(template.columns() - set(audience.columns))
    if absent:
        raise AudienceError(
            f"The template parameters use {_listed(absent)}, which the file does not have. "
            f"Its columns are {_listed(audience.columns)}.",
            [{"field": name, "message": "The file has no such column."} for name in absent],
        )


class Enrolment:
    """Rows of a list on their way into a campaign.

    Of an import (`import_id`) every recipient keeps the line that brought it. So whoever writes the
    same rows again, after a death or beside somebody else, counts each of them as the first did: a
    person that this very line brought is `inserted`, one of another line is a duplicate.
    """

    def __init__(
        self,
        campaign: Campaign,
        store: RecipientStore,
        suppressions: SuppressionStore,
        rejects: Rejects,
        now: datetime,
        import_id: str | None = None,
    ) -> None:
        self.inserted = 0
        self.ended: CampaignClosedError | None = None  # only imports go on behind it, to count
        self._campaign = campaign
        self._store = store
        self._suppressions = suppressions
        self._rejects = rejects
        self._now = now
        self._import_id = import_id
        self._columns = sorted(campaign.template_params.columns())
        self._persons = Persons()
        self._chunks: dict[int, Chunk] = defaultdict(dict)  # by shard: one is written at once
        self._repeats = False  # everybody of the last chunk was there already

    def take(self, row: Row) -> None:
        """Accept a row into the present chunk, or reject it."""
        try:
            phone = self._persons.phone(row)
            parameters = self._parameters(row)
        except Rejection as rejection:
            self._rejects.reject(row, rejection.kind, rejection.reason)
            return
        self._persons.accept(phone, row)
        chunk = self._chunks[shard_of(phone, self._campaign.shards)]
        chunk[phone] = (
            row,
            Recipient(
                self._campaign.campaign_id,
                phone,
                parameters=parameters,
                due_at=self._now,
                created_at=self._now,
                origin=Origin(self._import_id, row.line) if self._import_id else None,
            ),
        )
        if len(chunk) == ADD_LIMIT:
            self._flush(chunk)

    def flush(self) -> None:
        """Store what is left. Raises CampaignClosedError."""
        for chunk in self._chunks.values():
            if chunk:
                self._flush(chunk)

    def _flush(self, chunk: Chunk) -> None:
        """Store a chunk: all of it with the counters, or nothing of it.

        Raises CampaignClosedError, unless it is an import's: then only those count who are there.
        """
        there = self._looked_up(chunk) if self._repeats or self.ended else {}
        asked = set(self._suppressions.among(list(chunk))) - there.keys()
        if asked and self._import_id:  # in an earlier try they may have been let in
            there |= self._looked_up(asked)
            asked -= there.keys()
        left = asked | there.keys()
        there |= self._added([each for phone, (_, each) in chunk.items() if phone not in left])
        self._repeats = len(there) == len(chunk)
        for phone, (row, _) in chunk.items():
            if phone in asked:
                self._rejects.reject(row, Kind.SUPPRESSED, OPTED_OUT[1])
            elif phone in there:
                self._found(row, there[phone])
            elif not self.ended:
                self.inserted += 1
        chunk.clear()

    def _added(self, recipients: Sequence[Recipient]) -> Mapping[str, Origin | None]:
        """Insert them; who of them was there already."""
        if not recipients or self.ended:
            return {}
        try:
            return self._store.add(self._campaign, recipients)
        except CampaignClosedError as error:
            if not self._import_id:
                raise
            self.ended = error
            return self._looked_up([recipient.phone for recipient in recipients])

    def _looked_up(self, phones: Iterable[str]) -> dict[str, Origin | None]:
        """Reading past what is there is cheaper than being refused chunk by chunk."""
        return dict(self._store.known(self._campaign, list(phones)))

    def _found(self, row: Row, origin: Origin | None) -> None:
        if not origin or origin.import_id != self._import_id:
            words = "This person is in the campaign already."
            self._rejects.reject(row, Kind.ALREADY_IN_CAMPAIGN, words)
        elif origin.line == row.line:
            self.inserted += 1
        else:
            words = f"This person is on line {origin.line} already."
            self._rejects.reject(row, Kind.DUPLICATE, words)

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


def _listed(columns: Iterable[str]) -> str:
    return ", ".join(f"{{{{{name}}}}}" for name in columns)


def _longest(parameters: TemplateParams) -> int:
    """Characters of the longest text of a message, all body parameters counting as one."""
    body = sum(map(len, parameters.body)) + sum(map(len, parameters.named_body.values()))
    others = [len(button.text) for button in parameters.buttons]
    return max(body, len(parameters.header or ""), *others)
