"""Whatever Meta's servers send becomes an update or a reason why not; nothing raises."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.channels.webhook_messages import NO_REASON, number_of, parse
from shared.domain.outcome import OutcomeKind
from shared.domain.updates import Preference, Reference, Reply, StatusKind, StatusUpdate
from tests.support.meta_webhooks import failed, messages_value, status

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
THEN = datetime.fromtimestamp(1795176000, UTC)
LONG_AGO = datetime(2009, 1, 1, tzinfo=UTC)
REFERENCE = Reference("cmp_1", "12015550100", "claim")
NAMES = (
    *("statuses", "messages", "user_preferences", "errors", "metadata", "phone_number_id"),
    *("id", "status", "timestamp", "biz_opaque_callback_data", "code", "error_data", "details"),
    *("from", "type", "context", "text", "body", "button", "payload", "interactive", "title"),
    *("button_reply", "reaction", "message_id", "wa_id", "value", "category", "message"),
)
WORDS = st.sampled_from(("failed", "sent", "read", "stop", "1795176000", "1|a|b|c", "131049"))
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | WORDS
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=5), inner, max_size=6)
    ),
    max_leaves=40,
)


def statuses(*items: Any) -> list[StatusUpdate]:
    found = parse(messages_value(statuses=list(items)), NOW)
    assert not found.unused
    return [update for update, _ in found.statuses]


def replies(*items: Any) -> list[Reply]:
    return [reply for reply, _ in parse(messages_value(messages=list(items)), NOW).replies]


def reasons(**lists: Any) -> list[str]:
    found = parse(messages_value(**lists), NOW)
    assert [*found.statuses, *found.replies, *found.preferences] == []
    return [reason for reason, _ in found.unused]


def message(**more: Any) -> dict[str, Any]:
    fields = {"id": "wamid.in", "from": "12015550100", "timestamp": "1795176000", "type": "text"}
    return {name: value for name, value in (fields | more).items() if value is not None}


def test_a_status_with_our_id_names_the_recipient_and_comes_with_metas_object() -> None:
    sent = status("sent", biz_opaque_callback_data=str(REFERENCE), pricing={"billable": True})

    (found,) = parse(messages_value(statuses=[sent]), NOW).statuses

    assert found == (StatusUpdate(StatusKind.SENT, THEN, "wamid.1", REFERENCE), sent)


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("sent", StatusKind.SENT),
        ("delivered", StatusKind.DELIVERED),
        ("read", StatusKind.READ),
        ("played", StatusKind.READ),
        ("READ ", StatusKind.READ),
    ],
)
def test_the_kinds_of_status(word: str, kind: StatusKind) -> None:
    assert statuses(status(word)) == [StatusUpdate(kind, THEN, "wamid.1")]


@pytest.mark.parametrize("word", ["deleted", "warning", "", None, 7, [], {"a": 1}])
def test_an_unknown_status_is_unused(word: Any) -> None:
    assert reasons(statuses=[{**status(), "status": word}]) == ["an unknown status"]


@pytest.mark.parametrize("missing", ["recipient_id", "timestamp", "x"])
def test_a_status_needs_only_its_kind_and_its_message(missing: str) -> None:
    assert len(statuses(status(**{missing: None}))) == 1


@pytest.mark.parametrize("other", [None, "", "  ", 1.5, True, [], {}, "x" * 513, "\ud800"])
def test_without_a_message_id_a_status_is_unused(other: Any) -> None:
    assert reasons(statuses=[{**status(), "id": other}]) == ["no message id in it"]


@pytest.mark.parametrize(
    "opaque",
    [None, 7, "", "order-17", "1|a|b|\ud800", "2|cmp_1|1|c", "1|cmp_1||c", "1|a|b|c|d", {"a": 1}],
)
def test_an_id_that_is_not_ours_names_nobody(opaque: Any) -> None:
    (found,) = statuses({**status(), "biz_opaque_callback_data": opaque})

    assert found.reference is None


@pytest.mark.parametrize(
    ("given_", "at"),
    [
        ("1795176000", THEN),
        (1795176000, THEN),
        (1795176000.0, THEN),
        (" 1795176000 ", THEN),
        (str(int(NOW.timestamp()) + 3600), NOW),
        (1795176000000, NOW),  # milliseconds
        ("9" * 400, NOW),
        (10**400, NOW),
        (float("inf"), NOW),
        ("-1", NOW),
        (0, NOW),
        ("0", NOW),
        ("1230000000", NOW),
        (float("nan"), NOW),
        ("nan", NOW),
        ("soon", NOW),
        ("", NOW),
        (None, NOW),
        (True, NOW),
        ([1795176000], NOW),
        ("1577836800", datetime(2020, 1, 1, tzinfo=UTC)),
    ],
)
def test_an_instant_that_can_not_be_is_when_it_came(given_: Any, at: datetime) -> None:
    (found,) = statuses({**status(), "timestamp": given_})

    assert found.at == at


@pytest.mark.parametrize("code", [131049, "131049", " 131049 "])
def test_a_failure_says_why_whether_the_code_is_a_number_or_text(code: Any) -> None:
    (found,) = statuses(failed(code))

    assert found.kind is StatusKind.FAILED
    assert found.failure is not None
    assert (found.failure.kind, found.failure.code) == (OutcomeKind.DEFER, "131049")
    assert "healthy ecosystem" in (found.failure.message or "")


def test_a_reason_may_be_a_bare_text_and_the_first_with_a_code_counts() -> None:
    errors = ["x", {"title": "no code"}, {"code": "131026", "error_data": "Not on WhatsApp"}]

    (found,) = statuses(status("failed", errors=errors))

    assert found.failure is not None
    assert (found.failure.kind, found.failure.code) == (OutcomeKind.REJECTED, "131026")
    assert "Not on WhatsApp" in (found.failure.message or "")


@pytest.mark.parametrize("errors", [None, [], {}, "131026", [[]], [{"code": None}], 7])
def test_a_failure_without_a_reason_says_so(errors: Any) -> None:
    (found,) = statuses({**status("failed"), "errors": errors})

    assert found.failure == NO_REASON


def test_errors_beside_a_delivery_are_no_failure() -> None:
    (found,) = statuses({**failed(), "status": "delivered"})

    assert found.failure is None


def test_a_reply_with_what_it_answers() -> None:
    given_ = message(text={"body": "Thanks!"}, context={"from": "1", "id": "wamid.1"})

    assert replies(given_) == [Reply(THEN, "wamid.in", "12015550100", "wamid.1", "Thanks!")]


@pytest.mark.parametrize(
    ("more", "text", "button"),
    [
        # Meta's own example of a template's quick reply.
        (
            {"button": {"payload": "Unsubscribe", "text": "Unsubscribe"}},
            "Unsubscribe",
            "Unsubscribe",
        ),
        ({"button": {"text": "Stop promotions"}}, "Stop promotions", None),
        ({"interactive": {"button_reply": {"id": "no", "title": "Stop"}}}, "Stop", "no"),
        ({"interactive": {"list_reply": {"id": "3", "title": "Third"}}}, "Third", "3"),
        ({"interactive": {"nfm_reply": {"response_json": "{}"}}}, None, None),
        ({"image": {"id": "1", "caption": "look"}}, "look", None),
        ({"sticker": {"id": "1"}}, None, None),
        ({"text": {"body": 7}}, None, None),
        ({"text": "STOP"}, None, None),
        ({"text": {"body": "half \ud800"}}, "half ?", None),
        ({"text": {"body": "x" * 9000}}, "x" * 4096, None),
        ({"button": "x", "interactive": [], "text": None}, None, None),
    ],
)
def test_what_a_person_says_in_words_or_with_a_button(
    more: dict[str, Any], text: str | None, button: str | None
) -> None:
    (found,) = replies(message(**more))

    assert (found.text, found.button) == (text, button)


def test_a_reaction_answers_the_message_that_it_is_about() -> None:
    (found,) = replies(message(type="reaction", reaction={"message_id": "wamid.1", "emoji": "👍"}))

    assert found.context_id == "wamid.1"


@pytest.mark.parametrize(
    "hidden", [None, "", "US.13491208655302741918", "123", "1" * 16, "١٢٣٤٥٦٧"]
)
def test_a_person_whose_phone_is_hidden_has_none(hidden: Any) -> None:
    (found,) = replies({**message(), "from": hidden})

    assert found.phone is None


def test_a_phone_may_be_a_number_or_have_a_plus() -> None:
    found = replies({**message(), "from": 12015550100}, {**message(), "from": "+12015550100"})

    assert {reply.phone for reply in found} == {"12015550100"}


@pytest.mark.parametrize("when", [None, "soon", 0])
def test_a_reply_at_an_unknown_time_opens_no_window(when: Any) -> None:
    (found,) = replies({**message(), "timestamp": when})

    assert found.at == LONG_AGO


def test_what_the_system_tells_is_no_reply() -> None:
    system = {"body": "User changed number", "type": "user_changed_number"}

    assert reasons(messages=[message(type="system", system=system)]) == ["not a person's message"]


def test_a_wish_and_its_withdrawal() -> None:
    wish = {
        "wa_id": "12015550100",
        "detail": "User requested to stop marketing messages",
        "category": "marketing_messages",
        "value": "stop",
        "timestamp": 1795176000,
    }

    found = parse({"user_preferences": [wish, wish | {"value": "resume"}]}, NOW).preferences

    assert found == [
        Preference(THEN, "12015550100", wants_marketing=False),
        Preference(THEN, "12015550100", wants_marketing=True),
    ]


def test_at_an_unknown_time_a_stop_is_the_last_word_and_a_resume_is_not() -> None:
    wishes = [{"wa_id": "12015550100", "value": value} for value in ("stop", "resume")]

    stop, resume = parse({"user_preferences": wishes}, NOW).preferences

    assert (stop.at, resume.at) == (NOW, LONG_AGO)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"value": "signup"}, "an unknown wish"),
        ({"value": None}, "an unknown wish"),
        ({"category": "utility_messages"}, "an unknown wish"),
        ({"wa_id": None}, "no phone in it"),
        ({"wa_id": "US.1"}, "no phone in it"),
    ],
)
def test_a_wish_that_is_not_understood_changes_nothing(
    changed: dict[str, Any], reason: str
) -> None:
    wish = {"wa_id": "12015550100", "value": "stop", "category": "marketing_messages"} | changed

    assert reasons(user_preferences=[wish]) == [reason]


def test_an_error_of_the_number_itself_is_handed_on() -> None:
    value = messages_value(errors=[{"code": 130429, "title": "Rate limit hit"}])

    (trouble,) = parse(value, NOW).troubles

    assert (trouble.kind, trouble.code) == (OutcomeKind.THROTTLED, "130429")


@pytest.mark.parametrize("name", ["statuses", "messages", "user_preferences", "errors"])
@pytest.mark.parametrize("wrong", [7, "x", [None], [[]], [1, "x"]])
def test_a_list_of_something_else_is_unused(name: str, wrong: Any) -> None:
    expected = len(wrong) if isinstance(wrong, list) else 1

    assert reasons(**{name: wrong}) == [f"no object in {name}"] * expected


def test_one_bad_status_does_not_keep_the_others() -> None:
    found = parse(messages_value(statuses=[7, status("x"), status()]), NOW)

    assert (len(found.statuses), len(found.unused)) == (1, 2)


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (messages_value("1065"), "1065"),
        ({"metadata": {"phone_number_id": 1065}}, "1065"),
        ({"metadata": {"phone_number_id": None}}, None),
        ({"metadata": []}, None),
        ({}, None),
        (None, None),
    ],
)
def test_whose_it_is(value: Any, number: str | None) -> None:
    assert number_of(value) == number


@given(ANYTHING)
def test_whatever_comes_nothing_raises_and_what_is_found_can_be_stored(value: Any) -> None:
    found = parse(value, NOW)
    number_of(value)

    for update, _ in found.statuses:
        assert update.message_id.encode()
        assert LONG_AGO <= update.at <= NOW
        assert (update.failure is None) == (update.kind is not StatusKind.FAILED)
    for reply, _ in found.replies:
        assert (reply.text or "").encode("utf-8") is not None
        assert (reply.button or "").encode("utf-8") is not None
        assert LONG_AGO <= reply.at <= NOW
    assert all(wish.phone.isdigit() for wish in found.preferences)


@given(st.lists(ANYTHING, max_size=5), st.sampled_from(["statuses", "messages"]))
def test_everything_in_a_list_is_used_or_unused(items: list[Any], name: str) -> None:
    found = parse({name: items}, NOW)

    used = len(found.statuses) + len(found.replies)
    assert used + len(found.unused) == len(items)


def test_time_goes_by_between_the_sending_and_the_receiving() -> None:
    (found,) = statuses(status(timestamp=str(int((NOW - timedelta(days=7)).timestamp()))))

    assert found.at == NOW - timedelta(days=7)
