"""A test send: one message of a campaign, to a phone that a person chose, beside its recipients."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from shared.domain.boundary import Claim, Settlement
from shared.domain.campaign import Event
from shared.domain.outcome import Outcome
from shared.domain.quota import Reservation
from shared.domain.recipient import RecipientStatus
from shared.domain.template import TemplateParams, column_key
from shared.domain.trial_errors import MissingValuesError

MOST_A_MINUTE = 10
"""Test sends of one tenant: enough to try something out, too few to send a list with."""

KEPT = timedelta(hours=24)
"""How long the end of a test send is known by its key; as long as any answer under one."""


class Verdict(StrEnum):
    """What became of a test message."""

    SENT = "SENT"  # Meta took it
    HELD = "HELD"  # Meta took it, and holds it for a quality check
    REFUSED = "REFUSED"  # surely not sent
    UNKNOWN = "UNKNOWN"  # it may have arrived


_VERDICTS = {
    RecipientStatus.SENT: Verdict.SENT,
    RecipientStatus.HELD: Verdict.HELD,
    RecipientStatus.UNCONFIRMED: Verdict.UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class Trial:
    """One test message that is to be reserved.

    `key` names the request: there is one message under it, whatever happens. `claim` is of nobody
    in the list: it says to whom, with what texts, and whether that takes a unit of the cap.
    """

    key: str
    sender_id: str
    claim: Claim
    reservation: Reservation
    screened_at: int  # the version of the suppression list by which the phone was looked up


@dataclass(frozen=True, slots=True)
class TrialEnd:
    """What became of it; `code` and `message` as of a recipient."""

    verdict: Verdict
    message_id: str | None = None
    code: str | None = None
    message: str | None = None


UNTOLD = TrialEnd(
    Verdict.UNKNOWN,
    code="WORKER_CRASHED",
    message="An earlier request with this Idempotency-Key ended without an answer.",
)
"""The end of a test whose process died: nobody knows whether the call was made."""


@dataclass(frozen=True, slots=True)
class Ended:
    """What is written after the call. Without an `event` there was no call, and no trace stays."""

    trial: Trial
    settlement: Settlement
    end: TrialEnd
    event: Event | None


@dataclass(frozen=True, slots=True)
class TrialRefusal:
    """Why a test was not reserved; nothing was written."""

    known: TrialEnd | None = None  # there was a test under this key
    gone: bool = False  # the campaign
    stopped: bool = False  # the sender
    outdated: bool = False  # somebody was added to the suppression list
    too_many: bool = False  # in this minute
    full: bool = field(default=False)  # the cap


def verdict_of(settlement: Settlement, outcome: Outcome) -> TrialEnd:
    """The end of a test, as it is told and kept."""
    verdict = _VERDICTS.get(settlement.status, Verdict.REFUSED)
    return TrialEnd(verdict, outcome.message_id, outcome.code, outcome.message)


def trial_texts(texts: TemplateParams, values: Mapping[str, str] | None) -> TemplateParams:
    """The campaign's texts with these values; without any, each column's name is its own sample.

    Never with those of a recipient. Raises MissingValuesError.
    """
    columns = sorted(texts.columns())
    if values is None:
        return texts.render({column: column for column in columns})
    row = {column_key(name): value for name, value in values.items()}
    missing = [column for column in columns if not row.get(column, "").strip()]
    if missing:
        raise MissingValuesError(missing)
    return texts.render(row)
