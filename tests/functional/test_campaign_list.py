"""The list of campaigns with what comes next: the same as each one's own progress, but cheaper."""

from typing import Any

import pytest

from functions.wiring import Services
from shared.domain.campaign import Action
from tests.support.api_calls import ADMIN, NEW, get, post
from tests.support.campaigns import act, batch, new_campaign, phones, running
from tests.support.edges import ManualClock, RecordingChannel

NEXT = ("nextRunAt", "estimatedEnd", "waitsFor")


@pytest.fixture
def clockwork(fresh_api: Services) -> Services:
    """The services behind the API's handler; clock and provider are in the test's hand."""
    fresh_api.clock = ManualClock()
    fresh_api.channel = RecordingChannel(fresh_api.clock)
    return fresh_api


def listed(**query: str) -> dict[str, Any]:
    reply = get("/api/campaigns", **query)
    assert reply.status == 200, reply.body
    return {one["campaignId"]: one for one in reply.body["campaigns"]}


def test_whoever_made_a_campaign_is_named(fresh_api: Services) -> None:
    made = post("/api/campaigns/create", NEW).body["campaignId"]

    assert listed()[made]["createdBy"] == ADMIN["sub"]


def test_what_comes_next_is_told_as_in_the_progress_of_each(clockwork: Services) -> None:
    goes_on = running(clockwork, phones(60))
    capped = running(clockwork, phones(60), daily_cap=10)
    batch(clockwork, capped)
    paused = running(clockwork, phones(5))
    act(clockwork, paused, Action.PAUSE)

    ahead = {key: one["forecast"] for key, one in listed(forecast="true").items()}

    for campaign_id in (goes_on, capped, paused):
        progress = get(f"/api/campaigns/{campaign_id}/progress").body
        assert ahead[campaign_id] == {name: progress[name] for name in NEXT}
    assert ahead[goes_on]["estimatedEnd"] < ahead[capped]["estimatedEnd"]
    assert ahead[paused]["waitsFor"]


def test_nothing_comes_next_of_what_was_not_started_or_is_over(clockwork: Services) -> None:
    draft = new_campaign(clockwork, phones(1))
    over = running(clockwork, phones(5))
    act(clockwork, over, Action.CANCEL)

    found = listed(forecast="true")

    assert (found[draft]["forecast"], found[over]["forecast"]) == (None, None)


def test_it_is_told_only_to_whoever_asks(clockwork: Services) -> None:
    campaign_id = running(clockwork, phones(5))

    assert listed()[campaign_id]["forecast"] is None


def test_a_sender_is_looked_at_once_for_all_of_its_campaigns(
    clockwork: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        running(clockwork, phones(2))
    days = []
    day = clockwork.quota.day
    monkeypatch.setattr(clockwork.quota, "day", lambda *of: days.append(of) or day(*of))

    listed(forecast="true")

    assert len(days) == 2  # today and yesterday
