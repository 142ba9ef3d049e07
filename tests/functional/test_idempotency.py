"""A POST with an Idempotency-Key: done once, answered alike, for a day."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from functions.wiring import Services
from local.runtime import Runtime
from local.settings import load_local_settings
from tests.support.api_calls import ADMIN, JSON, NEW, Reply, as_role, gateway_event, get, invoke


def post(path: str, value: Any, key: str | None, claims: dict[str, str] = ADMIN) -> Reply:
    event = gateway_event(
        "POST", path, body=json.dumps(value).encode(), content_type=JSON, claims=claims
    )
    if key is not None:
        event["headers"]["idempotency-key"] = key
    return invoke(event)


def create(key: str | None, name: str = "Spring", claims: dict[str, str] = ADMIN) -> Reply:
    return post("/api/campaigns/create", NEW | {"name": name}, key, claims)


def test_the_same_request_again_is_answered_alike_and_not_done_again(fresh_api: Services) -> None:
    first, again = create("k-1"), create("k-1")

    assert (first.status, again.status) == (201, 201)
    assert again.body == first.body
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len(get("/api/campaigns").body["campaigns"]) == 1


def test_another_key_or_none_is_another_request(fresh_api: Services) -> None:
    ids = {create(key).body["campaignId"] for key in ("k-1", "k-2", None, None)}

    assert len(ids) == 4


def test_the_same_key_with_another_request_is_refused(fresh_api: Services) -> None:
    first = create("k-1")

    other_body = create("k-1", name="Summer")
    other_path = post(
        f"/api/campaigns/{first.body['campaignId']}/control", {"action": "cancel"}, "k-1"
    )

    for reply in (other_body, other_path):
        assert (reply.status, reply.code) == (409, "IDEMPOTENCY_KEY_REUSED")
    assert len(get("/api/campaigns").body["campaigns"]) == 1
    assert get(f"/api/campaigns/{first.body['campaignId']}").body["campaign"]["status"] == "DRAFT"


def test_what_failed_may_be_tried_again_under_the_same_key(fresh_api: Services) -> None:
    campaign_id = create(None).body["campaignId"]
    path = f"/api/campaigns/{campaign_id}/control"

    assert post(path, {"action": "start"}, "k-1").code == "NO_RECIPIENTS"
    assert post(path, {"action": "start"}, "k-1").code == "NO_RECIPIENTS"
    assert post(path, {"action": "cancel"}, "k-1").status == 200
    assert post(path, {"action": "cancel"}, "k-1").status == 200  # without it: 409


def test_a_key_is_the_tenants_own(fresh_api: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    from functions import wiring

    monkeypatch.setattr(wiring, "services", fresh_api.tenant)
    mine = create("k-1")
    theirs = create("k-1", claims=as_role("agent", "acme"))

    assert mine.status == 201
    assert theirs.code == "NO_SENDER"  # and not the answer of somebody else


def test_a_role_is_asked_before_a_key(fresh_api: Services) -> None:
    assert create("k-1").status == 201

    assert create("k-1", claims=as_role("viewer")).code == "FORBIDDEN"


@pytest.mark.parametrize("key", ["", " ", "a b", "\u00e9", "x" * 256, "a\nb"])
def test_a_key_that_can_not_be_one_is_refused(fresh_api: Services, key: str) -> None:
    reply = create(key)

    assert (reply.status, reply.code) == (400, "MALFORMED_IDEMPOTENCY_KEY")


def test_a_record_is_kept_for_a_day_in_the_tenants_partition(fresh_api: Services) -> None:
    create("k-1")

    (item,) = fresh_api._dynamodb.query(
        TableName=fresh_api.settings.whatsapp_table,
        KeyConditionExpression="PK = :pk",
        ExpressionAttributeValues={":pk": {"S": "IDEMPOTENCY"}},
    )["Items"]
    left = datetime.fromtimestamp(int(item["expiresAt"]["N"]), UTC) - datetime.now(UTC)
    assert timedelta(hours=23, minutes=59) < left <= timedelta(hours=24)
    assert "k-1" not in json.dumps(item)


def test_a_double_click_makes_one_campaign(tmp_path: Any) -> None:
    """Real processes: two requests at the same moment reach two environments of the function."""
    environment = {"PORT": "0", "LOCAL_DATA_DIR": str(tmp_path), "LOCAL_TICK_SECONDS": "0"}
    with Runtime(load_local_settings(environment), environment) as runtime:
        token = httpx.get(f"{runtime.url}/local/token", trust_env=False).json()["token"]
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "click"}
        with (
            httpx.Client(base_url=runtime.url, headers=headers, timeout=30) as http,
            ThreadPoolExecutor(8) as clicks,
        ):
            answers = list(
                clicks.map(lambda _: http.post("/api/campaigns/create", json=NEW), range(8))
            )
            made = http.get("/api/campaigns").json()["campaigns"]

    assert len(made) == 1
    assert {answer.status_code for answer in answers} <= {201, 409}
    for answer in answers:
        if answer.status_code == 201:
            assert answer.json()["campaignId"] == made[0]["campaignId"]
        else:
            assert answer.json()["error"]["code"] == "IDEMPOTENCY_KEY_IN_USE"
            assert answer.headers["retry-after"] == "2"


def test_a_request_without_a_key_does_not_pay_for_the_utility() -> None:
    code = (
        "import sys, functions.api.handler;"
        "sys.exit(any('utilities.idempotency' in name for name in sys.modules))"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
