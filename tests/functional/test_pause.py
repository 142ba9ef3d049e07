"""Pause means pause: what is in flight is committed, nothing new is claimed, and resume goes on."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from functions.wiring import Services
from shared.domain.access import Actor
from shared.domain.campaign import Action, CampaignStatus
from shared.domain.errors import (
    CampaignNotFoundError,
    CampaignNotRunningError,
    InvalidTransitionError,
    NoRecipientsError,
)
from shared.domain.recipient import RecipientStatus
from shared.ports import Message
from shared.system import SystemClock
from shared.usecases.control import control
from tests.support.campaigns import (
    act,
    assert_adds_up,
    batch,
    everybody,
    new_campaign,
    phones,
    running,
    states,
)
from tests.support.edges import RecordingChannel
from tests.support.processes import (
    batches_until_not_running,
    finish,
    history,
    in_threads,
    looked_at,
    process,
    tick_now,
)

PEOPLE = phones(12)  # three groups: two full ones and a rest
GROUP = 5

S, A = CampaignStatus, Action
LEADS_TO = {
    (S.DRAFT, A.START): S.RUNNING,
    (S.RUNNING, A.PAUSE): S.PAUSED,
    (S.SCHEDULED, A.PAUSE): S.PAUSED,
    (S.PAUSED, A.RESUME): S.RUNNING,
    (S.DRAFT, A.CANCEL): S.CANCELLED,
    (S.SCHEDULED, A.CANCEL): S.CANCELLED,
    (S.RUNNING, A.CANCEL): S.CANCELLED,
    (S.PAUSED, A.CANCEL): S.CANCELLED,
}


@pytest.fixture
def stormy(services: Services) -> Services:
    """Real time, and a provider that takes a moment: threads get into each other's way."""
    services.clock = SystemClock()
    services.channel = RecordingChannel(services.clock, takes=timedelta(milliseconds=2))
    return services


def act_during_call(services: Services, campaign_id: str, call: int, action: Action) -> None:
    """Another thread acts, and has its answer, while the provider is in the n-th call from now."""
    wanted = len(services.channel.calls) + call
    answered = threading.Event()

    def act_and_tell() -> None:
        act(services, campaign_id, action)
        answered.set()

    def answer(message: Message) -> None:
        if len(services.channel.calls) == wanted:
            in_threads(act_and_tell)
            assert answered.is_set()

    services.channel.answer = answer


def test_a_pause_during_any_call_lets_out_only_the_group_in_flight_and_resume_goes_on_there(
    deployment: Services,
) -> None:
    for call in range(1, len(PEOPLE) + 1):
        deployment.clock.advance(timedelta(days=2))  # conversations and caps start afresh
        deployment.channel.calls.clear()
        campaign_id = running(deployment, PEOPLE)
        act_during_call(deployment, campaign_id, call, Action.PAUSE)

        result = batch(deployment, campaign_id)

        group_ends = min(-(-call // GROUP) * GROUP, len(PEOPLE))
        assert len(deployment.channel.calls) == group_ends, f"paused in call {call}"
        everyone = everybody(deployment, campaign_id)
        for phone in PEOPLE:
            sent = phone in deployment.channel.phones
            assert everyone[phone].status is (
                RecipientStatus.SENT if sent else RecipientStatus.PENDING
            )
        last = group_ends == len(PEOPLE)
        expected = CampaignStatus.COMPLETED if last else CampaignStatus.PAUSED
        assert deployment.campaigns.get(campaign_id).status is expected
        assert (result.paused, result.completed) == (not last, last)
        assert_adds_up(deployment, campaign_id, len(PEOPLE))
        if not last:
            with pytest.raises(CampaignNotRunningError):
                batch(deployment, campaign_id)
            act(deployment, campaign_id, Action.RESUME)
            assert batch(deployment, campaign_id).tally.sent == len(PEOPLE) - group_ends
            assert sorted(deployment.channel.phones) == sorted(PEOPLE)
            assert_adds_up(deployment, campaign_id, len(PEOPLE))


def test_after_a_pause_is_answered_no_worker_takes_anybody_who_was_waiting(
    stormy: Services,
) -> None:
    services, people = stormy, phones(100)
    campaign_id = running(services, people)
    waiting: set[str] = set()
    called_before = 0

    def pause_in_the_middle() -> None:
        nonlocal called_before, waiting
        while len(services.channel.calls) < 20:
            services.clock.sleep(0.001)
        act(services, campaign_id, Action.PAUSE)
        called_before = len(services.channel.calls)
        now = everybody(services, campaign_id)
        waiting = {p for p, r in now.items() if r.status is RecipientStatus.PENDING}

    def work() -> None:
        batches_until_not_running(services, [campaign_id])

    in_threads(work, work, work, work, pause_in_the_middle)

    assert waiting, "the pause came too late for the test to mean anything"
    assert not waiting & set(services.channel.phones)
    assert len(services.channel.calls) - called_before <= 4 * GROUP
    after = states(services, campaign_id)
    assert after == {
        RecipientStatus.SENT: len(people) - len(waiting),
        RecipientStatus.PENDING: len(waiting),
    }
    act(services, campaign_id, Action.RESUME)
    batches_until_not_running(services, [campaign_id])
    assert sorted(services.channel.phones) == sorted(people)
    assert_adds_up(services, campaign_id, len(people))


def test_a_storm_of_pauses_and_resumes_keeps_every_count_exact(stormy: Services) -> None:
    people = phones(120)
    campaign_id = running(stormy, people)
    refused: list[str] = []

    in_threads(*storm_and_work(stormy, campaign_id, refused))

    assert refused, "two who pause and resume at once must get into each other's way"
    if stormy.campaigns.get(campaign_id).status is CampaignStatus.PAUSED:
        act(stormy, campaign_id, Action.RESUME)
    batches_until_not_running(stormy, [campaign_id])
    assert sorted(stormy.channel.phones) == sorted(people)
    assert_adds_up(stormy, campaign_id, len(people))


def test_a_cancel_in_the_middle_of_a_storm_is_the_last_word(stormy: Services) -> None:
    people = phones(120)
    campaign_id = running(stormy, people)

    def cancel_in_the_middle() -> None:
        while len(stormy.channel.calls) < 40:
            stormy.clock.sleep(0.001)
        act(stormy, campaign_id, Action.CANCEL)

    in_threads(*storm_and_work(stormy, campaign_id, []), cancel_in_the_middle)

    called = stormy.channel.phones
    assert len(called) == len(set(called)) < len(people)
    recount = states(stormy, campaign_id)
    assert recount == {
        RecipientStatus.SENT: len(called),
        RecipientStatus.PENDING: len(people) - len(called),
    }
    assert dict(stormy.campaigns.stats(campaign_id).counts) == dict(recount)
    assert stormy.campaigns.get(campaign_id).status is CampaignStatus.CANCELLED


def storm_and_work(
    services: Services, campaign_id: str, refused: list[str]
) -> list[Callable[[], None]]:
    """Two who pause and resume as fast as they can, and three workers."""

    def storm() -> None:
        for action in [Action.PAUSE, Action.RESUME] * 12:
            try:
                act(services, campaign_id, action)
            except InvalidTransitionError as error:
                refused.append(error.message)

    def work() -> None:
        for _ in range(12):
            try:
                batch(services, campaign_id)
            except CampaignNotRunningError:
                services.clock.sleep(0.002)

    return [storm, storm, work, work, work]


def test_a_cancelled_campaign_commits_the_group_in_flight_and_never_sends_again(
    deployment: Services,
) -> None:
    campaign_id = running(deployment, PEOPLE)
    act_during_call(deployment, campaign_id, 3, Action.CANCEL)

    batch(deployment, campaign_id)

    assert states(deployment, campaign_id) == {
        RecipientStatus.SENT: GROUP,
        RecipientStatus.PENDING: len(PEOPLE) - GROUP,
    }
    with pytest.raises(CampaignNotRunningError):
        batch(deployment, campaign_id)
    assert not looked_at(deployment, campaign_id)
    assert deployment.campaigns.get(campaign_id).status is CampaignStatus.CANCELLED
    assert len(deployment.channel.calls) == GROUP


def test_a_campaign_cancelled_in_its_last_group_stays_cancelled(deployment: Services) -> None:
    campaign_id = running(deployment, PEOPLE[:3])
    act_during_call(deployment, campaign_id, 2, Action.CANCEL)

    result = batch(deployment, campaign_id)

    assert not result.completed
    assert deployment.campaigns.get(campaign_id).status is CampaignStatus.CANCELLED
    assert states(deployment, campaign_id) == {RecipientStatus.SENT: 3}


def test_a_pause_is_remembered_with_its_person_and_reason_and_forgotten_on_resume(
    deployment: Services,
) -> None:
    campaign_id = running(deployment, PEOPLE)
    at = deployment.clock.now()

    paused = control(
        campaigns=deployment.campaigns,
        senders=deployment.senders,
        clock=deployment.clock,
        campaign_id=campaign_id,
        action=Action.PAUSE,
        actor=Actor("ana", "agent"),
        reason="wrong picture",
    )

    assert (paused.status, paused.paused_at) == (CampaignStatus.PAUSED, at)
    assert paused.paused_reason == "wrong picture"
    assert act(deployment, campaign_id, Action.RESUME).paused_reason is None
    assert act(deployment, campaign_id, Action.PAUSE).paused_reason is None
    told = {(line.what, line.actor, line.reason) for line in history(deployment, campaign_id)}
    assert ("PAUSED", "ana", "wrong picture") in told
    assert ("RESUMED", "test", None) in told


def test_a_persons_pause_is_never_undone_by_a_tick(deployment: Services) -> None:
    campaign_id = running(process(deployment), PEOPLE)
    act(deployment, campaign_id, Action.PAUSE)

    for _ in range(3):
        deployment.clock.advance(timedelta(days=1))
        result = tick_now(deployment)
        assert (result.resumed, result.enqueued, result.troubled) == (0, 0, 0)

    assert deployment.campaigns.get(campaign_id).status is CampaignStatus.PAUSED
    assert not deployment.channel.calls


def test_every_action_in_every_state_leads_where_the_table_says_or_is_refused_in_words(
    deployment: Services,
) -> None:
    for status in CampaignStatus:
        for action in Action:
            campaign_id = in_status(deployment, status)
            before = deployment.campaigns.get(campaign_id)
            target = LEADS_TO.get((status, action))
            if target is not None:
                assert act(deployment, campaign_id, action).status is target, (status, action)
                assert len(history(deployment, campaign_id)) == 2
            else:
                with pytest.raises(InvalidTransitionError) as refused:
                    act(deployment, campaign_id, action)
                assert refused.value.message == (
                    f"Cannot {action.value} campaign in {status.value} status"
                )
                assert deployment.campaigns.get(campaign_id) == before
                assert len(history(deployment, campaign_id)) == 1, "nothing happened"


def in_status(services: Services, status: CampaignStatus) -> str:
    """A campaign that was put into a state behind the code's back: some can't be reached yet."""
    campaign_id = new_campaign(services, PEOPLE[:1])
    services._dynamodb.update_item(
        TableName=services.settings.campaigns_table,
        Key={"PK": {"S": f"CAMPAIGN#{campaign_id}"}, "SK": {"S": "METADATA"}},
        UpdateExpression="SET #status = :status",
        ExpressionAttributeNames={"#status": "status"},
        ExpressionAttributeValues={":status": {"S": status.value}},
    )
    return campaign_id


def test_the_refusal_of_a_second_start_has_exactly_the_words_of_the_contract(
    deployment: Services,
) -> None:
    campaign_id = running(deployment, PEOPLE)

    with pytest.raises(InvalidTransitionError, match=r"^Cannot start campaign in RUNNING status$"):
        act(deployment, campaign_id, Action.START)


def test_a_campaign_without_recipients_does_not_start(deployment: Services) -> None:
    campaign_id = new_campaign(deployment, [])

    with pytest.raises(NoRecipientsError):
        act(deployment, campaign_id, Action.START)

    assert deployment.campaigns.get(campaign_id).status is CampaignStatus.DRAFT
    assert not looked_at(deployment, campaign_id)


@pytest.mark.parametrize("action", list(Action))
def test_a_campaign_that_does_not_exist_is_not_found_and_not_made(
    deployment: Services, action: Action
) -> None:
    with pytest.raises(CampaignNotFoundError):
        act(deployment, "cmp_none", action)

    assert not history(deployment, "cmp_none")


def test_of_simultaneous_starts_one_wins_and_the_others_are_told(deployment: Services) -> None:
    for _ in range(5):
        campaign_id = new_campaign(deployment, PEOPLE)
        together = threading.Barrier(4)
        results: list[str] = []

        def start(
            campaign_id: str = campaign_id,
            together: threading.Barrier = together,
            results: list[str] = results,
        ) -> None:
            together.wait(5)
            try:
                results.append(act(deployment, campaign_id, Action.START).status.value)
            except InvalidTransitionError as error:
                results.append(error.message)

        in_threads(*[start] * 4)

        assert sorted(results) == ["Cannot start campaign in RUNNING status"] * 3 + ["RUNNING"]
        started = [line for line in history(deployment, campaign_id) if line.what == "STARTED"]
        assert len(started) == 1


def test_a_paused_campaign_whose_people_were_all_sent_meanwhile_ends_when_it_is_resumed(
    deployment: Services,
) -> None:
    """A worker that died after its last commit, and before it could say COMPLETED."""
    campaign_id = running(deployment, PEOPLE[:3])
    deployment.campaigns.complete = lambda campaign_id, event: False  # it dies here
    batch(deployment, campaign_id)
    del deployment.campaigns.complete
    act(deployment, campaign_id, Action.PAUSE)

    act(deployment, campaign_id, Action.RESUME)
    finish(deployment, campaign_id)

    assert len(deployment.channel.calls) == 3
    assert_adds_up(deployment, campaign_id, 3)
