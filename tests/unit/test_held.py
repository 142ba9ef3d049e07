"""When Meta holds so much that a campaign should not go on."""

import pytest

from shared.domain.held import taken, too_many_held
from shared.domain.recipient import RecipientStatus as S
from shared.domain.stats import Stats


def stats(held: int, sent: int = 0, delivered: int = 0, read: int = 0) -> Stats:
    counts = {S.HELD: held, S.SENT: sent, S.DELIVERED: delivered, S.READ: read}
    return Stats(counts | {S.PENDING: 1000, S.FAILED: 7})


@pytest.mark.parametrize(
    ("held", "sent", "seen", "stop"),
    [
        (9, 0, 0, False),  # few say nothing, even if they are all
        (10, 0, 0, True),
        (10, 30, 0, True),  # exactly a quarter
        (10, 31, 0, False),
        (250, 750, 0, True),
        (250, 751, 0, False),
        (19, 0, 10, False),  # a person has seen ten and went on
        (20, 0, 10, True),
        (20, 61, 10, False),
    ],
)
def test_a_campaign_stops_at_ten_held_that_are_a_quarter_and_news(
    held: int, sent: int, seen: int, stop: bool
) -> None:
    assert too_many_held(stats(held, sent), seen) is stop


def test_whoever_has_the_message_counts_as_taken() -> None:
    assert taken(stats(10, sent=5, delivered=6, read=7)) == 28
    assert not too_many_held(stats(10, sent=1, delivered=15, read=15))
