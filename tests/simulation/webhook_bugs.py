"""Deliberate bugs of how webhooks are applied; see `tests.simulation.bugs`."""

from dataclasses import replace
from typing import Any
from unittest import mock

from shared.domain import evidence
from shared.domain.evidence import Relation
from shared.domain.recipient import Recipient
from shared.domain.updates import StatusKind, StatusUpdate
from shared.dynamo import evidence as evidence_store
from shared.dynamo.evidence import EvidenceStore
from shared.dynamo.recipient_changes import counted
from shared.dynamo.transaction import Part
from shared.usecases import apply_statuses
from tests.simulation.patches import together, unconditional

_learn = evidence.learn
_changed = evidence_store.changed
_decide = apply_statuses._Some._decide
_write = EvidenceStore.write
_parts = EvidenceStore._parts


def last_webhook_wins() -> Any:
    """A status replaces the one before, in whatever order they come."""

    def learn(recipient: Recipient, update: StatusUpdate, rules: Any) -> Recipient:
        after = _learn(recipient, update, rules)
        if update.kind is StatusKind.FAILED or recipient.due_at:
            return after
        return replace(after, status=evidence._SHOWS[update.kind], updated_at=rules.now)

    return mock.patch.object(apply_statuses, "learn", learn)


def webhook_without_condition() -> Any:
    """What was read is taken for what is there: two webhooks at once overwrite each other."""

    return mock.patch.object(
        evidence_store, "changed", lambda *given: unconditional(_changed(*given))
    )


def webhook_counted_beside() -> Any:
    """The state is written first and the counters after it."""

    def write(self: Any, campaign_id: str, sender_id: str, changes: Any, give_up_at: Any) -> Any:
        outdated = _write(self, campaign_id, sender_id, changes, give_up_at)
        if outdated is None:
            for change in changes:
                counters = change.counters()
                parts = counted(self._keys, self._campaigns, campaign_id, counters)
                self._transactor.write(list(parts), give_up_at)
        return outdated

    return together(
        mock.patch.object(EvidenceStore, "write", write),
        mock.patch.object(EvidenceStore, "_parts", _without("count")),
    )


def early_webhook_dropped() -> Any:
    """A status that overtakes the commit of its send is thrown away."""

    def decide(self: Any) -> Any:
        changes, _, unknown = _decide(self)
        return changes, [], unknown

    return mock.patch.object(apply_statuses._Some, "_decide", decide)


def webhook_matched_by_phone() -> Any:
    """A status is the present attempt's, whichever it names."""
    return mock.patch.object(evidence, "relation", return_value=Relation.PRESENT)


def late_failure_reopens() -> Any:
    """Who may be tried again goes back into the queue, whether the campaign has ended or not."""
    nothing = Part("nothing", {"ConditionCheck": {}})
    goes_on = mock.patch.object(apply_statuses, "TERMINAL", frozenset())
    unasked = mock.patch.object(EvidenceStore, "_not_ended", return_value=nothing)
    written = mock.patch.object(EvidenceStore, "_parts", _without("nothing"))
    return together(goes_on, unasked, written)


def _without(name: str) -> Any:
    def parts(self: Any, *arguments: Any) -> list[Part]:
        return [part for part in _parts(self, *arguments) if part.name != name]

    return parts


def failed_message_holds_its_conversation() -> Any:
    """A message that never arrived still makes the next ones free."""
    return mock.patch.object(apply_statuses._Some, "_closing", lambda self, changes: list(changes))


WEBHOOK_BUGS = (
    last_webhook_wins,
    webhook_without_condition,
    webhook_counted_beside,
    early_webhook_dropped,
    webhook_matched_by_phone,
    late_failure_reopens,
    failed_message_holds_its_conversation,
)
