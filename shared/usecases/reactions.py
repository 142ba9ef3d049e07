"""What an outcome means beyond its recipient: for the sender, or for the whole campaign."""

import logging
from datetime import datetime, timedelta

from shared.domain.access import SYSTEM
from shared.domain.campaign import Campaign, Event, PauseCause, What
from shared.domain.instants import to_text
from shared.domain.outcome import Outcome, OutcomeKind
from shared.domain.recipient import RecipientStatus
from shared.usecases.decisions import pause, pause_cause
from shared.usecases.executor_ports import ExecutorPorts

log = logging.getLogger(__name__)

ALIKE_LIMIT = 10
"""So many refusals in a row for the same reason, with nobody accepted, are not the rows' fault."""


class Reactions:
    """Stops the sender or pauses the campaign before anything else is claimed."""

    def __init__(self, ports: ExecutorPorts, campaign: Campaign) -> None:
        self.must_stop = False  # this worker makes no further call
        self.wait_until: datetime | None = None
        self._ports = ports
        self._campaign = campaign
        self._outcomes = 0
        self._alike: list[Outcome] = []  # the last ones, refused for the same reason
        self._anybody_accepted = False

    def to(self, outcome: Outcome) -> None:
        """React to one outcome. What is decided is written before this returns."""
        self._outcomes += 1
        self._anybody_accepted |= outcome.kind in (OutcomeKind.ACCEPTED, OutcomeKind.HELD)
        match outcome.kind:
            case OutcomeKind.THROTTLED:
                self._stop_sender(outcome)
            case OutcomeKind.SENDER_ERROR:
                self._halt_sender(outcome)
            case OutcomeKind.CAMPAIGN_ERROR:
                self._pause(pause_cause(outcome), _words(outcome))
            case OutcomeKind.REJECTED if outcome.shared_fault:
                self._count_alike(outcome)
            case _:
                self._alike.clear()

    def after_batch(self) -> None:
        """Judge a batch that is too small for `ALIKE_LIMIT` together with those before it."""
        if self.must_stop or not self._alike or len(self._alike) < self._outcomes:
            return
        stats = self._ports.campaigns.stats(self._campaign.campaign_id)
        failed, accepted = stats[RecipientStatus.FAILED], stats.sent + stats[RecipientStatus.HELD]
        if failed >= ALIKE_LIMIT and not accepted:
            reason = f"{failed} recipients were refused and nobody accepted. At last: "
            self._pause(PauseCause.CAMPAIGN_ERROR, reason + _words(self._alike[-1]))

    def _stop_sender(self, outcome: Outcome) -> None:
        seconds = max(self._ports.settings.throttle_stop_seconds, outcome.delay_seconds or 0)
        until = self._ports.clock.now() + timedelta(seconds=seconds)
        self._ports.senders.stop(self._campaign.sender_id, until, _words(outcome))
        self.must_stop, self.wait_until = True, until
        self._note_stop(outcome, until)
        log.warning(
            "sender stopped for %d s: %s",
            seconds,
            _words(outcome),
            extra={"event": "sender_stopped", "senderId": self._campaign.sender_id},
        )

    def _note_stop(self, outcome: Outcome, until: datetime) -> None:
        """In the history of the campaign that met it; the sender's others only stand still."""
        details = {"senderId": self._campaign.sender_id, "until": to_text(until)}
        now, campaign_id = self._ports.clock.now(), self._campaign.campaign_id
        why = _words(outcome)
        self._ports.history.note(Event(campaign_id, now, What.SENDER_STOPPED, SYSTEM, why, details))

    def _halt_sender(self, outcome: Outcome) -> None:
        now = self._ports.clock.now()
        self._ports.senders.halt(self._campaign.sender_id, now, _words(outcome), outcome.code)
        self._pause(PauseCause.SENDER_STOPPED, _words(outcome))

    def _pause(self, cause: PauseCause, reason: str) -> None:
        self.must_stop = True
        pause(self._ports, self._campaign.campaign_id, cause, reason)

    def _count_alike(self, outcome: Outcome) -> None:
        """The template and the list do not fit together; the rest of the list must not be burnt."""
        if self._alike and self._alike[-1].code != outcome.code:
            self._alike.clear()
        self._alike.append(outcome)
        if len(self._alike) >= ALIKE_LIMIT and not self._anybody_accepted:
            reason = f"{len(self._alike)} recipients in a row were refused alike: {_words(outcome)}"
            self._pause(PauseCause.CAMPAIGN_ERROR, reason)


def _words(outcome: Outcome) -> str:
    return f"{outcome.message or 'The provider gave no reason.'} (code {outcome.code})"
