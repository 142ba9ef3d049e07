"""The Python client over real HTTP, against a server that does what it is told."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from campaign_client import ApiError, Client, ClientError, NotReachableError
from campaign_client.transport import TRIES
from tests.support.scripted_server import Answer, Server, scripted_server

REFUSED = {"success": False, "error": {"code": "CAMPAIGN_OPEN", "message": "No.", "details": []}}
IN_USE = {"error": {"code": "IDEMPOTENCY_KEY_IN_USE", "message": "Wait.", "details": []}}
CREATED = {"success": True, "campaignId": "cmp_1", "status": "DRAFT"}
QUOTA = {"used": 1}


@pytest.fixture
def server() -> Iterator[Server]:
    with scripted_server() as server:
        yield server


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def client(server: Server, pauses: list[float]) -> Iterator[Client]:
    """It does not really wait."""
    with Client(server.url, "token", sleep=pauses.append) as client:
        yield client


def keys(server: Server) -> set[str | None]:
    return {asked.headers.get("idempotency-key") for asked in server.asked}


@pytest.mark.parametrize("trouble", [Answer(503, {}), Answer(429, {}), Answer(502, "x"), Answer(0)])
def test_an_order_is_tried_again_with_the_same_key(
    server: Server, client: Client, trouble: Answer
) -> None:
    server.answers = [trouble, trouble, Answer(201, CREATED)]

    made = client.campaigns.create({"name": "n", "templateName": "t"})

    assert made == {"campaignId": "cmp_1", "status": "DRAFT"}
    assert len(server.asked) == 3
    assert len(keys(server)) == 1
    assert keys(server) != {None}
    assert len({asked.body for asked in server.asked}) == 1
    assert server.asked[0].headers["authorization"] == "Bearer token"


def test_two_orders_have_two_keys(server: Server, client: Client) -> None:
    server.answers = [Answer(201, CREATED)]

    for _ in range(2):
        client.campaigns.create({"name": "n", "templateName": "t"})

    assert len(keys(server)) == 2


def test_an_answer_that_is_still_being_made_is_waited_for(
    server: Server, client: Client, pauses: list[float]
) -> None:
    busy = Answer(409, IN_USE, {"Retry-After": "2"})
    server.answers = [Answer(0), *[busy] * 10, Answer(201, CREATED)]

    client.campaigns.duplicate("cmp_0")

    assert len(keys(server)) == 1
    assert pauses[1:] == [2.0] * 10


def test_the_pauses_grow_and_the_last_failure_is_told(
    server: Server, client: Client, pauses: list[float]
) -> None:
    server.answers = [Answer(503, {"error": {"code": "STORE_UNAVAILABLE", "message": "Later."}})]

    with pytest.raises(ApiError, match="503 STORE_UNAVAILABLE: Later") as caught:
        client.quota()

    assert (caught.value.status, caught.value.code) == (503, "STORE_UNAVAILABLE")
    assert len(server.asked) == TRIES
    assert pauses == sorted(pauses)
    assert len(pauses) == TRIES - 1


@pytest.mark.parametrize("trouble", [Answer(0), Answer(503, REFUSED)])
def test_a_removal_is_never_repeated(server: Server, client: Client, trouble: Answer) -> None:
    server.answers = [trouble]

    with pytest.raises(ClientError):
        client.senders.remove("snd_1")

    assert [asked.method for asked in server.asked] == ["DELETE"]


def test_a_refusal_is_an_exception_and_not_tried_again(server: Server, client: Client) -> None:
    details = [{"field": "name", "message": "is too long"}]
    error = {"code": "VALIDATION_FAILED", "message": "No.", "details": details}
    server.answers = [Answer(400, {"success": False, "error": error})]

    with pytest.raises(ApiError) as caught:
        client.campaigns.create({"name": "n", "templateName": "t"})

    assert (caught.value.code, caught.value.message) == ("VALIDATION_FAILED", "No.")
    assert caught.value.details == details
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Answer(401, {"message": "Unauthorized"}), "UNAUTHORIZED"),  # API Gateway's own
        (Answer(403, {"message": "Forbidden"}), "HTTP_403"),
        (Answer(404, "<html>"), "UNEXPECTED_ANSWER"),
        (Answer(200, "<html>"), "UNEXPECTED_ANSWER"),
        (Answer(200, [1]), "UNEXPECTED_ANSWER"),
        (Answer(400, {"error": "no"}), "UNEXPECTED_ANSWER"),
    ],
)
def test_answers_of_others_are_told_apart(
    server: Server, client: Client, answer: Answer, code: str
) -> None:
    server.answers = [answer]

    with pytest.raises(ApiError) as caught:
        client.quota()

    assert caught.value.code == code


def test_nobody_there_is_told_after_all_tries(pauses: list[float]) -> None:
    with (
        Client("http://127.0.0.1:9", "t", sleep=pauses.append) as client,
        pytest.raises(NotReachableError, match="can't be reached"),
    ):
        client.senders.remove("snd_1")  # it never left: it may be tried again

    assert len(pauses) == TRIES - 1


def test_pages_are_asked_for_as_they_are_needed(server: Server, client: Client) -> None:
    def page(*names: str, cursor: str | None) -> Answer:
        return Answer(200, {"campaigns": [{"name": n} for n in names], "nextCursor": cursor})

    server.answers = [page("a", "b", cursor="c+/="), page(cursor="d"), page("e", cursor=None)]

    found = client.campaigns.all(status="PAUSED")

    assert next(found)["name"] == "a"
    assert len(server.asked) == 1
    assert [one["name"] for one in found] == ["b", "e"]
    assert [asked.path.partition("?")[2] for asked in server.asked] == [
        "status=PAUSED&limit=100",
        "status=PAUSED&limit=100&cursor=c%2B%2F%3D",
        "status=PAUSED&limit=100&cursor=d",
    ]


def test_a_csv_of_many_pieces_is_whole(server: Server, client: Client) -> None:
    link = {"Link": '</api/campaigns/cmp_1/recipients.csv?status=SENT&cursor=x>; rel="next"'}
    server.answers = [
        Answer(206, "phone\r\n1\r\n", link),
        Answer(503, {}),
        Answer(200, "2\r\n"),
    ]

    pieces = list(client.campaigns.export("cmp_1", status="SENT", replied=True))

    assert "".join(pieces) == "phone\r\n1\r\n2\r\n"
    assert server.asked[0].path.endswith("recipients.csv?status=SENT&replied=true")
    assert {asked.path for asked in server.asked[1:]} == {link["Link"][1:].partition(">")[0]}


@pytest.mark.parametrize("target", ["http://evil.example/x", "//evil.example/x"])
def test_a_csv_does_not_lead_to_another_host(server: Server, client: Client, target: str) -> None:
    server.answers = [Answer(206, "phone\r\n", {"Link": f'<{target}>; rel="next"'})]

    with pytest.raises(ApiError, match="another host"):
        list(client.campaigns.export("cmp_1"))

    assert len(server.asked) == 1


def test_an_order_about_many_people_is_repeated_until_nobody_is_left(
    server: Server, client: Client
) -> None:
    def part(count: int, cursor: str | None, **refused: int) -> Answer:
        done = {"campaignId": "cmp_1", "status": "RUNNING", "refused": refused, "retried": count}
        return Answer(200, done | {"more": cursor is not None, "cursor": cursor})

    server.answers = [part(5, "c", A=1), part(0, "d", A=2, B=1), part(3, None)]

    done = client.campaigns.retry_failed("cmp_1", codes=["131049"])

    assert (done["retried"], done["refused"]) == (8, {"A": 3, "B": 1})
    orders = [json.loads(asked.body) for asked in server.asked]
    assert [order.get("cursor") for order in orders] == [None, "c", "d"]
    assert {tuple(order["codes"]) for order in orders} == {("131049",)}
    assert len(keys(server)) == 3


def test_any_number_of_phones_is_sent_by_the_thousand(server: Server, client: Client) -> None:
    server.answers = [Answer(200, {"added": 900, "already": 100})]

    done = client.suppressions.add([str(n) for n in range(2500)], "asked")

    assert done == {"added": 2700, "already": 300}
    sizes = [len(json.loads(asked.body)["phones"]) for asked in server.asked]
    assert sizes == [1000, 1000, 500]


def test_a_file_goes_as_a_form(server: Server, client: Client, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_bytes(b"phone\n12015550100\n")
    server.answers = [Answer(200, {"inserted": 1})]

    client.campaigns.populate("cmp_1", tmp_path / "people.csv")

    (asked,) = server.asked
    assert asked.headers["content-type"].startswith("multipart/form-data")
    assert b'name="file"; filename="people.csv"' in asked.body
    assert b"phone\n12015550100\n" in asked.body


def test_an_id_is_never_more_than_an_id(server: Server, client: Client) -> None:
    server.answers = [Answer(200, QUOTA)]

    client.campaigns.progress("../senders?x=1#")

    assert server.asked[0].path == "/api/campaigns/..%2Fsenders%3Fx%3D1%23/progress"


def test_a_token_may_be_a_function(server: Server) -> None:
    tokens = iter(["one", "two"])
    server.answers = [Answer(200, QUOTA)]
    with Client(server.url, lambda: next(tokens)) as client:
        client.quota()
        client.quota()

    assert [asked.headers["authorization"] for asked in server.asked] == [
        "Bearer one",
        "Bearer two",
    ]


def test_a_redirect_is_not_followed(server: Server, client: Client) -> None:
    server.answers = [Answer(302, {}, {"Location": "http://evil.example/"})]

    with pytest.raises(ApiError):
        client.quota()

    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com", "ftp://127.0.0.1", "127.0.0.1:8000", "", "http://", "https://u:p@h",
        "https://h?x=1", "https://h#x", "http://[::1", "https://h:99999", "http://127.0.0.1.evil.de",
    ],
)  # fmt: skip
def test_an_address_that_no_token_may_go_to_is_refused(url: str) -> None:
    with pytest.raises(ClientError):
        Client(url, "token")


@pytest.mark.parametrize("url", ["https://api.example.com/", "http://localhost:8000"])
def test_a_good_address_is_taken(url: str) -> None:
    Client(url, "token").close()


def test_proxies_do_not_come_between_this_machine_and_itself(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    server.answers = [Answer(200, QUOTA)]

    with Client(server.url, "token") as client:
        assert client.quota() == QUOTA


CALLS: list[tuple[Callable[[Client], object], str, Answer]] = [
    (
        lambda c: c.campaigns.change("cmp_1", {"name": "x"}),
        "PATCH /api/campaigns/cmp_1",
        Answer(200, {"campaign": {}}),
    ),
    (
        lambda c: c.campaigns.delete("cmp_1"),
        "DELETE /api/campaigns/cmp_1",
        Answer(202, {"erasure": {}}),
    ),
    (lambda c: c.description(), "GET /openapi.json", Answer(200, {"paths": {}})),
]
"""Those that the command line has no command for."""


@pytest.mark.parametrize(("call", "asked", "answer"), CALLS)
def test_calls_without_a_command_ask_for_what_they_say(
    server: Server, client: Client, call: Callable[[Client], object], asked: str, answer: Answer
) -> None:
    server.answers = [answer]

    call(client)

    assert f"{server.asked[0].method} {server.asked[0].path}" == asked
