"""The templates that a sender has at Meta: shown as they are, asked for rarely, never guessed."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from functions import wiring
from functions.wiring import Services
from shared.channels.simulator import Simulator
from shared.channels.templates import GraphTemplates
from shared.domain.access import DEFAULT_TENANT
from shared.domain.errors import ProviderUnavailableError
from shared.domain.template_errors import TemplatesRefusedError
from tests.functional.conftest import TOKEN, deployment
from tests.support.api_calls import JSON, Reply, as_role, gateway_event, get, invoke
from tests.support.edges import ManualClock
from tests.support.meta_webhooks import change, messages_value, post, status
from tests.support.scripted_server import Answer, Server, scripted_server
from tests.support.updates import PutBack, take

ACCOUNT, OTHERS = "200000000000001", "200000000000002"
NUMBER = "300000000000001"
TEMPLATES = "/api/senders/default/templates"


@pytest.fixture(scope="module")
def deployed(ministack: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """A deployment that knows its account, on a simulated Meta that knows a second number."""
    with Simulator(token=TOKEN, tokens={NUMBER: "its-token"}) as graph:
        environment = deployment(ministack, graph) | {
            "META_BUSINESS_ACCOUNT_ID": ACCOUNT,
            "SENDER_SECRETS_DIR": str(tmp_path_factory.mktemp("senders")),
        }
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("AWS_ENDPOINT_URL", ministack)
            services = Services(environment, DEFAULT_TENANT)
            services.clock = ManualClock()
            services.__dict__["updates"] = PutBack()
            yield services
            services.close()


@pytest.fixture
def shop(deployed: Services, monkeypatch: pytest.MonkeyPatch) -> Services:
    """The same behind the API's handler; what was heard of templates is forgotten."""
    monkeypatch.setattr(wiring, "services", deployed.tenant)
    deployed.__dict__.pop("templates", None)
    return deployed


@pytest.fixture
def scripted() -> Iterator[Server]:
    with scripted_server() as server:
        yield server


def ask(method: str, path: str, value: Any, tenant: str = "default") -> Reply:
    body = json.dumps(value).encode()
    claims = as_role("org_admin", tenant)
    return invoke(gateway_event(method, path, body=body, content_type=JSON, claims=claims))


def page(*entries: Any, after: str | None = None) -> Answer:
    body: dict[str, Any] = {"data": list(entries), "paging": {"cursors": {"after": "always"}}}
    if after:
        body["paging"] = {"cursors": {"after": after}, "next": "https://elsewhere.example.com"}
    return Answer(200, body)


def entry(name: str, *components: Any, **more: Any) -> dict[str, Any]:
    return {"name": name, "language": "en", "status": "APPROVED", "components": components} | more


def told_of(number: str, account: str) -> bytes:
    """A webhook of a message from this number, of this account."""
    return post(change(messages_value(number, statuses=[status("sent")])), account=account)


def test_a_template_is_shown_with_all_that_a_campaign_has_to_fill_in(shop: Services) -> None:
    reply = get(TEMPLATES)

    assert reply.status == 200
    assert reply.body["truncated"] is False
    assert reply.body["asOf"] == "2026-11-20T12:00:00.000Z"
    found = {each["name"]: each for each in reply.body["templates"]}
    assert list(found) == sorted(found)
    sale = found["spring_sale"]
    assert (sale["language"], sale["status"], sale["category"]) == (
        "en_US",
        "APPROVED",
        "MARKETING",
    )
    assert sale["parameterFormat"] == "POSITIONAL"
    assert sale["header"] == {
        "format": "TEXT",
        "text": "Spring is here, {{1}}!",
        "placeholders": ["1"],
    }
    assert sale["body"]["placeholders"] == ["1", "2"]
    assert sale["footer"] == "Reply STOP and we will not write again."
    assert sale["buttons"] == [
        {
            "index": 0,
            "type": "URL",
            "text": "To the shop",
            "url": "https://shop.example.com/{{1}}",
            "needsParameter": True,
            "subType": "url",
        },
        {
            "index": 1,
            "type": "QUICK_REPLY",
            "text": "Unsubscribe",
            "url": None,
            "needsParameter": False,
            "subType": None,
        },
    ]
    assert (sale["quality"], sale["unsupported"]) == ("GREEN", None)
    named = found["appointment_reminder"]
    assert named["parameterFormat"] == "NAMED"
    assert named["body"]["placeholders"] == ["first_name", "day", "time"]
    assert "IMAGE" in found["winter_sale"]["unsupported"]


def test_only_those_of_a_status_and_with_a_word_in_their_name(shop: Services) -> None:
    assert [t["name"] for t in get(TEMPLATES, status="PAUSED").body["templates"]] == ["winter_sale"]
    sales = [t["name"] for t in get(TEMPLATES, name="SALE").body["templates"]]
    assert sales == ["spring_sale", "winter_sale"]
    assert get(TEMPLATES, name="SALE", status="PENDING").body["templates"] == []
    for wrong in ({"status": "approved"}, {"name": ""}, {"stauts": "PAUSED"}):
        assert get(TEMPLATES, **wrong).code == "VALIDATION_FAILED"


def test_meta_is_asked_once_a_minute(
    shop: Services, scripted: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(shop._environment, "META_GRAPH_URL", scripted.url)  # type: ignore[index]
    scripted.answers = [page(entry("one")), page(entry("two"))]

    first, again = get(TEMPLATES), get(TEMPLATES, name="o")
    shop.clock.sleep(60)
    later = get(TEMPLATES)

    assert [each["name"] for each in first.body["templates"]] == ["one"]
    assert again.body == first.body
    assert [each["name"] for each in later.body["templates"]] == ["two"]
    assert len(scripted.asked) == 2
    assert scripted.asked[0].path.startswith(f"/v26.0/{ACCOUNT}/message_templates?fields=")
    assert scripted.asked[0].headers["authorization"] == f"Bearer {TOKEN}"


def test_without_an_account_it_is_said_where_to_enter_it(shop: Services) -> None:
    made = ask("POST", "/api/senders", {"phoneNumberId": NUMBER, "accessToken": "its-token"})
    own = f"/api/senders/{made.body['sender']['senderId']}"
    assert made.body["sender"]["businessAccountId"] is None

    unknown = get(f"{own}/templates")
    assert (unknown.status, unknown.code) == (409, "ACCOUNT_UNKNOWN")
    assert f"PATCH {own} as businessAccountId" in unknown.words

    changed = ask("PATCH", own, {"businessAccountId": OTHERS})
    assert changed.body["sender"]["businessAccountId"] == OTHERS
    assert get(f"{own}/templates").status == 200
    assert ask("PATCH", own, {"businessAccountId": "123 OR 1"}).code == "VALIDATION_FAILED"
    assert get(own).body["sender"]["businessAccountId"] == OTHERS

    # The webhook of a message knows better, and says so once.
    assert take(shop, told_of(NUMBER, "777000")) == []
    assert get(own).body["sender"]["businessAccountId"] == "777000"
    assert ask("PATCH", own, {"name": "Berlin"}).body["sender"]["businessAccountId"] == "777000"


def test_the_default_sender_learns_its_account_from_the_first_webhook(
    shop: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(shop._environment, "META_BUSINESS_ACCOUNT_ID")  # type: ignore[arg-type]
    unknown = get(TEMPLATES)
    assert "META_BUSINESS_ACCOUNT_ID" in unknown.words

    assert take(shop, told_of("1065", OTHERS)) == []

    assert get(TEMPLATES).status == 200
    assert shop.senders.get("default").business_account_id == OTHERS


@pytest.mark.parametrize(
    ("account", "status", "code", "words"),
    [
        ("10404", 409, "TEMPLATES_REFUSED", "does not exist"),
        ("10429", 503, "PROVIDER_UNAVAILABLE", "so many times an hour"),
        ("10503", 503, "PROVIDER_UNAVAILABLE", "could not answer"),
    ],
)
def test_what_meta_refuses_is_told_apart_from_what_may_be_tried_again(
    shop: Services,
    monkeypatch: pytest.MonkeyPatch,
    account: str,
    status: int,
    code: str,
    words: str,
) -> None:
    monkeypatch.setitem(shop._environment, "META_BUSINESS_ACCOUNT_ID", account)  # type: ignore[index]

    reply = get(TEMPLATES)

    assert (reply.status, reply.code) == (status, code)
    assert words in reply.words


def test_pages_are_followed_and_a_very_long_list_is_cut_and_says_so(
    shop: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(shop._environment, "META_BUSINESS_ACCOUNT_ID", "10300")  # type: ignore[index]
    many = get(TEMPLATES).body
    assert (len({each["name"] for each in many["templates"]}), many["truncated"]) == (300, False)

    monkeypatch.setitem(shop._environment, "META_BUSINESS_ACCOUNT_ID", "11200")  # type: ignore[index]
    most = get(TEMPLATES).body
    assert (len(most["templates"]), most["truncated"]) == (1000, True)
    # What is cut off is found by its name.
    last = get(TEMPLATES, name="order_update_1199").body
    assert ([each["name"] for each in last["templates"]], last["truncated"]) == (
        ["order_update_1199"],
        False,
    )


def test_whatever_meta_may_add_or_leave_out_is_no_failure(scripted: Server) -> None:
    carousel = {"type": "CAROUSEL", "cards": []}
    scripted.answers = [
        page(
            entry("bare", components=None),
            entry("odd", {"type": "body", "text": 5}, "x", {"type": None}, status=None),
            entry("cards", {"type": "BODY", "text": "{{ 1 }} {{1}} {{2}}"}, carousel),
            entry(
                "greets",
                {"type": "HEADER", "format": "TEXT", "text": "{{name}}"},
                parameter_format="NAMED",
            ),
            entry(
                "codes",
                {
                    "type": "BUTTONS",
                    "buttons": [
                        {"type": "COPY_CODE"},
                        {"type": "OTP", "text": "Copy"},
                        {"type": "MPM"},
                        {"type": "URL", "url": "https://example.com"},
                        None,
                    ],
                },
            ),
            {"name": "no language"},
            None,
        )
    ]

    found = {t.name: t for t in GraphTemplates(scripted.url, "v26.0").list(ACCOUNT, "t").templates}

    assert set(found) == {"bare", "odd", "cards", "greets", "codes"}
    assert (found["bare"].body, found["bare"].unsupported) == (None, None)
    assert found["odd"].status == "UNKNOWN"
    assert found["cards"].body is not None
    assert found["cards"].body.placeholders == ("1", "2")
    assert "CAROUSEL" in str(found["cards"].unsupported)
    assert "named" in str(found["greets"].unsupported)
    assert [b.sub_type for b in found["codes"].buttons] == ["copy_code", "url", None, None]
    assert "MPM" in str(found["codes"].unsupported)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(0), ProviderUnavailableError),
        (Answer(200, "<html>"), ProviderUnavailableError),
        (Answer(200, []), ProviderUnavailableError),
        (Answer(502, {}), ProviderUnavailableError),
        (Answer(400, {"error": {"code": 4, "message": "limit"}}), ProviderUnavailableError),
        (
            Answer(401, {"error": {"code": 190, "message": "bad secret-token"}}),
            TemplatesRefusedError,
        ),
        (Answer(403, {"error": "no"}), TemplatesRefusedError),
    ],
)
def test_a_bad_answer_has_words_and_not_the_token(
    scripted: Server, answer: Answer, error: type[Exception]
) -> None:
    scripted.answers = [page(entry("one"), after="2"), answer]

    with pytest.raises(error) as raised:
        GraphTemplates(scripted.url, "v26.0").list(ACCOUNT, "secret-token")

    assert "secret-token" not in str(raised.value)
    assert "Try again" in str(raised.value) or "Check" in str(raised.value)


def test_the_simulator_wants_the_token_of_one_of_its_numbers(shop: Services) -> None:
    graph = GraphTemplates(shop.graph.url, "v26.0")

    with pytest.raises(TemplatesRefusedError, match="190"):
        graph.list(ACCOUNT, "wrong")
    assert len(graph.list(ACCOUNT, "its-token").templates) == 4


def test_a_sender_of_another_business_has_no_templates_here(shop: Services) -> None:
    listed = invoke(gateway_event("GET", TEMPLATES, claims=as_role("viewer", "acme")))

    assert (listed.status, listed.code) == (404, "SENDER_NOT_FOUND")
