"""The API when something is not there, not reachable or broken, and when two ask at once."""

import threading
from typing import Any

import pytest

from functions import wiring
from functions.wiring import Services
from shared.domain.errors import StoreUnavailableError
from tests.support.api_calls import NEW, get, post, upload

UNKNOWN = "cmp_01990000-0000-7000-8000-000000000000"
ON_ONE_CAMPAIGN = [
    ("GET", ""),
    ("GET", "/recipients"),
    ("POST", "/populate"),
    ("POST", "/control"),
    ("POST", "/execute-batch"),
]


def call(method: str, path: str) -> Any:
    """A request that is right in form, whatever the route."""
    if path.endswith("/populate"):
        return upload(path, b"12015550100\n")
    body = {"action": "start"} if path.endswith("/control") else None
    return post(path, body) if method == "POST" else get(path)


@pytest.mark.parametrize(("method", "rest"), ON_ONE_CAMPAIGN)
@pytest.mark.parametrize("campaign_id", [UNKNOWN, "cmp_1", "x", "cmp_" + "f" * 4000])
def test_an_unknown_campaign_is_not_found(
    api: Services, method: str, rest: str, campaign_id: str
) -> None:
    reply = call(method, f"/api/campaigns/{campaign_id}{rest}")

    assert (reply.status, reply.code) == (404, "CAMPAIGN_NOT_FOUND")
    assert len(reply.words) < 300


def test_a_request_in_another_thread_does_not_disturb_this_one(
    api: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = threading.Thread(target=get, args=("/nowhere",))
    store = api.campaigns.create

    def slow_create(*given: Any) -> None:
        other.start()
        other.join(0.2)  # without the lock it is through by then
        store(*given)

    monkeypatch.setattr(api.campaigns, "create", slow_create)

    reply = post("/api/campaigns/create", NEW)
    other.join()

    assert (reply.status, reply.body["status"]) == (201, "DRAFT")


@pytest.mark.parametrize(("method", "rest"), ON_ONE_CAMPAIGN)
def test_an_unreachable_database_is_a_503(
    api: Services, monkeypatch: pytest.MonkeyPatch, method: str, rest: str
) -> None:
    def unreachable(*_: Any, **__: Any) -> None:
        raise StoreUnavailableError

    for name in ("get", "control"):
        monkeypatch.setattr(api.campaigns, name, unreachable)

    reply = call(method, f"/api/campaigns/{UNKNOWN}{rest}")

    assert (reply.status, reply.code) == (503, "STORE_UNAVAILABLE")


def test_a_fault_of_ours_is_a_500_that_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(tenant: str) -> Services:
        raise RuntimeError("secret detail of " + tenant)

    monkeypatch.setattr(wiring, "services", broken)

    reply = get("/api/quota")

    assert (reply.status, reply.code) == (500, "INTERNAL")
    assert "secret" not in reply.words
    assert "JKJaXmPLvHcESHA=" in reply.words
