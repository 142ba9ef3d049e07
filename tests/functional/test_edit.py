"""Changing a draft, and making a new one of a campaign, over the API's handler."""

import json
from typing import Any

import pytest

from functions.wiring import Services
from shared.domain.sender import Sender
from tests.support.api_calls import JSON, Reply, create, gateway_event, get, invoke, post, upload

FULL = {
    "templateLanguage": "pt_BR",
    "templateParams": {
        "header": "Hi {{name}}",
        "body": ["{{name}}", "10"],
        "buttons": [{"index": 0, "subType": "url", "text": "x"}],
    },
    "throttle": {"messagesPerSecond": 5, "batchSize": 100},
    "retry": {"maxAttempts": 2, "baseDelaySeconds": 10, "maxDelaySeconds": 60},
    "onUnconfirmed": "resend",
    "dailyCap": 50,
    "autoResume": True,
}


BATCH = {
    "workers": 1,
    "mode": "batch",
    "messagesPerSecond": 5,
    "batchSize": 25,
    "batchDelaySeconds": 60,
}


def patch(path: str, value: Any) -> Reply:
    body = json.dumps(value).encode()
    return invoke(gateway_event("PATCH", path, body=body, content_type=JSON))


def settings(path: str) -> dict[str, Any]:
    """What a person decided about a campaign, as it is answered."""
    campaign = get(path).body["campaign"]
    names = (
        "name templateName templateLanguage templateParams throttle retry onUnconfirmed dailyCap "
        "autoResume senderId"
    )
    return {name: campaign[name] for name in names.split()}


def lines(path: str, what: str) -> list[dict[str, Any]]:
    return [e for e in get(f"{path}/events").body["events"] if e["what"] == what]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"name": "  Summer "}, {"name": "Summer"}),
        ({"templateName": "summer", "templateLanguage": "es"},
         {"templateName": "summer", "templateLanguage": "es"}),
        ({"templateParams": {"body": {"city": "{{city}}"}}},
         {"templateParams": {"header": None, "body": {"city": "{{city}}"}, "buttons": []}}),
        ({"templateParams": None}, {"templateParams": {"header": None, "body": [], "buttons": []}}),
        ({"throttle": {"batchSize": 7}},
         {"throttle": BATCH | {"batchSize": 7}}),
        ({"throttle": {"batchSize": None}},
         {"throttle": BATCH}),
        ({"throttle": {"messagesPerMinute": 30}},
         {"throttle": BATCH | {"messagesPerSecond": 0.5, "batchSize": 100}}),
        ({"throttle": {"mode": "continuous", "batchSize": None}},
         {"throttle": BATCH | {"mode": "continuous"}}),
        ({"retry": {"maxAttempts": 9}},
         {"retry": {"maxAttempts": 9, "baseDelaySeconds": 10, "maxDelaySeconds": 60}}),
        ({"retry": None},
         {"retry": {"maxAttempts": 3, "baseDelaySeconds": 30, "maxDelaySeconds": 3600}}),
        ({"onUnconfirmed": None, "dailyCap": None}, {"onUnconfirmed": "hold", "dailyCap": None}),
        ({"autoResume": False}, {"autoResume": False}),
        ({"autoResume": None}, {"autoResume": False}),
        ({"dailyCap": 8, "channel": "WHATSAPP", "audienceType": "CSV"}, {"dailyCap": 8}),
        ({"templateLanguage": None, "senderId": None},
         {"templateLanguage": "en_US", "senderId": "default"}),
        ({}, {}),
    ],
)  # fmt: skip
def test_what_is_named_changes_and_the_rest_stays(
    api: Services, change: dict[str, Any], expected: dict[str, Any]
) -> None:
    path = create(**FULL)
    before = settings(path)

    reply = patch(path, change)

    assert reply.status == 200, reply.body
    assert settings(path) == before | expected
    assert {name: reply.body["campaign"][name] for name in before} == before | expected
    changed = lines(path, "CHANGED")
    assert [line["details"]["changed"] for line in changed] == (
        [", ".join(sorted(change))] if expected else []
    )


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": None}, "name"),
        ({"templateName": None}, "templateName"),
        ({"name": "  "}, "name"),
        ({"channel": None}, "channel"),
        ({"throttle": {"batchSize": 0}}, "throttle.batchSize"),
        ({"retry": {"baseDelaySeconds": 61}}, "retry"),  # more than the 60 that stay
        ({"status": "RUNNING"}, "status"),
        ({"totalRecipients": 1}, "totalRecipients"),
        ({"senderId": "x"}, "senderId"),
        ({"dailyCap": "5"}, "dailyCap"),
    ],
)
def test_a_change_that_can_not_be_is_refused_whole(
    api: Services, change: dict[str, Any], field: str
) -> None:
    path = create(**FULL)
    before = settings(path)

    reply = patch(path, {"onUnconfirmed": "hold"} | change)

    assert (reply.status, reply.code) == (400, "VALIDATION_FAILED")
    assert reply.body["error"]["details"][0]["field"] == field
    assert settings(path) == before


def test_every_setting_of_a_new_campaign_can_be_changed() -> None:
    from dataclasses import fields

    from shared.http.edit_models import ChangeCampaign, _form
    from shared.http.models import CreateCampaign
    from shared.usecases.create_campaign import Draft

    assert ChangeCampaign.model_fields.keys() == CreateCampaign.model_fields.keys()
    everything = CreateCampaign.model_validate(
        FULL
        | {
            "name": "n",
            "templateName": "t",
            "channel": "WHATSAPP",
            "audienceType": "CSV",
            "senderId": "default",
        }
    ).draft()
    assert all(getattr(everything, each.name) != each.default for each in fields(Draft))
    assert CreateCampaign.model_validate(_form(everything)).draft() == everything


def test_only_a_draft_can_be_changed(api: Services) -> None:
    path = create()
    upload(path + "/populate", b"+12015550100\n")
    post(path + "/control", {"action": "start"})

    reply = patch(path, {"name": "Other"})

    assert (reply.status, reply.code) == (409, "CAMPAIGN_NOT_DRAFT")
    assert "duplicate" in reply.words


def test_texts_that_were_rendered_for_people_stay(api: Services) -> None:
    path = create(templateParams={"body": ["{{name}}"]})
    upload(path + "/populate", b"phone,name\n+12015550100,Ana\n")
    before = settings(path)

    for change in ({"templateName": "other"}, {"templateParams": None}):
        assert patch(path, {"name": "Other"} | change).code == "TEXTS_FROZEN"
    assert settings(path) == before
    assert patch(path, {"name": "Other", "dailyCap": 5}).status == 200


def test_a_start_that_comes_first_wins(api: Services) -> None:
    """Between reading and writing the campaign leaves DRAFT."""
    from dataclasses import replace

    from shared.domain.campaign import Event
    from shared.domain.errors import CampaignNotDraftError
    from tests.support.campaigns import TESTER

    path = create()
    before = api.campaigns.get(path.rpartition("/")[2])
    upload(path + "/populate", b"+12015550100\n")
    post(path + "/control", {"action": "start"})

    event = Event(before.campaign_id, api.clock.now(), "CHANGED", TESTER)
    with pytest.raises(CampaignNotDraftError):
        api.drafts.change(before, replace(before, name="Other"), event)


def test_two_changes_of_different_settings_do_not_undo_each_other(api: Services) -> None:
    from dataclasses import replace

    from shared.domain.campaign import Event
    from tests.support.campaigns import TESTER

    path = create()
    seen_by_both = api.campaigns.get(path.rpartition("/")[2])
    event = Event(seen_by_both.campaign_id, api.clock.now(), "CHANGED", TESTER)

    api.drafts.change(seen_by_both, replace(seen_by_both, name="Other"), event)
    api.drafts.change(seen_by_both, replace(seen_by_both, daily_cap=9), event)

    after = settings(path)
    assert (after["name"], after["dailyCap"]) == ("Other", 9)


def test_a_duplicate_has_the_settings_and_nobody_in_it(api: Services) -> None:
    path = create(**FULL)
    upload(path + "/populate", b"phone,name\n+12015550100,Ana\n")
    post(path + "/control", {"action": "start"})

    reply = post(path + "/duplicate", {})

    assert (reply.status, reply.body["status"]) == (201, "DRAFT")
    copy = f"/api/campaigns/{reply.body['campaignId']}"
    assert settings(copy) == settings(path) | {"name": "Spring (copy)"}
    assert get(copy).body["campaign"]["totalRecipients"] == 0
    assert lines(copy, "CREATED")[0]["details"] == {"copyOf": path.rpartition("/")[2]}
    named = post(path + "/duplicate", {"name": "Spring II"}).body["campaignId"]
    assert settings(f"/api/campaigns/{named}")["name"] == "Spring II"


def test_the_name_of_a_copy_is_never_too_long(api: Services) -> None:
    path = create(name="x" * 120)

    reply = post(path + "/duplicate", {})

    copy = f"/api/campaigns/{reply.body['campaignId']}"
    assert settings(copy)["name"] == "x" * 113 + " (copy)"


def test_a_campaign_whose_number_is_gone_can_not_be_duplicated(api: Services) -> None:
    sender_id = "snd_00000000-0000-0000-0000-00000000dead"
    sender = Sender(sender_id, phone_number_id="1234500")
    api.senders.add(sender)
    path = create(senderId=sender_id)
    api.senders.remove(sender)

    reply = post(path + "/duplicate", {})

    assert (reply.status, reply.code) == (404, "SENDER_NOT_FOUND")
    assert patch(path, {"name": "Other"}).status == 200  # nothing of that is its own affair
    assert patch(path, {"senderId": "default"}).status == 200
