"""Two businesses with the same people and the same names: each is alone in the world."""

import json
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
    operations,
)
from tests.support.caps import HandedOut
from tests.support.edges import ManualClock, RecordingChannel

PEOPLE = b"phone,name\n+1 201 555 0100,Ana\n+1 202 555 0101,Bruno\n"
SENDERS = {"default": "default", "acme": f"snd_{'a' * 36}", "globex": f"snd_{'b' * 36}"}
OWNERS = {name: as_role("org_admin", name) for name in SENDERS}
ACME, GLOBEX = OWNERS["acme"], OWNERS["globex"]

NEVER = {
    "campaign_id": "cmp_01a1f8d3-ea00-7a0c-a0cf-3b7500f8f331",
    "sender_id": "snd_01a1f8d3-ea00-7a0c-a0cf-3b7500f8f331",
    "erasure_id": "era_01a1f8d3-ea00-7a0c-a0cf-3b7500f8f331",
    "import_id": "imp_01a1f8d3-ea00-7a0c-a0cf-3b7500f8f331",
    "endpoint_id": "whk_01a1f8d3-ea00-7a0c-a0cf-3b7500f8f331",
}
"""Ids that could be somebody's, but are nobody's."""

GOOD = {
    "populateCampaign": (MULTIPART, multipart(b"phone\n+12035550199\n")),
    "sendTest": (JSON, b'{"phone": "+12035550199"}'),
    "makeImport": (JSON, b'{"size": 1000}'),
    "controlCampaign": (JSON, b'{"action": "start"}'),
    "changeCampaign": (JSON, b'{"name": "Mine"}'),
    "retryFailed": (JSON, b"{}"),
    "resolveUnconfirmed": (JSON, b'{"action": "accept", "all": true}'),
    "duplicateCampaign": (JSON, b"{}"),
    "changeSender": (JSON, b'{"name": "Mine"}'),
    "changeEndpoint": (JSON, b'{"enabled": false}'),
}
"""Bodies that an owner's request could have; no other operation on one thing takes any."""


@pytest.fixture
def businesses(tenants: Services) -> Services:
    """Both have a number to send from."""
    for name in ("acme", "globex"):
        senders = tenants.tenant(name).senders
        if senders.default() is None:
            senders.add(Sender(SENDERS[name], phone_number_id=f"number of {name}"))
    return tenants


def ask(who: dict[str, str], method: str, path: str, value: Any = None, **query: str) -> Reply:
    body = None if value is None else json.dumps(value).encode()
    event = gateway_event(method, path, body=body, content_type=JSON, query=query, claims=who)
    return invoke(event)


def about(ids: dict[str, str], who: dict[str, str], operation_id: str) -> Reply:
    """A good request of that operation about what the ids name."""
    method, path, _ = operations()[operation_id]
    content_type, body = GOOD.get(operation_id, (None, None))
    event = gateway_event(
        method, path.format(**ids), body=body, content_type=content_type, claims=who
    )
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


def endpoint_of(who: dict[str, str]) -> str:
    """An endpoint of theirs; there can be ten, so the first one is used again."""
    path = "/api/webhook-endpoints"
    if found := ask(who, "GET", path).body["endpoints"]:
        return str(found[0]["endpointId"])
    wanted = {"url": "https://hooks.example.com/", "events": ["*"]}
    return str(ask(who, "POST", path, wanted).body["endpoint"]["endpointId"])


def everything(who: dict[str, str], path: str) -> dict[str, Any]:
    """All that can be seen of a campaign."""
    return {
        "list": ask(who, "GET", "/api/campaigns").body,
        "campaign": ask(who, "GET", path).body,
        "recipients": ask(who, "GET", f"{path}/recipients").body,
        "events": ask(who, "GET", f"{path}/events").body,
        "imports": ask(who, "GET", f"{path}/imports").body,
        "quota": ask(who, "GET", "/api/quota").body,
        "senders": ask(who, "GET", "/api/senders").body,
        "erasures": ask(who, "GET", "/api/erasures").body,
        "suppressions": ask(who, "GET", "/api/suppressions").body,
        "endpoints": ask(who, "GET", "/api/webhook-endpoints").body,
    }


@pytest.mark.parametrize(
    ("who", "owner"), [("acme", "globex"), ("acme", "default"), ("default", "acme")]
)
@pytest.mark.parametrize(
    "operation_id", [name for name, it in operations().items() if "{" in it[1]]
)
@pytest.mark.usefixtures("businesses")
def test_what_is_another_ones_is_as_unknown_as_what_never_was(
    operation_id: str, who: str, owner: str
) -> None:
    path = campaign(OWNERS[owner])
    erasure = ask(OWNERS[owner], "POST", "/api/erasures", {"phone": "+12035550177"})
    theirs = {
        "campaign_id": path.rpartition("/")[2],
        "sender_id": SENDERS[owner],
        "erasure_id": erasure.body["erasure"]["erasureId"],
    }
    made = ask(OWNERS[owner], "POST", f"{path}/imports", {"size": 1000})
    theirs["import_id"] = made.body["importId"]
    theirs["endpoint_id"] = endpoint_of(OWNERS[owner])
    before = everything(OWNERS[owner], path)

    strange = about(theirs, OWNERS[who], operation_id)
    unknown = about(NEVER, OWNERS[who], operation_id)

    assert strange.status == unknown.status == 404
    shown = json.dumps(strange.body)
    for name, value in theirs.items():
        shown = shown.replace(f"'{value}'", f"'{NEVER[name]}'")
    assert (json.loads(shown), strange.headers) == (unknown.body, unknown.headers)
    assert everything(OWNERS[owner], path) == before


@pytest.mark.usefixtures("businesses")
def test_lists_hold_what_is_ones_own_and_all_of_it() -> None:
    mine = [campaign(ACME) for _ in range(2)]
    theirs = campaign(GLOBEX)

    listed = ask(ACME, "GET", "/api/campaigns").body["campaigns"]
    assert {f"/api/campaigns/{each['campaignId']}" for each in listed} >= set(mine)
    assert theirs not in {f"/api/campaigns/{each['campaignId']}" for each in listed}
    senders = {
        name: [each["senderId"] for each in ask(claims, "GET", "/api/senders").body["senders"]]
        for name, claims in OWNERS.items()
    }
    assert senders == {name: [SENDERS[name]] for name in OWNERS}


@pytest.mark.usefixtures("businesses")
def test_erasing_a_phone_of_both_leaves_the_other_ones() -> None:
    mine, theirs = campaign(ACME), campaign(GLOBEX)
    before = everything(GLOBEX, theirs)

    assert ask(ACME, "POST", "/api/erasures", {"phone": "+12015550100"}).status == 202

    people = ask(ACME, "GET", f"{mine}/recipients").body["recipients"]
    assert "12015550100" not in [person["phone"] for person in people]
    assert everything(GLOBEX, theirs) == before


@pytest.mark.usefixtures("businesses")
def test_who_wants_nothing_of_one_may_want_something_of_the_other() -> None:
    phone = "+12015550188"
    before = everything(GLOBEX, campaign(GLOBEX))

    assert ask(ACME, "POST", "/api/suppressions", {"phones": [phone]}).body["added"] == 1

    listed = ask(ACME, "GET", "/api/suppressions", phone=phone).body["suppressions"]
    assert [each["phone"] for each in listed] == ["12015550188"]
    assert before["suppressions"] == ask(GLOBEX, "GET", "/api/suppressions").body
    removed = ask(GLOBEX, "POST", "/api/suppressions/remove", {"phones": [phone]}).body
    assert (removed["removed"], removed["unknown"]) == (0, 1)
    ask(ACME, "POST", "/api/suppressions", {"phones": ["+12015550189"]})
    page = ask(ACME, "GET", "/api/suppressions", limit="1").body["nextCursor"]
    assert ask(GLOBEX, "GET", "/api/suppressions", cursor=page).code == "INVALID_CURSOR"


@pytest.mark.usefixtures("businesses")
def test_the_other_ones_number_can_not_be_named() -> None:
    theirs = SENDERS["globex"]

    quota = ask(ACME, "GET", "/api/quota", senderId=theirs)
    created = ask(ACME, "POST", "/api/campaigns/create", NEW | {"senderId": theirs})

    assert (quota.status, quota.code) == (404, "SENDER_NOT_FOUND")
    assert (created.status, created.code) == (404, "SENDER_NOT_FOUND")


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
    """The tick finds all, the same people are written to by all, and no cap is shared."""
    # given the same campaign of three tenants, started
    from shared.domain.campaign import Action
    from tests.support.campaigns import act, new_campaign, phones

    people, ids, channels = phones(3), {}, {}
    same = SENDERS["acme"]  # an id in two tenants names two senders
    for name in ("default", "acme", "globex"):
        own = deployment.tenant(name)
        own.clock = deployment.clock
        channels[name] = RecordingChannel(own.clock)
        if name == "default":
            own.channel = channels[name]
        else:
            own.senders.add(Sender(same, phone_number_id=name))
            own._channels[same] = own.clock.now(), channels[name]
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
        sender_id = "default" if name == "default" else same
        assert sorted(channels[name].phones) == people
        assert own.quota.day(sender_id, own.clock.now().date()).total == 3
        assert len(own.contacts.contacts(sender_id, people)) == 3
