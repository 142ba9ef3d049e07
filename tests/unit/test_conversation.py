"""When a message is surely inside a conversation, and when it surely begins a new one."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.conversation import Contact

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
DAY, MARGIN = timedelta(hours=24), timedelta(minutes=5)
MOMENT = timedelta(seconds=1)


def test_who_was_never_written_to_has_no_conversation() -> None:
    nobody = Contact("15551234567")

    assert nobody.is_over(NOW)
    assert not nobody.is_open(NOW)


@pytest.mark.parametrize(
    ("ago", "is_open", "is_over"),
    [
        (timedelta(), True, False),
        (DAY - MARGIN - MOMENT, True, False),
        (DAY - MARGIN, False, False),  # from here on nobody can tell
        (DAY, False, False),
        (DAY + MARGIN - MOMENT, False, False),
        (DAY + MARGIN, False, True),
    ],
)
def test_around_its_end_a_conversation_is_neither_open_nor_over(
    ago: timedelta, is_open: bool, is_over: bool
) -> None:
    contact = Contact("15551234567", opened_at=NOW - ago)

    assert (contact.is_open(NOW), contact.is_over(NOW)) == (is_open, is_over)


def test_one_that_may_have_begun_gives_nothing_and_must_be_over_too() -> None:
    doubtful = Contact("15551234567", maybe_opened_at=NOW - timedelta(hours=1))
    both = Contact("15551234567", NOW - 2 * DAY, maybe_opened_at=NOW - timedelta(hours=1))

    for contact in (doubtful, both):
        assert not contact.is_open(NOW)
        assert not contact.is_over(NOW)
