"""The template works: a campaign through the deployed stack, from the token to COMPLETED."""

import base64
import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.e2e.conftest import Deployment
from tests.support.meta_webhooks import change, failed, messages_value, post, signature, status
from tests.support.websocket import RefusedError, WebSocket

PASSWORD = "Correct-horse-battery-9"
PHONES = [f"49301234{n:04d}" for n in range(1000, 1020)]
WEBHOOK = "/webhooks/whatsapp"
DRAFT = {
    "name": "Autumn",
    "templateName": "hello",
    "channel": "WHATSAPP",
    "audienceType": "CSV",
}


def log_in(deployment: Deployment, email: str, group: str) -> str:
    """The access token of an invited person, fetched with a password as docs/deploy.md does."""
    pool = deployment.outputs["UserPoolId"]
    users = deployment.cloud.client("cognito-idp")
    users.admin_create_user(UserPoolId=pool, Username=email, MessageAction="SUPPRESS")
    users.admin_set_user_password(
        UserPoolId=pool, Username=email, Password=PASSWORD, Permanent=True
    )
    users.admin_add_user_to_group(UserPoolId=pool, Username=email, GroupName=group)
    answer = users.initiate_auth(
        AuthFlow="USER_PASSWORD_AUTH",
        ClientId=deployment.outputs["UserPoolClientId"],
        AuthParameters={"USERNAME": email, "PASSWORD": PASSWORD},
    )
    return str(answer["AuthenticationResult"]["AccessToken"])


@pytest.fixture(scope="module")
def token(deployment: Deployment) -> str:
    return log_in(deployment, "operator@example.com", "default:org_admin")


@pytest.fixture(scope="module")
def machine(deployment: Deployment) -> str:
    """A token of the default tenant's program, by client credentials as docs/access.md does."""
    tenant, _, client = deployment.outputs["MachineClients"].partition("=")
    described = deployment.cloud.client("cognito-idp").describe_user_pool_client(
        UserPoolId=deployment.outputs["UserPoolId"], ClientId=client
    )
    answer = httpx.post(
        f"{deployment.cloud.url}{urlsplit(deployment.outputs['TokenUrl']).path}",
        auth=(client, described["UserPoolClient"]["ClientSecret"]),
        data={
            "grant_type": "client_credentials",
            "scope": f"campaign-executor/{tenant}:service",
        },
    )
    return str(_ok(answer)["access_token"])


@pytest.fixture(scope="module")
def filled_secret(deployment: Deployment) -> None:
    """The operator puts Meta's values in."""
    secret = {
        "META_ACCESS_TOKEN": "token-of-the-secret",
        "META_PHONE_NUMBER_ID": "1065",
        "META_APP_SECRET": "app",
        "META_WEBHOOK_VERIFY_TOKEN": "verify",
    }
    deployment.cloud.client("secretsmanager").put_secret_value(
        SecretId=deployment.outputs["MetaSecretArn"], SecretString=json.dumps(secret)
    )


@pytest.fixture(scope="module")
def stranger(deployment: Deployment) -> Iterator[httpx.Client]:
    """The deployed endpoint, without a token. Every name below localhost is this machine."""
    endpoint = urlsplit(deployment.outputs["ApiUrl"])
    with httpx.Client(
        base_url=deployment.cloud.url,
        headers={"Host": endpoint.netloc},
        timeout=30,
    ) as client:
        yield client


@pytest.fixture(scope="module")
def api(stranger: httpx.Client, token: str, filled_secret: None) -> Iterator[httpx.Client]:
    """The same with the token."""
    headers = {"Host": stranger.headers["Host"], "Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=stranger.base_url, headers=headers, timeout=30) as client:
        yield client


def new_campaign(api: httpx.Client, draft: dict[str, Any] = DRAFT) -> str:
    return str(_ok(api.post("/api/campaigns/create", json=draft))["campaignId"])


def started_campaign(
    api: httpx.Client, phones: list[str], draft: dict[str, Any] | None = None
) -> str:
    campaign_id = new_campaign(api, draft or DRAFT)
    listed = "\n".join(["phone", *phones]).encode()
    populated = _ok(
        api.post(
            f"/api/campaigns/{campaign_id}/populate", files={"file": ("a.csv", listed, "text/csv")}
        )
    )
    assert populated["inserted"] == len(phones)
    _ok(api.post(f"/api/campaigns/{campaign_id}/control", json={"action": "start"}))
    return campaign_id


def test_the_console_is_published_and_knows_where_people_log_in(deployment: Deployment) -> None:
    host = deployment.outputs["ConsoleHost"]
    assert deployment.outputs["ConsoleUrl"] == f"https://{host}"
    storage = deployment.cloud.client("s3")
    (bucket,) = [
        each["Name"]
        for each in storage.list_buckets()["Buckets"]
        if "consolebucket" in each["Name"]
    ]
    config = json.loads(storage.get_object(Bucket=bucket, Key="config.json")["Body"].read())

    assert storage.get_object(Bucket=bucket, Key="index.html")["ContentType"].startswith(
        "text/html"
    )
    assert config["apiUrl"] == ""
    assert config["auth"]["authority"].endswith(f"/{deployment.outputs['UserPoolId']}")
    client = deployment.cloud.client("cognito-idp").describe_user_pool_client(
        UserPoolId=deployment.outputs["UserPoolId"], ClientId=config["auth"]["clientId"]
    )["UserPoolClient"]
    assert client["CallbackURLs"] == [f"https://{host}/signed-in"]
    assert config["auth"]["domain"].startswith("https://campaigns-dev-")


def test_the_schedule_brings_a_campaign_to_completion(
    api: httpx.Client, deployment: Deployment
) -> None:
    # given a started campaign
    campaign_id = started_campaign(api, PHONES)

    # when nobody does anything more: the minute rule ticks, the queue feeds the executor
    campaign = _wait_for(api, campaign_id, "COMPLETED", seconds=100)

    # then everybody has been written to, once
    assert campaign["sentCount"] == len(PHONES)
    written_to = sorted(call.phone for call in deployment.simulator.accepted)
    assert [phone for phone in written_to if phone in PHONES] == PHONES
    recipients = _ok(api.get(f"/api/campaigns/{campaign_id}/recipients"))["recipients"]
    assert {recipient["status"] for recipient in recipients} == {"SENT"}
    assert _dead_letters(deployment) == 0


def test_a_batch_by_hand_runs_with_the_permissions_of_the_api(api: httpx.Client) -> None:
    # given a campaign that was paused and resumed
    campaign_id = started_campaign(api, [f"4940123{n:04d}" for n in range(2000, 2005)])
    for action in ("pause", "resume"):
        _ok(api.post(f"/api/campaigns/{campaign_id}/control", json={"action": action}))

    # when
    result = _ok(api.post(f"/api/campaigns/{campaign_id}/execute-batch"))["result"]

    # then
    assert (result["sent"], result["completed"]) == (5, True)
    assert _ok(api.get("/api/quota"))["used"] >= 5
    assert campaign_id in [c["campaignId"] for c in _ok(api.get("/api/campaigns"))["campaigns"]]


def test_what_meta_tells_reaches_the_recipients_with_the_permissions_of_the_webhook(
    api: httpx.Client, stranger: httpx.Client, deployment: Deployment
) -> None:
    # given a campaign that was sent
    path = f"/api/campaigns/{started_campaign(api, ['493012345001', '493012345002'])}"
    _ok(api.post(f"{path}/execute-batch"))
    first, second = _ok(api.get(f"{path}/recipients"))["recipients"]

    # when Meta checks the address, and tells what became of the messages
    asked = {"hub.mode": "subscribe", "hub.verify_token": "verify", "hub.challenge": "1158201444"}
    checked = stranger.get(WEBHOOK, params=asked)
    assert (checked.status_code, checked.text) == (200, "1158201444")
    statuses = [status("read", first["messageId"]), failed(131026, second["messageId"])]
    wishes = [
        {"wa_id": phone, "value": value, "timestamp": 1795176000 + n}
        for n, (phone, value) in enumerate(
            [("493012345003", "stop"), ("493012345004", "stop"), ("493012345004", "resume")]
        )
    ]
    stop = {"id": "wamid.stop", "from": "493012345001", "timestamp": "1795176000", "type": "text"}
    stop |= {"text": {"body": "STOP"}, "context": {"id": first["messageId"]}}
    body = post(
        change(messages_value(statuses=statuses)),
        change(messages_value(messages=[stop])),
        change(messages_value(user_preferences=wishes), "user_preferences"),
        change({"new": 1}, "a_new_field"),
    )
    for _ in range(2):
        assert stranger.post(WEBHOOK, content=body, headers=signature(body, "app")).is_success
    assert stranger.post(WEBHOOK, content=body, headers=signature(body, "x")).status_code == 401

    # then it is with the recipients within seconds, and what says nothing is kept
    give_up = time.monotonic() + 30
    while True:
        people = _ok(api.get(f"{path}/recipients"))["recipients"]
        states = [each["status"] for each in people]
        unused = {each["field"] for each in _ok(api.get("/api/webhooks/unused"))["unused"]}
        done = states == ["READ", "FAILED"] and people[0]["repliedAt"] and unused
        if done or time.monotonic() > give_up:
            break
        time.sleep(0.5)
    assert states == ["READ", "FAILED"]
    assert people[0]["repliedAt"]
    assert unused == {"a_new_field"}
    wished = b"phone\n493012345001\n493012345003\n493012345004\n"
    later = f"/api/campaigns/{new_campaign(api)}"
    _ok(api.post(f"{later}/populate", files={"file": ("a.csv", wished, "text/csv")}))
    _ok(api.post(f"{later}/control", json={"action": "start"}))
    _ok(api.post(f"{later}/execute-batch"))
    assert _ok(api.get(later))["campaign"]["sentCount"] == 1  # who took the wish back

    # and when it pauses a template, its campaign pauses too
    slow = DRAFT | {"throttle": {"messagesPerSecond": 0.1, "batchSize": 1}}
    running = started_campaign(api, [f"4930123460{n:02d}" for n in range(20)], slow)
    body = post(
        change(
            {
                "event": "PAUSED",
                "message_template_id": 1,
                "message_template_name": "hello",
                "message_template_language": "en_US",
                "reason": "NONE",
            },
            "message_template_status_update",
        )
    )
    assert stranger.post(WEBHOOK, content=body, headers=signature(body, "app")).is_success
    assert _wait_for(api, running, "PAUSED", seconds=30)["pauseCause"] == "TEMPLATE"
    assert _dead_letters(deployment, "UpdatesDeadLetterQueueUrl") == 0


def test_what_happens_is_told_to_clients_and_other_systems(
    api: httpx.Client, deployment: Deployment
) -> None:
    # given somebody who listens, and a system that wants to know of completed campaigns
    cloud, outputs = deployment.cloud, deployment.outputs
    gateway = f"{cloud.url}/_aws/execute-api/{urlsplit(outputs['LiveUrl']).netloc.split('.')[0]}"
    _write_to_clients_at(deployment, f"{gateway}/live")
    queue = _queue_of_completed(deployment)
    ticket = _ok(api.post("/api/live/ticket"))
    assert ticket["url"] == outputs["LiveUrl"]
    address = f"{gateway.replace('http', 'ws', 1)}/live?ticket="
    with pytest.raises(RefusedError):
        WebSocket(f"{address}nonsense")

    # when a campaign is sent
    with WebSocket(f"{address}{ticket['ticket']}") as socket:
        path = f"/api/campaigns/{new_campaign(api)}"
        campaign_id = path.rpartition("/")[2]
        socket.send({"action": "subscribe", "campaignId": campaign_id, "messages": True})
        socket.until("snapshot", seconds=30)
        listed = b"phone\n493012347001\n493012347002\n"
        _ok(api.post(f"{path}/populate", files={"file": ("a.csv", listed, "text/csv")}))
        _ok(api.post(f"{path}/control", json={"action": "start"}))
        _ok(api.post(f"{path}/execute-batch"))

        # then both hear of it, with the permissions of the function
        heard: list[dict[str, Any]] = []
        wanted = {"campaign.started", "campaign.completed", "campaign.progress", "message.status"}
        while wanted - {each["type"] for each in heard}:
            heard.append(socket.receive(seconds=30))
    assert {each["campaignId"] for each in heard} == {campaign_id}
    sqs, give_up = cloud.client("sqs"), time.monotonic() + 30
    told: list[dict[str, Any]] = []
    while campaign_id not in {each["detail"]["campaignId"] for each in told}:
        assert time.monotonic() < give_up, told
        got = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        told += [json.loads(message["Body"]) for message in got.get("Messages", [])]
    assert {each["detail-type"] for each in told} == {"campaign.completed"}


def _write_to_clients_at(deployment: Deployment, url: str) -> None:
    """The stack says where AWS has the connections; the emulator has them here."""
    functions = deployment.cloud.client("lambda")
    name = deployment.outputs["LiveFunction"]
    known = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    variables = {"Variables": known | {"LIVE_ENDPOINT_URL": url}}
    functions.update_function_configuration(FunctionName=name, Environment=variables)


def _queue_of_completed(deployment: Deployment) -> str:
    """A queue behind the rule of docs/live.md."""
    events, sqs = (deployment.cloud.client(name) for name in ("events", "sqs"))
    url = sqs.create_queue(QueueName="completed")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    rule = {"Name": "completed", "EventBusName": deployment.outputs["EventBusName"]}
    pattern = {"source": ["campaign-executor"], "detail-type": ["campaign.completed"]}
    events.put_rule(**rule, EventPattern=json.dumps(pattern))
    target = {"Id": "queue", "Arn": arn["QueueArn"]}
    events.put_targets(Rule=rule["Name"], EventBusName=rule["EventBusName"], Targets=[target])
    return str(url)


@pytest.mark.parametrize("path", ["/api/campaigns", "/api/quota", "/openapi.json", "/swagger"])
def test_nobody_comes_in_without_a_token(stranger: httpx.Client, path: str) -> None:
    assert stranger.get(path).status_code == 401


def test_a_forged_token_is_refused(stranger: httpx.Client, token: str) -> None:
    # given the operator's token with another subject under the same signature
    header, claims, signature = token.split(".")
    forged = json.loads(base64.urlsafe_b64decode(claims + "=="))
    forged["sub"] = "somebody-else"
    changed = base64.urlsafe_b64encode(json.dumps(forged).encode()).decode().rstrip("=")

    # when
    answer = stranger.get(
        "/api/campaigns", headers={"Authorization": f"Bearer {header}.{changed}.{signature}"}
    )

    # then
    assert answer.status_code == 401


def test_the_groups_and_scopes_of_the_pool_are_the_roles_of_the_api(
    stranger: httpx.Client, deployment: Deployment, machine: str, api: httpx.Client
) -> None:
    campaign_id = started_campaign(api, ["49401230001"])
    viewer = log_in(deployment, "viewer@example.com", "default:viewer")
    other = log_in_to_another_tenant(deployment)

    def status(token: str, method: str, path: str, **content: Any) -> int:
        headers = {"Authorization": f"Bearer {token}"}
        return stranger.request(method, path, headers=headers, **content).status_code

    path = f"/api/campaigns/{campaign_id}"
    assert [status(each, "GET", path) for each in (viewer, machine, other)] == [200, 200, 404]
    create = ("POST", "/api/campaigns/create")
    assert [status(each, *create, json=DRAFT) for each in (viewer, machine)] == [403, 403]
    batch = ("POST", f"{path}/execute-batch")
    assert [status(each, *batch) for each in (viewer, machine)] == [403, 200]


def log_in_to_another_tenant(deployment: Deployment) -> str:
    """A tenant is nothing but its groups."""
    deployment.cloud.client("cognito-idp").create_group(
        UserPoolId=deployment.outputs["UserPoolId"], GroupName="acme:org_admin"
    )
    return log_in(deployment, "acme@example.com", "acme:org_admin")


def _ok(answer: httpx.Response) -> dict[str, Any]:
    assert answer.is_success, f"{answer.request.url}: {answer.status_code} {answer.text}"
    body: dict[str, Any] = answer.json()
    return body


def _wait_for(api: httpx.Client, campaign_id: str, status: str, seconds: float) -> dict[str, Any]:
    give_up = time.monotonic() + seconds
    while True:
        campaign: dict[str, Any] = _ok(api.get(f"/api/campaigns/{campaign_id}"))["campaign"]
        if campaign["status"] == status:
            return campaign
        if time.monotonic() > give_up:
            pytest.fail(f"still {campaign['status']} after {seconds} s: {campaign}")
        time.sleep(0.5)


def _dead_letters(deployment: Deployment, output: str = "DeadLetterQueueUrl") -> int:
    queue = urlsplit(deployment.outputs[output])
    answer = deployment.cloud.client("sqs").get_queue_attributes(
        QueueUrl=deployment.cloud.url + queue.path,
        AttributeNames=["ApproximateNumberOfMessages"],
    )
    return int(answer["Attributes"]["ApproximateNumberOfMessages"])
