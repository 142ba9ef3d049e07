"""Bodies as API Gateway delivers them, good and bad."""

import base64
import contextlib
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2
from hypothesis import given
from hypothesis import strategies as st

from shared.http.body import EVENT_LIMIT, read_json, read_upload
from shared.http.errors import (
    BodyTooLargeError,
    MalformedBodyError,
    RequestError,
    UnsupportedMediaTypeError,
)

FORM = 'multipart/form-data; boundary="XX"'


def event(
    body: str | bytes | None, content_type: str | None = "application/json", **extra: Any
) -> APIGatewayProxyEventV2:
    """An event whose body is text as it is, or bytes in base64."""
    encoded = isinstance(body, bytes)
    headers = {} if content_type is None else {"Content-Type": content_type}
    text = base64.b64encode(body).decode() if isinstance(body, bytes) else body
    return APIGatewayProxyEventV2(
        {"headers": headers, "body": text, "isBase64Encoded": encoded, **extra}
    )


def form(*parts: tuple[str, bytes], boundary: bytes = b"XX") -> bytes:
    """A multipart body of parts: the Content-Disposition and the content."""
    whole = b"".join(
        b"--%b\r\nContent-Disposition: %b\r\n\r\n%b\r\n" % (boundary, head.encode(), content)
        for head, content in parts
    )
    return whole + b"--%b--\r\n" % boundary


@pytest.mark.parametrize(
    "body", ['{"a": 1}', b'{"a": 1}', '\ufeff{"a": 1}', b'\xef\xbb\xbf{"a": 1}']
)
@pytest.mark.parametrize(
    "content_type",
    [None, "application/json", "Application/JSON; charset=utf-8", "application/merge-patch+json"],
)
def test_json_is_read_however_it_is_delivered(body: str | bytes, content_type: str | None) -> None:
    assert read_json(event(body, content_type)) == {"a": 1}


@pytest.mark.parametrize("body", [None, "", "  \n", b""])
def test_no_body_is_no_value(body: str | bytes | None) -> None:
    assert read_json(event(body)) is None


@pytest.mark.parametrize(
    "body",
    [
        "{",
        "[]",
        '[{"a": 1}]',
        "null",
        "7",
        '"text"',
        "true",
        '{"a": NaN}',
        '{"a": -Infinity}',
        '{"a": ' + "9" * 5000 + "}",
        "[" * 100_000,
        '{"a":' * 100_000,
        "action=start",
        b"\xff\xfe{",
        b"PK\x03\x04",
        b"\x00",
    ],
    ids=lambda body: repr(body[:12]),
)
def test_what_is_no_json_object_is_refused(body: str | bytes) -> None:
    with pytest.raises(MalformedBodyError):
        read_json(event(body))


def test_a_mistake_in_json_is_located() -> None:
    with pytest.raises(MalformedBodyError, match="line 2, column 3"):
        read_json(event("{\n  x}"))


@pytest.mark.parametrize("damaged", ["*", "e30", "e30=*", "e3 0="])
def test_damaged_base64_is_refused(damaged: str) -> None:
    with pytest.raises(MalformedBodyError, match="base64"):
        read_json(event(damaged, isBase64Encoded=True))


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", FORM, "application/xml", "x"],
)
def test_json_under_another_name_is_refused(content_type: str) -> None:
    with pytest.raises(UnsupportedMediaTypeError, match="Content-Type: application/json"):
        read_json(event('{"a": 1}', content_type))


@pytest.mark.parametrize(
    "head",
    [
        'form-data; name="file"; filename="people.csv"',
        'form-data; filename="name=x.csv"; name="file"',
        'form-data; filename="it has name=\\"y\\" in it.csv"; name="file"',
        "form-data; name=file; filename=people.csv",
        "form-data; name=\"file\"; filename*=UTF-8''l%C3%B6we.csv",
        'form-data; name="file"',
        'FORM-DATA; NAME="file"',
    ],
)
def test_the_file_is_found_however_its_part_is_written(head: str) -> None:
    assert read_upload(event(form((head, b"4917\r\n")), FORM)) == b"4917\r\n"


@pytest.mark.parametrize(
    "content",
    [b"\x00\xff\r\n\r\n--X\r\n--\xff", b"a\nb", b"not at a line's start: --XX", b"x--XX--"],
)
def test_the_bytes_of_a_file_arrive_unchanged(content: bytes) -> None:
    body = form(('form-data; name="note"', b"hello"), ('form-data; name="file"', content))

    assert read_upload(event(body, FORM)) == content


@given(content=st.binary(min_size=1).filter(lambda content: content.strip() != b""))
def test_any_bytes_survive_the_form(content: bytes) -> None:
    boundary = b"a-boundary-that-no-random-bytes-hold"
    body = form(('form-data; name="file"', content), boundary=boundary)

    kind = f"multipart/form-data; boundary={boundary.decode()}"
    assert read_upload(event(body, kind)) == content


def test_a_form_may_have_text_before_its_first_part_and_be_delivered_as_text() -> None:
    body = "preamble\r\n" + form(('form-data; name="file"', "é".encode())).decode()

    assert read_upload(event(body, FORM)) == "é".encode()


@pytest.mark.parametrize("body", ["491711111111\n", b"491711111111\n"])
def test_a_bare_csv_is_a_file_too(body: str | bytes) -> None:
    assert read_upload(event(body, "text/csv; charset=utf-8")) == b"491711111111\n"


@pytest.mark.parametrize(
    ("body", "content_type", "words"),
    [
        (form(), FORM, "no field 'file'"),
        (form(("form-data; name=list", b"1")), FORM, "It has: list"),
        (form(("form-data; name=file", b"1"), ("form-data; name=file", b"2")), FORM, "one file"),
        (form(("form-data; name=file", b" \r\n ")), FORM, "empty"),
        (form(("form-data; name=file", b"")), FORM, "empty"),
        (b"", "text/csv", "empty"),
        (None, "text/csv", "empty"),
        (None, FORM, "cut off"),
        (b"", FORM, "cut off"),
        (b"\xff" * 50, FORM, "cut off"),
        (form(("form-data; name=file", b"1"))[:-8], FORM, "cut off"),
        (form(("form-data; name=file", b"1"), boundary=b"YY"), FORM, "another boundary"),
        (form(("form-data; name=file", b"1")), "multipart/form-data", "no boundary"),
        (form(("form-data; name=file", b"1")), "multipart/form-data; boundary=", "no boundary"),
    ],
)
def test_a_form_without_a_usable_file_is_refused(
    body: bytes | None, content_type: str, words: str
) -> None:
    with pytest.raises(MalformedBodyError, match=words):
        read_upload(event(body, content_type))


@pytest.mark.parametrize("content_type", [None, "", "application/json", "application/octet-stream"])
def test_a_file_under_another_name_is_refused(content_type: str | None) -> None:
    with pytest.raises(UnsupportedMediaTypeError, match="curl -F file="):
        read_upload(event("491711111111", content_type))


def test_a_body_larger_than_a_function_takes_is_refused_with_a_way_out() -> None:
    body = "1" * (EVENT_LIMIT + 1)

    with pytest.raises(BodyTooLargeError, match="Import the list"):
        read_upload(event(body, "text/csv"))
    with pytest.raises(BodyTooLargeError):
        read_json(event(body))
    assert len(read_upload(event(body[:-1], "text/csv"))) == EVENT_LIMIT


@given(
    body=st.one_of(st.none(), st.text(), st.binary()),
    content_type=st.one_of(
        st.none(),
        st.text(),
        st.sampled_from([FORM, "application/json", "text/csv", "multipart/form-data; boundary*=x"]),
    ),
)
def test_nothing_that_arrives_is_a_fault_of_ours(
    body: str | bytes | None, content_type: str | None
) -> None:
    for read in (read_json, read_upload):
        with contextlib.suppress(RequestError):
            read(event(body, content_type))
