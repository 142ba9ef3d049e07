"""Who asked for no more messages gets none, under whatever spelling."""

import pytest

from functions.wiring import Services
from shared.domain.outcome import OutcomeKind
from shared.domain.recipient import RecipientStatus
from tests.support.answers import always, answers, only, refusal
from tests.support.campaigns import assert_adds_up, batch, everybody, phones, running, states

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
