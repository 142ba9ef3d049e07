"""What the API takes and refuses, field by field."""

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from shared.domain.campaign import Action, Mode, OnUnconfirmed, Retry, Throttle
from shared.domain.template import ButtonParam, TemplateParams
from shared.http.models import Control, CreateCampaign
from shared.http.words import explain

LEAST = {
    "name": "Spring",
    "templateName": "spring_sale",
    "channel": "WHATSAPP",
    "audienceType": "CSV",
}


def problems(model: type[BaseModel], value: Any) -> dict[str, str]:
    """What is wrong with a body, as the API says it: field → message."""
    with pytest.raises(ValidationError) as caught:
        model.model_validate(value)
    errors = [{**error, "loc": ("body", *error["loc"])} for error in caught.value.errors()]
    return {detail["field"]: detail["message"] for detail in explain(errors)[1]}


def test_the_least_campaign_gets_the_documented_defaults() -> None:
    draft = CreateCampaign.model_validate(LEAST).draft()

    assert (draft.name, draft.template_name) == ("Spring", "spring_sale")
    assert draft.template_language == "en_US"
    assert draft.template_params == TemplateParams()
    assert draft.throttle == Throttle(None, None)
    assert draft.retry == Retry(None, 30.0, 3600.0)
    assert draft.on_unconfirmed is OnUnconfirmed.HOLD
    assert draft.daily_cap is None
    assert draft.auto_resume is False


def test_every_setting_arrives_in_the_draft() -> None:
    body = LEAST | {
        "name": "  Spring  ",
        "templateLanguage": "pt_BR",
        "templateParams": {
            "header": "Hi {{first_name}}",
            "body": ["{{first_name}}", "{{order}}"],
            "buttons": [{"index": 0, "subType": "url", "text": "{{order}}"}],
        },
        "throttle": {"messagesPerSecond": 12.5, "batchSize": 100},
        "retry": {"maxAttempts": 5, "baseDelaySeconds": 1, "maxDelaySeconds": 60},
        "onUnconfirmed": "resend",
        "dailyCap": 50,
        "autoResume": True,
    }

    draft = CreateCampaign.model_validate(body).draft()

    assert draft.name == "Spring"
    assert draft.template_language == "pt_BR"
    assert draft.template_params == TemplateParams(
        header="Hi {{first_name}}",
        body=("{{first_name}}", "{{order}}"),
        buttons=(ButtonParam(0, "url", "{{order}}"),),
    )
    assert draft.throttle == Throttle(12.5, 100)
    assert draft.retry == Retry(5, 1.0, 60.0)
    assert draft.on_unconfirmed is OnUnconfirmed.RESEND
    assert draft.daily_cap == 50
    assert draft.auto_resume is True


@pytest.mark.parametrize(
    "pace", [{"messagesPerMinute": 30}, {"messagesPerHour": 1800}, {"delayMs": 2000}]
)
def test_a_pace_is_the_same_in_every_unit(pace: dict[str, float]) -> None:
    body = LEAST | {"throttle": {**pace, "mode": "continuous"}}

    throttle = CreateCampaign.model_validate(body).draft().throttle

    assert throttle == Throttle(0.5, None, Mode.CONTINUOUS)


def test_the_example_of_the_document_is_accepted() -> None:
    [example] = CreateCampaign.model_json_schema()["examples"]

    assert CreateCampaign.model_validate(example).draft().name == "Spring sale"


def test_body_parameters_can_be_named() -> None:
    params = {"body": {"first_name": "{{name}}"}}

    draft = CreateCampaign.model_validate(LEAST | {"templateParams": params}).draft()

    assert draft.template_params == TemplateParams(named_body={"first_name": "{{name}}"})


def test_null_means_the_same_as_leaving_a_setting_out() -> None:
    body = LEAST | {"templateParams": None, "throttle": None, "retry": None, "dailyCap": None}

    assert CreateCampaign.model_validate(body) == CreateCampaign.model_validate(LEAST)


BUTTON = {"index": 0, "subType": "url", "text": "x"}

REFUSED = [
    ({"templateParams": {"body": ["x" * 1024] * 5}}, "templateParams", "more than 4096 characters"),
    ({"name": ""}, "name", "at least 1 character"),
    ({"name": "   "}, "name", "at least 1 character"),
    ({"name": "x" * 121}, "name", "at most 120"),
    ({"name": "two\nlines"}, "name", "one line"),
    ({"name": "nul\x00"}, "name", "one line"),
    ({"name": 7}, "name", "must be a text"),
    ({"name": None}, "name", "must be a text"),
    ({"name": "\ud800"}, "name", "Unicode"),
    ({"templateName": "Spring Sale"}, "templateName", "lower-case"),
    ({"templateName": "x" * 513}, "templateName", "at most 512"),
    ({"templateName": "sale\n"}, "templateName", "lower-case"),
    ({"channel": "SMS"}, "channel", "'WHATSAPP'"),
    ({"channel": "whatsapp"}, "channel", "'WHATSAPP'"),
    ({"audienceType": "XLSX"}, "audienceType", "'CSV'"),
    ({"templateLanguage": "english"}, "templateLanguage", "en_US"),
    ({"templateLanguage": ""}, "templateLanguage", "en_US"),
    ({"unknown": 1}, "unknown", "not a known field"),
    ({"template_name": "x"}, "template_name", "not a known field"),
    ({"templateParams": []}, "templateParams", "an object"),
    ({"templateParams": {"body": "text"}}, "templateParams.body", "a list of texts, or an object"),
    ({"templateParams": {"body": 3}}, "templateParams.body", "a list of texts, or an object"),
    ({"templateParams": {"body": [""]}}, "templateParams.body.0", "at least 1"),
    ({"templateParams": {"body": ["ok", " "]}}, "templateParams.body.1", "more than blanks"),
    ({"templateParams": {"body": ["x" * 1025]}}, "templateParams.body.0", "at most 1024"),
    ({"templateParams": {"body": ["x"] * 101}}, "templateParams.body", "at most 100"),
    ({"templateParams": {"body": ["{{name}"]}}, "templateParams.body.0", "no {{column}}"),
    ({"templateParams": {"body": {"First": "x"}}}, "templateParams.body.First", "lower-case"),
    ({"templateParams": {"body": {"named": 1}}}, "templateParams.body.named", "a text"),
    ({"templateParams": {"header": ["x"]}}, "templateParams.header", "a text"),
    ({"templateParams": {"footer": "x"}}, "templateParams.footer", "not a known field"),
    ({"templateParams": {"buttons": [BUTTON, BUTTON]}}, "templateParams", "same index"),
    (
        {"templateParams": {"buttons": [BUTTON | {"index": 10}]}},
        "templateParams.buttons.0.index",
        "9",
    ),
    (
        {"templateParams": {"buttons": [BUTTON | {"index": "0"}]}},
        "templateParams.buttons.0.index",
        "",
    ),
    (
        {"templateParams": {"buttons": [BUTTON | {"subType": "flow"}]}},
        "templateParams.buttons.0.subType",
        "'url'",
    ),
    (
        {"templateParams": {"buttons": [{"index": 0, "subType": "url"}]}},
        "templateParams.buttons.0.text",
        "required",
    ),
    ({"throttle": {"messagesPerSecond": 0}}, "throttle.messagesPerSecond", "at least 0.1"),
    ({"throttle": {"messagesPerSecond": -1}}, "throttle.messagesPerSecond", "at least 0.1"),
    ({"throttle": {"messagesPerSecond": 1001}}, "throttle.messagesPerSecond", "at most 1000"),
    ({"throttle": {"mode": "fast"}}, "throttle.mode", "batch"),
    ({"throttle": {"messagesPerHour": 720, "delayMs": 50}}, "throttle", "more than once"),
    ({"throttle": {"mode": "continuous", "batchSize": 50}}, "throttle", "no batches"),
    ({"throttle": {"messagesPerSecond": "20"}}, "throttle.messagesPerSecond", "a number"),
    ({"throttle": {"messagesPerSecond": float("nan")}}, "throttle.messagesPerSecond", "finite"),
    ({"throttle": {"batchSize": 0}}, "throttle.batchSize", "at least 1"),
    ({"throttle": {"batchSize": 1001}}, "throttle.batchSize", "at most 1000"),
    ({"throttle": {"batchSize": 2.5}}, "throttle.batchSize", "whole number"),
    ({"throttle": {"batchSize": True}}, "throttle.batchSize", "whole number"),
    ({"throttle": 20}, "throttle", "an object"),
    ({"retry": {"maxAttempts": 0}}, "retry.maxAttempts", "at least 1"),
    ({"retry": {"maxAttempts": 11}}, "retry.maxAttempts", "at most 10"),
    ({"retry": {"baseDelaySeconds": 0}}, "retry.baseDelaySeconds", "at least 0.1"),
    ({"retry": {"baseDelaySeconds": 3601}}, "retry.baseDelaySeconds", "at most 3600"),
    ({"retry": {"maxDelaySeconds": 86401}}, "retry.maxDelaySeconds", "at most 86400"),
    ({"retry": {"maxDelaySeconds": 10}}, "retry", "more than its maxDelaySeconds of 10"),
    ({"onUnconfirmed": "guess"}, "onUnconfirmed", "'hold' or 'resend'"),
    ({"dailyCap": 0}, "dailyCap", "at least 1"),
    ({"dailyCap": 10**9}, "dailyCap", "at most"),
    ({"dailyCap": "200"}, "dailyCap", "whole number"),
]


@pytest.mark.parametrize(("change", "field", "words"), REFUSED, ids=lambda case: str(case)[:50])
def test_an_impossible_setting_is_refused_by_name(
    change: dict[str, Any], field: str, words: str
) -> None:
    found = problems(CreateCampaign, LEAST | change)

    assert list(found) == [field]
    assert words in found[field]


@pytest.mark.parametrize("field", LEAST)
def test_a_missing_field_is_named(field: str) -> None:
    body = {name: value for name, value in LEAST.items() if name != field}

    assert problems(CreateCampaign, body) == {field: "is required"}


@pytest.mark.parametrize("action", list(Action))
def test_every_action_can_be_asked_for(action: Action) -> None:
    assert Control.model_validate({"action": action.value}).action is action


@pytest.mark.parametrize(
    ("body", "field", "words"),
    [
        ({"action": "stop"}, "action", "'start', 'pause', 'resume' or 'cancel'"),
        ({"action": "START"}, "action", "'start', 'pause', 'resume' or 'cancel'"),
        ({"action": None}, "action", "'start'"),
        ({"reason": "x"}, "action", "required"),
        ({"action": "pause", "reason": "x" * 501}, "reason", "at most 500"),
        ({"action": "pause", "reason": ""}, "reason", "at least 1"),
        ({"action": "pause", "reason": 5}, "reason", "a text"),
        ({"action": "pause", "because": "x"}, "because", "not a known field"),
    ],
)
def test_an_impossible_order_is_refused_by_name(
    body: dict[str, Any], field: str, words: str
) -> None:
    found = problems(Control, body)

    assert list(found) == [field]
    assert words in found[field]


def test_many_mistakes_are_all_in_the_details_but_not_in_the_sentence() -> None:
    errors = [{"type": "missing", "loc": ("body", f"field{n}")} for n in range(5)]

    message, details = explain(errors)

    assert len(details) == 5
    assert message.endswith("field2 is required; and 2 more, see details.")


def test_numbers_and_full_stops_are_written_as_people_write_them() -> None:
    too_much = {"type": "less_than_equal", "loc": ("body", "rate"), "ctx": {"le": 1000.0}}
    bad_phone = {"type": "value_error", "loc": ("body", "phone"), "msg": "is no phone number."}

    message, details = explain([too_much, bad_phone])

    assert details[0]["message"] == "must be at most 1000"
    assert message.endswith("phone is no phone number.")
