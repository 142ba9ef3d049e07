"""Deliberate bugs: each is a mistake that real systems of this kind make, switched on for a run.

The machine must find every one of them, or its silence about the real code proves nothing.
"""

import contextlib
import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

from shared.domain.boundary import Boundary, Refusal
from shared.domain.conversation import Contact
from shared.domain.outcome import OutcomeKind
from shared.domain.recipient import RecipientStatus
from shared.dynamo import boundaries, quota, recipient_writes, recipients, suppression_writes
from shared.dynamo.campaigns import CampaignStore
from shared.usecases import caps, decisions, execute_batch, recover, worker
from tests.simulation.order_bugs import ORDER_BUGS
from tests.simulation.patches import together
from tests.simulation.plan import Plan
from tests.simulation.webhook_bugs import WEBHOOK_BUGS
from tests.simulation.world import SPECIAL

NEVER = datetime(9000, 1, 1, tzinfo=UTC)

Switch = Callable[[], contextlib.AbstractContextManager[Any]]


def guard_read_before_write() -> Any:
    """The cap is read, compared, and counted up later: two workers pass it together."""
    whole = boundaries.BoundaryStore.write

    def write(self: Any, boundary: Boundary, give_up_at: datetime) -> Refusal | None:
        wanted = boundary.reservation
        if wanted and wanted.units:
            store = quota.QuotaStore(self._keys, self._client, self._whatsapp, self._campaigns)
            total = store.day(boundary.sender_id, wanted.day).total
            spent = boundary.spent
            back = boundary.returned_units if spent and spent.day == wanted.day else 0
            if total + wanted.units - back > wanted.room:
                return Refusal(day_total=total)
        return whole(self, boundary, give_up_at)

    return together(
        mock.patch.object(boundaries.BoundaryStore, "write", write),
        mock.patch.object(quota, "_if_room", return_value={}),
    )


def calendar_only_window() -> Any:
    """Yesterday's evening is forgotten at midnight."""
    return mock.patch.object(caps, "carried", return_value=0)


def claim_without_condition() -> Any:
    """Who is claimed is not asked whether somebody else has it."""
    return _without_condition("claim")


def commit_without_fence() -> Any:
    """A result is written whoever holds the recipient by now."""
    return _without_condition("settle")


def units_given_back_twice() -> Any:
    """A refused send returns two units."""
    once = Boundary.returned_units.fget
    assert once is not None
    return mock.patch.object(Boundary, "returned_units", property(lambda self: 2 * once(self)))


def completion_by_empty_page() -> Any:
    """An empty page of an index means that everybody was sent to."""

    def complete_if_done(ports: Any, campaign_id: str, stats: Any = None) -> bool:
        if ports.recipients.pending(campaign_id, ports.clock.now() + timedelta(days=9), 1):
            return False
        event = decisions.Event(campaign_id, ports.clock.now(), "COMPLETED", decisions.SYSTEM)
        return bool(ports.campaigns.complete(campaign_id, event))

    whole = CampaignStore._transact

    def transact(self: Any, *parts: Any) -> Any:
        return whole(self, *(part for part in parts if part.name != "counters"))

    return together(
        mock.patch.object(CampaignStore, "_transact", transact),
        mock.patch.object(execute_batch, "complete_if_done", complete_if_done),
        mock.patch.object(recover, "complete_if_done", complete_if_done),
    )


def sweep_that_resends() -> Any:
    """Whoever a dead worker held is simply sent to again."""

    def judge(claim: Any, outcome: Any, policy: Any, now: datetime, jitter: float) -> Any:
        settlement = _settle(claim, outcome, policy, now, jitter)
        return replace(settlement, status=RecipientStatus.PENDING, due_at=now)

    return mock.patch.object(recover, "settle", judge)


def timeout_means_failed() -> Any:
    """No answer is taken for a refusal, and tried again."""

    def judge(claim: Any, outcome: Any, policy: Any, now: datetime, jitter: float) -> Any:
        if outcome.kind is OutcomeKind.UNKNOWN:
            outcome = replace(outcome, kind=OutcomeKind.RETRY)
        return _settle(claim, outcome, policy, now, jitter)

    return mock.patch.object(worker, "settle", judge)


def unreadable_means_sent() -> Any:
    """Any answer at all is taken for success."""

    def judge(claim: Any, outcome: Any, policy: Any, now: datetime, jitter: float) -> Any:
        if outcome.kind is OutcomeKind.UNKNOWN:
            outcome = replace(outcome, kind=OutcomeKind.ACCEPTED)
        return _settle(claim, outcome, policy, now, jitter)

    return mock.patch.object(worker, "settle", judge)


def gate_before_the_write() -> Any:
    """Whether the campaign runs is asked at the start of the batch only."""
    return mock.patch.object(boundaries.BoundaryStore, "_gate", return_value=())


def no_journal() -> Any:
    """What a worker holds is in its memory only."""
    return mock.patch.object(boundaries.BoundaryStore, "_journal_entry", return_value=())


def noisy_midnight() -> Any:
    """Workers whose clocks differ take units of two days at once. (It once was ours.)"""
    return mock.patch.object(worker, "is_quiet", return_value=False)


def sleeper_goes_on() -> Any:
    """A process that slept through its lease goes on as if nothing had happened."""
    return mock.patch.object(worker.Worker, "_last_turn", NEVER)


def conversation_begins_anew() -> Any:
    """Any message that took a unit is taken for the start of a conversation. (It once was ours.)"""
    return mock.patch.object(Contact, "is_over", return_value=True)


def populate_overwrites() -> Any:
    """Uploading a list again puts everybody back to PENDING."""
    whole = recipients.RecipientStore._addition

    def addition(self: Any, *arguments: Any) -> Iterator[Any]:
        for part in whole(self, *arguments):
            if part.name.startswith("new "):
                part.request["Put"].pop("ConditionExpression")
            yield part

    known = mock.patch.object(recipients.RecipientStore, "known", return_value=set())
    return together(mock.patch.object(recipients.RecipientStore, "_addition", addition), known)


def counters_beside_the_write() -> Any:
    """Counters are for display only, so the commit may forget them now and then."""
    whole = boundaries.BoundaryStore._counters

    def counters(self: Any, boundary: Boundary) -> Iterator[Any]:
        if boundary.claims or len(boundary.settled) != 1:
            yield from whole(self, boundary)

    return mock.patch.object(boundaries.BoundaryStore, "_counters", counters)


def halted_senders_are_looked_up_once() -> Any:
    """Whether the sender may send is read when the batch begins, and not asked in the write."""
    whole = boundaries.BoundaryStore._gate

    def gate(*arguments: Any) -> Iterator[Any]:
        campaign, _ = whole(*arguments)
        yield campaign

    return mock.patch.object(boundaries.BoundaryStore, "_gate", gate)


def opt_outs_are_looked_up_once() -> Any:
    """Who asked for no more messages is looked up when the batch begins, and not again."""
    whole = suppression_writes.parts

    def parts(*arguments: Any) -> Iterator[Any]:
        yield from (p for p in whole(*arguments) if p.name != suppression_writes.SCREEN)

    return mock.patch.object(suppression_writes, "parts", parts)


BUGS: dict[str, Switch] = {
    bug.__name__.replace("_", "-"): bug
    for bug in (
        guard_read_before_write,
        calendar_only_window,
        claim_without_condition,
        commit_without_fence,
        units_given_back_twice,
        completion_by_empty_page,
        sweep_that_resends,
        timeout_means_failed,
        unreadable_means_sent,
        gate_before_the_write,
        no_journal,
        noisy_midnight,
        sleeper_goes_on,
        conversation_begins_anew,
        populate_overwrites,
        counters_beside_the_write,
        opt_outs_are_looked_up_once,
        halted_senders_are_looked_up_once,
        *WEBHOOK_BUGS,
        *ORDER_BUGS,
    )
}

ABOUT: dict[str, Callable[..., Plan]] = {
    "noisy-midnight": Plan.around_midnight,
    "conversation-begins-anew": Plan.returning,
    "failed-message-holds-its-conversation": Plan.failed_and_returning,
    "order-without-condition": Plan.decided,
    "retry-without-reopening": Plan.decided,
    "webhook-matched-by-phone": Plan.failing_late,
}
"""The kind of run that is about what a bug does wrong: it is looked for there."""

_settle = worker.settle


def search_order(bug: str) -> Iterator[int]:
    """The seeds with which a bug is looked for: from 0 on, those of its kind if it has one."""
    about = ABOUT.get(bug)
    return (n for n in itertools.count() if about is None or SPECIAL.get(n % 20) == about)


def _without_condition(name: str) -> Any:
    whole = getattr(recipient_writes, name)

    def write(*arguments: Any) -> dict[str, Any]:
        request = dict(whole(*arguments))
        del request["ConditionExpression"]
        values = request["ExpressionAttributeValues"]
        used = request["UpdateExpression"]
        request["ExpressionAttributeValues"] = {n: v for n, v in values.items() if n in used}
        return request

    return mock.patch.object(recipient_writes, name, write)
