"""From stored counters to what is known of a campaign."""

from shared.domain.recipient import RecipientStatus
from shared.domain.stats import Retries, Stats

R = RecipientStatus


def test_where_nothing_is_counted_there_is_nothing() -> None:
    assert Stats.of({}) == Stats()
    assert (Stats().total, Stats().progress) == (0, 0.0)


def test_every_counter_is_found_under_its_name_and_nothing_else_is_counted() -> None:
    stats = Stats.of(
        {
            **{"SENT": 3, "FAILED": 2, "SENDING": 0, "REPLIED": 1},
            **{"FAILED#131026": 2, "FAILED#131016": 0, "SENT#1": 3, "LATER": 9},
            **{"WAITING": 1, "RETRY_SCHEDULED": 5, "RETRY_STARTED": 4},
            **{"RETRY_SUCCEEDED": 3, "RETRY_FAILED": 2},
        }
    )

    assert stats.counts == {R.SENT: 3, R.FAILED: 2}
    assert stats.by_code == {(R.FAILED, "131026"): 2}
    assert stats.replied == 1
    assert stats.retries == Retries(waiting=1, scheduled=5, started=4, succeeded=3, failed=2)


def test_what_was_read_was_delivered_and_what_was_delivered_was_sent() -> None:
    stats = Stats({R.PENDING: 1, R.SENT: 1, R.DELIVERED: 2, R.READ: 4, R.HELD: 8})

    assert (stats.sent, stats.delivered, stats.open) == (7, 6, 1)
    assert stats.progress == 93.7, "15 of 16, rounded down"
