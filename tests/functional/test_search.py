"""Looking for recipients: filters, the beginning of a phone, and all of them as CSV."""

import csv
import io
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from functions.wiring import Services
from shared.domain.campaign import Action
from shared.http import csv_export
from tests.support.api_calls import Reply, get
from tests.support.campaigns import act, new_campaign, phones

REPLIED = "2026-11-20T09:00:00.000Z"
PEOPLE = [*phones(6), "4915112345678", "4915112345679", "5511988887777"]


@pytest.fixture(scope="module")
def mixed(module_api: Services) -> str:
    """A campaign whose people are in several states; its path."""
    campaign_id = new_campaign(module_api, PEOPLE)
    for phone, changes in {
        PEOPLE[0]: {"status": "FAILED", "errorCode": "131026", "errorMessage": "=cmd()|x, \"y\""},
        PEOPLE[1]: {"status": "FAILED", "errorCode": "131050", "errorMessage": "No\nmore"},
        PEOPLE[2]: {"status": "SENT", "messageId": "+wamid", "repliedAt": REPLIED},
        PEOPLE[6]: {"status": "FAILED", "errorCode": "131026", "errorMessage": "Größe"},
    }.items():  # fmt: skip
        store(module_api, campaign_id, phone, changes)
    return f"/api/campaigns/{campaign_id}"


def store(api: Services, campaign_id: str, phone: str, changes: dict[str, str]) -> None:
    """Behind the back of the stores."""
    api._dynamodb.update_item(
        TableName=api.settings.recipients_table,
        Key={"PK": {"S": f"CAMPAIGN#{campaign_id}"}, "SK": {"S": f"USER#{phone}"}},
        UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in changes),
        ExpressionAttributeNames={f"#{name}": name for name in changes},
        ExpressionAttributeValues={f":{name}": {"S": value} for name, value in changes.items()},
    )


def found(path: str, **query: str) -> list[str]:
    """Indexes of those who are listed, over all pages."""
    people: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        reply = get(f"{path}/recipients", **query, **cursor)
        assert reply.status == 200, reply.body
        people += [each["phone"] for each in reply.body["recipients"]]
        if reply.body["nextCursor"] is None:
            return people
        cursor = {"cursor": reply.body["nextCursor"]}


def numbers(*indexes: int) -> list[str]:
    return sorted(PEOPLE[index] for index in indexes)


@pytest.mark.parametrize("limit", ["1", "2", "100"])
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, numbers(*range(9))),
        ({"status": "FAILED"}, numbers(0, 1, 6)),
        ({"code": "131026"}, numbers(0, 6)),
        ({"status": "FAILED", "code": "131026", "phone": "49"}, numbers(6)),
        ({"status": "SENT", "code": "131026"}, []),
        ({"replied": "true"}, numbers(2)),
        ({"replied": "false", "status": "SENT"}, []),
        ({"replied": "false", "phone": "49"}, numbers(6, 7)),
        ({"phone": "4915"}, numbers(6, 7)),
        ({"phone": "+49 151 123 456-78"}, numbers(6)),
        ({"phone": "0049"}, numbers(6, 7)),
        ({"phone": "5511988887777"}, numbers(8)),
        ({"phone": "7"}, []),
    ],
)
def test_a_list_holds_who_is_asked_for_and_nobody_else(
    api: Services, mixed: str, limit: str, query: dict[str, str], expected: list[str]
) -> None:
    assert found(mixed, limit=limit, **query) == expected


@pytest.mark.parametrize(
    "query",
    [
        {"phone": "4a"},
        {"phone": "+"},
        {"phone": ""},
        {"phone": "1" * 31},
        {"code": "131026 OR 1"},
        {"code": ""},
        {"replied": "maybe"},
        {"status": "LOST"},
        {"code": "1", "kode": "2"},
    ],
)
@pytest.mark.parametrize("route", ["recipients", "recipients.csv"])
def test_a_filter_that_can_not_be_is_refused(
    api: Services, mixed: str, route: str, query: dict[str, str]
) -> None:
    assert get(f"{mixed}/{route}", **query).code == "VALIDATION_FAILED"


@pytest.mark.parametrize("route", ["recipients", "recipients.csv"])
def test_a_cursor_of_elsewhere_is_refused(api: Services, mixed: str, route: str) -> None:
    cursor = get(f"{mixed}/recipients", phone="1", limit="1").body["nextCursor"]

    assert get(f"{mixed}/{route}", phone="49", cursor=cursor).code == "INVALID_CURSOR"
    assert get(f"{mixed}/{route}", cursor="x").code == "INVALID_CURSOR"


def test_who_waited_at_a_cancel_is_found_by_the_code_that_is_shown(api: Services) -> None:
    campaign_id = new_campaign(api, PEOPLE[:2])
    path = f"/api/campaigns/{campaign_id}"
    store(api, campaign_id, PEOPLE[0], {"status": "FAILED", "errorCode": "131026"})
    assert found(path, code="CAMPAIGN_CANCELLED") == []

    act(api, campaign_id, Action.CANCEL)

    assert found(path, code="CAMPAIGN_CANCELLED") == [PEOPLE[1]]
    assert found(path, code="CAMPAIGN_CANCELLED", status="FAILED") == []
    assert rows(get(f"{path}/recipients.csv").body)[1]["errorCode"] == "CAMPAIGN_CANCELLED"


def rows(content: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content, newline="")))


def test_a_short_list_is_one_piece_that_shows_what_the_pages_show(
    api: Services, mixed: str
) -> None:
    reply = get(f"{mixed}/recipients.csv")

    assert reply.status == 200
    assert "Link" not in reply.headers
    assert reply.headers["Content-Disposition"] == f'attachment; filename="{mixed[15:]}.csv"'
    shown = get(f"{mixed}/recipients", limit="100").body["recipients"]
    exported = rows(reply.body)
    assert [each["phone"] for each in exported] == [each["phone"] for each in shown]
    for row, person in zip(exported, shown, strict=True):
        expected = {name: str(person[name] or "") for name in row}
        safe = {name: value.removeprefix("'") for name, value in row.items()}
        assert safe | {"attempts": ""} == expected | {"attempts": ""}


def test_no_cell_is_a_formula(api: Services, mixed: str) -> None:
    exported = {each["phone"]: each for each in rows(get(f"{mixed}/recipients.csv").body)}

    assert exported[PEOPLE[0]]["errorMessage"] == '\'=cmd()|x, "y"'
    assert exported[PEOPLE[2]]["messageId"] == "'+wamid"
    assert exported[PEOPLE[1]]["errorMessage"] == "No\nmore"
    assert exported[PEOPLE[6]]["errorMessage"] == "Größe"
    for row in exported.values():
        assert not any(str(cell).startswith(("=", "+", "-", "@")) for cell in row.values())


@pytest.mark.parametrize("beginning", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_whatever_begins_a_formula_is_made_harmless(beginning: str) -> None:
    assert csv_export._safe(f"{beginning}1") == f"'{beginning}1"


@pytest.mark.parametrize(
    ("query", "expected"), [({}, sorted(PEOPLE)), ({"status": "FAILED"}, numbers(0, 1, 6))]
)
def test_the_pieces_of_a_long_list_are_the_whole_file(
    api: Services,
    mixed: str,
    small_reads: None,
    monkeypatch: pytest.MonkeyPatch,
    query: dict[str, str],
    expected: list[str],
) -> None:
    monkeypatch.setattr(csv_export, "ROWS_AT_ONCE", 1)
    pieces, reply = [], get(f"{mixed}/recipients.csv", **query)
    while reply.status == 206:
        pieces.append(reply.body)
        reply = follow(reply)
    pieces.append(reply.body)

    assert len(pieces) > 2
    assert reply.status == 200
    assert [each["phone"] for each in rows("".join(pieces))] == expected


def follow(reply: Reply) -> Reply:
    address, _, relation = str(reply.headers["Link"]).partition("; ")
    assert relation == 'rel="next"'
    link = urlsplit(address.strip("<>"))
    return get(link.path, **dict(parse_qsl(link.query)))


def test_a_piece_ends_in_time(
    api: Services, mixed: str, small_reads: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datetime import timedelta

    from functions.api import pieces

    monkeypatch.setattr(pieces, "EXPORT_LIMIT", timedelta(0))

    assert get(f"{mixed}/recipients.csv").status == 206


def test_a_piece_is_no_larger_than_a_function_may_answer(
    api: Services, mixed: str, small_reads: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_export, "BYTES_AT_ONCE", 100)

    assert len(rows(get(f"{mixed}/recipients.csv").body)) == 2  # one read


@pytest.fixture
def small_reads(api: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """A read of the table brings two recipients, where it would be a megabyte."""
    client: Any = api._dynamodb
    query: Callable[..., Any] = client.query
    monkeypatch.setattr(client, "query", lambda **request: query(**{"Limit": 2} | request))
