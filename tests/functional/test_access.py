"""Every route and every role: who gets in, and what the others are told."""

import json

import pytest

from functions.api.app import app
from functions.api.rules import RULES
from functions.wiring import Services
from tests.support.api_calls import (
    JSON,
    Reply,
    as_role,
    create,
    document,
    gateway_event,
    invoke,
    operations,
)

# Written down a second time on purpose: a change of the rules must be meant.
MATRIX = {
    "listCampaigns": "org_admin agent viewer service",
    "getCampaign": "org_admin agent viewer service",
    "listRecipients": "org_admin agent viewer service",
    "exportRecipients": "org_admin agent viewer service",
    "getProgress": "org_admin agent viewer service",
    "getStats": "org_admin agent viewer service",
    "listErrors": "org_admin agent viewer service",
    "getRetryStats": "org_admin agent viewer service",
    "getOverview": "org_admin agent viewer service",
    "listEvents": "org_admin agent viewer service",
    "deleteCampaign": "org_admin",
    "erasePhone": "org_admin",
    "listErasures": "org_admin",
    "getErasure": "org_admin",
    "getQuota": "org_admin agent viewer service",
    "createCampaign": "org_admin agent",
    "changeCampaign": "org_admin agent",
    "duplicateCampaign": "org_admin agent",
    "populateCampaign": "org_admin agent",
    "sendTest": "org_admin agent",
    "makeImport": "org_admin agent",
    "startImport": "org_admin agent",
    "listImports": "org_admin agent viewer service",
    "getImport": "org_admin agent viewer service",
    "controlCampaign": "org_admin agent",
    "retryFailed": "org_admin agent",
    "resolveUnconfirmed": "org_admin agent",
    "executeBatch": "org_admin service",
    "listSuppressions": "org_admin agent viewer service",
    "exportSuppressions": "org_admin agent viewer service",
    "addSuppressions": "org_admin agent",
    "importSuppressions": "org_admin agent",
    "removeSuppressions": "org_admin",
    "listSenders": "org_admin agent viewer service",
    "getSender": "org_admin agent viewer service",
    "listTemplates": "org_admin agent viewer service",
    "registerSender": "org_admin",
    "changeSender": "org_admin",
    "checkSender": "org_admin",
    "releaseSender": "org_admin",
    "removeSender": "org_admin",
    "issueLiveTicket": "org_admin agent viewer service",
    "listEndpoints": "org_admin",
    "registerEndpoint": "org_admin",
    "changeEndpoint": "org_admin",
    "testEndpoint": "org_admin",
    "removeEndpoint": "org_admin",
    "listUnusedUpdates": "org_admin",
}
ROLES = ("org_admin", "agent", "viewer", "service")


def call(operation_id: str, claims: dict[str, str] | None) -> Reply:
    """An empty request of that operation, about something that does not exist."""
    method, path, _ = operations()[operation_id]
    body = b"{}" if method in ("POST", "PATCH") else None
    for name, value in {
        "campaign_id": "cmp_nobody",
        "sender_id": "snd_nobody",
        "erasure_id": "era_nobody",
        "import_id": "imp_nobody",
        "endpoint_id": "whk_nobody",
    }.items():
        path = path.replace(f"{{{name}}}", value)
    return invoke(gateway_event(method, path, body=body, content_type=JSON, claims=claims))


def test_every_operation_has_a_rule_and_every_rule_an_operation() -> None:
    assert set(operations()) == set(RULES) == set(MATRIX)
    for operation_id, (_, _, operation) in operations().items():
        assert operation["x-permission"] == RULES[operation_id]
        assert {"401", "403"} <= operation["responses"].keys()
    assert document()["components"]["securitySchemes"]["bearerAuth"]["scheme"] == "bearer"
    assert document()["security"] == [{"bearerAuth": []}]
    # The gate is a part of validation, so no route may go without.
    assert all(route.enable_validation is None for route in app._all_routes)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("operation_id", sorted(MATRIX))
def test_a_role_may_do_what_the_table_says_and_nothing_else(
    api: Services, operation_id: str, role: str
) -> None:
    reply = call(operation_id, as_role(role))

    if role in MATRIX[operation_id].split():
        assert reply.status not in (401, 403), reply.body
    else:
        assert (reply.status, reply.code) == (403, "FORBIDDEN")
        assert role in reply.words
        assert MATRIX[operation_id].split()[0] in reply.words


@pytest.mark.parametrize("operation_id", sorted(MATRIX))
def test_without_claims_nothing_happens(api: Services, operation_id: str) -> None:
    reply = call(operation_id, None)

    assert (reply.status, reply.code) == (401, "UNAUTHORIZED")
    assert reply.headers["WWW-Authenticate"] == "Bearer"


def test_an_operation_without_a_rule_is_refused_to_everybody(
    api: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "_rules", {})

    for role in ROLES:
        assert call("listCampaigns", as_role(role)).code == "FORBIDDEN"


def test_who_may_not_is_told_before_the_body_is_read(api: Services) -> None:
    event = gateway_event(
        "POST", "/api/campaigns/create", body=b"{", content_type=JSON, claims=as_role("viewer")
    )

    assert invoke(event).code == "FORBIDDEN"


@pytest.mark.parametrize(
    "groups",
    [
        "",
        "[]",
        "[org_admin]",
        "[default]",
        "[:org_admin]",
        "[default:]",
        "[default:owner]",
        "[default:ORG_ADMIN]",
        "[default:service]",
        "[Default:org_admin]",
        "[default:org_admin:x]",
        "[x:default:org_admin]",
        "[default#:org_admin]",
        "[TENANT#default:org_admin]",
        "[../default:org_admin]",
        "[*:org_admin]",
        "[-default:org_admin]",
        "[d\u0435fault:org_admin]",  # Cyrillic
        "[default\uff1aorg_admin]",  # a full-width colon
        "[default\u0000:org_admin]",
        "[" + "a" * 64 + ":org_admin]",
    ],
)
def test_a_group_that_is_none_of_ours_gives_nothing(api: Services, groups: str) -> None:
    reply = call("listCampaigns", {"sub": "person", "cognito:groups": groups})

    assert (reply.status, reply.code) == (403, "FORBIDDEN")
    assert "organisation" in reply.words


def test_an_entry_with_a_blank_is_one_name_and_none_of_ours(api: Services) -> None:
    event = gateway_event("GET", "/api/campaigns", claims=as_role("viewer"))
    claims = {"sub": "person", "cognito:groups": ["default:org_admin x", "x default:agent"]}
    event["requestContext"]["authorizer"]["jwt"]["claims"] = claims

    assert invoke(event).code == "FORBIDDEN"


def test_a_persons_token_without_a_group_gives_nothing(api: Services) -> None:
    of_login = {"sub": "person", "token_use": "id", "aud": "client", "email": "ana@example.com"}

    assert call("listCampaigns", of_login).code == "FORBIDDEN"


@pytest.mark.parametrize(
    "scope",
    [
        "default:service",
        "other/default:service",
        "campaign-executor/default:org_admin",
        "campaign-executor/campaign-executor/default:service",
        "campaign-executor/default",
        "openid",
    ],
)
def test_a_scope_that_is_none_of_ours_gives_nothing(api: Services, scope: str) -> None:
    assert call("listCampaigns", {"sub": "machine", "scope": scope}).code == "FORBIDDEN"


def test_who_belongs_to_two_organisations_is_asked_to_use_two_accounts(api: Services) -> None:
    both = {"sub": "person", "cognito:groups": "[default:viewer acme:org_admin]"}

    reply = call("listCampaigns", both)

    assert reply.code == "FORBIDDEN"
    assert "more than one organisation" in reply.words


def test_the_strongest_of_several_roles_counts(api: Services) -> None:
    several = {"sub": "person", "cognito:groups": "[default:viewer others default:agent]"}

    assert call("createCampaign", several).code == "VALIDATION_FAILED"


def test_what_a_request_says_of_a_tenant_or_a_role_is_not_heard(tenants: Services) -> None:
    path = create()
    event = gateway_event("GET", path, claims=as_role("viewer", "acme"))
    event["headers"] |= {"x-tenant-id": "default", "tenant": "default", "role": "org_admin"}

    assert invoke(event).status == 404

    body = json.dumps({"name": "n", "tenantId": "default"}).encode()
    create_event = gateway_event(
        "POST",
        "/api/campaigns/create",
        body=body,
        content_type=JSON,
        claims=as_role("agent", "acme"),
    )
    assert invoke(create_event).code == "VALIDATION_FAILED"
