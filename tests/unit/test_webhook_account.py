"""What Meta tells of templates, numbers and accounts: each kind in Meta's own form, and junk."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.channels.webhook_account import FIELDS, instant, parse
from shared.channels.webhook_values import tier
from shared.domain.unused import NO_NEWS
from shared.domain.updates import AccountChange, LimitChange, NumberChange, TemplateChange

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
TEMPLATE = {
    "message_template_id": 1689556908129832,
    "message_template_name": "order_confirmation",
    "message_template_language": "en-US",
}


def only(field: str, value: dict[str, Any]) -> Any:
    changes, unused = parse(field, value, AT)
    assert unused == []
    (change,) = changes
    assert change.at == AT
    return change


def status(event: str, **more: Any) -> TemplateChange:
    value = TEMPLATE | {"event": event, "reason": "NONE"} | more
    change = only("message_template_status_update", value)
    assert isinstance(change, TemplateChange)
    return change


@pytest.mark.parametrize(
    ("event", "usable"),
    [
        ("APPROVED", True),
        ("REINSTATED", True),
        ("UNPAUSED", True),
        ("PAUSED", False),
        ("DISABLED", False),
        ("REJECTED", False),
        ("PENDING", False),
        ("IN_APPEAL", False),
        ("DELETED", False),
        ("PENDING_DELETION", False),
        ("ARCHIVED", False),
        ("UNARCHIVED", None),
        ("FLAGGED", None),
        ("LOCKED", None),
        ("LIMIT_EXCEEDED", None),
    ],
)
def test_each_event_of_a_template_says_whether_it_can_be_sent(
    event: str, usable: bool | None
) -> None:
    change = status(event)

    assert (change.name, change.language) == ("order_confirmation", "en_US")
    assert (change.event, change.usable) == (event, usable)
    assert change.words.endswith(".")
    assert change.words[0].isupper()


@pytest.mark.parametrize(
    ("event", "title", "usable"),
    [
        ("PAUSED", "FIRST_PAUSE", False),
        ("PAUSED", "UNPAUSE", True),
        ("LOCKED", "SECOND_PAUSE", False),
        ("LOCKED", "RATE_LIMITING_PAUSE", False),
        ("LOCKED", "UNPAUSE", True),
        ("APPROVED", "UNPAUSE", True),
        ("APPROVED", "FIRST_PAUSE", True),  # the event is the later one
        ("FLAGGED", "something new", None),
    ],
)
def test_the_title_beside_it_decides_what_a_vague_event_means(
    event: str, title: str, usable: bool | None
) -> None:
    info = {"title": title, "description": "Your template has been paused for 3 hours."}

    change = status(event, other_info=info)

    assert change.usable is usable
    assert change.words.endswith("Your template has been paused for 3 hours.")


def test_metas_reason_is_in_the_words() -> None:
    rejection = {"reason": "A variable is at the end.", "recommendation": "Add text after it."}
    detailed = status("REJECTED", reason="INVALID_FORMAT", rejection_info=rejection)
    short = status("REJECTED", reason="ABUSIVE_CONTENT")
    none = status("PENDING_DELETION", reason=None)

    assert detailed.words == (
        "Meta rejected the template: A variable is at the end. Add text after it."
    )
    assert short.words == "Meta rejected the template: ABUSIVE_CONTENT."
    assert none.words == "The template was deleted."


@pytest.mark.parametrize(
    "field", ["message_template_quality_update", "message_template_status_update"]
)
def test_a_templates_quality_is_known_by_its_keys_whatever_the_field_says(field: str) -> None:
    value = TEMPLATE | {"previous_quality_score": "GREEN", "new_quality_score": "YELLOW"}

    change = only(field, value)

    assert (change.event, change.usable) == ("QUALITY", None)
    assert change.words == "The template's quality went from GREEN to YELLOW."


def test_a_category_that_has_changed_and_one_that_will() -> None:
    done = TEMPLATE | {"previous_category": "UTILITY", "new_category": "MARKETING"}
    planned = TEMPLATE | {
        "new_category": "UTILITY",
        "correct_category": "MARKETING",
        "category_update_timestamp": 1746169200,
    }

    assert only("template_category_update", done).words == (
        "The template's category went from UTILITY to MARKETING, which changes its price."
    )
    assert only("template_category_update", planned).words == (
        "Meta will move the template to the category MARKETING, which changes its price."
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            {
                "event": "THROUGHPUT_UPGRADE",
                "current_limit": "TIER_UNLIMITED",  # of the throughput
                "max_daily_conversations_per_business": "TIER_100K",
            },
            (None, "HIGH", "TIER_100K"),
        ),
        (
            {"event": "ONBOARDING", "max_daily_conversations_per_business": 2000},
            (None, None, "TIER_2K"),
        ),
        (
            {"event": "ONBOARDING", "old_limit": "TIER_NOT_SET", "current_limit": "TIER_250"},
            (None, None, "TIER_250"),
        ),
        ({"event": "FLAGGED", "current_limit": "TIER_10K"}, ("RED", None, "TIER_10K")),
        ({"event": "UNFLAGGED"}, ("UNKNOWN", None, None)),
        ({"event": "DOWNGRADE", "current_limit": "TIER_2K"}, (None, None, "TIER_2K")),
    ],
)
def test_news_of_a_number(value: dict[str, Any], expected: tuple[Any, ...]) -> None:
    value = {"display_phone_number": "15550783881"} | value
    changes, unused = parse("phone_number_quality_update", value, AT)

    change, *limits = changes
    assert isinstance(change, NumberChange)
    assert (change.display_number, change.at, unused) == ("15550783881", AT, [])
    limit = limits[0].messaging_limit if limits else None  # the whole business's
    assert (change.quality, change.throughput, limit) == expected


def test_a_number_is_its_digits() -> None:
    for written in ("+1 (555) 078-3881", "15550783881", 15550783881):
        value = {"display_phone_number": written, "event": "FLAGGED"}
        assert only("phone_number_quality_update", value).display_number == "15550783881"


@pytest.mark.parametrize(
    ("value", "limit"),
    [
        ({"max_daily_conversations_per_business": "TIER_2K"}, "TIER_2K"),
        ({"max_daily_conversations_per_business": 2000}, "TIER_2K"),
        ({"max_daily_conversations_per_business": "2000"}, "TIER_2K"),
        ({"max_daily_conversations_per_business": -1}, "TIER_UNLIMITED"),
        ({"max_daily_conversations_per_business": "TIER_UNLIMITED"}, "TIER_UNLIMITED"),
        ({"max_daily_conversation_per_phone": 250, "max_phone_numbers_per_waba": 25}, "TIER_250"),
    ],
)
def test_a_limit_of_the_business_in_every_form_that_meta_uses(
    value: dict[str, Any], limit: str
) -> None:
    change = only("business_capability_update", value)

    assert isinstance(change, LimitChange)
    assert change.messaging_limit == limit


@pytest.mark.parametrize("value", ["TIER_NOT_SET", "TIER_", "TIER_K", 0, -2, 10**12, None, True])
def test_what_is_no_limit_is_none(value: object) -> None:
    assert tier(value) is None


@pytest.mark.parametrize(
    ("value", "event", "free"),
    [
        ({"event": "ACCOUNT_DELETED"}, "ACCOUNT_DELETED", False),
        ({"event": "ACCOUNT_OFFBOARDED"}, "ACCOUNT_OFFBOARDED", False),
        ({"event": "ACCOUNT_RECONNECTED"}, "ACCOUNT_RECONNECTED", True),
        ({"event": "PARTNER_REMOVED"}, "PARTNER_REMOVED", None),
        ({"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": "DISABLE"}}, "DISABLE", False),
        (
            {"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": ["REINSTATE"]}},
            "REINSTATE",
            True,
        ),
        (
            {"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": "SCHEDULE_FOR_DISABLE"}},
            "SCHEDULE_FOR_DISABLE",
            None,
        ),
        (
            {"event": "ACCOUNT_VIOLATION", "violation_info": {"violation_type": "SCAM"}},
            "ACCOUNT_VIOLATION",
            None,
        ),
    ],
)
def test_news_of_an_account(value: dict[str, Any], event: str, free: bool | None) -> None:
    change = only("account_update", value)

    assert isinstance(change, AccountChange)
    assert (change.event, change.free, change.until) == (event, free, None)


def test_a_restriction_stops_campaigns_if_it_is_about_their_messages() -> None:
    end = AT + timedelta(days=3)
    adding = {"restriction_type": "RESTRICTED_ADD_PHONE_NUMBER_ACTION", "expiration": 1641330498}
    sending = {
        "restriction_type": "RESTRICTED_BIZ_INITIATED_MESSAGING",
        "expiration": str(int(end.timestamp())),
    }

    both = only(
        "account_update", {"event": "ACCOUNT_RESTRICTION", "restriction_info": [adding, sending]}
    )
    other = only("account_update", {"event": "ACCOUNT_RESTRICTION", "restriction_info": [adding]})

    assert (both.free, both.until) == (False, end)
    assert "until 2026-11-23 12:00 UTC" in both.words
    assert (other.free, other.until) == (None, None)


@pytest.mark.parametrize("expiration", [1641330498, "soon", None, -1, 10**30, 253402300799])
def test_an_end_that_can_not_be_true_is_left_out(expiration: object) -> None:
    one = {"restriction_type": "RESTRICTED_BIZ_INITIATED_MESSAGING", "expiration": expiration}

    change = only("account_update", {"event": "ACCOUNT_RESTRICTION", "restriction_info": [one]})

    assert (change.free, change.until) == (False, None)


def test_an_alert_is_told_in_metas_words() -> None:
    info = {
        "alert_severity": "CRITICAL",
        "alert_status": "ACTIVE",
        "alert_type": "INCREASED_CAPABILITIES_ELIGIBILITY_DEFERRED",
        "alert_description": "Limits cannot be increased at this time",
    }

    nested = only("account_alerts", {"entity_type": "BUSINESS", "alert_info": info})
    flat = only("account_alerts", {"entity_type": "BUSINESS"} | info)

    assert nested == flat
    assert (nested.event, nested.free) == ("ALERT", None)
    assert nested.words.endswith("ELIGIBILITY_DEFERRED: Limits cannot be increased at this time.")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("message_template_status_update", TEMPLATE | {"event": "SOMETHING_NEW"}),
        ("message_template_status_update", {"event": "PAUSED"}),
        ("message_template_status_update", TEMPLATE | {"message_template_name": "x" * 513}),
        ("message_template_status_update", TEMPLATE | {"message_template_language": "en#x"}),
        ("phone_number_quality_update", {"event": "FLAGGED"}),
        ("phone_number_quality_update", {"event": "NEW", "display_phone_number": "1555"}),
        ("business_capability_update", {"max_daily_conversations_per_business": "TIER_NOT_SET"}),
        ("account_update", {"event": "ACCOUNT_RESTRICTION", "restriction_info": []}),
        ("account_update", {"event": "DISABLED_UPDATE"}),
        ("account_alerts", {}),
        ("flows", {"event": "APPROVED"}),
        ("account_update", None),
    ],
)
def test_what_is_not_known_is_unused_with_a_reason(field: str, value: Any) -> None:
    changes, unused = parse(field, value, AT)

    assert changes == []
    assert len(unused) == 1
    assert unused != [NO_NEWS]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("business_capability_update", {"max_phone_numbers_per_business": 25}),
        ("account_update", {"event": "VOLUME_BASED_PRICING_TIER_UPDATE"}),
        ("account_update", {"event": "VERIFIED_ACCOUNT"}),
    ],
)
def test_what_is_known_and_says_nothing_to_campaigns_is_no_trouble(field: str, value: Any) -> None:
    assert parse(field, value, AT) == ([], [NO_NEWS])


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(
    [
        *("message_template_name", "message_template_language", "event", "reason", "other_info"),
        *("new_quality_score", "new_category", "correct_category", "rejection_info", "title"),
        *("display_phone_number", "current_limit", "max_daily_conversations_per_business"),
        *("max_daily_conversation_per_phone", "ban_info", "violation_info", "restriction_info"),
        *("alert_info", "alert_type", "alert_description"),
    ]
)
WORDS = st.sampled_from(["PAUSED", "ACCOUNT_RESTRICTION", "DISABLED_UPDATE", "FLAGGED", "\ud800"])
RESTRICTIONS = st.lists(
    st.dictionaries(st.sampled_from(["restriction_type", "expiration"]), WORDS | JUNK)
)


@given(
    field=st.sampled_from(sorted(FIELDS)) | st.text(),
    value=JUNK | st.dictionaries(KEYS, WORDS | JUNK | RESTRICTIONS),
)
@example(field="account_update", value={"event": "ACCOUNT_RESTRICTION", "restriction_info": {}})
def test_nothing_that_meta_may_send_raises_and_what_comes_out_can_be_stored(
    field: str, value: Any
) -> None:
    changes, unused = parse(field, value, AT)

    assert changes or unused
    for change in changes:
        assert change.words
        json.dumps(str(change)).encode()
        str(change).encode()


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        (int(AT.timestamp()) - 60, AT - timedelta(minutes=1)),
        (str(int(AT.timestamp()) - 60), AT - timedelta(minutes=1)),
        (int(AT.timestamp()) + 60, AT + timedelta(minutes=1)),  # its clock is ahead
        (int(AT.timestamp()) + 301, AT),  # from the future
        (1641330498, AT),  # ancient
        (None, AT),
        ("yesterday", AT),
        (True, AT),
        (10**40, AT),
    ],
)
def test_the_instant_is_metas_unless_it_can_not_be_true(time: object, expected: datetime) -> None:
    assert instant(time, AT) == expected
