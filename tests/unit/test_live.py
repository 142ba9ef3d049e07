"""What is told, of what, and to whom; the page about it says the same."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.domain.access import SYSTEM, Actor
from shared.domain.campaign import Campaign, Event, What
from shared.domain.instants import to_text
from shared.domain.live import (
    LARGEST,
    MESSAGE_STATUS,
    MOST_CHANGES,
    Change,
    Connection,
    Line,
    LiveEvent,
    needs_attention,
    of_changes,
    of_counters,
    of_line,
    shown,
)
from shared.domain.recipient import RecipientStatus
from shared.domain.stats import Stats
from shared.dynamo.stream import news_of

NOW = datetime(2026, 11, 20, 9, 6, 12, 345000, tzinfo=UTC)
PERSON = Actor("8f3b", "agent")
PAGE = (Path(__file__).parents[2] / "docs" / "live.md").read_text()


def line(what: str, actor: Actor = SYSTEM, **details: str | int) -> Event:
    return Event("cmp_1", NOW, what, actor, "why", details, f"{to_text(NOW)}#5303b2b3")


def change(number: int, **more: Any) -> Change:
    at = NOW + timedelta(milliseconds=number)
    return Change("acme", "cmp_1", f"{number:021}", at, f"1555{number:07}", "SENT", **more)


def test_the_page_has_every_kind_of_message_as_it_is_sent() -> None:
    stats = Stats({RecipientStatus.PENDING: 4, RecipientStatus.SENT: 44}, replied=2)
    campaign = Campaign("cmp_1", "n", "t", "en_US", NOW)
    paused, attention = of_line(Line("acme", line(What.PAUSED, cause="SENDER_STOPPED")))
    (told,) = of_changes([change(1, message_id="wamid.1"), change(2, code="1", message="no")])
    real = {
        each["type"]: each
        for each in (
            paused.body(),
            attention.body(),
            of_counters("acme", "cmp_1", stats, NOW, "77b0a1c2").body(),
            told.body(),
        )
    }
    snapshot = {"campaigns": [shown(campaign, stats)], "events": [], "complete": True}
    examples = [json.loads(each) for each in re.findall(r"^```json\n(.*?)^```$", PAGE, re.M | re.S)]

    events = {each["type"]: each for each in examples if "id" in each}
    assert events.keys() == real.keys()
    for kind, example in events.items():
        assert example.keys() == real[kind].keys()
        assert example["data"].keys() == real[kind]["data"].keys()
        assert real[kind]["id"].startswith(real[kind]["at"])
        assert example["id"].startswith(example["at"])
    names = {name for each in told.body()["data"]["changes"] for name in each}
    assert {name for each in events[MESSAGE_STATUS]["data"]["changes"] for name in each} == names
    (shown_there,) = [each["data"] for each in examples if each["type"] == "snapshot"]
    assert shown_there.keys() == snapshot.keys()
    assert shown_there["campaigns"][0].keys() == shown(campaign, stats).keys()


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (line(What.PAUSED, cause="SENDER_STOPPED"), True),
        (line(What.PAUSED, cause="DAILY_LIMIT", resumeAt=to_text(NOW)), False),
        (line(What.PAUSED, PERSON), False),
        (line(What.WORKER_LOST, inDoubt=3), True),
        (line(What.WRITTEN_OFF, count=3), True),
        (line(What.STARTED, PERSON), False),
        (line(What.COMPLETED), False),
    ],
)
def test_a_person_is_asked_for_where_nothing_goes_on_without(event: Event, expected: bool) -> None:
    kinds = [each.kind for each in of_line(Line("acme", event))]

    assert needs_attention(event) is expected
    assert kinds[0] == f"campaign.{event.what.lower()}"
    assert kinds[1:] == ["campaign.needs_attention"] * expected


def test_ids_sort_as_things_happened_and_come_again_alike() -> None:
    paused, attention = of_line(Line("acme", line(What.PAUSED)))
    later = of_counters("acme", "cmp_1", Stats(), NOW + timedelta(milliseconds=1), "00000000")

    assert paused.event_id < attention.event_id < later.event_id
    assert [each.body() for each in of_line(Line("acme", line(What.PAUSED)))] == [
        paused.body(),
        attention.body(),
    ]


def test_recipients_are_told_of_in_bundles_that_a_frame_holds() -> None:
    many = [change(n) for n in range(250)]
    wordy = [change(n, code="131000", message="é" * 9000) for n in range(20)]

    sizes = [len(event.data["changes"]) for event in of_changes(many)]
    bundles = list(of_changes(wordy))

    assert sizes == [MOST_CHANGES, MOST_CHANGES, 50]
    assert [c["phone"] for b in bundles for c in b.data["changes"]] == [w.phone for w in wordy]
    assert len(bundles) < 20
    for bundle in bundles:
        frame = json.dumps(bundle.body(), ensure_ascii=False).encode()
        assert len(frame) < 32 * 1024
        assert len(json.dumps(bundle.data["changes"])) < LARGEST + 1000


def test_campaigns_and_tenants_are_never_in_one_bundle() -> None:
    mixed = [
        Change(tenant, campaign, "1", NOW, "15550000001", "SENT")
        for tenant in ("acme", "default")
        for campaign in ("cmp_1", "cmp_2")
    ] * 2

    told = [(each.tenant_id, each.campaign_id) for each in of_changes(mixed)]

    assert sorted(told) == [(t, c) for t in ("acme", "default") for c in ("cmp_1", "cmp_2")]


def event(kind: str, campaign_id: str = "cmp_1") -> LiveEvent:
    return LiveEvent("id", kind, NOW, "acme", campaign_id, {})


@pytest.mark.parametrize(
    ("connection", "heard"),
    [
        (Connection("c"), set()),
        (Connection("c", everything=True), {("p", 1), ("p", 2)}),
        (Connection("c", campaigns={"cmp_1": False}), {("p", 1)}),
        (Connection("c", campaigns={"cmp_1": True}), {("p", 1), ("m", 1)}),
        (Connection("c", True, {"cmp_2": True}), {("p", 1), ("p", 2), ("m", 2)}),
    ],
)
def test_everybody_hears_what_they_asked_for(
    connection: Connection, heard: set[tuple[str, int]]
) -> None:
    kinds = {"p": "campaign.paused", "m": MESSAGE_STATUS}

    assert heard == {
        (short, n)
        for short, kind in kinds.items()
        for n in (1, 2)
        if connection.wants(event(kind, f"cmp_{n}"))
    }


def record(sort: str, new: Any, old: Any = None, name: str = "MODIFY") -> dict[str, Any]:
    image: dict[str, Any] = {
        "Keys": {"PK": {"S": "TENANT#acme#CAMPAIGN#cmp_1#3"}, "SK": {"S": sort}},
        "SequenceNumber": "7",
        "ApproximateCreationDateTime": NOW.timestamp(),
    }
    image |= {"NewImage": new} if new else {}
    image |= {"OldImage": old} if old else {}
    return {"eventName": name, "dynamodb": image}


def recipient(status: str, **more: str) -> dict[str, Any]:
    known = {"phone": "15550000001", "status": status, "updatedAt": to_text(NOW)}
    return {name: {"S": value} for name, value in (known | more).items()}


def test_a_recipient_is_told_of_when_the_state_changed() -> None:
    user = "USER#15550000001"
    records = [
        record(user, recipient("PENDING"), name="INSERT"),
        record(user, recipient("SENDING"), recipient("PENDING")),
        record(user, recipient("SENT", messageId="wamid.1"), recipient("SENDING")),
        record(user, recipient("SENT", sentAt="now"), recipient("SENT")),
        record(user, None, recipient("SENT"), name="REMOVE"),
    ]

    (told,) = news_of(records).changes

    assert told == Change("acme", "cmp_1", "7", NOW, "15550000001", "SENT", "wamid.1")


def test_a_record_that_can_not_be_read_takes_no_other_with_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    good = record("USER#15550000001", recipient("SENT"), recipient("SENDING"))
    poison = [
        {},
        {"dynamodb": None},
        {"eventName": "MODIFY", "dynamodb": {"Keys": {"PK": {"S": "x"}}}},
        record("USER#15550000001", {"status": {"N": "7"}}, recipient("SENT")),
        record("USER#15550000001", recipient("SENT", updatedAt="noon"), recipient("SENDING")),
        record("EVENT#2026#1", {"SK": {"S": "EVENT#2026#1"}}, name="INSERT"),
    ]

    news = news_of([*poison, good])

    assert len(news.changes) == 1
    assert len(caplog.records) == len(poison)
    assert {each.event for each in caplog.records} == {"live_unreadable"}
