"""A POST of Meta is cut into queue messages: nothing is lost, nothing is too large."""

import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.channels.webhook_door import (
    EXCERPT_LIMIT,
    ITEMS_LIMIT,
    MESSAGE_LIMIT,
    MESSAGES_LIMIT,
    challenge,
    is_signed,
    queue_messages,
)
from tests.support.meta_webhooks import (
    ACCOUNT,
    APP_SECRET,
    VERIFY_TOKEN,
    change,
    messages_value,
    metadata,
    post,
    signature,
    status,
)

ASKED = {
    "hub.mode": "subscribe",
    "hub.verify_token": VERIFY_TOKEN,
    "hub.challenge": "1158201444",
}
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=30,
)
ALMOST = st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.fixed_dictionaries(
            {},
            optional=dict.fromkeys(
                (
                    *("object", "entry", "id", "changes", "field", "value"),
                    *("statuses", "messages", "metadata", "errors", "contacts"),
                ),
                inner,
            ),
        )
    ),
    max_leaves=40,
)


def split(body: bytes) -> list[dict[str, Any]]:
    found = queue_messages(body)
    assert all(len(message) <= MESSAGE_LIMIT for message in found)
    assert all(message.isascii() for message in found)
    return [json.loads(message) for message in found]


def items(found: list[dict[str, Any]], name: str = "statuses") -> list[Any]:
    return [item for message in found for item in message.get("value", {}).get(name, [])]


def test_a_signature_is_over_the_raw_bytes_and_this_secret() -> None:
    body = '{"a":"é 😀"}'.encode()
    header = signature(body)["X-Hub-Signature-256"]

    assert is_signed(body, header, APP_SECRET)
    for other in (body + b" ", body[:-1], b""):
        assert not is_signed(other, header, APP_SECRET)
    for wrong in ("", "sha256=", header[:-1], header.replace("sha256=", "sha1="), "\ud800é"):
        assert not is_signed(body, wrong, APP_SECRET)
    assert not is_signed(body, header, "another")


def test_a_secret_that_nobody_has_set_opens_nothing() -> None:
    body = b"{}"

    assert not is_signed(body, signature(body, "")["X-Hub-Signature-256"], "")
    assert challenge(ASKED | {"hub.verify_token": ""}, "") is None


@pytest.mark.parametrize(
    "changed",
    [
        {"hub.mode": "unsubscribe"},
        {"hub.mode": ""},
        {"hub.verify_token": "another"},
        {"hub.verify_token": ""},
        {"hub.verify_token": "\ud800"},
    ],
)
def test_metas_check_is_answered_with_its_challenge_and_no_other_is(
    changed: dict[str, str],
) -> None:
    assert challenge(ASKED, VERIFY_TOKEN) == "1158201444"
    assert challenge(ASKED | changed, VERIFY_TOKEN) is None
    assert challenge({}, VERIFY_TOKEN) is None


def test_one_status_is_one_message_with_what_is_needed_to_use_it() -> None:
    value = messages_value(statuses=[status()], contacts=[{"wa_id": "1"}])

    assert split(post(change(value))) == [
        {
            "v": 1,
            "account": ACCOUNT,
            "field": "messages",
            "tries": 0,
            "value": messages_value(statuses=[status()]),
        }
    ]


def test_a_thousand_updates_in_a_thousand_changes_are_a_few_messages() -> None:
    sent = [status(message_id=f"wamid.{n}") for n in range(1000)]
    body = post(*(change(messages_value(statuses=[one])) for one in sent))

    found = split(body)

    assert len(found) == 10
    assert items(found) == sent
    assert {json.dumps(message["value"]["metadata"]) for message in found} == {
        json.dumps(metadata())
    }


def test_three_megabytes_become_messages_that_the_queue_takes() -> None:
    sent = [status(message_id=f"wamid.{n}", conversation={"x": "y" * 2900}) for n in range(1000)]
    body = post(change(messages_value(statuses=sent)))
    assert len(body) > 3_000_000

    found = split(body)

    assert items(found) == sent
    assert max(len(message["value"]["statuses"]) for message in found) <= ITEMS_LIMIT


def test_numbers_and_accounts_are_kept_apart() -> None:
    values = [messages_value(number, statuses=[status()]) for number in ("1", "2", "1")]

    found = split(post(*map(change, values)))

    numbers = [message["value"]["metadata"]["phone_number_id"] for message in found]
    assert numbers == ["1", "2"]
    assert [len(message["value"]["statuses"]) for message in found] == [2, 1]


def test_everything_of_a_value_goes_on_lists_and_the_rest() -> None:
    errors = [{"code": 130429}]
    value = messages_value(
        statuses=[status()], messages=[{"from": "1"}], errors=errors, new_field={"a": 1}
    )

    found = split(post(change(value)))

    assert items(found) == [status()]
    assert items(found, "messages") == [{"from": "1"}]
    assert [m["value"]["errors"] for m in found if "errors" in m["value"]] == [errors]
    assert [m["value"]["new_field"] for m in found if "new_field" in m["value"]] == [{"a": 1}]


def test_another_field_goes_on_as_it_is() -> None:
    value = {"event": "PAUSED", "message_template_id": 5}

    body = json.loads(post(change(value, "message_template_status_update")))
    body["entry"][0]["time"] = 1795176000
    (found,) = split(json.dumps(body).encode())

    assert (found["account"], found["time"]) == (ACCOUNT, "1795176000")
    assert (found["field"], found["value"]) == ("message_template_status_update", value)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not JSON"),
        (b"\xff\x00\xfe", "not JSON"),
        (b"{" * 100_000, "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"null", "no entries"),
        (b"[]", "no entries"),
        (b'{"object": "whatsapp_business_account"}', "no entries"),
        (b'{"object": "page", "entry": []}', "not of a WhatsApp account"),
        (post().replace(b"[]", b"7"), "an entry without changes"),
        (post(7), "a change without a value"),
        (post(change([])), "a change without a value"),
        (post(change(messages_value(statuses=["x" * 300_000]))), "too large for the queue"),
        (post(change({"a": "x" * 300_000})), "too large for the queue"),
    ],
)
def test_what_can_not_be_used_is_named_and_shown(body: bytes, reason: str) -> None:
    (found,) = split(body)

    assert (found["unused"], found["count"]) == (reason, 1)
    assert len(found["excerpt"]) <= EXCERPT_LIMIT
    assert found["excerpt"] or not body


def test_one_bad_change_does_not_keep_the_others() -> None:
    found = split(post(7, change(messages_value(statuses=[status()])), None, 7))

    assert items(found) == [status()]
    assert [message["count"] for message in found if "unused" in message] == [3]


def test_a_flood_of_junk_is_a_bounded_number_of_messages() -> None:
    junk = json.dumps({"object": "whatsapp_business_account", "entry": [0] * 1_000_000}).encode()
    changes = post(*({"field": "f", "value": {}} for _ in range(100_000)))

    assert [message["count"] for message in split(junk)] == [1_000_000]
    found = split(changes)
    assert len(found) == MESSAGES_LIMIT + 1
    assert found[-1]["count"] == 100_000 - MESSAGES_LIMIT


@given(ANY_JSON | ALMOST)
def test_whatever_json_comes_it_is_cut_without_a_failure(payload: Any) -> None:
    found = split(json.dumps(payload).encode())

    assert found or (isinstance(payload, dict) and payload.get("entry") is not None)
    for message in found:
        assert message["v"] == 1
        assert ("unused" in message) != ("value" in message)


@given(st.lists(ALMOST, max_size=6), st.lists(ALMOST, max_size=6))
def test_no_update_is_lost(statuses: list[Any], replies: list[Any]) -> None:
    value = messages_value(statuses=statuses, messages=replies)

    found = split(post(change(value), change(value)))

    def times(values: list[Any]) -> Counter[str]:
        return Counter(json.dumps(one) for one in values)

    assert times(items(found)) == times(statuses * 2)
    assert times(items(found, "messages")) == times(replies * 2)


@given(st.binary(max_size=300))
def test_whatever_bytes_come_they_are_kept(body: bytes) -> None:
    assert split(body) or not body
