"""Conditional writes whose mistakes no run of the system would show for a long time."""

from datetime import UTC, date, datetime, timedelta

from shared.domain.access import DEFAULT_TENANT, SYSTEM
from shared.domain.boundary import Boundary, Claim, Lease, Settlement
from shared.domain.campaign import Action, Event
from shared.domain.quota import Reservation
from shared.domain.recipient import Recipient, RecipientStatus
from shared.dynamo import campaign_writes, quota
from shared.dynamo.keys import Keys

KEYS = Keys(DEFAULT_TENANT)
NOW = datetime(2026, 11, 21, 0, 1, tzinfo=UTC)
YESTERDAY, TODAY = date(2026, 11, 20), date(2026, 11, 21)


def test_units_that_return_to_yesterday_are_not_asked_whether_there_is_room() -> None:
    claim = Claim(Recipient("cmp_1", "15551234567"), "claim", charged=True, at=NOW)
    back = Settlement(claim, RecipientStatus.PENDING, due_at=NOW, gives_back=True)
    boundary = Boundary(
        "cmp_1",
        "default",
        Lease("worker", NOW, NOW + timedelta(minutes=1)),
        NOW,
        settled=(back,),
        claims=(claim,),
        reservation=Reservation(TODAY, 0, units=1, room=5),
        spent=Reservation(YESTERDAY, 23, units=1, room=5),
    )

    changes = {u["Key"]["PK"]["S"]: u for u in quota.sender_changes(KEYS, "whatsapp", boundary)}

    assert "ConditionExpression" in changes["DAILY_COUNTER#2026-11-21"]
    assert "ConditionExpression" not in changes["DAILY_COUNTER#2026-11-20"]


def test_a_group_of_open_conversations_asks_for_no_room_while_units_come_back() -> None:
    """Though the cap was lowered below what is used: nobody of the group takes a unit."""
    refused = Claim(Recipient("cmp_1", "15551234567"), "claim 1", charged=True, at=NOW)
    back = Settlement(refused, RecipientStatus.FAILED, gives_back=True)
    free = Claim(Recipient("cmp_1", "15551234568"), "claim 2", charged=False, at=NOW)
    boundary = Boundary(
        "cmp_1",
        "default",
        Lease("worker", NOW, NOW + timedelta(minutes=1)),
        NOW,
        settled=(back,),
        claims=(free,),
        reservation=Reservation(TODAY, 0, units=0, room=-7),
        spent=Reservation(TODAY, 0, units=1, room=5),
    )

    (update,) = quota.sender_changes(KEYS, "whatsapp", boundary)

    assert update["ExpressionAttributeValues"][":net"] == {"N": "-1"}
    assert "ConditionExpression" not in update


def test_a_cancelled_campaign_no_longer_says_why_it_was_paused_and_leaves_the_tick() -> None:
    event = Event("cmp_1", NOW, "CANCELLED", SYSTEM)

    update = campaign_writes.control(KEYS, "cmp_1", Action.CANCEL, event, None)["UpdateExpression"]

    removed = update.split(" REMOVE ")[1]
    for name in ("pausedReason", "pauseCause", "resumeAt", "tickKind", "tickAt"):
        assert name in removed
