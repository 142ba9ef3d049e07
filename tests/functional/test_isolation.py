"""Two businesses with the same people and the same names: each is alone in the world."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions.wiring import Services
from shared.domain.sender import Sender
from shared.usecases.execute_batch import execute_batch
from shared.usecases.tick import tick
from tests.support.api_calls import (
    JSON,
    MULTIPART,
    NEW,
    Reply,
    as_role,
    gateway_event,
    invoke,
    multipart,
)
from tests.support.caps import HandedOut
from tests.support.edges import ManualClock, RecordingChannel

PEOPLE = b"phone,name\n+1 201 555 0100,Ana\n+1 202 555 0101,Bruno\n"
SENDER = Sender("snd_" + "0" * 36, phone_number_id="1")
ACME, GLOBEX = as_role("org_admin", "acme"), as_role("org_admin", "globex")


@pytest.fixture
def businesses(tenants: Services) -> Services:
    """Both have a number to send from, under the same id even."""
    for name, number in (("acme", "1001"), ("globex", "1002")):
        senders = tenants.tenant(name).senders
        if senders.default() is None:
            senders.add(replace(SENDER, phone_number_id=number))
    return tenants


def ask(who: dict[str, str], method: str, path: str, value: Any = None, **query: str) -> Reply:
    body = None if value is None else json.dumps(value).encode()
    event = gateway_event(method, path, body=body, content_type=JSON, query=query, claims=who)
    return invoke(event)


def campaign(who: dict[str, str]) -> str:
    """A campaign with the two people; its path."""
    path = f"/api/campaigns/{ask(who, 'POST', '/api/campaigns/create', NEW).body['campaignId']}"
    event = gateway_event(
        "POST",
        f"{path}/populate",
        body=multipart(PEOPLE),
        content_type=MULTIPART,
        claims=who,
    )
    assert invoke(event).body["inserted"] == 2
    return path


def everything(who: dict[str, str], path: str) -> dict[str, Any]:
    """All that can be seen of a campaign."""
    return {
        "list": ask(who, "GET", "/api/campaigns").body,
        "campaign": ask(who, "GET", path).body,
        "recipients": ask(who, "GET", f"{path}/recipients").body,
        "quota": ask(who, "GET", "/api/quota").body,
    }


@pytest.mark.usefixtures("businesses")
def test_the_other_ones_campaign_is_as_unknown_as_one_that_never_was() -> None:
    mine, theirs = campaign(ACME), campaign(GLOBEX)
    before = everything(GLOBEX, theirs)
    never = "/api/campaigns/cmp_01a1f8d3-ea00-7a0c-a0cf-3b7500f8f331"

    for method, rest, value in [
        ("GET", "", None),
        ("GET", "/recipients", None),
        ("POST", "/control", {"action": "start"}),
        ("POST", "/control", {"action": "cancel"}),
        ("POST", "/execute-batch", None),
    ]:
        strange = ask(ACME, method, theirs + rest, value)
        unknown = ask(ACME, method, never + rest, value)
        assert strange.status == unknown.status == 404
        shown = json.dumps(strange.body).replace(theirs[-40:], never[-40:])
        assert shown == json.dumps(unknown.body)

    listed = ask(ACME, "GET", "/api/campaigns").body["campaigns"]
    assert mine.endswith(listed[0]["campaignId"])
    assert not [each for each in listed if theirs.endswith(each["campaignId"])]
    assert everything(GLOBEX, theirs) == before


@pytest.mark.usefixtures("businesses")
def test_an_upload_to_the_other_ones_campaign_adds_nobody() -> None:
    theirs = campaign(GLOBEX)
    event = gateway_event(
        "POST",
        f"{theirs}/populate",
        body=multipart(b"phone\n+12035550199\n"),
        content_type=MULTIPART,
        claims=ACME,
    )

    assert invoke(event).status == 404
    assert ask(GLOBEX, "GET", theirs).body["campaign"]["totalRecipients"] == 2


@pytest.mark.usefixtures("businesses")
def test_a_page_of_the_other_ones_leads_nowhere() -> None:
    mine, theirs = campaign(ACME), campaign(GLOBEX)
    campaign(GLOBEX)
    of_campaigns = ask(GLOBEX, "GET", "/api/campaigns", limit="1").body["nextCursor"]
    of_people = ask(GLOBEX, "GET", f"{theirs}/recipients", limit="1").body["nextCursor"]

    campaigns = ask(ACME, "GET", "/api/campaigns", cursor=of_campaigns).body["campaigns"]
    people = ask(ACME, "GET", f"{mine}/recipients", cursor=of_people).body["recipients"]

    assert theirs[-40:] not in json.dumps(campaigns)
    assert all(
        ask(ACME, "GET", f"/api/campaigns/{c['campaignId']}").status == 200 for c in campaigns
    )
    assert [person["phone"] for person in people] == ["12025550101"]  # its own second page
    for cursor in ("x" * 40, of_campaigns[:-2] + "AA", of_people, "VEVOQU5UI2dsb2JleA"):
        assert ask(ACME, "GET", "/api/campaigns", cursor=cursor).status == 400


@pytest.mark.parametrize(
    "campaign_id",
    [
        "TENANT#globex#CAMPAIGN#cmp_1",
        "cmp_1#1",
        "cmp_*",
        "cmp_%2a",
        "../cmp_1",
        "..%2fcmp_1",
        "cmp_1/../../x",
        "\u0441mp_1",
        "cmp_\uff11",
        "CMP_1",
        "cmp_" + "1" * 65,
        "cmp_1\r\nX: y",
        "cmp_1\x00",
    ],
)
@pytest.mark.usefixtures("businesses")
def test_an_id_that_tries_tricks_is_only_not_found(campaign_id: str) -> None:
    reply = ask(ACME, "GET", f"/api/campaigns/{campaign_id}")

    assert reply.status == 404


def test_each_has_a_history_counters_and_conversations_of_its_own(
    deployment: Services,
) -> None:
    """The tick finds both, the same people are written to by both, and no cap is shared."""
    # given the same campaign of three tenants, started
    from shared.domain.campaign import Action
    from tests.support.campaigns import act, new_campaign, phones

    people, ids, channels = phones(3), {}, {}
    for name in ("default", "acme", "globex"):
        own = deployment.tenant(name)
        own.clock = deployment.clock
        channels[name] = RecordingChannel(own.clock)
        if name == "default":
            own.channel = channels[name]
        else:
            own.senders.add(replace(SENDER, phone_number_id=name))
            own._channels[SENDER.sender_id] = own.clock.now(), channels[name]
        ids[name] = new_campaign(own, people)
        act(own, ids[name], Action.START)

    # when the schedule hands them out and each is executed
    deployment.queue = HandedOut()
    assert tick(deployment, deployment.clock.now() + timedelta(minutes=1)).enqueued == 3
    for name, campaign_id in ids.items():
        own = deployment.tenant(name)
        execute_batch(own, campaign_id, own.clock.now() + timedelta(minutes=1))

    # then each has written to everybody, on its own account
    assert isinstance(deployment.clock, ManualClock)
    for name in ids:
        own = deployment.tenant(name)
        sender_id = "default" if name == "default" else SENDER.sender_id
        assert sorted(channels[name].phones) == people
        assert own.quota.day(sender_id, own.clock.now().date()).total == 3
        assert len(own.contacts.contacts(sender_id, people)) == 3
