"""A batch costs the same at the end of a campaign as at its beginning."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from functions.wiring import Services
from shared.domain.recipient import RecipientStatus
from tests.support.campaigns import batch, phones, running, states
from tests.support.executor import capped
from tests.support.processes import process

S = RecipientStatus


@dataclass
class Bill:
    """Calls of DynamoDB, items that its queries looked at, and bytes to it and back."""

    calls: int = 0
    looked_at: int = 0  # a filter hides the others from the answer, not from the bill
    sent: int = 0
    received: int = 0


@contextmanager
def billed(services: Services) -> Iterator[Bill]:
    """Counts what goes over the wire."""
    bill = Bill()

    def before(request: Any, **_: Any) -> None:
        bill.calls += 1
        bill.sent += len(request.body or b"")

    def after(http_response: Any, parsed: dict[str, Any], **_: Any) -> None:
        bill.received += len(http_response.content)
        bill.looked_at += parsed.get("ScannedCount", 0)

    events = services._dynamodb.meta.events
    handlers: list[tuple[str, Callable[..., None]]] = [
        ("before-send.dynamodb", before),
        ("after-call.dynamodb", after),
    ]
    for name, handler in handlers:
        events.register(name, handler)
    try:
        yield bill
    finally:
        for name, handler in handlers:
            events.unregister(name, handler)


def test_a_batch_costs_the_same_near_the_end_of_a_thousand_as_at_their_beginning(
    deployment: Services,
) -> None:
    roomy = capped(deployment, limit=100_000)
    fast = process(roomy, WHATSAPP_DAILY_LIMIT="100000", BATCH_SIZE="900", GROUP_SIZE="30")
    campaign_id = running(roomy, phones(1000))
    batch(roomy, campaign_id)  # the first one opens connections and counters

    with billed(roomy) as early:
        assert batch(roomy, campaign_id).tally.sent == 25
    assert batch(fast, campaign_id).tally.sent == 900
    with billed(roomy) as late:
        assert batch(roomy, campaign_id).tally.sent == 25

    assert states(roomy, campaign_id) == {S.SENT: 975, S.PENDING: 25}
    # One more, if the sender's pace was busy and thought to be idle.
    assert abs(early.calls - late.calls) <= 1
    assert late.calls <= 16
    assert early.looked_at == late.looked_at == 25 + 2, "the due, counters, schedule"
    assert late.sent == pytest.approx(early.sent, rel=0.05)
    assert late.received == pytest.approx(early.received, rel=0.05)
