"""Bounded doubt: a lost reply is settled by evidence, by rule or by a person, never by guessing."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from functions.wiring import Services
from shared.channels.scenarios import BY_NAME
from shared.channels.simulator import TOKEN, Simulator
from shared.channels.whatsapp import WhatsAppChannel
from shared.domain.boundary import Boundary, Settlement
from shared.domain.campaign import Action, CampaignStatus, OnUnconfirmed, Retry
from shared.domain.outcome import Outcome, OutcomeKind
from shared.domain.recipient import RecipientStatus
from shared.ports import Journal, Message
from shared.usecases.recover import recover
from tests.support.campaigns import (
    MINUTE,
    act,
    assert_adds_up,
    batch,
    everybody,
    phones,
    running,
    states,
)
from tests.support.processes import (
    die_in_call,
    finish,
    in_threads,
    looked_at,
    next_due,
    process,
    tick_now,
)

PEOPLE = phones(12)
GROUP = 5
LEASE_IS_OVER = timedelta(seconds=91)  # a minute for the batch and the grace
S, C = RecipientStatus, CampaignStatus


@pytest.fixture
def meta(deployment: Services) -> Iterator[Simulator]:
    """A provider over real HTTP, and a client that soon gives up."""
    with Simulator() as simulator:
        deployment.channel = WhatsAppChannel(
            simulator.url, "v26.0", "1", TOKEN, write_timeout=0.2, read_timeout=0.3
        )
        yield simulator


def journals(services: Services, campaign_id: str) -> list[Journal]:
    """What workers of a campaign hold."""
    far = services.clock.now() + timedelta(days=1)
    workers = [d.worker for d in services.schedule.due(far) if d.campaign_id == campaign_id]
    held = [services.boundaries.journal(campaign_id, worker) for worker in workers if worker]
    return [journal for journal in held if journal]


@pytest.mark.parametrize("name", ["reply-lost", "no-answer", "unreadable", "something-wrong"])
def test_a_message_whose_reply_is_lost_is_in_doubt_and_never_sent_again(
    deployment: Services, meta: Simulator, name: str
) -> None:
    people = [BY_NAME[name].phone(), *PEOPLE[:2]]
    campaign_id = running(deployment, people)

    batch(deployment, campaign_id)
    for _ in range(3):
        deployment.clock.advance(timedelta(days=1))
        assert tick_now(deployment).enqueued == 0

    doubtful = everybody(deployment, campaign_id)[people[0]]
    assert (doubtful.status, doubtful.attempts) == (S.UNCONFIRMED, 1)
    assert doubtful.error_code
    assert "may have gone out" in (doubtful.error_message or "")
    assert meta.accepted_per_phone() == dict.fromkeys(people, 1)
    assert_adds_up(deployment, campaign_id, 3)


def test_a_message_in_doubt_keeps_its_unit_of_the_cap(
    deployment: Services, meta: Simulator
) -> None:
    batch(deployment, running(deployment, [BY_NAME["reply-lost"].phone()]))

    assert deployment.quota.day("default", deployment.clock.now().date()).total == 1


@pytest.mark.parametrize("attempts", [1, 2, 3])
def test_an_owner_who_chose_resend_has_it_sent_again_after_five_minutes_each_until_its_last_attempt(
    deployment: Services, meta: Simulator, attempts: int
) -> None:
    phone = BY_NAME["reply-lost"].phone()
    campaign_id = running(
        deployment,
        [phone],
        on_unconfirmed=OnUnconfirmed.RESEND,
        retry=Retry(max_attempts=attempts),
    )

    for attempt in range(1, attempts):
        batch(deployment, campaign_id)
        waiting = everybody(deployment, campaign_id)[phone]
        assert (waiting.status, waiting.attempts) == (S.PENDING, attempt)
        assert (waiting.error_code, meta.accepted_per_phone()[phone]) == ("REPLY_LOST", attempt)
        deployment.clock.advance(timedelta(minutes=4, seconds=59))
        assert batch(deployment, campaign_id).tally.processed == 0, "evidence must get its time"
        deployment.clock.advance(timedelta(seconds=1))
    batch(deployment, campaign_id)

    assert everybody(deployment, campaign_id)[phone].status is S.UNCONFIRMED
    assert meta.accepted_per_phone()[phone] == attempts
    assert_adds_up(deployment, campaign_id, 1)


def test_a_resend_that_is_answered_ends_the_doubt(deployment: Services, meta: Simulator) -> None:
    phone = PEOPLE[0]
    meta.script(phone, BY_NAME["lost-before"])
    campaign_id = running(deployment, [phone], on_unconfirmed=OnUnconfirmed.RESEND)

    finish(deployment, campaign_id)

    sent = everybody(deployment, campaign_id)[phone]
    assert (sent.status, sent.attempts, sent.error_code) == (S.SENT, 2, None)
    assert meta.accepted_per_phone() == {phone: 1}


@pytest.mark.parametrize("call", [1, 3, 5, 6, 10, 12])
def test_a_hard_kill_leaves_at_most_its_group_in_doubt_and_a_sweep_twice_is_a_sweep_once(
    deployment: Services, call: int, caplog: pytest.LogCaptureFixture
) -> None:
    campaign_id = running(deployment, PEOPLE)
    die_in_call(deployment, campaign_id, call)
    in_flight = min(GROUP, len(PEOPLE) - (call - 1) // GROUP * GROUP)
    assert states(deployment, campaign_id)[S.SENDING] == in_flight
    deployment.clock.advance(LEASE_IS_OVER)

    assert tick_now(deployment).in_doubt == in_flight
    once = everybody(deployment, campaign_id)
    assert tick_now(deployment).in_doubt == 0

    assert everybody(deployment, campaign_id) == once
    doubtful = [r for r in once.values() if r.status is S.UNCONFIRMED]
    assert len(doubtful) == in_flight
    assert {r.error_code for r in doubtful} == {"WORKER_LOST"}
    assert all("may have gone out" in (r.error_message or "") for r in doubtful)
    assert alarms(caplog) == [(campaign_id, in_flight)]
    finish(deployment, campaign_id)
    called = deployment.channel.phones
    assert len(called) == len(set(called))
    assert_adds_up(deployment, campaign_id, len(PEOPLE))


@pytest.mark.parametrize("chosen", list(OnUnconfirmed))
def test_sweeps_in_parallel_settle_everybody_once(
    deployment: Services, chosen: OnUnconfirmed
) -> None:
    campaign_id = running(deployment, PEOPLE, on_unconfirmed=chosen)
    die_in_call(deployment, campaign_id, 3)
    deployment.clock.advance(LEASE_IS_OVER)
    (held,) = journals(deployment, campaign_id)
    in_doubt: list[int] = []

    def sweep() -> None:
        in_doubt.append(recover(deployment, campaign_id, held.lease.worker))

    in_threads(*[sweep] * 4)

    assert sum(in_doubt) == GROUP
    assert not journals(deployment, campaign_id)
    finish(deployment, campaign_id)
    assert_adds_up(deployment, campaign_id, len(PEOPLE))


def test_before_the_lease_is_over_a_sweep_judges_nobody(deployment: Services) -> None:
    campaign_id = running(deployment, PEOPLE)
    deadline = deployment.clock.now() + MINUTE
    die_in_call(deployment, campaign_id, 3)
    (held,) = journals(deployment, campaign_id)
    assert held.lease.until == deadline + timedelta(seconds=30)
    deployment.clock.jump(held.lease.until - timedelta(milliseconds=1))

    assert recover(deployment, campaign_id, held.lease.worker) == 0
    assert tick_now(deployment).in_doubt == 0

    assert states(deployment, campaign_id)[S.SENDING] == GROUP
    deployment.clock.jump(held.lease.until)
    assert tick_now(deployment).in_doubt == GROUP


def test_a_sweep_in_the_middle_of_a_living_workers_batch_changes_nothing(
    deployment: Services,
) -> None:
    campaign_id = running(deployment, PEOPLE)
    swept: list[int] = []

    def sweep(message: Message) -> None:
        deployment.clock.advance(timedelta(seconds=1))
        swept.append(tick_now(deployment).in_doubt)

    deployment.channel.answer = sweep
    result = batch(deployment, campaign_id)

    assert swept == [0] * len(PEOPLE)
    assert (result.tally.sent, result.completed) == (len(PEOPLE), True)
    assert_adds_up(deployment, campaign_id, len(PEOPLE))


def test_a_sweep_that_read_an_older_journal_entry_judges_nobody(deployment: Services) -> None:
    """The worker lives, late: it has crossed a boundary since the sweep looked."""
    campaign_id = running(deployment, PEOPLE)
    die_in_call(deployment, campaign_id, 3)
    (held,) = journals(deployment, campaign_id)
    deployment.clock.advance(LEASE_IS_OVER)
    read = deployment.boundaries.journal

    def read_and_be_overtaken(campaign_id: str, worker: str) -> Journal | None:
        journal = read(campaign_id, worker)
        cross_a_boundary(deployment, held)
        return journal

    late_sweep = process(deployment)
    late_sweep.boundaries.journal = read_and_be_overtaken
    assert recover(late_sweep, campaign_id, held.lease.worker) == 0

    after = states(deployment, campaign_id)
    assert after == {S.SENT: GROUP, S.SENDING: GROUP, S.PENDING: 2}
    assert dict(deployment.campaigns.stats(campaign_id).counts) == dict(after)
    assert len(journals(deployment, campaign_id)) == 1, "the worker's new group must be found again"
    assert tick_now(deployment).in_doubt == GROUP


def cross_a_boundary(services: Services, held: Journal) -> None:
    """The worker of a journal entry commits its group as sent and claims the next."""
    now = services.clock.now()
    next_ones = services.recipients.pending(held.campaign_id, now, GROUP)
    boundary = Boundary(
        campaign_id=held.campaign_id,
        sender_id=held.sender_id,
        lease=held.lease,
        now=now,
        settled=tuple(Settlement(claim, S.SENT) for claim in held.claims),
        claims=tuple(
            replace(held.claims[0], recipient=recipient, claim_id=services.chance.token())
            for recipient in next_ones
        ),
        journaled=True,
    )
    assert services.boundaries.write(boundary, now + MINUTE) is None


def alarms(caplog: pytest.LogCaptureFixture) -> list[tuple[str, int]]:
    """Campaigns whose lost workers were complained about, and how many are said to be in doubt."""
    lost = (vars(record) for record in caplog.records)
    return [(v["campaignId"], v["inDoubt"]) for v in lost if v.get("event") == "worker_lost"]


def test_evidence_about_everybody_before_the_sweep_is_no_reason_for_an_alarm(
    deployment: Services, caplog: pytest.LogCaptureFixture
) -> None:
    campaign_id = running(deployment, PEOPLE[:GROUP])
    die_in_call(deployment, campaign_id, 4)
    (held,) = journals(deployment, campaign_id)
    know(deployment, held, count=GROUP)
    deployment.clock.advance(LEASE_IS_OVER)

    assert tick_now(deployment).in_doubt == 0

    assert deployment.campaigns.get(campaign_id).status is C.COMPLETED
    assert states(deployment, campaign_id) == {S.DELIVERED: GROUP}
    assert alarms(caplog) == []


def test_evidence_that_came_before_the_sweep_stands(deployment: Services) -> None:
    """Two of the dead worker's group are known to have arrived: they are not in doubt."""
    campaign_id = running(deployment, PEOPLE[:GROUP])
    die_in_call(deployment, campaign_id, 4)
    (held,) = journals(deployment, campaign_id)
    know(deployment, held, count=2)
    deployment.clock.advance(LEASE_IS_OVER)

    assert tick_now(deployment).in_doubt == 3

    assert states(deployment, campaign_id) == {S.DELIVERED: 2, S.UNCONFIRMED: 3}
    assert_adds_up(deployment, campaign_id, GROUP)


def know(services: Services, held: Journal, count: int) -> None:
    """Evidence settles some of a worker's group: what a status webhook will do."""
    boundary = Boundary(
        campaign_id=held.campaign_id,
        sender_id=held.sender_id,
        lease=replace(held.lease, worker="evidence"),
        now=services.clock.now(),
        settled=tuple(Settlement(claim, S.DELIVERED) for claim in held.claims[:count]),
    )
    assert services.boundaries.write(boundary, services.clock.now() + MINUTE) is None


@pytest.mark.parametrize(
    ("action", "then"), [(Action.PAUSE, C.COMPLETED), (Action.CANCEL, C.CANCELLED)]
)
def test_the_dead_worker_of_a_paused_or_cancelled_campaign_is_swept_too(
    deployment: Services, action: Action, then: CampaignStatus
) -> None:
    campaign_id = running(deployment, PEOPLE[:8])
    die_in_call(deployment, campaign_id, 7)
    act(deployment, campaign_id, action)
    deployment.clock.advance(LEASE_IS_OVER)

    result = tick_now(deployment)

    assert (result.in_doubt, result.enqueued, result.troubled) == (3, 0, 0)
    assert states(deployment, campaign_id) == {S.SENT: 5, S.UNCONFIRMED: 3}
    assert deployment.campaigns.get(campaign_id).status is then
    assert not looked_at(deployment, campaign_id)


def test_a_cancelled_campaign_keeps_the_doubt_of_people_to_whom_nothing_will_be_sent_again(
    deployment: Services,
) -> None:
    campaign_id = running(deployment, PEOPLE[:GROUP], on_unconfirmed=OnUnconfirmed.RESEND)
    die_in_call(deployment, campaign_id, 2)
    act(deployment, campaign_id, Action.CANCEL)
    deployment.clock.advance(LEASE_IS_OVER)

    tick_now(deployment)

    assert states(deployment, campaign_id) == {S.UNCONFIRMED: GROUP}


def test_the_sweep_of_a_resending_campaign_waits_for_evidence_before_it_sends_again(
    deployment: Services,
) -> None:
    campaign_id = running(deployment, PEOPLE[:GROUP], on_unconfirmed=OnUnconfirmed.RESEND)
    die_in_call(deployment, campaign_id, GROUP)
    deployment.clock.advance(LEASE_IS_OVER)
    swept_at = deployment.clock.now()

    tick_now(deployment)

    assert next_due(deployment, campaign_id) == swept_at + timedelta(minutes=5)
    finish(deployment, campaign_id)
    assert len(deployment.channel.calls) == 2 * GROUP
    assert {r.attempts for r in everybody(deployment, campaign_id).values()} == {2}


@pytest.mark.parametrize("chosen", list(OnUnconfirmed))
@pytest.mark.parametrize("people", [4, 5, 8])
def test_a_worker_that_wakes_up_after_it_was_swept_tells_what_it_knows_and_reopens_no_end(
    deployment: Services, chosen: OnUnconfirmed, people: int
) -> None:
    """A laptop was closed in the third call: two are sent, one is refused, the rest not called."""
    campaign_id = running(deployment, PEOPLE[:people], on_unconfirmed=chosen)
    refused = Outcome(OutcomeKind.REJECTED, code="131026", message="Not on WhatsApp.")

    def sleep_through_the_lease(message: Message) -> Outcome | None:
        if len(deployment.channel.calls) < 3:
            return None
        deployment.clock.advance(LEASE_IS_OVER)
        assert tick_now(deployment).in_doubt == min(people, GROUP)
        return refused

    deployment.channel.answer = sleep_through_the_lease
    batch(deployment, campaign_id)

    after = states(deployment, campaign_id)
    assert (after[S.SENT], after[S.FAILED], after[S.SENDING]) == (2, 1, 0)
    assert_adds_up(deployment, campaign_id, people)
    deployment.channel.answer = lambda message: None
    finish(deployment, campaign_id)
    called = deployment.channel.phones
    assert len(called) == len(set(called)), "what the worker knew was forgotten"
    assert_adds_up(deployment, campaign_id, people)


def test_people_who_were_surely_not_called_go_back_while_the_campaign_still_runs(
    deployment: Services,
) -> None:
    campaign_id = running(deployment, PEOPLE)

    def sleep_through_the_lease(message: Message) -> None:
        if len(deployment.channel.calls) == 3:
            deployment.clock.advance(LEASE_IS_OVER)
            tick_now(deployment)

    deployment.channel.answer = sleep_through_the_lease
    batch(deployment, campaign_id)

    assert states(deployment, campaign_id) == {S.SENT: 3, S.PENDING: 9}
    finish(deployment, campaign_id)
    assert sorted(deployment.channel.phones) == sorted(PEOPLE)
    assert_adds_up(deployment, campaign_id, len(PEOPLE))


def test_beside_a_lost_worker_no_conversation_is_opened_for_sure(deployment: Services) -> None:
    """What it sent is on no record before a sweep, and may have opened the conversation."""
    person = phones(1)
    die_in_call(deployment, running(deployment, person), call=1)
    deployment.clock.advance(timedelta(hours=23, minutes=57))  # and no tick has looked since

    batch(deployment, running(deployment, person))

    contact = deployment.contacts.contacts("default", person)[person[0]]
    assert contact.opened_at is None
    assert contact.maybe_opened_at is not None
