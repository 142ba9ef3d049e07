"""Progress, rates, reasons, retries, the overview: what the API says against what happened."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from functions.wiring import Services
from shared.domain.campaign import Action, Retry, Throttle
from shared.domain.outcome import Outcome, OutcomeKind
from shared.ports import Message
from tests.support.answers import always, refusal
from tests.support.api_calls import get
from tests.support.campaigns import act, batch, new_campaign, phones, running
from tests.support.edges import ManualClock, RecordingChannel

MINUTE = timedelta(minutes=1)


@pytest.fixture
def clockwork(fresh_api: Services) -> Services:
    """The services behind the API's handler; clock and provider are in the test's hand."""
    fresh_api.clock = ManualClock()
    fresh_api.channel = RecordingChannel(fresh_api.clock)
    return fresh_api


def path(campaign_id: str) -> str:
    return f"/api/campaigns/{campaign_id}"


def ask(campaign_id: str, what: str, **query: str) -> dict[str, Any]:
    reply = get(f"{path(campaign_id)}/{what}", **query)
    assert reply.status == 200, reply.body
    assert reply.body["campaignId"] == campaign_id
    return dict(reply.body)


def mixed_answers(message: Message) -> Outcome | None:
    """By the last digit: 0 refused, 1 no marketing, 2 lost, 3 held, 4 later, else accepted."""
    match message.to[-1]:
        case "0":
            return refusal(OutcomeKind.REJECTED, "131026")
        case "1":
            return refusal(OutcomeKind.REJECTED, "131050", suppress=True)
        case "2":
            return refusal(OutcomeKind.UNKNOWN, "REPLY_LOST")
        case "3":
            return refusal(OutcomeKind.HELD, "HELD")
        case "4":
            return refusal(OutcomeKind.RETRY, "131016")
    return None


@pytest.fixture
def mixed(clockwork: Services) -> str:
    """A campaign of forty in whose second minute everything has happened that can."""
    clockwork.channel.answer = mixed_answers
    campaign_id = running(clockwork, phones(40), retry=Retry(2, 30.0, 60.0))
    batch(clockwork, campaign_id)
    clockwork.clock.advance(MINUTE)
    batch(clockwork, campaign_id)
    return campaign_id


def test_counts_and_rates_are_those_of_the_recipients(clockwork: Services, mixed: str) -> None:
    stats = ask(mixed, "stats")["stats"]

    people = get(f"{path(mixed)}/recipients", limit="100").body["recipients"]
    states = Counter(person["status"] for person in people)
    assert stats["total"] == 40
    for name in ("pending", "sending", "held", "sent", "failed", "skipped", "unconfirmed"):
        assert stats[name] == states[name.upper()], name
    assert stats["failed"] > 8
    assert stats["failureRate"] == round(stats["failed"] * 100 / 40, 2)
    assert [stats[rate] for rate in ("deliveryRate", "readRate", "replyRate")] == [0, 0, 0]


def test_reasons_have_counts_words_and_say_who_can_be_tried_again(
    clockwork: Services, mixed: str
) -> None:
    groups = {(e["status"], e["code"]): e for e in ask(mixed, "errors")["errors"]}

    assert {key: group["count"] for key, group in groups.items()} == {
        ("FAILED", "131026"): 4,
        ("FAILED", "131050"): 4,
        ("FAILED", "131016"): groups["FAILED", "131016"]["count"],
        ("UNCONFIRMED", "REPLY_LOST"): 4,
        ("HELD", "HELD"): 4,
    }
    assert {key for key, group in groups.items() if group["retryable"]} == {("FAILED", "131016")}
    assert {key for key, group in groups.items() if group["forcible"]} == {("FAILED", "131026")}
    assert "check the number" in groups["FAILED", "131026"]["words"]
    assert "accept it, or send it again" in groups["UNCONFIRMED", "REPLY_LOST"]["words"]
    counts = [e["count"] for e in ask(mixed, "errors")["errors"]]
    assert counts == sorted(counts, reverse=True)


def test_who_waited_when_it_was_cancelled_is_among_the_reasons(clockwork: Services) -> None:
    campaign_id = running(clockwork, phones(3))
    assert ask(campaign_id, "errors")["errors"] == []

    act(clockwork, campaign_id, Action.CANCEL)

    (group,) = ask(campaign_id, "errors")["errors"]
    assert (group["status"], group["code"], group["count"]) == ("PENDING", "CAMPAIGN_CANCELLED", 3)
    assert group["retryable"] is False


def test_further_attempts_are_counted_from_queue_to_end(clockwork: Services) -> None:
    clockwork.channel.answer = always(refusal(OutcomeKind.RETRY, "131016"))
    campaign_id = running(clockwork, phones(3), retry=Retry(2, 30.0, 60.0))

    batch(clockwork, campaign_id)
    waiting = ask(campaign_id, "retry-stats")
    clockwork.clock.advance(MINUTE)
    batch(clockwork, campaign_id)
    ended = ask(campaign_id, "retry-stats")

    names = ("waiting", "scheduled", "started", "succeeded", "failed")
    assert [waiting[name] for name in names] == [3, 3, 0, 0, 0]
    assert [ended[name] for name in names] == [0, 3, 3, 0, 3]


def test_progress_of_a_running_campaign(clockwork: Services) -> None:
    campaign_id = running(clockwork, phones(60))
    before = ask(campaign_id, "progress")
    batch(clockwork, campaign_id)
    clockwork.clock.advance(MINUTE)

    after = ask(campaign_id, "progress")

    assert (before["percent"], before["processed"], before["pending"]) == (0, 0, 60)
    assert (before["ratePerMinute"], before["estimatedMinutes"]) == (0, 3)
    assert before["nextRunAt"] == "2026-11-20T12:01:00.000Z"
    assert (after["percent"], after["processed"], after["pending"]) == (41.6, 25, 35)
    assert (after["ratePerMinute"], after["estimatedMinutes"]) == (25, 2)
    assert after["estimatedEnd"] == "2026-11-20T12:02:24.000Z"
    assert after["waitsFor"] is None
    assert (after["cap"]["used"], after["cap"]["limit"]) == (25, 200)
    assert after["cap"]["resetsAt"] == "2026-11-21T13:05:00.000Z"
    assert after["ownCap"] is None


def test_the_rate_is_that_of_the_last_five_minutes(clockwork: Services) -> None:
    campaign_id = running(clockwork, phones(60), throttle=Throttle(None, 10))
    batch(clockwork, campaign_id)
    clockwork.clock.advance(4 * MINUTE)
    batch(clockwork, campaign_id)

    rates = []
    for _ in range(7):
        rates.append(ask(campaign_id, "progress")["ratePerMinute"])
        clockwork.clock.advance(MINUTE)

    assert rates == [2.5, 4, 2, 2, 2, 2, 0]  # of four whole minutes, then of five


def test_the_rate_reaches_over_the_hour(clockwork: Services) -> None:
    clockwork.clock.advance(timedelta(minutes=58))
    campaign_id = running(clockwork, phones(60), throttle=Throttle(None, 10))
    for _ in range(4):
        batch(clockwork, campaign_id)
        clockwork.clock.advance(MINUTE)

    assert ask(campaign_id, "progress")["ratePerMinute"] == 10
    series = ask(campaign_id, "stats", hours="1")["perMinute"]
    assert [(each["minute"][11:16], each["messages"]) for each in series] == [
        ("12:58", 10),
        ("12:59", 10),
        ("13:00", 10),
        ("13:01", 10),
    ]
    clockwork.clock.advance(timedelta(minutes=57))
    series = ask(campaign_id, "stats", hours="1")["perMinute"]
    assert [each["minute"][11:16] for each in series] == ["13:00", "13:01"]
    assert ask(campaign_id, "stats")["perMinute"] is None


def test_a_campaign_at_its_cap_says_when_it_goes_on_and_ends(clockwork: Services) -> None:
    people = phones(450)
    campaign_id = running(clockwork, people, throttle=Throttle(None, 300))
    batch(clockwork, campaign_id)

    progress = ask(campaign_id, "progress")

    assert progress["status"] == "PAUSED"
    assert (progress["cap"]["used"], progress["processed"]) == (200, 200)
    assert progress["nextRunAt"] == "2026-11-21T13:06:00.000Z"  # the first tick after 13:05
    assert progress["estimatedEnd"] == "2026-11-22T14:05:10.000Z"
    assert progress["waitsFor"] is None


def test_its_own_cap_is_shown_and_counts(clockwork: Services) -> None:
    campaign_id = running(clockwork, phones(100), daily_cap=30)
    batch(clockwork, campaign_id)

    progress = ask(campaign_id, "progress")

    assert progress["ownCap"] == {"used": 25, "limit": 30}
    assert progress["estimatedEnd"] == "2026-11-23T00:00:24.000Z"  # 5 today, 30, 30, 10


@pytest.mark.parametrize(
    ("actions", "words"),
    [
        ([], "not started"),
        ([Action.START, Action.PAUSE], "paused"),
        ([Action.START, Action.CANCEL], None),
    ],
)
def test_what_does_not_go_on_by_itself_has_no_end_but_says_why(
    clockwork: Services, actions: list[Action], words: str | None
) -> None:
    campaign_id = new_campaign(clockwork, phones(50))
    for action in actions:
        act(clockwork, campaign_id, action)

    progress = ask(campaign_id, "progress")

    assert (progress["estimatedEnd"], progress["nextRunAt"]) == (None, None)
    assert progress["estimatedMinutes"] == (2 if words else None)
    assert (words or "") in (progress["waitsFor"] or "")


def test_a_stopped_sender_is_said(clockwork: Services) -> None:
    campaign_id = running(clockwork, phones(50))
    clockwork.senders.halt("default", clockwork.clock.now(), "Token expired.")

    assert ask(campaign_id, "progress")["waitsFor"] == "Token expired."


def test_a_sender_that_is_silent_for_a_while_is_waited_for(clockwork: Services) -> None:
    campaign_id = running(clockwork, phones(50))
    clockwork.senders.stop("default", clockwork.clock.now() + 10 * MINUTE, "Too fast.")

    progress = ask(campaign_id, "progress")

    assert progress["estimatedEnd"] == "2026-11-20T12:12:00.000Z"
    assert progress["nextRunAt"] == "2026-11-20T12:11:00.000Z"


def test_a_campaign_of_batches_ends_after_its_next_batch(clockwork: Services) -> None:
    campaign_id = running(clockwork, phones(4))
    clockwork.clock.advance(MINUTE / 6)

    early = ask(campaign_id, "progress")
    clockwork.clock.advance(MINUTE / 2)
    late = ask(campaign_id, "progress")

    assert early["nextRunAt"] == "2026-11-20T12:01:00.000Z"
    assert early["estimatedEnd"] == late["estimatedEnd"] > early["nextRunAt"]


def test_who_waits_for_tomorrow_is_waited_for(clockwork: Services) -> None:
    clockwork.channel.answer = lambda message: (
        refusal(OutcomeKind.DEFER, "131049") if message.to == phones(1)[0] else None
    )
    campaign_id = running(clockwork, phones(30))
    batch(clockwork, campaign_id)

    progress = ask(campaign_id, "progress")

    assert progress["nextRunAt"] == "2026-11-20T12:01:00.000Z"
    assert progress["estimatedEnd"] > "2026-11-21T12:00"


def test_progress_of_what_is_over(clockwork: Services) -> None:
    campaign_id = running(clockwork, phones(3))
    batch(clockwork, campaign_id)

    progress = ask(campaign_id, "progress")

    assert (progress["status"], progress["percent"]) == ("COMPLETED", 100)
    assert (progress["estimatedEnd"], progress["waitsFor"]) == (None, None)


def test_the_overview_is_the_sum_of_the_campaigns(clockwork: Services, mixed: str) -> None:
    clockwork.clock.advance(timedelta(days=1))
    clockwork.channel.answer = mixed_answers
    second = running(clockwork, phones(20, first=100))
    batch(clockwork, second)
    new_campaign(clockwork, phones(5, first=200))

    seen = get("/api/analytics/overview").body

    each = [ask(campaign_id, "stats")["stats"] for campaign_id in (mixed, second)]
    for name in ("sent", "failed", "held", "unconfirmed", "skipped"):
        assert seen["stats"][name] == sum(stats[name] for stats in each)
    assert seen["stats"]["total"] == 65
    assert {k: v for k, v in seen["campaigns"].items() if v} == {"RUNNING": 2, "DRAFT": 1}
    assert [(day["date"], day["campaigns"]) for day in seen["days"]] == [
        ("2026-11-20", 1),
        ("2026-11-21", 1),
    ]
    assert seen["days"][1]["stats"] == each[1]
    assert {e["code"]: e["count"] for e in seen["errors"]}["131026"] == 6
    assert seen["truncated"] is False
    assert get("/api/analytics/overview", days="1").body["stats"]["total"] == 25
    assert get("/api/analytics/overview", days="2").body["stats"]["total"] == 65


def test_an_overview_of_too_many_says_so(
    clockwork: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    from shared.usecases import analyse

    for number in range(4):
        new_campaign(clockwork, phones(1, first=number))
    monkeypatch.setattr(analyse, "MOST_CAMPAIGNS", 3)
    monkeypatch.setattr(analyse, "_PAGE", 2)

    seen = get("/api/analytics/overview").body

    assert (seen["truncated"], seen["stats"]["total"]) == (True, 3)
    assert get("/api/analytics/overview", days="1").body["truncated"] is True


@pytest.mark.parametrize(("query"), [{"days": "0"}, {"days": "367"}, {"days": "x"}, {"day": "1"}])
def test_days_that_can_not_be_are_refused(api: Services, query: dict[str, str]) -> None:
    assert get("/api/analytics/overview", **query).code == "VALIDATION_FAILED"
    campaign = "/api/campaigns/cmp_1/stats"
    assert get(campaign, **{n.replace("day", "hour"): v for n, v in query.items()}).status == 400
