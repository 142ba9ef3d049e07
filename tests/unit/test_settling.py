"""How a claim ends, for every kind of outcome. One decision, no clock, no store."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.boundary import Boundary, Claim, Lease
from shared.domain.campaign import Campaign, OnUnconfirmed, Retry
from shared.domain.outcome import Outcome, OutcomeKind
from shared.domain.recipient import Recipient, RecipientStatus
from shared.domain.settling import EVIDENCE_WAIT, RetryPolicy, settle

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
TOOK = {OutcomeKind.ACCEPTED, OutcomeKind.HELD}
COSTS_NO_ATTEMPT = {
    OutcomeKind.NOT_CALLED,
    OutcomeKind.THROTTLED,
    OutcomeKind.CAMPAIGN_ERROR,
    OutcomeKind.SENDER_ERROR,
}

kinds = st.sampled_from(list(OutcomeKind))
fractions = st.floats(0, 1, exclude_max=True)
policies = st.builds(
    RetryPolicy,
    max_attempts=st.integers(1, 10),
    base_delay_seconds=st.floats(0.1, 3600),
    max_delay_seconds=st.floats(0.1, 86_400),
    on_unconfirmed=st.sampled_from(list(OnUnconfirmed)),
)


def claim(attempts: int = 0, charged: bool = True) -> Claim:
    return Claim(Recipient("cmp_1", "15551234567", attempts=attempts), "claim-1", charged, NOW)


def policy(**changes: object) -> RetryPolicy:
    usual = {
        "max_attempts": 3,
        "base_delay_seconds": 30.0,
        "max_delay_seconds": 3600.0,
        "on_unconfirmed": OnUnconfirmed.HOLD,
    }
    return RetryPolicy(**{**usual, **changes})  # type: ignore[arg-type]


@given(kinds, policies, st.integers(0, 12), fractions)
def test_nobody_is_tried_again_who_may_have_got_it_unless_the_owner_wants_that(
    kind: OutcomeKind, rules: RetryPolicy, attempts: int, jitter: float
) -> None:
    settlement = settle(claim(attempts), Outcome(kind), rules, NOW, jitter)

    assert settlement.status is not RecipientStatus.SENDING, "a claim must end"
    if settlement.status is RecipientStatus.PENDING:
        assert kind not in TOOK
        assert settlement.due_at is not None, "without it nobody would ever look again"
        if kind is OutcomeKind.UNKNOWN:
            assert rules.on_unconfirmed is OnUnconfirmed.RESEND
    else:
        assert settlement.due_at is None, "only who waits is in the index"


@given(kinds, policies, st.integers(0, 12), fractions)
def test_a_unit_comes_back_if_and_only_if_surely_nothing_was_opened(
    kind: OutcomeKind, rules: RetryPolicy, attempts: int, jitter: float
) -> None:
    settlement = settle(claim(attempts), Outcome(kind), rules, NOW, jitter)

    assert settlement.gives_back == (kind not in TOOK | {OutcomeKind.UNKNOWN})
    assert settlement.opens_conversation == (kind in TOOK)


@given(kinds, policies, st.integers(0, 12), fractions)
def test_an_attempt_is_spent_by_every_answer_that_concerns_the_recipient(
    kind: OutcomeKind, rules: RetryPolicy, attempts: int, jitter: float
) -> None:
    settlement = settle(claim(attempts), Outcome(kind), rules, NOW, jitter)

    assert settlement.costs_attempt == (kind not in COSTS_NO_ATTEMPT)
    if not settlement.costs_attempt:
        assert settlement.status is RecipientStatus.PENDING
        assert settlement.due_at == NOW


@given(policies, st.integers(1, 10), fractions)
def test_a_delay_is_between_half_of_the_doubled_base_and_the_whole(
    rules: RetryPolicy, attempt: int, jitter: float
) -> None:
    whole = min(rules.max_delay_seconds, rules.base_delay_seconds * 2 ** (attempt - 1))

    delay = rules.delay(attempt, jitter).total_seconds()

    assert whole / 2 - 1e-6 <= delay <= whole + 1e-6


@pytest.mark.parametrize(
    ("attempt", "seconds"), [(1, 30), (2, 60), (3, 120), (7, 1920), (8, 3600), (9, 3600)]
)
def test_the_delay_doubles_up_to_its_maximum(attempt: int, seconds: int) -> None:
    assert policy().delay(attempt, 0.0) == timedelta(seconds=seconds / 2)


@pytest.mark.parametrize("kind", [OutcomeKind.RETRY, OutcomeKind.DEFER])
def test_the_last_attempt_fails_with_its_reason(kind: OutcomeKind) -> None:
    outcome = Outcome(kind, code="131016", message="Service unavailable.")

    before_last = settle(claim(attempts=1), outcome, policy(), NOW, 0.5)
    last = settle(claim(attempts=2), outcome, policy(), NOW, 0.5)

    assert before_last.status is RecipientStatus.PENDING
    assert last.status is RecipientStatus.FAILED
    assert (last.error_code, last.error_message) == ("131016", "Service unavailable.")


def test_a_retry_waits_for_what_the_provider_asks_if_that_is_longer() -> None:
    asked = Outcome(OutcomeKind.RETRY, delay_seconds=100)

    assert settle(claim(), asked, policy(), NOW, 0.0).due_at == NOW + timedelta(seconds=100)
    patient = policy(base_delay_seconds=1000.0)
    assert settle(claim(), asked, patient, NOW, 0.0).due_at == NOW + timedelta(seconds=500)


@given(fractions)
def test_a_deferred_recipient_waits_a_day_and_at_most_an_hour_more(jitter: float) -> None:
    due = settle(claim(), Outcome(OutcomeKind.DEFER), policy(), NOW, jitter).due_at

    assert due is not None
    assert timedelta(hours=24) <= due - NOW <= timedelta(hours=25)


def test_doubt_is_held_for_evidence_unless_the_owner_chose_to_resend() -> None:
    doubt = Outcome(OutcomeKind.UNKNOWN, code="REPLY_LOST", message="It may have gone out.")
    resend = policy(on_unconfirmed=OnUnconfirmed.RESEND)

    held = settle(claim(), doubt, policy(), NOW, 0.5)
    resent = settle(claim(), doubt, resend, NOW, 0.5)
    exhausted = settle(claim(attempts=2), doubt, resend, NOW, 0.5)

    assert (held.status, held.due_at) == (RecipientStatus.UNCONFIRMED, None)
    assert (resent.status, resent.due_at) == (RecipientStatus.PENDING, NOW + EVIDENCE_WAIT)
    assert exhausted.status is RecipientStatus.UNCONFIRMED
    assert held.error_code == "REPLY_LOST"


@pytest.mark.parametrize("suppress", [True, False])
def test_a_refusal_for_good_opts_the_person_out_if_it_says_so(suppress: bool) -> None:
    refusal = Outcome(OutcomeKind.REJECTED, code="131050", message="Opted out.", suppress=suppress)

    settlement = settle(claim(), refusal, policy(), NOW, 0.5)

    assert settlement.status is RecipientStatus.FAILED
    assert settlement.opts_out is suppress


@pytest.mark.parametrize("kind", sorted(TOOK))
def test_an_open_conversation_is_not_opened_again(kind: OutcomeKind) -> None:
    """Its 24 hours run from the first message; a later one must not prolong them."""
    settlement = settle(claim(charged=False), Outcome(kind), policy(), NOW, 0.5)

    assert not settlement.opens_conversation


def test_a_campaigns_own_retry_settings_go_before_the_deployments() -> None:
    campaign = Campaign("cmp_1", "n", "hello", "en", NOW, retry=Retry(5, 1.0, 2.0))
    plain = Campaign("cmp_2", "n", "hello", "en", NOW)

    assert RetryPolicy.of(campaign, 3).max_attempts == 5
    assert RetryPolicy.of(campaign, 3).delay(9, 0.0) == timedelta(seconds=1)
    assert RetryPolicy.of(plain, 3).max_attempts == 3


@given(st.lists(st.tuples(kinds, st.booleans()), max_size=30))
def test_whatever_is_settled_the_counters_stay_balanced(
    outcomes: list[tuple[OutcomeKind, bool]],
) -> None:
    settled = tuple(
        settle(claim(0, paid), Outcome(kind), policy(), NOW, 0.5) for kind, paid in outcomes
    )
    boundary = Boundary("cmp_1", "default", Lease("w", NOW, NOW), NOW, settled=settled)

    states = set(RecipientStatus)
    assert sum(delta for name, delta in boundary.deltas().items() if name in states) == 0
    assert boundary.returned_units == sum(
        paid and kind not in TOOK | {OutcomeKind.UNKNOWN} for kind, paid in outcomes
    )
    assert boundary.returned_claims >= boundary.returned_units


@pytest.mark.parametrize("kind", sorted(TOOK))
def test_what_was_taken_keeps_the_providers_message_id(kind: OutcomeKind) -> None:
    settlement = settle(claim(), Outcome(kind, message_id="wamid.1"), policy(), NOW, 0.5)

    assert settlement.message_id == "wamid.1"


@pytest.mark.parametrize(
    ("charged", "opens", "surely", "maybe"),
    [
        (True, True, True, False),
        (True, False, False, True),  # around the end of the last one: nobody can tell
        (False, False, False, False),  # inside an open one
    ],
)
def test_a_message_that_was_taken_opens_a_conversation_surely_or_perhaps(
    charged: bool, opens: bool, surely: bool, maybe: bool
) -> None:
    one = Claim(Recipient("cmp_1", "15551234567"), "claim-1", charged, NOW, opens)

    settlement = settle(one, Outcome(OutcomeKind.ACCEPTED, "wamid.1"), policy(), NOW, 0.5)

    assert (settlement.opens_conversation, settlement.may_open_conversation) == (surely, maybe)


def test_who_is_tried_again_by_a_person_has_another_round() -> None:
    policy = RetryPolicy(3, 30.0, 3600.0, OnUnconfirmed.HOLD)

    assert [attempt for attempt in range(1, 10) if policy.is_last(attempt)] == [3, 6, 9]
    assert RetryPolicy(1, 30.0, 3600.0, OnUnconfirmed.HOLD).is_last(4)
