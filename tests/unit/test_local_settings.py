"""The settings of the laptop: checked before anything starts; nothing leads to the real AWS."""

from pathlib import Path

import pytest

from local.failure import LocalError
from local.settings import LocalSettings, function_variables, isolated, load_local_settings


def test_nothing_needs_to_be_set() -> None:
    assert load_local_settings({}) == LocalSettings(8000, Path(".local"), 60.0, None)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"PORT": "eighty"}, "PORT must be a whole number from 0 to 65535, not 'eighty'."),
        ({"PORT": "70000"}, "PORT must be a whole number"),
        ({"PORT": "80.5"}, "PORT must be a whole number"),
        ({"LOCAL_TICK_SECONDS": "nan"}, "LOCAL_TICK_SECONDS must be a number from 0 to 86400"),
        ({"LOCAL_TICK_SECONDS": "-1"}, "LOCAL_TICK_SECONDS must be a number"),
        ({"BATCH_SIZE": "0"}, "BATCH_SIZE must be a whole number"),
        ({"WHATSAPP_LIMIT_WINDOW": "week"}, "WHATSAPP_LIMIT_WINDOW must be one of"),
        ({"META_GRAPH_URL": "http://127.0.0.1:9"}, "META_ACCESS_TOKEN is not set"),
        ({"META_GRAPH_URL": "http://127.0.0.1:9"}, "META_PHONE_NUMBER_ID is not set"),
    ],
)
def test_a_setting_that_can_not_be_used_is_named_in_one_line(
    settings: dict[str, str], words: str
) -> None:
    with pytest.raises(LocalError) as caught:
        load_local_settings(settings)

    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_functions_keep_the_users_settings_but_not_the_way_to_the_real_aws() -> None:
    user = {
        "BATCH_SIZE": "7",
        "AWS_PROFILE": "production",
        "AWS_ENDPOINT_URL_DYNAMODB": "http://elsewhere",
        "AWS_SESSION_TOKEN": "real",
        "AWS_ACCESS_KEY_ID": "real",
        "CAMPAIGNS_TABLE_NAME": "production-campaigns",
        "META_SECRET_ID": "production/meta",
        "META_ACCESS_TOKEN": "real",
        "META_APP_SECRET": "real",
        "META_WEBHOOK_VERIFY_TOKEN": "real",
        "NO_PROXY": "intranet",
    }

    queues = {"EXECUTOR_QUEUE_URL": "queue"}
    given = function_variables(user, LocalSettings(), "http://emulator", queues, "http://simulator")

    assert given["BATCH_SIZE"] == "7"
    assert given["AWS_ENDPOINT_URL"] == "http://emulator"
    assert given["META_GRAPH_URL"] == "http://simulator"
    assert given["CAMPAIGNS_TABLE_NAME"] == "local-campaigns"
    assert given["NO_PROXY"] == "intranet,127.0.0.1,localhost"
    assert "real" not in given.values()
    assert given["EXECUTOR_QUEUE_URL"] == "queue"
    assert len(given["META_APP_SECRET"]) > 30
    assert not {"AWS_PROFILE", "AWS_ENDPOINT_URL_DYNAMODB", "META_SECRET_ID"} & set(given)


def test_with_a_graph_url_of_ones_own_the_token_goes_along() -> None:
    user = {"META_GRAPH_URL": "http://mine", "META_ACCESS_TOKEN": "t", "META_PHONE_NUMBER_ID": "7"}

    given = function_variables(user, load_local_settings(user), "http://emulator", {}, None)

    assert (given["META_GRAPH_URL"], given["META_ACCESS_TOKEN"]) == ("http://mine", "t")


def test_an_isolated_environment_stays_the_same_when_isolated_again() -> None:
    once = isolated({"AWS_PROFILE": "p", "HOME": "/home/me"})

    assert isolated(once) | {"NO_PROXY": "", "no_proxy": ""} == once | {
        "NO_PROXY": "",
        "no_proxy": "",
    }
