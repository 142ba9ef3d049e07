"""Every documented error code leads to exactly one kind of outcome."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.channels.error_codes import MAX_MESSAGE, ROWS, classify
from shared.channels.replies import MAX_DELAY, judge
from shared.domain.outcome import OutcomeKind

REJECTED_ALONE = {131050, 131026, 130472, 131047, 131021, 130403, 131062, 137000, 132005}
REJECTED_ALIKE = {
    131030,
    130497,
    100,
    131008,
    131009,
    131052,
    132000,
    132012,
    132018,
    135000,
}
EXPECTED: dict[OutcomeKind, set[int]] = {
    OutcomeKind.THROTTLED: {4, 80007, 130429, 131057},
    OutcomeKind.RETRY: {1, 2, 131016, 133004, 131056},
    OutcomeKind.UNKNOWN: {131000},
    OutcomeKind.DEFER: {131049},
    OutcomeKind.REJECTED: REJECTED_ALONE | REJECTED_ALIKE,
    OutcomeKind.CAMPAIGN_ERROR: {
        *(131051, 131053, 132001, 132007, 132015, 132016, 132068, 132069),
        *(131063, 131061, 131055, 134100, 134101, 134102),
    },
    OutcomeKind.SENDER_ERROR: {
        *(131048, 131064, 133016, 131042, 131031, 368, 131005, 10, *range(200, 300), 3, 0, 190, 33),
        *(131045, 133010, 131037, 134011),
        *(133000, 133005, 133006, 133008, 133009, 133015),
    },
}
CODES = [(code, kind) for kind, codes in EXPECTED.items() for code in sorted(codes)]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@pytest.mark.parametrize(("code", "kind"), CODES)
@pytest.mark.parametrize("status", [400, 500])
def test_a_documented_code_decides_alone_whatever_the_http_status(
    code: int, kind: OutcomeKind, status: int
) -> None:
    outcome = classify(status, {"code": code})

    assert (outcome.kind, outcome.code) == (kind, str(code))
    assert outcome.shared_fault == (code in REJECTED_ALIKE)
    assert outcome.suppress == (code == 131050)
    assert outcome.message


def test_the_table_has_no_code_that_is_not_listed_here_and_none_twice() -> None:
    codes = [row.code for row in ROWS]

    assert len(codes) == len(set(codes))
    assert {code for code, _ in CODES} - set(range(200, 300)) == set(codes)


@pytest.mark.parametrize(
    ("code", "least"), [(131056, 6), (4, 300), (80007, 300), (131057, 120), (134101, 600)]
)
def test_a_minimum_delay_is_given_where_the_provider_states_one(code: int, least: int) -> None:
    assert classify(400, {"code": code}).delay_seconds == least


def test_plain_throttling_leaves_the_delay_to_the_settings() -> None:
    assert classify(400, {"code": 130429}).delay_seconds is None


@pytest.mark.parametrize(
    ("status", "error", "kind", "alike"),
    [
        (400, {"code": 999999}, OutcomeKind.REJECTED, True),
        (400, {"code": 999999, "is_transient": True}, OutcomeKind.RETRY, False),
        (400, {"code": 999999, "is_transient": "yes"}, OutcomeKind.REJECTED, True),
        (500, {"code": 999999}, OutcomeKind.UNKNOWN, False),
        (503, {"code": 999999, "is_transient": True}, OutcomeKind.UNKNOWN, False),
        (500, None, OutcomeKind.UNKNOWN, False),
        (502, "bad gateway", OutcomeKind.UNKNOWN, False),
        (429, None, OutcomeKind.THROTTLED, False),
        (400, None, OutcomeKind.RETRY, False),
        (408, {}, OutcomeKind.RETRY, False),
        (401, {}, OutcomeKind.SENDER_ERROR, False),
        (403, None, OutcomeKind.SENDER_ERROR, False),
        (404, None, OutcomeKind.SENDER_ERROR, False),
        (302, None, OutcomeKind.SENDER_ERROR, False),
    ],
)
def test_what_is_not_in_the_table_has_a_default(
    status: int, error: object, kind: OutcomeKind, alike: bool
) -> None:
    outcome = classify(status, error)

    assert (outcome.kind, outcome.shared_fault) == (kind, alike)


@pytest.mark.parametrize("code", ["131026", " 131026 ", 131026])
def test_a_code_may_be_text(code: object) -> None:
    assert classify(400, {"code": code}).kind is OutcomeKind.REJECTED
    assert classify(400, {"code": code}).code == "131026"


@pytest.mark.parametrize("code", ["", "x", "9" * 5000, True, 1.5, [], {}, None])
def test_a_code_that_is_no_number_counts_as_missing(code: object) -> None:
    assert classify(400, {"code": code}).code == "HTTP_400"


@pytest.mark.parametrize(
    ("error", "begin"),
    [
        ({"error_data": {"details": "Too\n old"}, "message": "other"}, "Too old. "),
        ({"error_data": "As a text!", "message": "other"}, "As a text! "),
        ({"error_data": {"details": ""}, "message": "(#131026) Undeliverable"}, "(#131026) Undel"),
        ({"title": "From a webhook"}, "From a webhook. "),
        ({"error_data": {"details": 5}}, "Not on WhatsApp"),
    ],
)
def test_the_message_has_the_providers_words_first_and_then_ours(
    error: dict[str, object], begin: str
) -> None:
    message = classify(400, {"code": 131026, **error}).message

    assert message is not None
    assert message.startswith(begin)
    assert "Not on WhatsApp" in message


def test_a_long_message_is_cut_but_keeps_the_advice() -> None:
    message = classify(400, {"code": 190, "message": "x" * 10_000}).message

    assert message is not None
    assert len(message) <= MAX_MESSAGE
    assert message.endswith(
        "valid token (META_ACCESS_TOKEN for the deployment's own), then resume."
    )


@given(
    st.integers(100, 999),
    JSON
    | st.fixed_dictionaries({}, optional={"code": JSON, "error_data": JSON, "is_transient": JSON}),
)
def test_no_error_object_raises(status: int, error: object) -> None:
    assert classify(status, error).kind is not OutcomeKind.ACCEPTED


@given(
    st.integers(100, 999),
    st.dictionaries(st.sampled_from(["retry-after", "date"]), st.text()),
    st.binary(),
)
def test_no_answer_raises_and_bytes_at_random_are_never_a_success(
    status: int, headers: dict[str, str], content: bytes
) -> None:
    outcome = judge(status, headers, content)

    assert outcome.kind not in (OutcomeKind.ACCEPTED, OutcomeKind.HELD)
    assert 0 <= (outcome.delay_seconds or 0) <= MAX_DELAY


@pytest.mark.parametrize(
    ("headers", "delay"),
    [
        ({"retry-after": "17"}, 17),
        ({"retry-after": "0"}, 0),
        ({"retry-after": "9" * 400}, MAX_DELAY),
        (
            {
                "retry-after": "Fri, 20 Nov 2026 10:02:00 GMT",
                "date": "Fri, 20 Nov 2026 10:00:30 GMT",
            },
            90,
        ),
        (
            {
                "retry-after": "Fri, 20 Nov 2026 10:00:00 GMT",
                "date": "Fri, 20 Nov 2026 10:00:30 GMT",
            },
            0,
        ),
        ({"retry-after": "Fri, 20 Nov 2026 10:02:00 GMT"}, 120),
        ({"retry-after": "-1"}, 120),
        ({"retry-after": "soon"}, 120),
        ({"retry-after": "Fri, 20 Nov 99999999999999999999 10:02:00 GMT", "date": "x"}, 120),
        ({}, 120),
    ],
)
def test_a_retry_after_replaces_our_own_delay_if_it_can_be_understood(
    headers: dict[str, str], delay: float
) -> None:
    outcome = judge(500, headers, b'{"error":{"code":131057}}')

    assert (outcome.kind, outcome.delay_seconds) == (OutcomeKind.THROTTLED, delay)


def test_a_retry_after_does_not_turn_a_final_answer_into_a_later_one() -> None:
    outcome = judge(400, {"retry-after": "5"}, b'{"error":{"code":131026}}')

    assert (outcome.kind, outcome.delay_seconds) == (OutcomeKind.REJECTED, None)
