"""Who asked for no more messages gets none, under whatever spelling."""

from datetime import timedelta

import pytest

from functions.wiring import Services
from shared.domain.campaign import CampaignStatus
from shared.domain.outcome import Outcome, OutcomeKind
from shared.domain.recipient import RecipientStatus
from shared.domain.suppression import Source
from shared.ports import Message
from tests.support.answers import always, answers, only, refusal
from tests.support.campaigns import (
    MINUTE,
    assert_adds_up,
    batch,
    everybody,
    phones,
    running,
    states,
)
from tests.support.edges import Killed, Life
from tests.support.processes import in_threads, mortal, process, tick_now
from tests.support.suppressing import BeforeEachClaim, listed, opt_out

PEOPLE = phones(12)
ONE = PEOPLE[0]

S, K = RecipientStatus, OutcomeKind


def test_who_asked_for_no_more_is_not_written_to_by_the_next_campaign(
    deployment: Services,
) -> None:
    first = running(deployment, PEOPLE[:1])
    deployment.channel.answer = answers(refusal(K.REJECTED, code="131050", suppress=True))
    batch(deployment, first)
    assert only(deployment, first).status is S.FAILED

    second = running(deployment, PEOPLE[:3])
    result = batch(deployment, second)

    assert (result.tally.skipped, result.tally.sent, result.completed) == (1, 2, True)
    skipped = everybody(deployment, second)[ONE]
    assert (skipped.status, skipped.error_code) == (S.SKIPPED, "OPTED_OUT")
    assert skipped.error_message == "This person asked not to be written to."
    assert deployment.channel.phones.count(ONE) == 1
    assert_adds_up(deployment, second, 3)


@pytest.mark.parametrize(
    ("as_refused", "as_uploaded"),
    [
        ("5511988887777", "551188887777"),
        ("5215512345678", "525512345678"),
        ("5491112345678", "541112345678"),
    ],
)
def test_who_asked_for_no_more_is_known_under_the_other_spelling_too(
    deployment: Services, as_refused: str, as_uploaded: str
) -> None:
    deployment.channel.answer = answers(refusal(K.REJECTED, code="131050", suppress=True))
    batch(deployment, running(deployment, [as_refused]))

    second = running(deployment, [as_uploaded])
    batch(deployment, second)

    assert only(deployment, second).status is S.SKIPPED
    assert len(deployment.channel.calls) == 1


def test_a_batch_of_people_who_all_asked_for_no_more_completes_without_a_call(
    deployment: Services,
) -> None:
    deployment.channel.answer = always(refusal(K.REJECTED, code="131050", suppress=True))
    batch(deployment, running(deployment, PEOPLE))
    calls = len(deployment.channel.calls)

    second = running(deployment, PEOPLE)
    result = batch(deployment, second)

    assert result.completed
    assert len(deployment.channel.calls) == calls
    assert states(deployment, second) == {S.SKIPPED: len(PEOPLE)}


# The promise: an opt-out that was committed before the claim is never sent to.


@pytest.mark.parametrize("known", [0, 1, 3])
def test_who_asks_between_the_look_and_the_claim_is_not_written_to(
    deployment: Services, known: int
) -> None:
    opt_out(deployment, *phones(known, first=500))
    asked = PEOPLE[7]
    now_or_never = iter([lambda: None, lambda: opt_out(deployment, asked)])
    deployment.boundaries = BeforeEachClaim(
        deployment.boundaries, lambda claimed: next(now_or_never, lambda: None)()
    )
    campaign_id = running(deployment, PEOPLE)

    result = batch(deployment, campaign_id)

    assert asked not in deployment.channel.phones
    assert everybody(deployment, campaign_id)[asked].error_code == "OPTED_OUT"
    assert (result.tally.sent, result.tally.skipped, result.completed) == (11, 1, True)
    assert_adds_up(deployment, campaign_id, 12)


def test_whoever_asks_in_the_middle_of_everything_is_not_claimed_after_it(
    deployment: Services,
) -> None:
    """One person asks before each claim: of those who are to be claimed, and of the later ones."""
    asked: list[str] = []

    def somebody_asks(claimed: list[str]) -> None:
        if claimed[-1] not in asked and len(asked) < 5:
            asked.append(claimed[-1])
            opt_out(deployment, claimed[-1])

    deployment.boundaries = BeforeEachClaim(deployment.boundaries, somebody_asks)
    campaign_id = running(deployment, PEOPLE)

    result = batch(deployment, campaign_id)

    assert len(asked) == 5
    assert set(deployment.channel.phones) == set(PEOPLE) - set(asked)
    assert (result.tally.sent, result.tally.skipped) == (7, 5)
    assert_adds_up(deployment, campaign_id, 12)


def test_a_claim_after_a_refusal_of_the_same_batch_knows_its_own_opt_out(
    deployment: Services,
) -> None:
    """The boundary that records it raises the version, and is not taken for somebody else's."""
    refused = refusal(K.REJECTED, code="131050", suppress=True)
    deployment.channel.answer = answers(None, refused, None, refused, None, refused)
    campaign_id = running(deployment, PEOPLE)

    looks: list[object] = []
    among = deployment.suppressions.among
    deployment.suppressions.among = lambda asked: looks.append(asked) or among(asked)

    result = batch(deployment, campaign_id)

    assert (result.tally.sent, result.tally.failed, result.tally.skipped) == (9, 3, 0)
    assert deployment.suppressions.version() == 3
    assert set(listed(deployment).values()) == {Source.META_131050}
    assert not looks, "nobody had to be looked up again"


def test_a_word_that_came_during_the_call_is_not_forgotten_for_metas_refusal(
    deployment: Services,
) -> None:
    """Both are true; but only the setting could be taken back by the person."""

    def says_stop(message: Message) -> Outcome:
        opt_out(deployment, message.to, source=Source.REPLY)
        return refusal(K.REJECTED, code="131050", suppress=True)

    deployment.channel.answer = says_stop

    batch(deployment, running(deployment, PEOPLE[:1]))

    assert listed(deployment) == {ONE: Source.REPLY}


def test_two_workers_whose_people_ask_all_the_time_write_to_nobody_who_asked(
    deployment: Services,
) -> None:
    refused = refusal(K.REJECTED, code="131050", suppress=True)
    deployment.channel.answer = lambda message: refused if message.to in PEOPLE[::2] else None
    campaigns = [running(deployment, PEOPLE) for _ in range(2)]

    in_threads(*[lambda c=c: batch(process(deployment), c) for c in campaigns])

    refused_once = [p for p in PEOPLE[::2] if deployment.channel.phones.count(p) == 1]
    for campaign_id in campaigns:
        while not batch(deployment, campaign_id).completed:
            pass
        assert_adds_up(deployment, campaign_id, 12)
    assert set(listed(deployment)) == set(PEOPLE[::2])
    assert all(deployment.channel.phones.count(p) == 1 for p in refused_once)


def test_a_list_that_grows_all_the_time_keeps_no_worker_beyond_its_time(
    deployment: Services,
) -> None:
    def somebody_asks(_: list[str]) -> None:
        opt_out(deployment, next(strangers))
        deployment.clock.advance(MINUTE / 60)

    strangers = iter(phones(500, first=1000))
    boundaries = deployment.boundaries
    deployment.boundaries = BeforeEachClaim(boundaries, somebody_asks)
    campaign_id = running(deployment, PEOPLE)
    begun = deployment.clock.now()

    batch(deployment, campaign_id)

    assert not deployment.channel.calls
    assert deployment.clock.now() <= begun + MINUTE
    deployment.boundaries = boundaries
    assert batch(deployment, campaign_id).tally.sent == 12


def test_a_death_at_any_step_of_a_batch_in_which_people_ask_loses_nobody(
    deployment: Services,
) -> None:
    refused = refusal(K.REJECTED, code="131050", suppress=True)
    deployment.channel.answer = lambda message: refused if message.to.endswith("3") else None
    step, survived = 0, False
    while not survived:
        step += 1
        for after_effect in (False, True):
            deployment.clock.advance(timedelta(days=2))
            people = phones(12, first=100 * step + 50 * after_effect)
            campaign_id = running(deployment, people)
            before = len(deployment.channel.calls)
            survived = dies(deployment, campaign_id, Life(step, after_effect))
            opt_out(deployment, people[-1])
            finish(deployment, campaign_id)

            called = deployment.channel.phones[before:]
            assert len(called) == len(set(called)), f"step {step}"
            assert_adds_up(deployment, campaign_id, 12)
            who = everybody(deployment, campaign_id)
            refused_ones = {p for p in people if who[p].status is S.FAILED}
            assert refused_ones <= set(listed(deployment)), f"step {step}"
    assert step > 15


def dies(deployment: Services, campaign_id: str, life: Life) -> bool:
    """A process that takes the batch and dies; whether it lived to the end after all."""
    try:
        batch(mortal(deployment, life), campaign_id)
    except Killed:
        return False
    return True


def finish(deployment: Services, campaign_id: str) -> None:
    """Ticks and batches until the campaign has ended."""
    deployment.clock.advance(2 * MINUTE)
    tick_now(deployment)
    while deployment.campaigns.get(campaign_id).status is not CampaignStatus.COMPLETED:
        batch(deployment, campaign_id)
