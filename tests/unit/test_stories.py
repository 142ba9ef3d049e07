"""Stories of messages: what happens, and in which order it is heard of."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.channels.scenarios import SCENARIOS
from shared.channels.stories import (
    DELIVERED,
    READ,
    SENT,
    USUAL,
    Delivery,
    Planned,
    Story,
    plan,
)

SHARES = st.floats(0, 1)
DELIVERIES = st.builds(
    Delivery,
    delay=st.floats(0, 10),
    jitter=st.floats(0, 10),
    duplicates=SHARES,
    disorder=SHARES,
    unread=SHARES,
)


def rolls(value: float) -> object:
    return lambda _: value


@pytest.mark.parametrize(
    ("name", "value"),
    [("delay", -1), ("jitter", float("nan")), ("unread", 1.1), ("batch", 0), ("batch", 1001)],
)
def test_an_impossible_delivery_is_refused_by_name(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=name):
        Delivery(**{name: value})


@given(st.sampled_from([s.story for s in SCENARIOS]), DELIVERIES, st.randoms(use_true_random=False))
def test_every_update_of_a_story_leaves_once_or_twice_and_never_before_it_happened(
    story: Story, delivery: Delivery, random: object
) -> None:
    drawn: dict[str, float] = {}

    def dice(name: str) -> float:
        return drawn.setdefault(name, random.random())  # type: ignore[attr-defined]

    planned = plan(story, delivery, dice)

    assert plan(story, delivery, dice) == planned, "the same dice, the same plan"
    left = [step for step in story.steps if any(p.step is step for p in planned)]
    assert left == list(story.steps) or (story is USUAL and left == [SENT, DELIVERED])
    assert len(left) <= len(planned) <= 2 * len(left)
    assert all(p.leaves >= p.happens for p in planned)


def test_without_chance_updates_leave_in_their_order_a_delay_apart() -> None:
    planned = plan(USUAL, Delivery(delay=2, unread=0), rolls(0.5))

    assert planned == [Planned(SENT, 2, 2), Planned(DELIVERED, 4, 4), Planned(READ, 6, 6)]


def test_a_late_update_leaves_right_behind_the_next_one_and_keeps_its_own_time() -> None:
    story = Story((SENT, replace(DELIVERED, late=True), READ))

    planned = plan(story, Delivery(delay=2), rolls(0.5))

    assert [p.step.kind for p in planned] == ["sent", "read", "delivered"]
    assert [(p.happens, p.leaves) for p in planned] == [(2, 2), (6, 6), (4, 6)]


@pytest.mark.parametrize("without", [0, 1])
def test_only_a_usual_message_may_stay_unread(without: int) -> None:
    other = Story(USUAL.steps)

    usual = plan(USUAL, Delivery(unread=without), rolls(0.5))

    assert len(usual) == 3 - without
    assert len(plan(other, Delivery(unread=without), rolls(0.5))) == 3
