"""The numbers of a tenant: registered with Meta's consent, kept apart, their tokens never shown."""

import json
import logging
import stat
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from functions import wiring
from functions.wiring import Services
from shared.channels.simulator import Simulator
from shared.domain.access import DEFAULT_TENANT
from shared.domain.campaign import Action, CampaignStatus, PauseCause
from shared.dynamo.schema import TABLES
from shared.secrets import AwsSecrets
from shared.usecases.execute_batch import execute_batch
from tests.functional.conftest import deployment
from tests.support.api_calls import JSON, NEW, Reply, as_role, gateway_event, invoke
from tests.support.campaigns import act, add, phones

NUMBERS = {
    "200000000000001": "token-of-berlin",
    "200000000000002": "token-of-paris",
    "300000000000250": "token-of-acme",
    "300000000000404": "token-of-nobody",
    "300000000000503": "token-of-sometimes",
}
BERLIN, PARIS, ACMES = list(NUMBERS)[:3]


@pytest.fixture(scope="module")
def graph() -> Iterator[Simulator]:
    with Simulator(token="token-of-the-environment", phone_number_id="1065", tokens=NUMBERS) as it:
        yield it


@pytest.fixture
def shop(
    ministack: str, graph: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Services]:
    """A deployment whose Meta knows several numbers; requests go to the tenant of their token."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", ministack)
    graph.clear()
    environment = deployment(ministack, graph) | {
        "META_ACCESS_TOKEN": "token-of-the-environment",
        "SENDER_SECRETS_DIR": str(tmp_path / "senders"),
    }
    services = Services(environment, DEFAULT_TENANT)
    # A number can have one sender in all the world, so each test needs a world of its own.
    monkeypatch.setattr(wiring, "services", services.tenant)
    yield services
    services.close()


def ask(method: str, path: str, value: Any = None, tenant: str = "default") -> Reply:
    body = None if value is None else json.dumps(value).encode()
    return invoke(
        gateway_event(
            method, path, body=body, content_type=JSON, claims=as_role("org_admin", tenant)
        )
    )


def register(number: str, tenant: str = "default", **more: Any) -> Reply:
    value = {"phoneNumberId": number, "accessToken": NUMBERS.get(number, "x")} | more
    return ask("POST", "/api/senders", value, tenant)


def sender_id(reply: Reply) -> str:
    assert reply.status == 201, reply.body
    return str(reply.body["sender"]["senderId"])


def campaign(services: Services, people: list[str], tenant: str = "default", **more: Any) -> str:
    """A RUNNING campaign made through the API."""
    reply = ask("POST", "/api/campaigns/create", NEW | more, tenant)
    assert reply.status == 201, reply.body
    own = services.tenant(tenant)
    add(own, own.campaigns.get(reply.body["campaignId"]), people)
    act(own, reply.body["campaignId"], Action.START)
    return str(reply.body["campaignId"])


def batch(services: Services, campaign_id: str, tenant: str = "default") -> Any:
    own = services.tenant(tenant)
    return execute_batch(own, campaign_id, own.clock.now() + timedelta(minutes=1))


def test_a_number_is_registered_with_what_meta_says_of_it(shop: Services) -> None:
    reply = register(BERLIN, name="  Berlin ", dailyLimit=1500, messagesPerSecond=40)

    shown = reply.body["sender"]
    assert reply.status == 201
    assert shown["name"] == "Berlin"
    assert (shown["messagingLimit"], shown["quality"]) == ("TIER_2K", "GREEN")
    assert (shown["dailyLimit"], shown["messagesPerSecond"]) == (1500, 40)
    assert ask("GET", f"/api/senders/{shown['senderId']}").body["sender"] == shown
    listed = ask("GET", "/api/senders").body["senders"]
    assert [each["senderId"] for each in listed] == ["default", shown["senderId"]]
    assert [each["default"] for each in listed] == [True, False]


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"accessToken": "wrong"}, 400, "NUMBER_REFUSED"),
        ({"phoneNumberId": "999999"}, 400, "NUMBER_REFUSED"),
        ({"phoneNumberId": "300000000000404"}, 400, "NUMBER_REFUSED"),
        ({"phoneNumberId": "300000000000503"}, 503, "PROVIDER_UNAVAILABLE"),
        ({"phoneNumberId": "1065"}, 409, "NUMBER_TAKEN"),  # the environment's
        ({"dailyLimit": 2001}, 400, "LIMIT_TOO_HIGH"),
        ({"dailyLimit": 0}, 400, "VALIDATION_FAILED"),
        ({"dailyLimit": "10"}, 400, "VALIDATION_FAILED"),
        ({"messagesPerSecond": 1001}, 400, "VALIDATION_FAILED"),
        ({"phoneNumberId": "+49 30"}, 400, "VALIDATION_FAILED"),
        ({"phoneNumberId": "10/../20"}, 400, "VALIDATION_FAILED"),
        ({"phoneNumberId": "\u0661\u0662\u0663\u0664\u0665"}, 400, "VALIDATION_FAILED"),
        ({"phoneNumberId": 200000000000001}, 400, "VALIDATION_FAILED"),
        ({"accessToken": "line\nbreak"}, 400, "VALIDATION_FAILED"),
        ({"accessToken": " "}, 400, "VALIDATION_FAILED"),
        ({"accessToken": ""}, 400, "VALIDATION_FAILED"),
        ({"accessToken": None}, 400, "VALIDATION_FAILED"),
        ({"name": "two\nlines"}, 400, "VALIDATION_FAILED"),
        ({"tenantId": "acme"}, 400, "VALIDATION_FAILED"),
    ],
)
def test_what_can_not_be_registered_is_refused_in_words_and_leaves_nothing(
    shop: Services, change: dict[str, Any], status: int, code: str
) -> None:
    value = {"phoneNumberId": BERLIN, "accessToken": NUMBERS[BERLIN]} | change
    if change.get("phoneNumberId") in NUMBERS:
        value["accessToken"] = NUMBERS[change["phoneNumberId"]]

    reply = ask("POST", "/api/senders", value)

    assert (reply.status, reply.code) == (status, code)
    assert NUMBERS[BERLIN] not in reply.words
    assert len(ask("GET", "/api/senders").body["senders"]) == 1
    assert sender_id(register(BERLIN))


def test_a_number_has_one_sender_in_the_whole_deployment(shop: Services) -> None:
    first = sender_id(register(BERLIN))

    for tenant in ("default", "acme"):
        again = register(BERLIN, tenant)
        assert (again.status, again.code) == (409, "NUMBER_TAKEN")
        assert first not in again.words
    assert ask("GET", "/api/senders", tenant="acme").body["senders"] == []

    # once it is let go, somebody else may have it
    assert ask("DELETE", f"/api/senders/{first}").status == 200
    assert sender_id(register(BERLIN, "acme"))
    assert ask("GET", f"/api/senders/{first}").status == 404
    assert shop.secrets.get(first) is None


def test_each_number_sends_with_its_own_token_under_its_own_cap(
    shop: Services, graph: Simulator
) -> None:
    # given three senders of two tenants, with caps of 2, 3 and the deployment's
    berlin = sender_id(register(BERLIN, dailyLimit=2))
    paris = sender_id(register(PARIS, dailyLimit=3))
    acme = sender_id(register(ACMES, "acme"))
    people = phones(5)

    # when each has a campaign to the same people
    ids = {
        berlin: campaign(shop, people, senderId=berlin),
        paris: campaign(shop, people, senderId=paris),
        acme: campaign(shop, people, "acme"),  # its only one is its default
    }
    batch(shop, ids[berlin])
    batch(shop, ids[paris])
    batch(shop, ids[acme], "acme")

    # then every number wrote to as many as its own cap allows
    assert Counter(call.phone_number_id for call in graph.accepted) == {
        BERLIN: 2,
        PARIS: 3,
        ACMES: 5,
    }
    assert shop.campaigns.get(ids[berlin]).paused_reason == "Daily limit reached: 2/2 conversations"
    assert shop.tenant("acme").campaigns.get(ids[acme]).status is CampaignStatus.COMPLETED
    quota = invoke(gateway_event("GET", "/api/quota", query={"senderId": berlin})).body
    assert (quota["used"], quota["limit"]) == (2, 2)
    assert ask("GET", "/api/quota", tenant="acme").body["used"] == 5
    assert ask("GET", "/api/quota").body["used"] == 0


def test_a_stop_by_meta_stops_this_number_alone(shop: Services, graph: Simulator) -> None:
    berlin = sender_id(register(BERLIN))
    broken = campaign(shop, ["12015550192"], senderId=berlin)  # token expired
    well = campaign(shop, phones(2))

    batch(shop, broken)
    batch(shop, well)

    assert shop.campaigns.get(broken).pause_cause is PauseCause.SENDER_STOPPED
    assert shop.campaigns.get(well).status is CampaignStatus.COMPLETED
    assert ask("GET", f"/api/senders/{berlin}").body["sender"]["stopped"] is True
    released = ask("POST", f"/api/senders/{berlin}/release").body["sender"]
    assert (released["stopped"], released["stopReason"]) == (False, None)


def test_a_sender_without_its_token_pauses_the_campaign_and_harms_nobody(shop: Services) -> None:
    berlin = sender_id(register(BERLIN))
    campaign_id = campaign(shop, phones(3), senderId=berlin)
    shop.secrets.delete(berlin)

    result = batch(shop, campaign_id)

    assert result.paused
    assert "PATCH /api/senders" in shop.campaigns.get(campaign_id).paused_reason
    assert shop.campaigns.stats(campaign_id).open == 3

    # a new token, and it goes on
    assert ask("PATCH", f"/api/senders/{berlin}", {"accessToken": NUMBERS[BERLIN]}).status == 200
    act(shop, campaign_id, Action.RESUME)
    assert batch(shop, campaign_id).completed


def test_a_wrong_new_token_leaves_the_old_one_in_place(shop: Services) -> None:
    berlin = sender_id(register(BERLIN, dailyLimit=7))

    refused = ask("PATCH", f"/api/senders/{berlin}", {"accessToken": "wrong", "dailyLimit": 9})

    assert refused.code == "NUMBER_REFUSED"
    assert shop.secrets.get(berlin) == NUMBERS[BERLIN]
    assert ask("GET", f"/api/senders/{berlin}").body["sender"]["dailyLimit"] == 7
    assert ask("POST", f"/api/senders/{berlin}/check").status == 200


def test_a_sender_that_campaigns_need_stays(shop: Services) -> None:
    berlin = sender_id(register(BERLIN))
    campaign_id = campaign(shop, phones(1), senderId=berlin)

    refused = ask("DELETE", f"/api/senders/{berlin}")

    assert (refused.status, refused.code) == (409, "SENDER_IN_USE")
    act(shop, campaign_id, Action.CANCEL)
    assert ask("DELETE", f"/api/senders/{berlin}").status == 200


def test_the_default_sender_is_the_one_that_was_chosen(shop: Services) -> None:
    berlin = sender_id(register(BERLIN))
    assert shop.campaigns.get(campaign(shop, phones(1))).sender_id == "default"

    assert ask("PATCH", f"/api/senders/{berlin}", {"default": True}).body["sender"]["default"]

    assert shop.campaigns.get(campaign(shop, phones(1))).sender_id == berlin
    named = campaign(shop, phones(1), senderId="default")
    assert shop.campaigns.get(named).sender_id == "default"


def test_the_environments_sender_is_not_changed_here(shop: Services) -> None:
    assert ask("PATCH", "/api/senders/default", {"dailyLimit": 5}).code == "SENDER_FIXED"
    assert ask("DELETE", "/api/senders/default").code == "SENDER_FIXED"
    assert ask("GET", "/api/senders/default", tenant="acme").code == "SENDER_NOT_FOUND"


def test_a_campaign_needs_a_sender_of_its_own_tenant(shop: Services) -> None:
    berlin = sender_id(register(BERLIN))

    assert ask("POST", "/api/campaigns/create", NEW, "acme").code == "NO_SENDER"
    for stranger in (berlin, "default", "snd_" + "0" * 36):
        reply = ask("POST", "/api/campaigns/create", NEW | {"senderId": stranger}, "acme")
        assert (reply.status, reply.code) == (404, "SENDER_NOT_FOUND")
    odd = ask("POST", "/api/campaigns/create", NEW | {"senderId": "snd_*#x"})
    assert odd.code == "VALIDATION_FAILED"


def test_no_token_is_in_any_answer_log_or_item(
    shop: Services, ministack: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    berlin = sender_id(register(BERLIN))
    replies = [
        register(BERLIN),
        register(PARIS, accessToken="token-that-is-wrong"),
        ask("PATCH", f"/api/senders/{berlin}", {"accessToken": NUMBERS[BERLIN], "name": "B"}),
        ask("POST", f"/api/senders/{berlin}/check"),
        ask("GET", "/api/senders"),
    ]
    batch(shop, campaign(shop, phones(2), senderId=berlin))

    client = boto3.Session().client("dynamodb", endpoint_url=ministack)
    items = [
        client.scan(TableName=getattr(shop.settings, f"{table.name}_table"))["Items"]
        for table in TABLES
    ]
    client.close()
    everything = f"{replies} {items} {caplog.text}"
    assert "token-of-berlin" not in everything
    assert "token-that-is-wrong" not in everything
    (kept,) = (tmp_path / "senders" / "default").iterdir()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_secrets_manager_keeps_a_token_for_each_sender_of_each_tenant(
    ministack: str, aws: boto3.Session
) -> None:
    client = aws.client("secretsmanager", endpoint_url=ministack)
    mine, theirs = (AwsSecrets(client, "test/", name) for name in ("acme", "globex"))

    assert mine.get("snd_1") is None
    mine.put("snd_1", "first")
    mine.put("snd_1", "second")
    assert (mine.get("snd_1"), theirs.get("snd_1")) == ("second", None)
    mine.delete("snd_1")
    mine.delete("snd_1")
    assert mine.get("snd_1") is None
    client.close()
