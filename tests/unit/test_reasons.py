"""What codes mean, and who may be tried again."""

import re
from pathlib import Path

import pytest

from shared.channels.error_codes import ROWS
from shared.channels.meanings import meaning
from shared.domain.funnel import Funnel
from shared.domain.reasons import OWN_WORDS, Again
from shared.domain.recipient import RecipientStatus
from shared.domain.stats import Stats

PAGE = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()


@pytest.mark.parametrize(
    ("code", "again"),
    [
        ("131026", Again.FORCED),
        ("130472", Again.FORCED),
        ("131050", Again.NEVER),
        ("OPTED_OUT", Again.NEVER),
        ("CAMPAIGN_CANCELLED", Again.NEVER),
        ("131049", Again.YES),
        ("131016", Again.YES),
        ("132000", Again.YES),  # the template can be repaired
        ("190", Again.YES),
        ("UNREADABLE", Again.YES),
        ("HTTP_502", Again.YES),
        ("987654", Again.YES),
        ("", Again.YES),
        ("１３１０２６", Again.YES),
    ],
)
def test_who_may_be_tried_again(code: str, again: Again) -> None:
    assert meaning(code).again is again
    assert meaning(code).words


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row.code))
def test_every_code_of_the_table_has_its_words(row: object) -> None:
    assert meaning(str(row.code)).words == row.words  # type: ignore[attr-defined]


@pytest.mark.parametrize("code", sorted(OWN_WORDS))
def test_every_code_of_ours_is_explained_to_the_operator(code: str) -> None:
    rows = re.findall(r"^\|(.*?)\|", PAGE, re.M)
    assert any(f"`{code}`" in row for row in rows)


def test_rates_are_shares_of_the_step_before() -> None:
    counts = {
        RecipientStatus.SENT: 10,
        RecipientStatus.DELIVERED: 20,
        RecipientStatus.READ: 30,
        RecipientStatus.FAILED: 5,
        RecipientStatus.PENDING: 2,
    }

    funnel = Funnel.of(Stats(counts, replied=7))

    assert (funnel.sent, funnel.delivered, funnel.read, funnel.replied) == (60, 50, 30, 7)
    assert (funnel.delivery_rate, funnel.read_rate) == (83.33, 60.0)
    assert (funnel.reply_rate, funnel.failure_rate) == (14.0, 7.46)
    assert (funnel + funnel).total == 134
    assert Funnel().delivery_rate == Funnel().failure_rate == 0
