"""DynamoDB fails on the wire in every way it can: nobody twice, nobody lost, counters exact."""

import random
from collections.abc import Callable
from datetime import timedelta

import pytest

from functions.wiring import Services
from shared.domain.access import DEFAULT_TENANT
from shared.domain.campaign import Action, CampaignStatus
from shared.domain.errors import StoreUnavailableError
from shared.domain.outcome import Outcome, OutcomeKind
from shared.domain.recipient import RecipientStatus
from shared.dynamo.client import key
from shared.dynamo.keys import Keys
from shared.usecases.execute_batch import execute_batch
from shared.usecases.tick import tick
from tests.support.campaigns import (
    MINUTE,
    act,
    add,
    assert_adds_up,
    batch,
    everybody,
    new_campaign,
    phones,
    running,
    states,
)
from tests.support.caps import CountingChannel, HandedOut, counted
from tests.support.edges import NOON, ManualClock
from tests.support.faults import Fault, Wire, without_waiting
from tests.support.processes import die_in_call

PENDING, SENT = RecipientStatus.PENDING, RecipientStatus.SENT
UNCONFIRMED = RecipientStatus.UNCONFIRMED
BEFORE = [Fault.UNREACHABLE, Fault.CONFLICT, Fault.THROTTLED, Fault.ERROR_BEFORE]
AFTER = [Fault.ERROR_AFTER, Fault.SILENCE_AFTER]


@pytest.fixture
def deployment(services: Services, monkeypatch: pytest.MonkeyPatch) -> Services:
    """Real stores; clock, provider and wire are in the test's hand."""
    without_waiting(monkeypatch)
    services.clock = ManualClock(NOON)
    services.channel = CountingChannel(services.clock)
    services.queue = HandedOut()
    return services


def writes(services: Services, plan: Callable[[], Fault | None]) -> Wire:
    """From now on every transaction meets what the plan says."""
    return Wire(services._dynamodb, "TransactWriteItems", plan)


def hasty_batch(services: Services, campaign_id: str) -> None:
    """A batch with just enough time for a group, so that it gives up soon."""
    execute_batch(services, campaign_id, services.clock.now() + timedelta(seconds=20))


def alternating(fault: Fault) -> Callable[[], Fault | None]:
    """Every other request fails."""
    state = [False]

    def plan() -> Fault | None:
        state[0] = not state[0]
        return fault if state[0] else None

    return plan


def whims(seed: int, share: float) -> Callable[[], Fault | None]:
    dice = random.Random(seed)
    return lambda: dice.choice(BEFORE + AFTER) if dice.random() < share else None


def until_completed(services: Services, campaign_id: str) -> None:
    """Minute after minute, whatever fails."""
    for _ in range(60):
        services.clock.advance(MINUTE)
        try:
            tick(services, services.clock.now() + MINUTE)
            for each in services.queue.take():
                batch(services, each)
        except StoreUnavailableError:
            continue
        if services.campaigns.get(campaign_id).status is CampaignStatus.COMPLETED:
            return
    pytest.fail("an hour of failures was over, and the campaign did not come to its end")


@pytest.mark.parametrize("seed", range(3))
def test_a_campaign_survives_random_faults_of_every_transaction(
    deployment: Services, seed: int
) -> None:
    campaign_id = running(deployment, phones(60))
    wire = writes(deployment, whims(seed, 0.5))

    until_completed(deployment, campaign_id)

    wire.heal()
    assert len(wire.met) >= 10
    assert len(deployment.channel.phones) == len(set(deployment.channel.phones)) == 60
    assert states(deployment, campaign_id) == {SENT: 60}
    assert_adds_up(deployment, campaign_id, 60)
    assert counted(deployment, NOON.date()) == {12: 60}


@pytest.mark.parametrize("seed", range(3))
def test_a_campaign_survives_faults_of_readings_too(deployment: Services, seed: int) -> None:
    campaign_id = running(deployment, phones(60))
    deployment.channel.answer = lambda message: deployment.clock.sleep(1)
    wires = [writes(deployment, whims(seed, 0.3))]
    for number, operation in enumerate(("GetItem", "Query", "BatchGetItem")):
        wires.append(Wire(deployment._dynamodb, operation, reading_whims(10 * number + seed)))

    until_healed_completed(deployment, campaign_id, wires)

    called = deployment.channel.phones
    assert len(called) == len(set(called))
    assert set(called) >= {
        phone for phone, r in everybody(deployment, campaign_id).items() if r.status is SENT
    }
    assert_adds_up(deployment, campaign_id, 60)
    kept = sum(counted(deployment, NOON.date()).values())
    doubt = states(deployment, campaign_id)[UNCONFIRMED]
    assert len(called) <= kept <= len(called) + doubt


def reading_whims(seed: int) -> Callable[[], Fault | None]:
    """Often three in a row, so that a reading fails for good."""
    dice = random.Random(seed)
    rest: list[Fault] = []

    def plan() -> Fault | None:
        if not rest and dice.random() < 0.25:
            rest.extend([Fault.ERROR_BEFORE] * dice.choice([1, 3]))
        return rest.pop() if rest else None

    return plan


def until_healed_completed(services: Services, campaign_id: str, wires: list[Wire]) -> None:
    """Ten bad minutes, then good ones."""
    for _ in range(10):
        services.clock.advance(MINUTE)
        try:
            tick(services, services.clock.now() + MINUTE)
            for each in services.queue.take():
                batch(services, each)
        except StoreUnavailableError:
            continue
    assert sum(len(wire.met) for wire in wires) >= 8
    for wire in wires:
        wire.heal()
    until_completed(services, campaign_id)


@pytest.mark.parametrize("fault", AFTER)
def test_a_transaction_whose_reply_is_lost_is_asked_about_and_not_repeated(
    deployment: Services, fault: Fault
) -> None:
    campaign_id = running(deployment, phones(20))
    wire = writes(deployment, alternating(fault))

    assert batch(deployment, campaign_id).completed

    wire.heal()
    assert len(wire.met) >= 5
    assert states(deployment, campaign_id) == {SENT: 20}
    assert {r.attempts for r in everybody(deployment, campaign_id).values()} == {1}
    assert counted(deployment, NOON.date()) == {12: 20}
    assert_adds_up(deployment, campaign_id, 20)


@pytest.mark.parametrize("fault", BEFORE)
def test_a_transaction_that_was_refused_for_a_moment_is_tried_again(
    deployment: Services, fault: Fault
) -> None:
    campaign_id = running(deployment, phones(20))
    wire = writes(deployment, alternating(fault))

    assert batch(deployment, campaign_id).completed

    wire.heal()
    assert len(deployment.channel.calls) == 20
    assert counted(deployment, NOON.date()) == {12: 20}


@pytest.mark.parametrize("groups_before", [0, 1])
def test_claims_whose_reply_is_lost_for_good_are_found_in_the_journal_and_given_back(
    deployment: Services, groups_before: int
) -> None:
    people, called = phones(15), 5 * groups_before
    campaign_id = running(deployment, people)
    wires = silent_after(deployment, called)

    with pytest.raises(StoreUnavailableError):
        hasty_batch(deployment, campaign_id)

    wires[0].heal()
    assert len(deployment.channel.calls) == called
    everyone = everybody(deployment, campaign_id).values()
    assert sorted((r.status, r.attempts) for r in everyone) == (
        [(PENDING, 0)] * (15 - called) + [(SENT, 1)] * called
    )
    assert counted(deployment, NOON.date()) == ({12: called} if called else {})
    deployment.clock.advance(timedelta(minutes=2))
    assert tick(deployment, deployment.clock.now() + MINUTE).in_doubt == 0
    until_completed(deployment, campaign_id)
    assert len(set(deployment.channel.phones)) == len(deployment.channel.phones) == 15
    assert_adds_up(deployment, campaign_id, 15)


def silent_after(services: Services, calls: int) -> list[Wire]:
    """After so many calls every transaction is executed, and none is answered."""
    wires: list[Wire] = []

    def fall_silent(message: object = None) -> None:
        if len(services.channel.calls) == calls and not wires:
            wires.append(writes(services, lambda: Fault.SILENCE_AFTER))

    services.channel.answer = fall_silent
    fall_silent()
    return wires


def test_claims_that_not_even_the_journal_tells_about_are_in_doubt_and_never_called_again(
    deployment: Services,
) -> None:
    campaign_id = running(deployment, phones(15))
    wires = silent_after(deployment, 5)

    def fall_silent(message: object) -> None:
        if len(deployment.channel.calls) == 5:
            wires.append(writes(deployment, lambda: Fault.SILENCE_AFTER))
            wires.append(Wire(deployment._dynamodb, "GetItem", lambda: Fault.ERROR_BEFORE))

    deployment.channel.answer = fall_silent
    with pytest.raises(StoreUnavailableError):
        hasty_batch(deployment, campaign_id)
    for wire in wires:
        wire.heal()

    assert states(deployment, campaign_id) == {SENT: 5, RecipientStatus.SENDING: 5, PENDING: 5}
    deployment.clock.advance(timedelta(minutes=2))
    until_completed(deployment, campaign_id)
    assert states(deployment, campaign_id) == {SENT: 10, UNCONFIRMED: 5}
    assert len(set(deployment.channel.phones)) == len(deployment.channel.phones) == 10
    assert_adds_up(deployment, campaign_id, 15)


def test_a_transaction_that_arrives_after_everybody_gave_up_leaves_one_group_in_doubt(
    deployment: Services,
) -> None:
    campaign_id = running(deployment, phones(15))
    wire = writes(deployment, lambda: Fault.LATE)
    with pytest.raises(StoreUnavailableError):
        hasty_batch(deployment, campaign_id)
    assert states(deployment, campaign_id) == {PENDING: 15}

    wire.deliver()
    wire.heal()

    assert states(deployment, campaign_id) == {RecipientStatus.SENDING: 5, PENDING: 10}
    until_completed(deployment, campaign_id)
    assert states(deployment, campaign_id) == {SENT: 10, UNCONFIRMED: 5}
    assert len(deployment.channel.calls) == 10
    assert_adds_up(deployment, campaign_id, 15)


def test_a_sweep_that_meets_somebody_elses_transaction_is_tried_again(
    deployment: Services,
) -> None:
    campaign_id = running(deployment, phones(5))
    die_in_call(deployment, campaign_id, 2)
    deployment.clock.advance(timedelta(minutes=2))
    wire = writes(deployment, alternating(Fault.CONFLICT))

    assert tick(deployment, deployment.clock.now() + MINUTE).in_doubt == 5

    assert wire.met
    assert states(deployment, campaign_id) == {UNCONFIRMED: 5}


def test_a_damaged_journal_entry_is_put_off_though_somebody_elses_transaction_is_in_the_way(
    deployment: Services,
) -> None:
    campaign_id = running(deployment, phones(5))
    die_in_call(deployment, campaign_id, 2)
    deployment.clock.advance(timedelta(minutes=2))
    (worker,) = (
        due.worker for due in deployment.schedule.due(deployment.clock.now()) if due.worker
    )
    deployment._dynamodb.update_item(
        TableName=deployment.settings.campaigns_table,
        Key=key(Keys(DEFAULT_TENANT).run(campaign_id, worker)),
        UpdateExpression="REMOVE senderId",
    )
    wire = writes(deployment, alternating(Fault.CONFLICT))

    troubled = [tick(deployment, deployment.clock.now() + MINUTE).troubled for _ in range(2)]

    assert wire.met
    assert troubled == [1, 0]


def test_a_skip_that_meets_somebody_elses_transaction_is_tried_again(deployment: Services) -> None:
    refused = Outcome(OutcomeKind.REJECTED, code="131050", message="No more.", suppress=True)
    deployment.channel.answer = lambda message: refused
    batch(deployment, running(deployment, phones(5)))
    campaign_id = running(deployment, phones(5))
    wire = writes(deployment, alternating(Fault.CONFLICT))

    assert batch(deployment, campaign_id).tally.skipped == 5

    assert wire.met
    assert states(deployment, campaign_id) == {RecipientStatus.SKIPPED: 5}


def test_results_whose_commit_is_lost_for_good_are_kept_if_it_was_written(
    deployment: Services,
) -> None:
    campaign_id = running(deployment, phones(5))
    wires = silent_after(deployment, 5)
    with pytest.raises(StoreUnavailableError):
        hasty_batch(deployment, campaign_id)
    wires[0].heal()

    assert states(deployment, campaign_id) == {SENT: 5}
    until_completed(deployment, campaign_id)
    assert states(deployment, campaign_id) == {SENT: 5}
    assert_adds_up(deployment, campaign_id, 5)


def test_a_commit_that_is_repeated_after_the_store_forgot_its_token_counts_once(
    deployment: Services,
) -> None:
    # given people whom Meta does not take now, and a process that sleeps after its commit was
    # written, until DynamoDB has forgotten the token of it (ten minutes)
    campaign_id = running(deployment, phones(5))
    plan = iter([Fault.FORGOTTEN])
    wires: list[Wire] = []

    def refuse(message: object) -> Outcome:
        if len(deployment.channel.calls) == 5:
            wires.append(writes(deployment, lambda: next(plan, None)))
        return Outcome(OutcomeKind.RETRY, code="131016")

    deployment.channel.answer = refuse

    # when it wakes up and asks again
    batch(deployment, campaign_id)

    # then everybody waits for a second attempt, and no unit was given back twice
    wires[0].heal()
    assert wires[0].met == [Fault.FORGOTTEN]
    assert states(deployment, campaign_id) == {PENDING: 5}
    assert {r.attempts for r in everybody(deployment, campaign_id).values()} == {1}
    retries = deployment.campaigns.stats(campaign_id).retries
    assert (retries.waiting, retries.scheduled) == (5, 5)
    assert not any(counted(deployment, NOON.date()).values())


@pytest.mark.parametrize("kind", [OutcomeKind.THROTTLED, OutcomeKind.SENDER_ERROR])
def test_a_sender_is_stopped_though_other_workers_write_at_the_same_time(
    deployment: Services, kind: OutcomeKind
) -> None:
    campaign_id = running(deployment, phones(5))
    conflicts = iter([Fault.CONFLICT] * 4)
    wires: list[Wire] = []

    def refuse(message: object) -> Outcome:
        for operation in ("UpdateItem", "TransactWriteItems"):
            wires.append(Wire(deployment._dynamodb, operation, lambda: next(conflicts, None)))
        return Outcome(kind, code="X", message="Told to.")

    deployment.channel.answer = refuse
    batch(deployment, campaign_id)
    for wire in wires:
        wire.heal()

    sender = deployment.senders.get("default")
    assert sender.halted if kind is OutcomeKind.SENDER_ERROR else sender.stopped_until
    assert next(conflicts, None) is None, "the conflicts must have happened"
    assert states(deployment, campaign_id) == {PENDING: 5}


def test_an_upload_over_a_bad_wire_counts_everybody_once(deployment: Services) -> None:
    campaign_id = new_campaign(deployment, [])
    campaign = deployment.campaigns.get(campaign_id)
    wire = writes(deployment, whims(7, 0.6))

    add(deployment, campaign, phones(200))
    add(deployment, campaign, phones(220))

    wire.heal()
    assert wire.met
    assert_adds_up(deployment, campaign_id, 220)


def test_an_upload_that_broke_off_is_completed_by_the_same_upload(deployment: Services) -> None:
    campaign_id = new_campaign(deployment, [])
    campaign = deployment.campaigns.get(campaign_id)
    requests = iter([None, None])
    wire = writes(deployment, lambda: next(requests, Fault.SILENCE_AFTER))
    with pytest.raises(StoreUnavailableError):
        add(deployment, campaign, phones(200))
    wire.heal()
    assert_adds_up(deployment, campaign_id, 3 * 48)  # the third chunk was written, unheard

    add(deployment, campaign, phones(200))

    assert_adds_up(deployment, campaign_id, 200)


@pytest.mark.parametrize("fault", AFTER)
def test_a_start_whose_reply_is_lost_has_happened_once(deployment: Services, fault: Fault) -> None:
    campaign_id = new_campaign(deployment, phones(5))
    wire = writes(deployment, alternating(fault))

    campaign = act(deployment, campaign_id, Action.START)

    wire.heal()
    assert wire.met == [fault]
    assert campaign.status is CampaignStatus.RUNNING
