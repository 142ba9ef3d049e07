"""COMPLETED if and only if nobody is open; refilling adds people and changes nobody."""

import io
import threading
from datetime import timedelta

import pytest

from functions.wiring import Services
from shared.domain.campaign import Action, CampaignStatus, Event
from shared.domain.errors import CampaignClosedError
from shared.domain.outcome import Outcome, OutcomeKind
from shared.domain.recipient import RecipientStatus
from shared.domain.stats import Stats
from shared.ports import Message
from shared.system import SystemClock
from shared.usecases.populate import Populated, populate
from tests.support.campaigns import (
    TESTER,
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
from tests.support.processes import finish, history, in_threads, looked_at

PEOPLE = phones(12)
NEW = phones(3, first=100)
S, C = RecipientStatus, CampaignStatus


def upload(services: Services, campaign_id: str, people: list[str]) -> Populated:
    """Populate from a list with one phone a line."""
    return populate(
        campaigns=services.campaigns,
        recipients=services.recipients,
        suppressions=services.suppressions,
        history=services.history,
        clock=services.clock,
        campaign_id=campaign_id,
        actor=TESTER,
        file=io.BytesIO("\n".join(["phone", *people, ""]).encode()),
    )


OPEN_AFTER = {
    OutcomeKind.ACCEPTED: False,
    OutcomeKind.HELD: False,
    OutcomeKind.REJECTED: False,
    OutcomeKind.UNKNOWN: False,
    OutcomeKind.RETRY: True,
    OutcomeKind.DEFER: True,
    OutcomeKind.THROTTLED: True,
    OutcomeKind.NOT_CALLED: True,
}


@pytest.mark.parametrize(("kind", "still_open"), OPEN_AFTER.items())
def test_a_campaign_is_completed_with_its_last_recipient_and_not_before(
    deployment: Services, kind: OutcomeKind, still_open: bool
) -> None:
    campaign_id = running(deployment, PEOPLE[:6])
    last = Outcome(kind, code="4711", message="That did not work.")

    def answer(message: Message) -> Outcome | None:
        assert deployment.campaigns.get(campaign_id).status is C.RUNNING
        return last if len(deployment.channel.calls) == 6 else None

    deployment.channel.answer = answer
    result = batch(deployment, campaign_id)

    assert result.completed is not still_open
    assert_adds_up(deployment, campaign_id, 6)
    campaign = deployment.campaigns.get(campaign_id)
    assert (campaign.completed_at is None) is still_open
    assert looked_at(deployment, campaign_id) is still_open
    completions = [e for e in history(deployment, campaign_id) if e.what == "COMPLETED"]
    assert len(completions) == (0 if still_open else 1)


def test_a_batch_of_a_completed_campaign_says_so_and_does_nothing(deployment: Services) -> None:
    campaign_id = running(deployment, PEOPLE)
    batch(deployment, campaign_id)
    before = deployment.campaigns.get(campaign_id)

    result = batch(deployment, campaign_id)

    assert (result.completed, result.tally.processed) == (True, 0)
    assert deployment.campaigns.get(campaign_id) == before
    assert len(deployment.channel.calls) == len(PEOPLE)


@pytest.mark.parametrize("paused", [False, True])
def test_refilling_a_campaign_that_has_not_ended_adds_people_to_it(
    deployment: Services, paused: bool
) -> None:
    campaign_id = running(deployment, PEOPLE)
    refill: list[Populated] = []

    def answer(message: Message) -> None:
        if len(deployment.channel.calls) == 3:
            if paused:
                act(deployment, campaign_id, Action.PAUSE)
            refill.append(upload(deployment, campaign_id, NEW + PEOPLE[:2]))

    deployment.channel.answer = answer
    batch(deployment, campaign_id)

    assert (refill[0].inserted, refill[0].total_recipients) == (3, 15)
    assert refill[0].skipped["alreadyInCampaign"] == 2
    if paused:
        assert_adds_up(deployment, campaign_id, 15)
        act(deployment, campaign_id, Action.RESUME)
    finish(deployment, campaign_id)
    assert sorted(deployment.channel.phones) == sorted(PEOPLE + NEW)
    assert_adds_up(deployment, campaign_id, 15)


def test_people_who_come_during_the_last_group_are_sent_to_before_the_end(
    deployment: Services,
) -> None:
    campaign_id = running(deployment, PEOPLE[:2])

    def answer(message: Message) -> None:
        if len(deployment.channel.calls) == 2:
            upload(deployment, campaign_id, NEW)

    deployment.channel.answer = answer

    assert not batch(deployment, campaign_id).completed
    assert deployment.campaigns.get(campaign_id).status is C.RUNNING
    assert batch(deployment, campaign_id).completed
    assert states(deployment, campaign_id) == {S.SENT: 5}
    assert_adds_up(deployment, campaign_id, 5)


@pytest.mark.parametrize("ended", [C.COMPLETED, C.CANCELLED])
def test_a_campaign_that_has_ended_refuses_new_people_and_is_not_changed(
    deployment: Services, ended: CampaignStatus
) -> None:
    campaign_id = running(deployment, PEOPLE)
    if ended is C.COMPLETED:
        batch(deployment, campaign_id)
    else:
        act(deployment, campaign_id, Action.CANCEL)
    before = deployment.campaigns.get(campaign_id)
    people = everybody(deployment, campaign_id)
    counters = deployment.campaigns.stats(campaign_id)

    with pytest.raises(CampaignClosedError, match=f"^The campaign is {ended.value}; "):
        upload(deployment, campaign_id, NEW)

    assert deployment.campaigns.get(campaign_id) == before
    assert everybody(deployment, campaign_id) == people
    assert deployment.campaigns.stats(campaign_id) == counters


def test_people_who_race_with_the_end_are_in_and_sent_to_or_refused_and_out(
    services: Services,
) -> None:
    services.clock = SystemClock()
    services.channel = RecordingChannel(services.clock)
    outcomes = {race(services, n) for n in range(24)}

    assert outcomes == {"taken", "refused"}, "the race was always won by the same"


def race(services: Services, n: int) -> str:
    """Somebody is added at the instant in which the campaign is found to be done."""
    campaign_id = running(services, phones(2, first=1000 * n))
    late = phones(1, first=1000 * n + 500)
    at_the_end = threading.Event()
    outcome = []
    count, complete = services.campaigns.stats, services.campaigns.complete

    def count_and_tell(campaign_id: str) -> Stats:
        stats = count(campaign_id)
        if n % 2:
            at_the_end.set()
            services.clock.sleep(n * 0.001)
        return stats

    def tell_and_complete(campaign_id: str, event: Event) -> bool:
        at_the_end.set()
        return complete(campaign_id, event)

    def add() -> None:
        at_the_end.wait(5)
        try:
            upload(services, campaign_id, late)
            outcome.append("taken")
        except CampaignClosedError:
            outcome.append("refused")

    services.campaigns.stats, services.campaigns.complete = count_and_tell, tell_and_complete
    in_threads(lambda: batch(services, campaign_id), add)
    del services.campaigns.stats, services.campaigns.complete

    population = 3 if outcome == ["taken"] else 2
    assert_adds_up(services, campaign_id, population)
    finish(services, campaign_id)
    assert_adds_up(services, campaign_id, population)
    assert states(services, campaign_id) == {S.SENT: population}
    return outcome[0]


def test_the_same_people_again_change_nobody_in_whatever_state(deployment: Services) -> None:
    kinds = [
        OutcomeKind.ACCEPTED,
        OutcomeKind.HELD,
        OutcomeKind.REJECTED,
        OutcomeKind.UNKNOWN,
        OutcomeKind.RETRY,
    ]
    outcomes = dict(zip(PEOPLE, kinds, strict=False))
    campaign_id = running(deployment, PEOPLE[:5])
    deployment.channel.answer = lambda message: Outcome(
        outcomes[message.to], message_id="wamid.1", code="4711", message="So it is."
    )
    batch(deployment, campaign_id)
    before = everybody(deployment, campaign_id)
    assert len({r.status for r in before.values()}) == 5
    deployment.clock.advance(timedelta(hours=1))

    again = upload(deployment, campaign_id, PEOPLE[:5])

    assert (again.inserted, again.skipped["alreadyInCampaign"]) == (0, 5)
    assert again.total_recipients == 5
    assert everybody(deployment, campaign_id) == before
    assert_adds_up(deployment, campaign_id, 5)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("+55 11 98888-7777", "+55 11 8888-7777"),
        ("+52 55 1234 5678", "+52 1 55 1234 5678"),
        ("+54 9 11 2345-6789", "+54 11 2345-6789"),
    ],
)
@pytest.mark.parametrize("turned", [False, True])
def test_two_spellings_of_one_person_in_two_uploads_get_one_message(
    deployment: Services, one: str, other: str, turned: bool
) -> None:
    first, second = (other, one) if turned else (one, other)
    campaign_id = new_campaign(deployment, [])
    assert upload(deployment, campaign_id, [first]).inserted == 1
    act(deployment, campaign_id, Action.START)

    again = upload(deployment, campaign_id, [second, *NEW])

    assert (again.inserted, again.skipped["alreadyInCampaign"]) == (3, 1)
    finish(deployment, campaign_id)
    assert len(deployment.channel.calls) == 4
    assert_adds_up(deployment, campaign_id, 4)
