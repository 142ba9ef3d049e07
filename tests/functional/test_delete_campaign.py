"""Deleting a campaign: gone at once, in the end without a trace, whatever is on its way."""

import io
from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest

from functions.wiring import Services
from shared.domain.campaign import Action, Campaign, CampaignStatus
from shared.domain.erasure import Erasure, ErasureStatus, Held
from shared.domain.errors import CampaignNotFoundError, CampaignOpenError, InvalidTransitionError
from shared.domain.outcome import OutcomeKind
from shared.domain.recipient import Recipient
from shared.ports import ADD_LIMIT
from shared.usecases import erase
from shared.usecases.populate import populate
from shared.usecases.tick import tick
from tests.support.answers import refusal
from tests.support.campaigns import (
    MINUTE,
    TESTER,
    act,
    assert_adds_up,
    batch,
    everybody,
    new_campaign,
    phones,
    running,
)
from tests.support.caps import HandedOut
from tests.support.edges import Killed, Life, Mortal
from tests.support.erasing import delete, done, items_with
from tests.support.processes import die_in_call, history, in_threads, process, tick_now

PEOPLE = phones(12)
C = CampaignStatus


@pytest.fixture
def deployment(deployment: Services) -> Services:
    """Ticks find a queue."""
    deployment.queue = HandedOut()
    return deployment


def ended(services: Services, status: CampaignStatus) -> str:
    """A campaign with recipients, in a state in which it may be deleted."""
    if status is C.DRAFT:
        return new_campaign(services, PEOPLE)
    campaign_id = running(services, PEOPLE, daily_cap=100)
    batch(services, campaign_id) if status is C.COMPLETED else act(
        services, campaign_id, Action.CANCEL
    )
    assert services.campaigns.get(campaign_id).status is status
    return campaign_id


def only_the_receipt_is_left(services: Services, campaign_id: str, order: Erasure) -> None:
    """A conversation keeps the id of the last campaign, which leads nowhere any more."""
    left = items_with(services, campaign_id)
    (receipt,) = [item for item in left if "CONVERSATION#" not in item]
    assert order.erasure_id in receipt


@pytest.mark.parametrize("status", [C.DRAFT, C.COMPLETED, C.CANCELLED])
def test_a_campaign_that_sends_no_more_is_gone_without_a_trace(
    deployment: Services, status: CampaignStatus
) -> None:
    kept = ended(deployment, status)
    before = [everybody(deployment, kept), history(deployment, kept)]
    campaign_id = ended(deployment, status)
    deployment.clock.advance(MINUTE)

    receipt = delete(deployment, campaign_id)

    # a small one is gone with the request
    assert (receipt.status, receipt.recipients, receipt.campaigns) == (ErasureStatus.DONE, 12, 1)
    assert receipt.finished_at == receipt.requested_at == deployment.clock.now()
    assert (receipt.requested_by, receipt.campaign_id) == (TESTER, campaign_id)
    only_the_receipt_is_left(deployment, campaign_id, receipt)
    assert [c.campaign_id for c in deployment.campaigns.list(None, 9, None).items] == [kept]
    with pytest.raises(CampaignNotFoundError):
        deployment.campaigns.get(campaign_id)
    # and no other one is touched
    assert [everybody(deployment, kept), history(deployment, kept)] == before
    assert len(everybody(deployment, kept)) == 12


@pytest.mark.parametrize("paused", [False, True])
def test_one_that_may_still_send_stays_whole(deployment: Services, paused: bool) -> None:
    campaign_id = running(deployment, PEOPLE)
    if paused:
        act(deployment, campaign_id, Action.PAUSE)

    with pytest.raises(CampaignOpenError, match="Cancel it first"):
        delete(deployment, campaign_id)

    assert_adds_up(deployment, campaign_id, 12)
    assert deployment.erasures.list(9, None).items == []


def test_a_second_deletion_finds_nothing_and_leaves_no_order(deployment: Services) -> None:
    campaign_id = ended(deployment, C.DRAFT)
    first = delete(deployment, campaign_id)

    with pytest.raises(CampaignNotFoundError):
        delete(deployment, campaign_id)

    assert deployment.erasures.list(9, None).items == [first]


def test_two_deletions_at_once_are_one(deployment: Services) -> None:
    campaign_id = ended(deployment, C.CANCELLED)
    other = process(deployment)
    answers: list[object] = []

    def attempt(services: Services) -> Callable[[], None]:
        def run() -> None:
            try:
                answers.append(delete(services, campaign_id))
            except CampaignNotFoundError as error:
                answers.append(error)

        return run

    in_threads(attempt(deployment), attempt(other))

    (order,) = [answer for answer in answers if isinstance(answer, Erasure)]
    assert done(deployment, order).recipients == 12
    only_the_receipt_is_left(deployment, campaign_id, order)


def test_from_the_order_on_the_campaign_is_unknown_everywhere(
    deployment: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign_id = ended(deployment, C.DRAFT)
    monkeypatch.setattr(erase, "carry_on", lambda *_: None)  # nobody has begun with it yet

    order = delete(deployment, campaign_id)

    assert order.status is ErasureStatus.RUNNING
    assert deployment.campaigns.list(None, 9, None).items == []
    attempts: list[Callable[[], object]] = [
        lambda: deployment.campaigns.get(campaign_id),
        lambda: act(deployment, campaign_id, Action.START),
        lambda: batch(deployment, campaign_id),
        lambda: upload(deployment, campaign_id, PEOPLE),
    ]
    for attempt in attempts:
        with pytest.raises(CampaignNotFoundError):
            attempt()
    monkeypatch.undo()
    assert done(deployment, order).recipients == 12
    only_the_receipt_is_left(deployment, campaign_id, order)


def upload(services: Services, campaign_id: str, people: Sequence[str]) -> object:
    return populate(
        campaigns=services.campaigns,
        recipients=services.recipients,
        suppressions=services.suppressions,
        history=services.history,
        clock=services.clock,
        campaign_id=campaign_id,
        file=io.BytesIO("\n".join(["phone", *people, ""]).encode()),
        actor=TESTER,
    )


def test_a_large_one_goes_step_by_step_with_an_exact_count(deployment: Services) -> None:
    campaign_id = new_campaign(deployment, phones(250))
    now = deployment.clock.now()
    order = erase.delete_campaign(deployment, campaign_id, TESTER, until=now)

    seen = [order.recipients]
    for _ in range(9):
        erase.carry_on(deployment, order.erasure_id, deployment.clock.now())
        seen.append(deployment.erasures.get(order.erasure_id).recipients)

    assert seen[:4] == [99, 198, 250, 250]
    assert deployment.erasures.get(order.erasure_id).status is ErasureStatus.DONE
    only_the_receipt_is_left(deployment, campaign_id, order)


def steps_of_a_deletion(deployment: Services) -> int:
    life = Life()
    delete(mortal(deployment, life), new_campaign(deployment, phones(120)))
    return life.calls


def mortal(services: Services, life: Life) -> Services:
    """A second process on the deployment, which dies at a call of a store."""
    other = process(services)
    for name in ("campaigns", "erasures", "eraser", "history"):
        setattr(other, name, Mortal(life, getattr(services, name)))
    return other


def test_a_death_at_any_step_delays_it_and_changes_nothing_else(deployment: Services) -> None:
    total = steps_of_a_deletion(deployment)
    assert total >= 9
    for step in range(1, total + 1):
        for after_effect in (False, True):
            campaign_id = new_campaign(deployment, phones(120))
            with pytest.raises(Killed):
                delete(mortal(deployment, Life(step, after_effect)), campaign_id)

            ordered = [
                o for o in deployment.erasures.list(100, None).items if o.campaign_id == campaign_id
            ]
            if not ordered:  # it died before the order was written
                assert deployment.campaigns.get(campaign_id).status is C.DRAFT
                continue
            receipt = done(deployment, ordered[0])
            assert receipt.recipients == 120, f"step {step}"
            only_the_receipt_is_left(deployment, campaign_id, receipt)


def test_a_worker_of_a_cancelled_campaign_brings_its_group_home_first(
    deployment: Services,
) -> None:
    campaign_id = running(deployment, PEOPLE, daily_cap=100)
    orders: list[Erasure] = []

    def cancel_and_delete(message: object) -> None:
        if len(deployment.channel.calls) == 3:
            act(deployment, campaign_id, Action.CANCEL)
            orders.append(delete(deployment, campaign_id))
            assert len(everybody(deployment, campaign_id)) == 12, "its group is still out"

    deployment.channel.answer = cancel_and_delete
    with pytest.raises(CampaignNotFoundError):  # told to a caller who waits for the result
        batch(deployment, campaign_id)

    receipt = done(deployment, orders[0])
    assert receipt.recipients == 12
    only_the_receipt_is_left(deployment, campaign_id, receipt)
    # who was written to is known to the sender: the conversations are not the campaign's
    opened = deployment.contacts.contacts("default", PEOPLE)
    assert set(opened) == set(deployment.channel.phones)


@pytest.mark.parametrize("opts_out", [False, True])
def test_a_worker_that_sleeps_through_the_deletion_leaves_nothing_behind(
    deployment: Services, opts_out: bool
) -> None:
    campaign_id = running(deployment, PEOPLE, daily_cap=100)
    orders: list[Erasure] = []

    def sleep_long(message: object) -> object:
        if len(deployment.channel.calls) == 3:
            act(deployment, campaign_id, Action.CANCEL)
            orders.append(delete(deployment, campaign_id))
            done(deployment, orders[0])
            only_the_receipt_is_left(deployment, campaign_id, orders[0])
        return refusal(OutcomeKind.REJECTED, suppress=True) if opts_out else None

    deployment.channel.answer = sleep_long
    batch(deployment, campaign_id)

    only_the_receipt_is_left(deployment, campaign_id, orders[0])


def test_a_dead_workers_group_is_judged_first(deployment: Services) -> None:
    campaign_id = running(deployment, PEOPLE)
    die_in_call(deployment, campaign_id, call=2)
    act(deployment, campaign_id, Action.CANCEL)

    order = delete(deployment, campaign_id)
    assert order.status is ErasureStatus.RUNNING
    assert order.recipients == 0

    assert done(deployment, order).recipients == 12
    only_the_receipt_is_left(deployment, campaign_id, order)


def test_a_damaged_journal_entry_does_not_keep_a_campaign_for_ever(deployment: Services) -> None:
    campaign_id = running(deployment, PEOPLE)
    die_in_call(deployment, campaign_id, call=2)
    act(deployment, campaign_id, Action.CANCEL)
    damage_the_journal(deployment, campaign_id)

    order = delete(deployment, campaign_id)
    deployment.clock.advance(timedelta(minutes=10))
    tick_now(deployment)
    assert deployment.erasures.get(order.erasure_id).status is ErasureStatus.RUNNING

    done(deployment, order)
    only_the_receipt_is_left(deployment, campaign_id, order)


def damage_the_journal(services: Services, campaign_id: str) -> None:
    (entry,) = [
        due
        for due in services.schedule.due(services.clock.now() + timedelta(days=1))
        if getattr(due, "worker", None) and due.campaign_id == campaign_id
    ]
    services._dynamodb.update_item(
        TableName=services.settings.campaigns_table,
        Key={"PK": {"S": f"CAMPAIGN#{campaign_id}"}, "SK": {"S": f"RUN#{entry.worker}"}},
        UpdateExpression="SET claims = :junk",
        ExpressionAttributeValues={":junk": {"S": "?"}},
    )


def test_an_upload_on_its_way_ends_without_a_trace(
    deployment: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign_id = new_campaign(deployment, [])
    whole, orders = deployment.recipients.add, []

    def delete_in_between(campaign: Campaign, recipients: Sequence[Recipient]) -> Sequence[str]:
        there = whole(campaign, recipients)
        if not orders:
            orders.append(delete(deployment, campaign_id))
        return there

    monkeypatch.setattr(deployment.recipients, "add", delete_in_between)
    with pytest.raises(CampaignNotFoundError):
        upload(deployment, campaign_id, phones(3 * ADD_LIMIT))

    assert done(deployment, orders[0]).recipients == ADD_LIMIT
    only_the_receipt_is_left(deployment, campaign_id, orders[0])


def test_starting_and_deleting_at_once_one_of_them_wins(deployment: Services) -> None:
    other = process(deployment)
    for _ in range(8):
        campaign_id = new_campaign(deployment, PEOPLE)
        outcome: list[str] = []

        def start(campaign_id: str = campaign_id, outcome: list[str] = outcome) -> None:
            try:
                act(other, campaign_id, Action.START)
                outcome.append("started")
            except (CampaignNotFoundError, InvalidTransitionError):
                pass

        def remove(campaign_id: str = campaign_id, outcome: list[str] = outcome) -> None:
            try:
                done(deployment, delete(deployment, campaign_id))
                outcome.append("deleted")
            except CampaignOpenError:
                pass

        in_threads(start, remove)

        assert len(outcome) == 1, outcome
        if outcome == ["started"]:
            assert_adds_up(deployment, campaign_id, 12)
        else:
            assert len(items_with(deployment, campaign_id)) == 1


def test_who_was_thought_dead_deletes_nothing_any_more(deployment: Services) -> None:
    campaign_id = new_campaign(deployment, phones(250))
    now = deployment.clock.now()
    order = erase.delete_campaign(deployment, campaign_id, TESTER, until=now)
    slow = deployment.erasures.hold(order.erasure_id, now)
    assert slow is not None
    deployment.clock.advance(MINUTE)
    quick = deployment.erasures.hold(order.erasure_id, now + 9 * MINUTE)
    assert quick is not None

    for late in (
        lambda: deployment.eraser.some_recipients(slow),
        lambda: deployment.eraser.some_remains(slow),
        lambda: deployment.erasures.put_down(slow, None, now),
        lambda: deployment.erasures.finish(slow, now, 1, 0),
    ):
        with pytest.raises(erase.NotHeldError):
            late()

    assert deployment.erasures.hold(order.erasure_id, now + 9 * MINUTE) is None, "it is in hands"
    assert deployment.eraser.some_recipients(quick)
    assert deployment.erasures.get(order.erasure_id).recipients == 198


def test_the_tick_hands_out_batches_before_it_erases(deployment: Services) -> None:
    queue = HandedOut()
    deployment.queue = queue
    campaign_id = new_campaign(deployment, phones(120))
    order = erase.delete_campaign(deployment, campaign_id, TESTER, deployment.clock.now())
    due = running(deployment, PEOPLE)
    handed_out_before: list[list[str]] = []
    whole = deployment.eraser.some_recipients
    deployment.eraser.some_recipients = lambda held: (
        handed_out_before.append(queue.take()) or whole(held)
    )

    result = tick_now(deployment)

    assert (result.enqueued, result.erased, result.troubled) == (1, 1, 0)
    assert handed_out_before[0] == [due]
    assert deployment.erasures.get(order.erasure_id).status is ErasureStatus.DONE


def test_trouble_with_one_order_keeps_no_other_waiting(
    deployment: Services, caplog: pytest.LogCaptureFixture
) -> None:
    orders = [
        erase.delete_campaign(
            deployment, new_campaign(deployment, phones(120)), TESTER, deployment.clock.now()
        )
        for _ in range(2)
    ]
    deployment._dynamodb.update_item(
        TableName=deployment.settings.campaigns_table,
        Key={"PK": {"S": "ERASURES"}, "SK": {"S": orders[0].erasure_id}},
        UpdateExpression="REMOVE requestedBy",
    )

    result = tick_now(deployment)

    assert (result.erased, result.troubled) == (1, 1)
    assert deployment.erasures.get(orders[1].erasure_id).status is ErasureStatus.DONE
    (line,) = [r for r in caplog.records if getattr(r, "event", "") == "tick_trouble"]
    assert line.erasureId == orders[0].erasure_id


def test_an_order_that_is_not_done_after_an_hour_is_complained_of(
    deployment: Services, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = erase.delete_campaign(
        deployment, new_campaign(deployment, phones(120)), TESTER, deployment.clock.now()
    )
    monkeypatch.setattr(deployment.eraser, "some_recipients", lambda held: True)
    for expected in (0, 1):
        deployment.clock.advance(timedelta(minutes=40))
        erase.carry_on(deployment, order.erasure_id, deployment.clock.now())
        complaints = [r for r in caplog.records if getattr(r, "event", "") == "erasure_waits"]
        assert len(complaints) == expected


def test_a_tick_erases_for_less_than_a_minute(deployment: Services) -> None:
    """On a laptop the next one waits for it, and with it everybody's batches."""
    campaign_ids = [new_campaign(deployment, phones(120)) for _ in range(3)]
    for campaign_id in campaign_ids:
        erase.delete_campaign(deployment, campaign_id, TESTER, deployment.clock.now())
    whole = deployment.eraser.some_recipients

    def slowly(held: Held) -> bool:
        deployment.clock.advance(timedelta(seconds=25))
        return whole(held)

    deployment.eraser.some_recipients = slowly
    begun = deployment.clock.now()

    result = tick(deployment, begun + timedelta(minutes=2))

    assert deployment.clock.now() - begun < timedelta(minutes=1)
    assert (result.erased, result.troubled) == (1, 0)
    deployment.eraser.some_recipients = whole
    assert tick_now(deployment).erased == 3
    assert not [line for each in campaign_ids for line in items_with(deployment, f"#{each}")]
