"""Settings: the defaults, what is refused, and that an error names everything at once."""

import pytest

from shared.config import (
    GraphSettings,
    Settings,
    SettingsError,
    WhatsAppSettings,
    load_queue_url,
    load_settings,
    load_whatsapp_settings,
)
from shared.domain.quota import LimitWindow

TABLES = {
    "CAMPAIGNS_TABLE_NAME": "c",
    "RECIPIENTS_TABLE_NAME": "r",
    "WHATSAPP_TABLE_NAME": "w",
}
META = {"META_PHONE_NUMBER_ID": "1065", "META_ACCESS_TOKEN": "EAAB-secret"}

NUMBERS = {
    "WHATSAPP_DAILY_LIMIT": ("daily_limit", 1, 10_000_000),
    "BATCH_SIZE": ("batch_size", 1, 1000),
    "GROUP_SIZE": ("group_size", 1, 30),
    "SEND_DELAY_MS": ("send_delay_ms", 0, 60_000),
    "MAX_ATTEMPTS": ("max_attempts", 1, 10),
    "THROTTLE_STOP_SECONDS": ("throttle_stop_seconds", 1, 3600),
}


def test_with_nothing_but_the_tables_the_documented_defaults_hold() -> None:
    assert load_settings(TABLES) == Settings(
        campaigns_table="c",
        recipients_table="r",
        whatsapp_table="w",
        daily_limit=200,
        limit_window=LimitWindow.ROLLING,
        batch_size=25,
        group_size=5,
        send_delay_ms=50,
        max_attempts=3,
        throttle_stop_seconds=60,
    )


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_holds_from_its_least_to_its_most_and_not_beyond(name: str) -> None:
    attribute, least, most = NUMBERS[name]
    for number in (least, most):
        assert getattr(load_settings(TABLES | {name: str(number)}), attribute) == number
    for number in (least - 1, most + 1):
        refused = f"^{name} must be a whole number from {least} to {most}$"
        with pytest.raises(SettingsError, match=refused):
            load_settings(TABLES | {name: str(number)})


@pytest.mark.parametrize("text", ["many", "2.5", "1e3", "0x10", "-", "1 000", "25,", "nan"])
def test_what_is_no_whole_number_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match=r"^BATCH_SIZE must be a whole number from 1 to 1000$"):
        load_settings(TABLES | {"BATCH_SIZE": text})


@pytest.mark.parametrize("window", list(LimitWindow))
def test_both_windows_of_the_cap_can_be_chosen(window: LimitWindow) -> None:
    assert load_settings(TABLES | {"WHATSAPP_LIMIT_WINDOW": window.value}).limit_window is window


@pytest.mark.parametrize("text", ["ROLLING", "daily", "0"])
def test_another_window_is_refused_with_those_that_exist(text: str) -> None:
    refused = "^WHATSAPP_LIMIT_WINDOW must be one of rolling, calendar$"
    with pytest.raises(SettingsError, match=refused):
        load_settings(TABLES | {"WHATSAPP_LIMIT_WINDOW": text})


@pytest.mark.parametrize("empty", ["", "  ", "\n"])
def test_an_empty_variable_counts_as_not_set(empty: str) -> None:
    assert load_settings(TABLES | {"BATCH_SIZE": empty}).batch_size == 25
    with pytest.raises(SettingsError, match=r"^CAMPAIGNS_TABLE_NAME is not set$"):
        load_settings(TABLES | {"CAMPAIGNS_TABLE_NAME": empty})


def test_space_around_a_value_is_taken_off() -> None:
    settings = load_settings(TABLES | {"CAMPAIGNS_TABLE_NAME": " c \n", "GROUP_SIZE": " 7 "})

    assert (settings.campaigns_table, settings.group_size) == ("c", 7)


def test_one_error_names_everything_that_is_wrong() -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings({"WHATSAPP_TABLE_NAME": "w", "GROUP_SIZE": "31", "MAX_ATTEMPTS": "x"})

    assert str(refused.value).split("; ") == [
        "CAMPAIGNS_TABLE_NAME is not set",
        "RECIPIENTS_TABLE_NAME is not set",
        "GROUP_SIZE must be a whole number from 1 to 30",
        "MAX_ATTEMPTS must be a whole number from 1 to 10",
    ]


def test_metas_address_and_version_have_defaults() -> None:
    assert load_whatsapp_settings(META) == WhatsAppSettings(
        phone_number_id="1065",
        access_token="EAAB-secret",
        graph=GraphSettings("https://graph.facebook.com", "v26.0"),
    )


def test_metas_address_and_version_can_be_set() -> None:
    settings = load_whatsapp_settings(
        META | {"META_GRAPH_URL": "http://127.0.0.1:8001", "META_GRAPH_VERSION": "v27.0"}
    )

    assert (settings.graph.url, settings.graph.version) == ("http://127.0.0.1:8001", "v27.0")


def test_missing_credentials_are_named_together() -> None:
    with pytest.raises(SettingsError) as refused:
        load_whatsapp_settings({})

    assert str(refused.value) == "META_PHONE_NUMBER_ID is not set; META_ACCESS_TOKEN is not set"


def test_the_token_is_in_no_text_of_the_settings() -> None:
    settings = load_whatsapp_settings(META)

    for text in (str(settings), repr(settings), f"{settings}", f"{[settings]}"):
        assert "EAAB-secret" not in text
        assert "1065" in text


def test_the_queue_is_read_only_where_it_is_needed_and_named_if_missing() -> None:
    assert load_queue_url({"EXECUTOR_QUEUE_URL": "https://sqs/q"}) == "https://sqs/q"
    with pytest.raises(SettingsError, match=r"^EXECUTOR_QUEUE_URL is not set$"):
        load_queue_url(TABLES)
