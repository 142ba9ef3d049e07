"""The webhook behind a real HTTP port, with a real queue: what comes in, and what never does."""

import contextlib
import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest

from functions.webhook import handler as webhook
from functions.webhook.door import LIFETIME, SECOND_LOOK, Door
from local.environment import Function, FunctionSettings
from local.gateway import WEBHOOK, Gateway, listen
from local.tokens import Tokens
from tests.support.edges import ManualClock
from tests.support.meta_webhooks import (
    APP_SECRET,
    VERIFY_TOKEN,
    change,
    messages_value,
    post,
    signature,
    status,
)

ASKED = {"hub.mode": "subscribe", "hub.verify_token": VERIFY_TOKEN, "hub.challenge": "<b>1</b>"}


class Queue:
    """A queue of this test's own, and what is on it."""

    def __init__(self, url: str, session: boto3.Session) -> None:
        self._client = session.client("sqs", endpoint_url=url)
        self.url = self._client.create_queue(QueueName=f"updates-{os.urandom(4).hex()}")["QueueUrl"]

    def messages(self) -> list[dict[str, Any]]:
        """Everything on it; it is empty then."""
        found: list[dict[str, Any]] = []
        while batch := self._client.receive_message(
            QueueUrl=self.url, MaxNumberOfMessages=10, WaitTimeSeconds=0
        ).get("Messages"):
            found += [json.loads(message["Body"]) for message in batch]
            for message in batch:
                self._client.delete_message(
                    QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"]
                )
        return found

    def drop(self) -> None:
        """Whoever sends to it now fails."""
        self._client.delete_queue(QueueUrl=self.url)

    def close(self) -> None:
        self._client.close()


@pytest.fixture
def queue(ministack: str, aws: boto3.Session) -> Iterator[Queue]:
    with contextlib.closing(Queue(ministack, aws)) as queue:
        yield queue


@pytest.fixture
def meta(ministack: str, queue: Queue, tmp_path: Path) -> Iterator[httpx.Client]:
    """What Meta's servers have: a way to the webhook's port, with the function in a process."""
    variables = os.environ | {
        "AWS_ENDPOINT_URL": ministack,
        "UPDATES_QUEUE_URL": queue.url,
        "META_APP_SECRET": APP_SECRET,
        "META_WEBHOOK_VERIFY_TOKEN": VERIFY_TOKEN,
    }
    settings = FunctionSettings("webhook", "functions.webhook.handler:handler", 10, concurrency=1)
    with (tmp_path / "log").open("wb") as log, contextlib.ExitStack() as undo:
        function = Function(settings, variables, log)
        undo.callback(function.stop, 1)
        echo = Function(FunctionSettings("api", "tests.functional.local_handlers:echo", 5), {}, log)
        undo.callback(echo.stop, 1)
        gateway = Gateway(echo, listen(0), Tokens(tmp_path), function)
        undo.callback(gateway.stop)
        yield undo.enter_context(httpx.Client(base_url=gateway.url, timeout=30, trust_env=False))


def test_metas_check_of_the_address_is_answered_with_the_bare_challenge(meta: httpx.Client) -> None:
    answer = meta.get(WEBHOOK, params=ASKED)

    assert (answer.status_code, answer.text) == (200, "<b>1</b>")
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_anybody_elses_check_is_refused(meta: httpx.Client) -> None:
    for changed in ({"hub.verify_token": "another"}, {"hub.mode": "x"}):
        answer = meta.get(WEBHOOK, params=ASKED | changed)
        assert answer.status_code == 403
        assert "<b>" not in answer.text
    assert meta.put(WEBHOOK).status_code == 405


def test_a_signed_post_is_on_the_queue_when_it_is_answered(
    meta: httpx.Client, queue: Queue
) -> None:
    body = post(change(messages_value(statuses=[status()])))

    for _ in range(2):  # Meta repeats what it believes was not answered
        answer = meta.post(WEBHOOK, content=body, headers=signature(body))
        assert (answer.status_code, answer.content) == (200, b"")

    found = queue.messages()
    assert [message["value"]["statuses"] for message in found] == [[status()]] * 2


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Hub-Signature-256": ""},
        {"X-Hub-Signature-256": "sha256=" + "0" * 64},
        {"X-Hub-Signature": "sha1=" + "0" * 40},
        signature(post(), "of another app"),
        signature(post() + b" "),
    ],
)
def test_without_metas_signature_nothing_is_kept(
    meta: httpx.Client, queue: Queue, headers: dict[str, str], tmp_path: Path
) -> None:
    answer = meta.post(WEBHOOK, content=post(), headers=headers)

    assert answer.status_code == 401
    assert queue.messages() == []
    log = (tmp_path / "log").read_text()
    assert "without Meta's signature" in log
    assert APP_SECRET not in log


@pytest.mark.parametrize(
    "body", [b"", b"\xff\xfe junk \x00", b"[" * 50_000, b'{"object": 1, "entry": {}}', b"null"]
)
def test_junk_under_a_good_signature_is_a_200_and_kept_for_a_look(
    meta: httpx.Client, queue: Queue, body: bytes
) -> None:
    answer = meta.post(WEBHOOK, content=body, headers=signature(body))

    assert answer.status_code == 200
    (found,) = queue.messages()
    assert found["unused"]


def test_three_megabytes_with_a_thousand_updates_arrive_whole(
    meta: httpx.Client, queue: Queue
) -> None:
    sent = [status(message_id=f"wamid.{n}", x="é" * 1450) for n in range(1000)]
    body = post(change(messages_value(statuses=sent))).decode()
    body = json.dumps(json.loads(body), ensure_ascii=False)
    assert len(body.encode()) > 3_000_000

    answer = meta.post(WEBHOOK, content=body.encode(), headers=signature(body.encode()))

    assert answer.status_code == 200
    found = [one for message in queue.messages() for one in message["value"]["statuses"]]
    assert sorted(one["id"] for one in found) == sorted(one["id"] for one in sent)


def test_if_the_queue_is_gone_meta_is_asked_to_send_again(
    meta: httpx.Client, queue: Queue, tmp_path: Path
) -> None:
    body = post(change(messages_value(statuses=[status()])))
    queue.drop()

    answer = meta.post(WEBHOOK, content=body, headers=signature(body))

    assert answer.status_code == 503
    assert "store_unavailable" not in answer.text
    assert "wamid" not in (tmp_path / "log").read_text()


def test_a_tunnel_reaches_the_webhook_and_nothing_else(meta: httpx.Client, queue: Queue) -> None:
    body = post()
    outside = {"Host": "abc.trycloudflare.com"}

    assert meta.post(WEBHOOK, content=body, headers=signature(body) | outside).status_code == 200
    for path in ("/local/token", "/api/campaigns", "/swagger", f"{WEBHOOK}/", f"{WEBHOOK}/../x"):
        assert meta.get(path, headers=outside).status_code == 403
    assert meta.get("/api/campaigns").status_code == 401


class Refusing:
    """SQS that refuses messages: `answers` are the ids of each request's failures."""

    def __init__(self, *answers: list[str]) -> None:
        self._answers = list(answers)
        self.sent: list[list[str]] = []

    def send_message_batch(self, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:
        self.sent.append([entry["MessageBody"] for entry in Entries])
        refused = self._answers.pop(0) if self._answers else []
        return {"Failed": [{"Id": name, "SenderFault": False} for name in refused]}


def test_what_the_queue_refused_of_a_request_is_sent_again_and_only_that() -> None:
    from shared.domain.errors import StoreUnavailableError
    from shared.sqs import MessageQueue

    client = Refusing(["1"], ["1"], [])
    MessageQueue(client, "url").put(["a", "b"])
    assert client.sent == [["a", "b"], ["b"], ["b"]]

    with pytest.raises(StoreUnavailableError):
        MessageQueue(Refusing(["1"], ["1"], ["1"]), "url").put(["a", "b"])


def test_no_request_to_the_queue_is_larger_than_it_takes() -> None:
    from shared.sqs import MessageQueue

    client = Refusing()
    sizes = [200_000, 200_000, *[1] * 30, 100_000, 100_000, 100_000]
    MessageQueue(client, "url").put(["x" * size for size in sizes])

    assert [len(m) for messages in client.sent for m in messages] == sizes
    assert all(len(messages) <= 10 for messages in client.sent)
    assert all(sum(map(len, messages)) <= 256_000 for messages in client.sent)


Put = Callable[[str, str], None]


@pytest.fixture
def put_secret(ministack: str, aws: boto3.Session) -> Iterator[Put]:
    """Replaces the app secret that Secrets Manager holds."""
    client = aws.client("secretsmanager", endpoint_url=ministack)

    def put(name: str, app_secret: str) -> None:
        held = json.dumps({"META_APP_SECRET": app_secret, "META_WEBHOOK_VERIFY_TOKEN": "v"})
        try:
            client.create_secret(Name=name, SecretString=held)
        except client.exceptions.ResourceExistsException:
            client.put_secret_value(SecretId=name, SecretString=held)

    yield put
    client.close()


def event(body: bytes, secret: str) -> dict[str, Any]:
    headers = {name.lower(): value for name, value in signature(body, secret).items()}
    return {
        "requestContext": {"http": {"method": "POST"}},
        "headers": headers,
        "body": body.decode(),
        "isBase64Encoded": False,
    }


@pytest.fixture
def on_aws(
    ministack: str, queue: Queue, put_secret: Put, monkeypatch: pytest.MonkeyPatch
) -> tuple[Door, ManualClock, str]:
    """The function as on AWS: its secrets are in Secrets Manager."""
    name = f"meta-{os.urandom(4).hex()}"
    put_secret(name, "old")
    monkeypatch.setenv("AWS_ENDPOINT_URL", ministack)
    clock = ManualClock()
    door = Door({"META_SECRET_ID": name, "UPDATES_QUEUE_URL": queue.url}, clock)
    monkeypatch.setattr(webhook, "door", lambda: door)
    return door, clock, name


def statuses_of(*events: dict[str, Any]) -> list[int]:
    return [webhook.handler(each, None)["statusCode"] for each in events]


def test_a_replaced_app_secret_is_noticed_by_the_first_signature_that_does_not_match(
    on_aws: tuple[Door, ManualClock, str], put_secret: Put
) -> None:
    _, clock, name = on_aws
    assert statuses_of(event(b"{}", "old"), event(b"{}", "new")) == [200, 401]

    put_secret(name, "new")
    clock.advance(SECOND_LOOK)

    assert statuses_of(event(b"{}", "new"), event(b"{}", "old")) == [200, 401]


def test_secrets_manager_is_asked_once_a_minute_at_most_whatever_is_sent(
    on_aws: tuple[Door, ManualClock, str],
) -> None:
    door, clock, _ = on_aws
    read, asked = door.keys._read, []
    assert read is not None
    door.keys._read = lambda: asked.append(clock.now()) or read()  # type: ignore[func-returns-value]

    for _ in range(30):
        assert statuses_of(event(b"{}", "wrong")) == [401]
        clock.advance(SECOND_LOOK / 10)

    assert len(asked) <= 4


def test_an_outage_of_secrets_manager_is_survived_with_what_was_read_before(
    on_aws: tuple[Door, ManualClock, str],
) -> None:
    def broken() -> str:
        raise OSError("no way through")

    door, clock, _ = on_aws
    read, door.keys._read = door.keys._read, broken
    assert statuses_of(event(b"{}", "old")) == [503], "Meta must send it again"

    door.keys._read = read
    assert statuses_of(event(b"{}", "old")) == [200]
    door.keys._read = broken
    clock.advance(LIFETIME * 2)
    assert statuses_of(event(b"{}", "old")) == [200]


def test_a_request_is_answered_far_within_what_meta_allows(meta: httpx.Client) -> None:
    body = post(change(messages_value(statuses=[status()])))
    meta.post(WEBHOOK, content=body, headers=signature(body))
    took = []
    for _ in range(21):
        began = time.perf_counter()
        meta.post(WEBHOOK, content=body, headers=signature(body))
        took.append(time.perf_counter() - began)

    assert sorted(took)[10] < 0.25
