"""What a status tells of a recipient: any order, any number of times, one end."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.channels.error_codes import classify
from shared.domain.campaign import OnUnconfirmed
from shared.domain.evidence import Change, Rules, learn
from shared.domain.outcome import Outcome, OutcomeKind
from shared.domain.recipient import Attempt, Recipient, RecipientStatus
from shared.domain.settling import DEFER_WAIT, RetryPolicy
from shared.domain.stats import RETRY_FAILED, RETRY_SCHEDULED, RETRY_SUCCEEDED
from shared.domain.updates import Reference, StatusKind, StatusUpdate

R, K = RecipientStatus, StatusKind
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
CAMPAIGN, PHONE, CLAIM = "cmp_1", "15551234567", "claim-1"
CODES = (131026, 131049, 131016, 132015, 131031, 130429, 131000, 999)
RULES = Rules(RetryPolicy(3, 30, 3600, OnUnconfirmed.HOLD), True, NOW, 0.5)


def recipient(status: R = R.SENT, **known: object) -> Recipient:
    own = {"claim": CLAIM, "claimed_at": NOW, "attempts": 1, "message_id": "wamid.1"}
    if status is R.UNCONFIRMED:
        own |= {"message_id": None, "error_code": "REPLY_LOST"}
    if status in (R.SENT, R.HELD):
        own["sent_at"] = NOW
    return Recipient(CAMPAIGN, PHONE, status, **{**own, **known})  # type: ignore[arg-type]


def update(
    kind: K, seconds: int = 1, code: int | None = None, claim: str | None = CLAIM
) -> StatusUpdate:
    reference = Reference(CAMPAIGN, PHONE, claim) if claim else None
    return StatusUpdate(kind, at(seconds), "wamid.1", reference, code and failure(code))


def failure(code: int) -> Outcome:
    return classify(400, {"code": code, "message": "why"})


def at(seconds: int) -> datetime:
    return NOW + timedelta(seconds=seconds)


def told(person: Recipient, *updates: StatusUpdate, rules: Rules = RULES) -> Recipient:
    for each in updates:
        person = learn(person, each, rules)
    return person


shown = st.builds(
    update, st.sampled_from([K.SENT, K.DELIVERED, K.READ]), seconds=st.integers(1, 50)
)
failed = st.builds(
    lambda seconds, code: update(K.FAILED, seconds, code),
    st.integers(1, 50),
    st.sampled_from(CODES),
)


@st.composite
def orders(draw: st.DrawFn) -> tuple[list[StatusUpdate], list[StatusUpdate]]:
    """The same news of one message in two orders, with repetitions. A message fails once."""
    news = draw(st.lists(shown, max_size=5)) + draw(st.lists(failed, max_size=1))
    first = draw(st.permutations(news + draw(st.lists(st.sampled_from(news or [None])))))
    second = draw(st.permutations(news))
    return [n for n in first if n], [n for n in second if n]


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        (K.SENT, R.SKIPPED, "OPTED_OUT"),
        (K.FAILED, R.SKIPPED, "OPTED_OUT"),
        (K.DELIVERED, R.DELIVERED, None),
        (K.READ, R.READ, None),
    ],
)
def test_who_was_left_out_of_a_further_attempt_may_have_got_the_first(
    kind: K, status: R, code: str | None
) -> None:
    first = Attempt(1, CLAIM, NOW, R.FAILED, "wamid.1", "131026", "why")
    left_out = recipient(R.SKIPPED, error_code="OPTED_OUT", past=(first,))

    after = told(left_out, update(kind, code=131026 if kind is K.FAILED else None))

    assert (after.status, after.error_code) == (status, code)


@given(orders(), st.sampled_from([R.SENT, R.HELD, R.UNCONFIRMED]), st.booleans())
def test_no_order_and_no_repetition_makes_a_difference(
    both: tuple[list[StatusUpdate], list[StatusUpdate]], begin: R, goes_on: bool
) -> None:
    rules = replace(RULES, open_campaign=goes_on)
    one, other = (told(recipient(begin), *order, rules=rules) for order in both)

    if begin is R.UNCONFIRMED:  # which of two `sent` was first, nobody can tell
        one, other = replace(one, sent_at=None), replace(other, sent_at=None)
        one, other = (replace(each, past=_without_sent(each.past)) for each in (one, other))
    assert one == other


def _without_sent(past: tuple[Attempt, ...]) -> tuple[Attempt, ...]:
    return tuple(replace(attempt, sent_at=None) for attempt in past)


@given(orders(), st.sampled_from([R.SENT, R.HELD, R.UNCONFIRMED]))
def test_whoever_got_the_message_is_never_written_to_again(
    both: tuple[list[StatusUpdate], list[StatusUpdate]], begin: R
) -> None:
    news, _ = both
    after = told(recipient(begin), *news)

    if any(each.kind in (K.DELIVERED, K.READ) for each in news):
        assert after.status in (R.DELIVERED, R.READ)
        assert after.due_at is None
    if after.status is R.PENDING:
        assert any(each.kind is K.FAILED for each in news)


@given(orders(), st.sampled_from([R.SENT, R.HELD, R.UNCONFIRMED]))
def test_the_states_of_a_change_add_up(
    both: tuple[list[StatusUpdate], list[StatusUpdate]], begin: R
) -> None:
    before = recipient(begin)
    counters = Change(before, told(before, *both[0])).counters()

    assert sum(delta for name, delta in counters.items() if name in set(R)) == 0


@pytest.mark.parametrize(
    ("attempts", "news", "counted"),
    [
        (1, update(K.FAILED, 1, 131026), {}),
        (2, update(K.FAILED, 1, 131026), {RETRY_FAILED: 1}),
        (1, update(K.FAILED, 1, 131016), {RETRY_SCHEDULED: 1}),
        (2, update(K.READ), {RETRY_SUCCEEDED: 1}),
        (1, update(K.READ), {}),
    ],
)
def test_further_attempts_are_counted_by_what_becomes_of_them(
    attempts: int, news: StatusUpdate, counted: dict[str, int]
) -> None:
    before = recipient(R.UNCONFIRMED, attempts=attempts)
    counters = Change(before, told(before, news)).counters()

    assert {name: n for name, n in counters.items() if name.startswith("RETRY_")} == counted


def test_what_was_taken_already_does_not_succeed_once_more() -> None:
    sent = recipient(attempts=2)

    assert RETRY_SUCCEEDED not in Change(sent, told(sent, update(K.READ))).counters()


def test_every_instant_is_kept_and_the_state_is_the_highest() -> None:
    after = told(recipient(), update(K.READ, 9), update(K.DELIVERED, 5), update(K.DELIVERED, 4))

    assert (after.status, after.delivered_at, after.read_at) == (R.READ, at(4), at(9))
    assert after.updated_at == NOW


def test_news_that_tell_nothing_new_leave_the_very_same_recipient() -> None:
    read = told(recipient(), update(K.READ, 9), update(K.DELIVERED, 5))

    assert learn(read, update(K.DELIVERED, 5), RULES) is read
    assert learn(read, update(K.SENT, 1), RULES) is read


def test_a_failure_stays_beside_a_delivery_and_gives_way_to_one() -> None:
    news = update(K.DELIVERED, 3), update(K.FAILED, 5, 131026)
    for order in (news, reversed(news)):
        after = told(recipient(), *order)

        assert (after.status, after.failed_at, after.error_code) == (R.DELIVERED, at(5), "131026")


def test_a_late_131049_waits_for_24_hours_from_the_failure() -> None:
    after = told(recipient(), update(K.FAILED, -3600, 131049))

    assert after.status is R.PENDING
    assert after.due_at is not None
    assert after.due_at >= at(-3600) + DEFER_WAIT
    (attempt,) = after.past
    assert (attempt.number, attempt.claim, attempt.error_code) == (1, CLAIM, "131049")
    assert attempt.message_id == "wamid.1"


@pytest.mark.parametrize(
    ("code", "status"),
    [(131016, R.PENDING), (130429, R.PENDING), (131026, R.FAILED), (131000, R.FAILED)],
)
def test_the_error_table_decides_what_a_late_failure_means(code: int, status: R) -> None:
    assert told(recipient(), update(K.FAILED, 1, code)).status is status


def test_a_failure_without_a_reason_is_for_good() -> None:
    assert told(recipient(), update(K.FAILED)).status is R.FAILED


def test_what_meta_asks_to_wait_is_waited() -> None:
    asked = Outcome(OutcomeKind.RETRY, code="131016", delay_seconds=7200)

    after = told(recipient(), replace(update(K.FAILED), failure=asked))

    assert after.due_at is not None
    assert at(7200) <= after.due_at <= at(14400)


def test_the_last_attempt_fails_for_good_unless_it_is_not_the_persons_fault() -> None:
    last = recipient(attempts=3)

    assert told(last, update(K.FAILED, 1, 131016)).status is R.FAILED
    assert told(last, update(K.FAILED, 1, 132015)).status is R.PENDING


def test_in_a_campaign_that_has_ended_nobody_goes_back_into_the_queue() -> None:
    ended = replace(RULES, open_campaign=False)

    for code in CODES:
        assert told(recipient(), update(K.FAILED, 1, code), rules=ended).status is R.FAILED


def test_evidence_takes_somebody_who_waits_for_a_resend_out_of_the_queue() -> None:
    doubt = Attempt(1, CLAIM, NOW, R.UNCONFIRMED, error_code="REPLY_LOST")
    waits = recipient(R.PENDING, message_id=None, due_at=at(300), past=(doubt,))

    sent = told(waits, update(K.SENT))

    assert (sent.status, sent.due_at, sent.past, sent.message_id) == (R.SENT, None, (), "wamid.1")
    assert sent.sent_at == at(1)


def test_who_is_taken_out_of_the_queue_is_as_the_last_attempt_left_them() -> None:
    failed = Attempt(3, CLAIM, NOW, R.FAILED, "wamid.0", "131016", sent_at=NOW, failed_at=at(2))
    waits = recipient(R.PENDING, attempts=0, message_id=None, due_at=at(300), past=(failed,))

    read = told(waits, update(K.READ, 9))

    assert (read.status, read.attempts, read.message_id) == (R.READ, 3, "wamid.0")
    assert (read.sent_at, read.failed_at, read.error_code) == (NOW, at(2), "131016")


def test_who_waits_without_an_attempt_on_record_is_not_waiting_any_more_once_it_arrived() -> None:
    waits = recipient(R.PENDING, due_at=at(300), past=())

    assert told(waits, update(K.DELIVERED)).status is R.DELIVERED


def test_the_first_failure_is_the_one_that_is_kept() -> None:
    after = told(recipient(), update(K.FAILED, 2, 131026), update(K.FAILED, 5, 131050))

    assert (after.failed_at, after.error_code) == (at(2), "131026")


def test_what_is_known_to_have_failed_is_not_undone_by_a_late_sent() -> None:
    waits = told(recipient(), update(K.FAILED, 2, 131016))

    assert told(waits, update(K.SENT)) is waits
    doubtful = told(recipient(R.UNCONFIRMED), update(K.FAILED, 2, 131016))
    assert told(doubtful, update(K.SENT)) is doubtful
    assert told(waits, update(K.FAILED, 2, 131016)) is waits


def test_an_earlier_attempt_counts_only_if_it_reached_the_person() -> None:
    earlier = Attempt(1, "claim-0", NOW, R.FAILED, "wamid.0", "131016")
    again = recipient(attempts=2, past=(earlier,), status=R.FAILED, error_code="131026")

    assert told(again, update(K.SENT, claim="claim-0")) is again
    assert told(again, update(K.FAILED, 5, 131026, claim="claim-0")) is again
    assert told(again, update(K.DELIVERED, claim="claim-0")).status is R.DELIVERED


def test_nothing_is_concluded_from_a_phone_alone() -> None:
    person = recipient()

    assert told(person, update(K.READ, claim="somebody-elses")) is person
    other = replace(update(K.READ, claim=None), message_id="wamid.other")
    assert told(person, other) is person
    assert told(person, update(K.READ, claim=None)).status is R.READ, "by Meta's message id"


def test_who_is_being_sent_to_is_left_to_the_worker() -> None:
    sending = recipient(R.SENDING)

    assert told(sending, update(K.READ), update(K.FAILED, 2, 131026)) is sending


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1|cmp_1|15551234567",
        "2|cmp_1|15551234567|x",
        "1|cmp_1#0|15551234567|x",
        "1|cmp_1|1|x",
        "1|cmp_1|15551234567|",
        "1|cmp_1|15551234567|" + "x" * 65,
        "1|CMP_1|15551234567|x",
    ],
)
def test_a_reference_that_is_not_ours_is_none(text: str) -> None:
    assert Reference.parse(text) is None


def test_a_reference_comes_back_as_it_went() -> None:
    mine = Reference("cmp_01a1fb89-1c0d-7a55-a557-2e20495cbee1", PHONE, "9f3e-1")

    assert Reference.parse(str(mine)) == mine
