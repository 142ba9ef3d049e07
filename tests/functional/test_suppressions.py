"""The suppression list as people see it: add, remove, import, export; and populate leaves out."""

import csv
import io
import logging
from datetime import timedelta
from typing import Any

import pytest

from functions.api import pieces
from functions.wiring import Services
from shared.domain.suppression import Source, Suppression
from shared.http import csv_export
from shared.usecases import suppress
from tests.support.api_calls import (
    MULTIPART,
    Reply,
    create,
    get,
    multipart,
    post,
    post_bytes,
    upload,
)
from tests.support.campaigns import phones
from tests.support.processes import in_threads, process
from tests.support.suppressing import listed, opt_out

LIST = "/api/suppressions"
ANA, BRUNO, MEXICO = "+1 201 555 0100", "+55 11 98888-7777", "+52 55 1234 5678"


@pytest.fixture
def api(fresh_api: Services) -> Services:
    return fresh_api


def stored(services: Services, phone: str) -> Suppression:
    (found,) = services.suppressions.list(phone, 2, None).items
    return found


def counts(reply: Reply) -> tuple[Any, ...]:
    assert reply.status == 200, reply.body
    return tuple(value for name, value in reply.body.items() if name != "success")


# Add and remove.


def test_who_is_put_on_the_list_is_on_it_with_who_did_it_and_why(api: Services) -> None:
    reply = post(LIST, {"phones": [ANA, BRUNO, "001 (201) 555-0100"], "reason": " called us "})

    assert counts(reply) == (2, 0)
    (first, second) = get(LIST).body["suppressions"]
    assert (first["phone"], second["phone"]) == ("12015550100", "5511988887777")
    assert (first["source"], first["reason"]) == ("PERSON", "called us")
    assert (first["actor"], first["actorRole"]) == ("8f3b1c2e-admin", "org_admin")
    assert first["since"]
    assert first["campaignId"] is None


def test_again_it_changes_nothing(api: Services) -> None:
    post(LIST, {"phones": [ANA], "reason": "first"})
    version = api.suppressions.version()

    assert counts(post(LIST, {"phones": [ANA, BRUNO], "reason": "second"})) == (1, 1)

    assert stored(api, "12015550100").reason == "first"
    assert api.suppressions.version() == version + 1


@pytest.mark.parametrize("spelling", ["+525512345678", "+5215512345678"])
def test_a_person_has_one_entry_under_both_spellings(api: Services, spelling: str) -> None:
    post(LIST, {"phones": [MEXICO]})

    assert counts(post(LIST, {"phones": [spelling]})) == (0, 1)
    assert counts(post(f"{LIST}/remove", {"phones": [spelling]})) == (1, 0)
    assert listed(api) == {}
    assert counts(post(f"{LIST}/remove", {"phones": [spelling]})) == (0, 1)


def test_what_a_person_says_is_more_than_a_setting_and_no_less_than_a_word(api: Services) -> None:
    opt_out(api, "12015550100", source=Source.PREFERENCE)
    opt_out(api, "5511988887777", source=Source.REPLY)

    assert counts(post(LIST, {"phones": [ANA, BRUNO]})) == (1, 1)

    assert listed(api) == {"12015550100": Source.PERSON, "5511988887777": Source.REPLY}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "phones is required"),
        ({"phones": []}, "phones"),
        ({"phones": "+12015550100"}, "must be a list"),
        ({"phones": ["+12015550100", "12345"]}, "phones.1 is no phone number: Too short"),
        ({"phones": [12015550100]}, "phones.0 must be a text"),
        ({"phones": ["+12015550100"] * 1001}, "at most 1000"),
        ({"phones": [ANA], "reason": ""}, "reason"),
        ({"phones": [ANA], "reason": "x" * 501}, "at most 500"),
        ({"phones": [ANA], "reason": "two\nlines"}, "one line"),
        ({"phones": [ANA], "source": "REPLY"}, "source is not a known field"),
    ],
)
def test_a_body_that_can_not_be_used_is_refused_in_words(
    api: Services, body: object, words: str
) -> None:
    reply = post(LIST, body)

    assert (reply.status, reply.code) == (400, "VALIDATION_FAILED")
    assert words in reply.words
    assert listed(api) == {}


def test_changes_of_the_list_are_logged_without_a_phone(
    api: Services, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        post(LIST, {"phones": [ANA]})
        post(f"{LIST}/remove", {"phones": [ANA]})

    lines = [
        each for each in caplog.records if getattr(each, "event", "") == "suppressions_changed"
    ]
    assert [(each.count, each.actor) for each in lines] == [(1, "8f3b1c2e-admin")] * 2  # type: ignore[attr-defined]
    assert "2015550100" not in caplog.text


# Read.


def test_the_list_is_paged_and_searched(api: Services) -> None:
    people = sorted([*phones(5), "442071838750", "447700900123"])
    opt_out(api, *people)

    found, cursor = [], None
    while True:
        page = get(LIST, limit="2", **({"cursor": cursor} if cursor else {})).body
        found += [each["phone"] for each in page["suppressions"]]
        if (cursor := page["nextCursor"]) is None:
            break

    assert found == people
    for typed in ("+44 77", "004477", "447700900123"):
        reply = get(LIST, phone=typed).body
        assert [each["phone"] for each in reply["suppressions"]] == ["447700900123"]
    assert get(LIST, phone="49").body["suppressions"] == []


def test_a_cursor_of_another_search_is_refused(api: Services) -> None:
    opt_out(api, *phones(3))
    cursor = get(LIST, limit="1").body["nextCursor"]

    for other in ({"phone": "1555"}, {"phone": "44"}):
        assert get(LIST, cursor=cursor, **other).code == "INVALID_CURSOR"
    assert get(LIST, cursor="x").code == "INVALID_CURSOR"
    assert get(LIST, phnoe="1").code == "VALIDATION_FAILED"
    assert get(LIST, phone="ana").code == "VALIDATION_FAILED"


# Files.


def rows(content: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content, newline="")))


def test_an_import_counts_every_row(api: Services) -> None:
    opt_out(api, "12015550102")
    content = (
        b"name;Phone\nAna;+1 201 555 0100\nB;12345\nC;1-201-555-0100\nD;12015550102\n"
        b"E;5215512345678\nF;+525512345678\n"
    )

    reply = upload(f"{LIST}/import", content)

    assert reply.status == 200, reply.body
    assert (reply.body["inserted"], reply.body["more"]) == (2, False)
    assert reply.body["skipped"] == {"invalid": 1, "duplicate": 2, "alreadyListed": 1}
    assert [(row["line"], row["kind"]) for row in reply.body["rejected"]] == [
        *((3, "invalid"), (4, "duplicate"), (5, "alreadyListed"), (7, "duplicate"))
    ]
    assert listed(api) == {
        "12015550100": Source.IMPORT,
        "12015550102": Source.REPLY,
        "5215512345678": Source.IMPORT,
    }


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "MALFORMED_BODY"),
        (b"\x00\xff", "INVALID_AUDIENCE"),
    ],
)
def test_a_file_that_is_no_list_is_refused(api: Services, content: bytes, code: str) -> None:
    reply = post_bytes(f"{LIST}/import", multipart(content), MULTIPART)

    assert (reply.status, reply.code) == (400, code)


def test_what_is_exported_can_be_imported(api: Services) -> None:
    people = phones(250)
    opt_out(api, *people)
    post(LIST, {"phones": [ANA], "reason": '=cmd|"x", or so'})

    exported = get(f"{LIST}.csv")
    assert exported.status == 200
    assert exported.headers["Content-Type"] == "text/csv; charset=utf-8"
    (ana,) = [row for row in rows(exported.body) if row["phone"] == "12015550100"]
    assert ana["reason"] == '\'=cmd|"x", or so'
    assert {row["phone"] for row in rows(exported.body)} == {*people, "12015550100"}
    post(f"{LIST}/remove", {"phones": [f"+{each}" for each in people]})

    again = upload(f"{LIST}/import", exported.body.encode())

    assert (again.body["inserted"], again.body["skipped"]["alreadyListed"]) == (250, 1)
    assert len(listed(api)) == 251


def test_an_export_of_any_size_comes_in_pieces(
    api: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    opt_out(api, *phones(25), "442071838750")
    monkeypatch.setattr(csv_export, "ROWS_AT_ONCE", 1)
    monkeypatch.setattr(suppress, "_READ_AT_ONCE", 10)
    statuses, content, query = [], "", {"phone": "+1 555"}
    while query:
        reply = get(f"{LIST}.csv", **query)
        statuses.append(reply.status)
        content += reply.body
        query = following(reply)

    assert statuses == [206, 206, 200]
    assert [row["phone"] for row in rows(content)] == phones(25)


def following(reply: Reply) -> dict[str, str]:
    """The query of the next piece."""
    from urllib.parse import parse_qsl, urlsplit

    link = reply.headers.get("Link")
    if link is None:
        return {}
    url, _, relation = link.partition(">")
    assert relation == '; rel="next"'
    assert urlsplit(url[1:]).path == f"{LIST}.csv"
    return dict(parse_qsl(urlsplit(url[1:]).query))


def test_an_import_that_runs_out_of_time_says_so_and_goes_on_when_repeated(
    api: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = ("phone\n" + "\n".join(phones(250))).encode()
    monkeypatch.setattr(pieces, "EXPORT_LIMIT", timedelta(0))

    first = upload(f"{LIST}/import", content)
    assert (first.body["inserted"], first.body["more"]) == (99, True)
    monkeypatch.undo()
    second = process_api(api, content)

    assert (second["inserted"], second["skipped"]["alreadyListed"], second["more"]) == (
        151,
        99,
        False,
    )
    assert len(listed(api)) == 250


def process_api(services: Services, content: bytes) -> dict[str, Any]:
    """The same import, without the handler."""
    from tests.support.suppressing import TESTER

    done = suppress.import_list(
        services.suppressions, services.clock, io.BytesIO(content), TESTER, lambda: True
    )
    return {"inserted": done.inserted, "skipped": done.skipped, "more": done.more}


def test_a_thousand_phones_and_many_hands_at_once_are_exact(api: Services) -> None:
    people = phones(300)
    added: list[int] = []

    def hand(first: int) -> None:
        own = process(api)
        mine = people[first:] + people[:first]
        there = own.suppressions.add(
            [Suppression(phone, own.clock.now(), Source.PERSON) for phone in mine]
        )
        added.append(len(mine) - len(there))

    in_threads(*[lambda n=n: hand(n * 70) for n in range(4)])

    assert sum(added) == 300
    assert set(listed(api)) == set(people)
    assert api.suppressions.version() == 300


# Populate.


def test_who_is_on_the_list_is_left_out_of_an_upload_and_counted(api: Services) -> None:
    opt_out(api, "12015550100", "5215512345678")

    reply = upload(
        f"{create()}/populate",
        b"phone\n+1 201 555 0100\n+1 202 555 0101\n+52 55 1234 5678\n12015550100\n",
    )

    assert reply.body["inserted"] == 1
    assert reply.body["skipped"]["suppressed"] == 2
    assert reply.body["skipped"]["duplicate"] == 1
    first = reply.body["rejected"][0]
    assert (first["line"], first["kind"]) == (2, "suppressed")
    assert first["reason"] == "This person asked not to be written to."
    assert reply.body["totalRecipients"] == 1


def test_an_upload_of_nobody_but_them_adds_nobody(api: Services) -> None:
    people = phones(100)
    opt_out(api, *people)

    reply = upload(f"{create()}/populate", ("phone\n" + "\n".join(people)).encode())

    assert (reply.body["inserted"], reply.body["skipped"]["suppressed"]) == (0, 100)
