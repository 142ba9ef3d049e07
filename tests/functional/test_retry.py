"""Every kind of outcome: what it costs, when it is tried again, and whom else it stops."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from functions.wiring import Services
from shared.channels.scenarios import ACCEPTED, BY_NAME, SCENARIOS
from shared.channels.simulator import TOKEN, Simulator
from shared.channels.whatsapp import WhatsAppChannel
from shared.domain.campaign import Action, CampaignStatus, PauseCause, Retry, Throttle
from shared.domain.outcome import Outcome, OutcomeKind
from shared.domain.recipient import Recipient, RecipientStatus
from shared.ports import Message
from tests.support.campaigns import act, assert_adds_up, batch, everybody, phones, running, states
from tests.support.edges import ManualClock, RecordingChannel
from tests.support.processes import FixedChance, finish, history, looked_at, process, tick_now

PEOPLE = phones(12)
ONE = PEOPLE[0]
ALMOST_ONE = 0.999999

S, K, C = RecipientStatus, OutcomeKind, CampaignStatus


@pytest.fixture
def deployment(services: Services) -> Services:
    """Real stores; the clock and the provider are in the test's hand."""
    services.clock = ManualClock()
    services.channel = RecordingChannel(services.clock)
    return services


def refusal(kind: OutcomeKind, code: str = "4711", **more: object) -> Outcome:
    """What an adapter says of a call that was not accepted."""
    return Outcome(kind, code=code, message="That did not work.", **more)


def answers(*outcomes: Outcome | None) -> Callable[[Message], Outcome | None]:
    """These, one for each call; afterwards everything is accepted."""
    left = list(outcomes)
    return lambda message: left.pop(0) if left else None


def always(outcome: Outcome) -> Callable[[Message], Outcome | None]:
    """The same answer to everybody."""
    return lambda message: outcome


def only(services: Services, campaign_id: str) -> Recipient:
    """The recipient of a campaign that has one."""
    (recipient,) = everybody(services, campaign_id).values()
    return recipient


def used(services: Services) -> int:
    """Units of the cap that are counted today."""
    return services.quota.day("default", services.clock.now().date()).total


@dataclass(frozen=True)
class Consequence:
    """What one outcome does to its recipient, the cap and the campaign."""

    status: RecipientStatus
    campaign: CampaignStatus
    attempts: int = 1
    units: int = 0
    due_after: tuple[float, float] | None = None  # seconds, at the least and at the most
    reason: bool = True


CONSEQUENCES = {
    K.ACCEPTED: Consequence(S.SENT, C.COMPLETED, units=1, reason=False),
    K.HELD: Consequence(S.HELD, C.COMPLETED, units=1),
    K.RETRY: Consequence(S.PENDING, C.RUNNING, due_after=(15, 30)),
    K.DEFER: Consequence(S.PENDING, C.RUNNING, due_after=(24 * 3600, 25 * 3600)),
    K.REJECTED: Consequence(S.FAILED, C.COMPLETED),
    K.THROTTLED: Consequence(S.PENDING, C.RUNNING, attempts=0, due_after=(0, 0)),
    K.CAMPAIGN_ERROR: Consequence(S.PENDING, C.PAUSED, attempts=0, due_after=(0, 0)),
    K.SENDER_ERROR: Consequence(S.PENDING, C.PAUSED, attempts=0, due_after=(0, 0)),
    K.UNKNOWN: Consequence(S.UNCONFIRMED, C.COMPLETED, units=1),
    K.NOT_CALLED: Consequence(S.PENDING, C.RUNNING, attempts=0, due_after=(0, 0)),
}


@pytest.mark.parametrize("kind", list(OutcomeKind))
def test_an_outcome_leaves_recipient_cap_and_campaign_as_the_table_says(
    deployment: Services, kind: OutcomeKind
) -> None:
    campaign_id = running(deployment, [ONE])
    deployment.channel.answer = answers(
        Outcome(kind, message_id="wamid.1") if kind is K.ACCEPTED else refusal(kind)
    )
    now = deployment.clock.now()

    batch(deployment, campaign_id)

    expected, recipient = CONSEQUENCES[kind], only(deployment, campaign_id)
    assert recipient.status is expected.status
    assert recipient.attempts == expected.attempts
    assert used(deployment) == expected.units
    assert deployment.campaigns.get(campaign_id).status is expected.campaign
    if expected.due_after is None:
        assert recipient.due_at is None
    else:
        assert recipient.due_at is not None
        waits = (recipient.due_at - now).total_seconds()
        assert expected.due_after[0] <= waits <= expected.due_after[1]
    reason = (recipient.error_code, recipient.error_message)
    assert reason == (("4711", "That did not work.") if expected.reason else (None, None))
    assert_adds_up(deployment, campaign_id, 1)


@pytest.mark.parametrize(
    ("dice", "retry", "waits"),
    [
        (0.0, Retry(), [15, 30]),
        (ALMOST_ONE, Retry(), [30, 60]),
        (
            0.0,
            Retry(max_attempts=5, base_delay_seconds=10, max_delay_seconds=25),
            [5, 10, 12.5, 12.5],
        ),
        (
            ALMOST_ONE,
            Retry(max_attempts=4, base_delay_seconds=100, max_delay_seconds=150),
            [100, 150, 150],
        ),
        (0.5, Retry(max_attempts=1), []),
    ],
)
def test_a_retry_backs_off_in_doubling_steps_until_the_attempts_are_used_up(
    deployment: Services, dice: float, retry: Retry, waits: list[float]
) -> None:
    deployment.chance = FixedChance(dice)
    campaign_id = running(deployment, [ONE], retry=retry)
    refusals = [refusal(K.RETRY, code=str(n)) for n in range(len(waits) + 1)]
    deployment.channel.answer = answers(*refusals)

    for n, wait in enumerate(waits):
        began = deployment.clock.now()
        batch(deployment, campaign_id)
        recipient = only(deployment, campaign_id)
        assert (recipient.status, recipient.attempts) == (S.PENDING, n + 1)
        assert (recipient.due_at - began).total_seconds() == pytest.approx(wait, abs=0.01)
        deployment.clock.jump(recipient.due_at - timedelta(seconds=1))
        assert batch(deployment, campaign_id).tally.processed == 0, "that was too early"
        deployment.clock.jump(recipient.due_at)

    result = batch(deployment, campaign_id)

    recipient = only(deployment, campaign_id)
    assert (recipient.status, recipient.attempts) == (S.FAILED, len(waits) + 1)
    assert recipient.error_code == str(len(waits)), "the last reason counts"
    assert result.tally.failed == 1
    assert result.completed
    assert used(deployment) == 0, "nobody was reached, so no conversation was opened"
    assert len(deployment.channel.calls) == len(waits) + 1
    assert_adds_up(deployment, campaign_id, 1)


def test_the_deployments_attempts_hold_where_a_campaign_says_nothing(deployment: Services) -> None:
    two = process(deployment, MAX_ATTEMPTS="2")
    campaign_id = running(two, [ONE])
    two.channel.answer = always(refusal(K.RETRY))

    finish(two, campaign_id)

    assert only(two, campaign_id).status is S.FAILED
    assert len(two.channel.calls) == 2


def test_a_recipient_that_is_accepted_at_last_keeps_no_old_reason(deployment: Services) -> None:
    campaign_id = running(deployment, [ONE])
    deployment.channel.answer = answers(refusal(K.RETRY), refusal(K.RETRY))

    finish(deployment, campaign_id)

    recipient = only(deployment, campaign_id)
    assert (recipient.status, recipient.attempts) == (S.SENT, 3)
    assert (recipient.error_code, recipient.error_message) == (None, None)
    assert used(deployment) == 1


def test_a_longer_wait_that_the_provider_asks_for_is_kept_and_still_spread(
    deployment: Services,
) -> None:
    campaign_id = running(deployment, PEOPLE)
    deployment.channel.answer = always(refusal(K.RETRY, delay_seconds=600.0))
    now = deployment.clock.now()

    batch(deployment, campaign_id)

    due = [r.due_at for r in everybody(deployment, campaign_id).values()]
    assert min(due) >= now + timedelta(seconds=600)
    assert max(due) <= now + timedelta(seconds=1200)
    assert len(set(due)) > 1, "they must not all come back at once"


def test_who_had_enough_marketing_today_is_not_tried_within_a_day(deployment: Services) -> None:
    campaign_id = running(deployment, [ONE])
    deployment.channel.answer = answers(refusal(K.DEFER, code="131049"))
    start = deployment.clock.now()
    batch(deployment, campaign_id)

    deployment.clock.jump(start + timedelta(hours=24, seconds=-1))
    assert batch(deployment, campaign_id).tally.processed == 0
    deployment.clock.jump(start + timedelta(hours=25))
    assert batch(deployment, campaign_id).completed

    assert only(deployment, campaign_id).status is S.SENT


def test_a_throttled_sender_rests_for_a_minute_in_all_its_campaigns_at_nobodys_expense(
    deployment: Services,
) -> None:
    first = running(deployment, PEOPLE[:6])
    other = running(deployment, PEOPLE[6:])
    deployment.channel.answer = answers(None, None, refusal(K.THROTTLED))
    start = deployment.clock.now()

    result = batch(deployment, first)

    assert result.wait_until == start + timedelta(seconds=60)
    assert not result.paused
    assert len(deployment.channel.calls) == 3, "nothing more after the provider said stop"
    assert used(deployment) == 2
    assert all(
        r.attempts == 0 for r in everybody(deployment, first).values() if r.status is S.PENDING
    )
    deployment.clock.advance(timedelta(seconds=59))
    for campaign_id in (first, other):
        assert batch(deployment, campaign_id).wait_until == result.wait_until
    assert len(deployment.channel.calls) == 3
    deployment.clock.advance(timedelta(seconds=1))
    for campaign_id in (first, other):
        assert batch(deployment, campaign_id).completed
        assert {r.attempts for r in everybody(deployment, campaign_id).values()} == {1}
        assert_adds_up(deployment, campaign_id, 6)


def test_a_throttle_stops_a_worker_of_another_campaign_at_its_next_group(
    deployment: Services,
) -> None:
    first = running(deployment, PEOPLE[:1])
    other = running(deployment, PEOPLE[1:])
    throttled = process(deployment)
    throttled.channel = RecordingChannel(deployment.clock, always(refusal(K.THROTTLED)))

    def meanwhile(message: Message) -> None:
        if len(deployment.channel.calls) == 2:
            batch(throttled, first)

    deployment.channel.answer = meanwhile
    batch(deployment, other)

    assert len(deployment.channel.calls) == 5, "the group in flight goes out, the next does not"
    assert states(deployment, other) == {S.SENT: 5, S.PENDING: 6}
    assert deployment.campaigns.get(other).status is C.RUNNING


def test_a_longer_rest_that_the_provider_asks_for_is_kept(deployment: Services) -> None:
    campaign_id = running(deployment, [ONE])
    deployment.channel.answer = answers(refusal(K.THROTTLED, delay_seconds=300.0))

    result = batch(deployment, campaign_id)

    assert result.wait_until == deployment.clock.now() + timedelta(seconds=300)
    assert deployment.senders.get("default").stopped_until == result.wait_until


def test_an_error_of_the_campaign_pauses_it_with_the_reason_and_harms_nobody(
    deployment: Services,
) -> None:
    campaign_id = running(deployment, PEOPLE)
    other = running(deployment, phones(3, first=100))
    deployment.channel.answer = answers(None, refusal(K.CAMPAIGN_ERROR, code="132001"))

    result = batch(deployment, campaign_id)

    reason = "That did not work. (code 132001)"
    assert (result.paused, result.pause_reason) == (True, reason)
    campaign = deployment.campaigns.get(campaign_id)
    assert (campaign.status, campaign.pause_cause) == (C.PAUSED, PauseCause.CAMPAIGN_ERROR)
    assert campaign.paused_reason == reason
    assert ("PAUSED", "system", reason) in [
        (line.what, line.actor, line.reason) for line in history(deployment, campaign_id)
    ]
    everyone = everybody(deployment, campaign_id).values()
    assert sorted((r.status, r.attempts) for r in everyone) == [(S.PENDING, 0)] * 11 + [(S.SENT, 1)]
    assert used(deployment) == 1
    assert not looked_at(deployment, campaign_id), "only a person knows when it is mended"
    assert batch(deployment, other).completed, "the other campaigns of the sender go on"
    act(deployment, campaign_id, Action.RESUME)
    assert batch(deployment, campaign_id).completed
    assert_adds_up(deployment, campaign_id, len(PEOPLE))


def test_an_error_of_the_account_stops_all_campaigns_of_the_sender_until_a_person_resumes(
    deployment: Services,
) -> None:
    first, other = running(deployment, PEOPLE[:6]), running(deployment, PEOPLE[6:])
    deployment.channel.answer = answers(refusal(K.SENDER_ERROR, code="190"))

    result = batch(deployment, first)

    reason = "That did not work. (code 190)"
    assert (result.paused, result.pause_reason) == (True, reason)
    assert deployment.senders.get("default").halted
    assert batch(deployment, other).pause_reason == reason
    for campaign_id in (first, other):
        campaign = deployment.campaigns.get(campaign_id)
        assert (campaign.status, campaign.pause_cause) == (C.PAUSED, PauseCause.SENDER_STOPPED)
        assert {r.attempts for r in everybody(deployment, campaign_id).values()} == {0}
    deployment.clock.advance(timedelta(days=3))
    assert tick_now(deployment).resumed == 0, "time mends no token"
    assert len(deployment.channel.calls) == 1
    assert used(deployment) == 0

    for campaign_id in (first, other):
        act(deployment, campaign_id, Action.RESUME)
        assert batch(deployment, campaign_id).completed
        assert_adds_up(deployment, campaign_id, 6)


@pytest.mark.parametrize("kind", [K.CAMPAIGN_ERROR, K.SENDER_ERROR, K.THROTTLED])
def test_recipients_that_always_stop_everybody_do_not_bar_the_way_of_the_others(
    deployment: Services, kind: OutcomeKind
) -> None:
    """Somebody's own picture can't be used, say, and Meta's answer blames the template."""
    stubborn = PEOPLE[:3]
    campaign_id = running(deployment, PEOPLE)
    deployment.channel.answer = lambda message: refusal(kind) if message.to in stubborn else None

    for _ in range(9):
        batch(deployment, campaign_id)
        deployment.clock.advance(timedelta(minutes=1))
        if deployment.campaigns.get(campaign_id).status is C.PAUSED:
            act(deployment, campaign_id, Action.RESUME)

    assert states(deployment, campaign_id) == {S.SENT: len(PEOPLE) - 3, S.PENDING: 3}
    everyone = everybody(deployment, campaign_id)
    assert {(everyone[p].attempts, everyone[p].error_code) for p in stubborn} == {(0, "4711")}


def test_an_error_of_the_account_that_is_still_there_stops_the_sender_again(
    deployment: Services,
) -> None:
    campaign_id = running(deployment, PEOPLE)
    deployment.channel.answer = always(refusal(K.SENDER_ERROR, code="190"))
    batch(deployment, campaign_id)

    act(deployment, campaign_id, Action.RESUME)
    assert not deployment.senders.get("default").halted
    assert batch(deployment, campaign_id).paused

    assert deployment.senders.get("default").halted
    assert len(deployment.channel.calls) == 2
    assert states(deployment, campaign_id) == {S.PENDING: len(PEOPLE)}
    assert used(deployment) == 0


def alike(code: str = "132000") -> Outcome:
    """A refusal that looks like one row's fault."""
    return refusal(K.REJECTED, code=code, shared_fault=True)


MANY = phones(20)


def test_ten_refused_alike_in_a_row_and_nobody_accepted_pause_the_campaign(
    deployment: Services,
) -> None:
    campaign_id = running(deployment, MANY)
    deployment.channel.answer = always(alike())

    result = batch(deployment, campaign_id)

    assert len(deployment.channel.calls) == 10
    assert result.pause_reason == (
        "10 recipients in a row were refused alike: That did not work. (code 132000)"
    )
    assert deployment.campaigns.get(campaign_id).pause_cause is PauseCause.CAMPAIGN_ERROR
    assert states(deployment, campaign_id) == {S.FAILED: 10, S.PENDING: 10}
    assert_adds_up(deployment, campaign_id, len(MANY))


@pytest.mark.parametrize(
    "first_ones",
    [
        pytest.param([alike()] * 9, id="nine are too few"),
        pytest.param([alike("132000"), alike("132012")] * 9, id="for two reasons"),
        pytest.param([None] + [alike()] * 19, id="somebody was accepted"),
        pytest.param([alike()] * 9 + [None] + [alike()] * 10, id="somebody was accepted meanwhile"),
        pytest.param([refusal(K.REJECTED)] * 20, id="each for its own fault"),
        pytest.param([alike()] * 9 + [refusal(K.REJECTED)] + [alike()] * 9, id="not in a row"),
    ],
)
def test_less_than_that_is_the_recipients_own_fault(
    deployment: Services, first_ones: list[Outcome | None]
) -> None:
    campaign_id = running(deployment, MANY)
    deployment.channel.answer = answers(*first_ones)

    result = batch(deployment, campaign_id)

    assert result.completed
    assert len(deployment.channel.calls) == len(MANY)
    refused = sum(outcome is not None for outcome in first_ones)
    assert states(deployment, campaign_id)[S.FAILED] == refused
    assert_adds_up(deployment, campaign_id, len(MANY))


def test_refusals_alike_are_counted_over_small_batches_too(deployment: Services) -> None:
    campaign_id = running(deployment, MANY, throttle=Throttle(batch_size=4))
    deployment.channel.answer = always(alike())

    for _ in range(2):
        assert not batch(deployment, campaign_id).paused
    result = batch(deployment, campaign_id)

    assert result.pause_reason == (
        "12 recipients were refused and nobody accepted. At last: That did not work. (code 132000)"
    )
    assert deployment.campaigns.get(campaign_id).pause_cause is PauseCause.CAMPAIGN_ERROR
    assert states(deployment, campaign_id) == {S.FAILED: 12, S.PENDING: 8}


@pytest.mark.parametrize(
    "first_ones",
    [
        pytest.param([None] + [alike()] * 19, id="somebody was accepted"),
        pytest.param([refusal(K.HELD)] + [alike()] * 19, id="somebody was accepted and is held"),
        pytest.param([alike("132000"), alike("132012")] * 10, id="for two reasons"),
    ],
)
def test_small_batches_of_recipients_at_fault_themselves_go_on(
    deployment: Services, first_ones: list[Outcome | None]
) -> None:
    campaign_id = running(deployment, MANY, throttle=Throttle(batch_size=4))
    deployment.channel.answer = answers(*first_ones)

    finish(deployment, campaign_id)

    assert len(deployment.channel.calls) == len(MANY)
    assert_adds_up(deployment, campaign_id, len(MANY))


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


def test_everybody_who_was_not_delivered_has_a_code_and_a_reason_in_words(
    deployment: Services,
) -> None:
    outcomes = {
        K.ACCEPTED: None,
        K.HELD: refusal(K.HELD),
        K.RETRY: refusal(K.RETRY),
        K.DEFER: refusal(K.DEFER),
        K.REJECTED: refusal(K.REJECTED),
        K.UNKNOWN: refusal(K.UNKNOWN),
    }
    optout = phones(1, first=500)
    deployment.channel.answer = answers(refusal(K.REJECTED, suppress=True))
    batch(deployment, running(deployment, optout))
    kinds = dict(zip(PEOPLE, outcomes, strict=False))
    people = [*kinds, *optout]
    campaign_id = running(deployment, people)
    deployment.channel.answer = lambda message: outcomes[kinds[message.to]]

    finish(deployment, campaign_id)

    assert_adds_up(deployment, campaign_id, len(people))
    assert states(deployment, campaign_id) == {
        S.SENT: 1,
        S.HELD: 1,
        S.FAILED: 3,
        S.UNCONFIRMED: 1,
        S.SKIPPED: 1,
    }
    for recipient in everybody(deployment, campaign_id).values():
        if recipient.status is S.SENT:
            assert recipient.error_code is recipient.error_message is None
        else:
            assert recipient.error_code
            assert " " in (recipient.error_message or ""), f"no words for {recipient.status}"


def test_the_hour_of_a_retry_is_kept_to_the_millisecond(deployment: Services) -> None:
    deployment.chance = FixedChance(1 / 3)
    campaign_id = running(deployment, [ONE])
    deployment.channel.answer = answers(refusal(K.RETRY))

    batch(deployment, campaign_id)

    assert only(deployment, campaign_id).due_at == datetime.fromisoformat(
        "2026-11-20T12:00:20.000+00:00"
    )


ENDS = {
    "accepted": (S.SENT, 1, None),
    "held": (S.HELD, 1, "HELD"),
    "message-paused": (S.HELD, 1, "PAUSED"),
    "undeliverable": (S.FAILED, 1, "131026"),
    "opted-out": (S.FAILED, 1, "131050"),
    "user-limit": (S.FAILED, 3, "131049"),
    "experiment": (S.FAILED, 1, "130472"),
    "parameter-mismatch": (S.FAILED, 1, "132000"),
    "throttled-once": (S.SENT, 1, None),
    "throttled-a-while": (S.SENT, 1, None),
    "unavailable-once": (S.SENT, 2, None),
    "pair-limit-once": (S.SENT, 2, None),
    "something-wrong": (S.UNCONFIRMED, 1, "131000"),
    "reply-lost": (S.UNCONFIRMED, 1, "REPLY_LOST"),
    "no-answer": (S.UNCONFIRMED, 1, "REPLY_LOST"),
    "unreadable": (S.UNCONFIRMED, 1, "REPLY_UNREADABLE"),
    "lost-before": (S.UNCONFIRMED, 1, "REPLY_LOST"),
    "bad-gateway": (S.UNCONFIRMED, 1, "HTTP_502"),
    "template-missing": (S.PENDING, 0, "132001"),
    "template-paused": (S.PENDING, 0, "132015"),
    "token-expired": (S.PENDING, 0, "190"),
    "account-locked": (S.PENDING, 0, "131031"),
}
"""How each scenario of the simulator ends: state, attempts, code."""

FOR_A_PERSON = ["template-missing", "template-paused", "token-expired", "account-locked"]
"""These pause the campaign for as long as they last."""


def test_every_scenario_in_one_campaign_over_real_http_ends_as_its_row_says(
    services: Services,
) -> None:
    people = {scenario.phone(7): scenario.name for scenario in SCENARIOS}
    services.clock = ManualClock()
    with Simulator(throttle_seconds=0.05) as meta:
        services.channel = WhatsAppChannel(meta.url, "v26.0", "1", TOKEN, read_timeout=0.3)
        campaign_id = running(services, list(people))

        send_and_resume_until_only_they_are_left(services, campaign_id)

        assert endings(services, campaign_id, people) == ENDS
        assert_adds_up(services, campaign_id, len(people))
        assert set(meta.accepted_per_phone().values()) == {1}
        may_have_gone_out = {S.SENT, S.HELD, S.UNCONFIRMED}
        accepted = {people[phone] for phone in meta.accepted_per_phone()}
        assert accepted <= {name for name, end in ENDS.items() if end[0] in may_have_gone_out}

        for name in FOR_A_PERSON:  # a person has put it right
            meta.script(BY_NAME[name].phone(7), ACCEPTED)
        if services.campaigns.get(campaign_id).status is C.PAUSED:
            act(services, campaign_id, Action.RESUME)
        finish(services, campaign_id)

        mended = dict.fromkeys(FOR_A_PERSON, (S.SENT, 1, None))
        assert endings(services, campaign_id, people) == ENDS | mended
        assert_adds_up(services, campaign_id, len(people))
        assert set(meta.accepted_per_phone().values()) == {1}


def send_and_resume_until_only_they_are_left(services: Services, campaign_id: str) -> None:
    """A person resumes whatever the reason, until nobody waits but those whom it does not help."""
    for _ in range(40):
        finish(services, campaign_id)
        everyone = everybody(services, campaign_id).values()
        waiting = [r for r in everyone if r.status is S.PENDING]
        if len(waiting) == len(FOR_A_PERSON) and all(r.error_code for r in waiting):
            return
        services.clock.advance(timedelta(hours=5))
        act(services, campaign_id, Action.RESUME)
    raise AssertionError("the campaign does not come to rest")


def endings(
    services: Services, campaign_id: str, people: dict[str, str]
) -> dict[str, tuple[RecipientStatus, int, str | None]]:
    """State, attempts and code by the name of the scenario."""
    return {
        people[r.phone]: (r.status, r.attempts, r.error_code)
        for r in everybody(services, campaign_id).values()
    }
