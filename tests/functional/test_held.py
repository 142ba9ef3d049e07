"""A growing share of held messages stops a campaign, which may go on when Meta lets them go."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from functions.wiring import Services
from shared.domain.campaign import Action, Campaign, CampaignStatus, PauseCause, Throttle
from shared.domain.outcome import Outcome, OutcomeKind
from shared.domain.recipient import RecipientStatus
from shared.ports import Message
from tests.support.campaigns import act, assert_adds_up, batch, phones, running, states
from tests.support.processes import history, process, tick_now

S, C = RecipientStatus, CampaignStatus
PEOPLE = phones(80)
TEN_MINUTES = timedelta(minutes=10)


def hold(count: int) -> Callable[[Message], Outcome | None]:
    """The first of every so many are held; the others are sent."""
    answers = iter(range(1000))

    def answer(message: Message) -> Outcome | None:
        number = next(answers)
        if number % 10 < count:
            return Outcome(OutcomeKind.HELD, message_id=f"wamid.{number}", code="HELD")
        return None

    return answer


def held_up(services: Services, **settings: object) -> str:
    """A campaign of 80 that has paused after 20, with 10 of them held."""
    services.channel.answer = hold(5)
    campaign_id = running(services, PEOPLE, throttle=Throttle(batch_size=20), **settings)
    assert batch(services, campaign_id).paused
    return campaign_id


def look(services: Services, campaign_id: str) -> Campaign:
    return services.campaigns.get(campaign_id)


def let_go(services: Services, campaign_id: str, count: int) -> None:
    """What evidence does to recipients and counters when Meta delivers held messages."""
    for name, change in ((S.HELD, -count), (S.DELIVERED, count)):
        services._dynamodb.update_item(
            TableName=services.settings.campaigns_table,
            Key={"PK": {"S": f"CAMPAIGN#{campaign_id}"}, "SK": {"S": "STATS#0"}},
            UpdateExpression="ADD #status :change",
            ExpressionAttributeNames={"#status": name.value},
            ExpressionAttributeValues={":change": {"N": str(change)}},
        )


def test_a_campaign_of_which_meta_holds_a_quarter_pauses_with_both_numbers(
    deployment: Services,
) -> None:
    campaign_id = held_up(deployment)

    campaign = look(deployment, campaign_id)
    assert (campaign.status, campaign.pause_cause) == (C.PAUSED, PauseCause.HELD)
    assert campaign.paused_reason is not None
    assert campaign.paused_reason.startswith("Meta holds 10 of 20 messages for a quality check")
    assert campaign.resume_at is None
    (paused,) = [line for line in history(deployment, campaign_id) if line.what == "PAUSED"]
    assert paused.reason == campaign.paused_reason
    assert states(deployment, campaign_id) == {S.SENT: 10, S.HELD: 10, S.PENDING: 60}
    assert_adds_up(deployment, campaign_id, 80)


def test_the_batch_that_pauses_says_so(deployment: Services) -> None:
    deployment.channel.answer = hold(5)
    campaign_id = running(deployment, PEOPLE, throttle=Throttle(batch_size=20))

    result = batch(deployment, campaign_id)

    assert (result.paused, result.completed) == (True, False)
    assert result.pause_reason is not None
    assert "10 of 20" in result.pause_reason


def test_a_smaller_share_stops_nobody(deployment: Services) -> None:
    deployment.channel.answer = hold(2)
    campaign_id = running(deployment, PEOPLE, throttle=Throttle(batch_size=60))

    assert not batch(deployment, campaign_id).paused

    assert states(deployment, campaign_id)[S.HELD] == 12


def test_the_last_batch_completes_the_campaign_whatever_is_held(deployment: Services) -> None:
    deployment.channel.answer = hold(10)
    campaign_id = running(deployment, PEOPLE[:20])

    assert batch(deployment, campaign_id).completed

    assert look(deployment, campaign_id).status is C.COMPLETED


def test_who_resumes_is_not_stopped_again_before_ten_more_are_held(deployment: Services) -> None:
    campaign_id = held_up(deployment)
    deployment.channel.answer = hold(4)

    act(deployment, campaign_id, Action.RESUME)
    assert not batch(deployment, campaign_id).paused  # 18 of 40: eight more than were seen
    deployment.channel.answer = hold(4)
    assert batch(deployment, campaign_id).paused  # 26 of 60

    assert "26 of 60" in str(look(deployment, campaign_id).paused_reason)


def test_a_batch_that_began_before_a_person_went_on_does_not_stop_the_campaign_again(
    deployment: Services,
) -> None:
    deployment.channel.answer = hold(5)
    campaign_id = running(deployment, PEOPLE, throttle=Throttle(batch_size=20))
    slow = process(deployment)
    stats = slow.campaigns.stats

    def meanwhile(wanted: str) -> object:
        slow.campaigns.stats = stats
        batch(deployment, campaign_id)
        act(deployment, campaign_id, Action.RESUME)
        return stats(wanted)

    slow.campaigns.stats = meanwhile
    batch(slow, campaign_id)  # 20 of 40 are held, but this batch knows of no earlier pause

    paused = [line for line in history(deployment, campaign_id) if line.what == "PAUSED"]
    assert len(paused) == 1
    assert look(deployment, campaign_id).status is C.RUNNING


def test_with_auto_resume_it_goes_on_when_meta_has_let_go(deployment: Services) -> None:
    campaign_id = held_up(deployment, auto_resume=True)
    paused_at = deployment.clock.now()
    assert look(deployment, campaign_id).resume_at is not None

    deployment.clock.advance(TEN_MINUTES)
    assert tick_now(deployment).resumed == 0  # still held: look again in ten minutes
    assert look(deployment, campaign_id).resume_at == deployment.clock.now() + TEN_MINUTES
    let_go(deployment, campaign_id, 1)
    deployment.clock.advance(TEN_MINUTES)
    result = tick_now(deployment)

    assert (result.resumed, result.enqueued) == (1, 1)
    assert deployment.clock.now() >= paused_at + 2 * TEN_MINUTES
    assert look(deployment, campaign_id).status is C.RUNNING
    assert history(deployment, campaign_id)[-1].what == "RESUMED"


def test_after_going_on_by_itself_the_count_begins_anew(deployment: Services) -> None:
    campaign_id = held_up(deployment, auto_resume=True)
    let_go(deployment, campaign_id, 5)
    deployment.clock.advance(TEN_MINUTES)
    assert tick_now(deployment).resumed == 1

    deployment.channel.answer = hold(5)
    assert batch(deployment, campaign_id).paused  # 15 of 40, though only five more than were seen


@pytest.mark.parametrize("auto_resume", [False, True])
def test_without_auto_resume_only_a_person_goes_on(deployment: Services, auto_resume: bool) -> None:
    campaign_id = held_up(deployment, auto_resume=auto_resume)
    let_go(deployment, campaign_id, 10)

    deployment.clock.advance(TEN_MINUTES)

    assert tick_now(deployment).resumed == auto_resume
