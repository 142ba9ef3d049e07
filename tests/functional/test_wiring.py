"""The services of a process: what they are built from, and how long they keep it."""

import contextlib
import json
from datetime import timedelta

import boto3
import pytest

from functions.meta import SECRET_LIFETIME
from functions.wiring import Services
from shared.channels.simulator import Simulator
from shared.config import SettingsError
from shared.domain.access import DEFAULT_TENANT
from shared.domain.outcome import OutcomeKind
from shared.domain.template import TemplateParams
from shared.ports import Message
from tests.support.edges import ManualClock

HELLO = Message("15551234567", "hello", "en_US", TemplateParams(), "opaque")


def put_secret(url: str, name: str, token: str) -> None:
    with contextlib.closing(boto3.client("secretsmanager", endpoint_url=url)) as client:
        value = json.dumps({"META_ACCESS_TOKEN": token, "META_PHONE_NUMBER_ID": "1065"})
        try:
            client.create_secret(Name=name, SecretString=value)
        except client.exceptions.ResourceExistsException:
            client.put_secret_value(SecretId=name, SecretString=value)


def test_a_token_that_was_replaced_holds_after_five_minutes_in_a_process_that_lives(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # given: a process that has read a token which has expired since
    url = environment["AWS_ENDPOINT_URL"]
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    put_secret(url, "meta-rotated", "old")
    with Simulator(token="new", phone_number_id="1065") as simulator:
        settings = {k: v for k, v in environment.items() if not k.startswith("META_")}
        secret = {"META_SECRET_ID": "meta-rotated", "META_GRAPH_URL": simulator.url}
        process = Services({**settings, **secret}, DEFAULT_TENANT)
        process.clock = clock = ManualClock()
        assert process.channel.send(HELLO).kind is OutcomeKind.SENDER_ERROR

        # when: the operator replaces it
        put_secret(url, "meta-rotated", "new")
        process.refresh()
        assert process.channel.send(HELLO).kind is OutcomeKind.SENDER_ERROR, "not read every time"
        clock.advance(SECRET_LIFETIME + timedelta(seconds=1))
        process.refresh()

        # then
        assert process.channel.send(HELLO).kind is OutcomeKind.ACCEPTED
        process.close()


def test_everything_that_is_missing_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as error:
        _ = Services({"WHATSAPP_DAILY_LIMIT": "many"}, DEFAULT_TENANT).campaigns

    for name in ("CAMPAIGNS_TABLE_NAME", "RECIPIENTS_TABLE_NAME", "WHATSAPP_DAILY_LIMIT"):
        assert name in str(error.value)
