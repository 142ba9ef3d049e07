"""Nobody comes in without a token, from the first deployment on."""

from collections.abc import Callable
from typing import Any

import pytest

from infra.settings import InvalidContextError

OfType = Callable[[str], dict[str, dict[str, Any]]]
Synthesize = Callable[..., dict[str, Any]]


OPEN = {"GET /webhooks/whatsapp", "POST /webhooks/whatsapp"}
"""The one way in without a token: what is behind it asks for Meta's signature."""


def test_the_jwt_authorizer_stands_before_every_route_but_the_webhooks(http_api: OfType) -> None:
    authorizers = http_api("AWS::ApiGatewayV2::Authorizer")

    for route in http_api("AWS::ApiGatewayV2::Route").values():
        if route["RouteKey"] in OPEN:
            assert route["AuthorizationType"] == "NONE"
            assert "AuthorizerId" not in route
            continue
        assert route["AuthorizationType"] == "JWT"
        assert route["AuthorizerId"]["Ref"] in authorizers


def test_it_takes_only_the_tokens_of_our_users_and_our_clients(of_type: OfType) -> None:
    (pool,) = of_type("AWS::Cognito::UserPool")
    password, console = of_type("AWS::Cognito::UserPoolClient")

    (authorizer,) = of_type("AWS::ApiGatewayV2::Authorizer").values()

    assert authorizer["AuthorizerType"] == "JWT"
    assert authorizer["IdentitySource"] == ["$request.header.Authorization"]
    assert authorizer["JwtConfiguration"]["Audience"] == [{"Ref": password}, {"Ref": console}]
    issuer = authorizer["JwtConfiguration"]["Issuer"]["Fn::Join"][1]
    assert issuer[0] == "https://cognito-idp."
    assert issuer[-1] == {"Ref": pool}


def test_the_default_tenant_has_a_group_for_each_role_of_a_person(of_type: OfType) -> None:
    groups = {group["GroupName"] for group in of_type("AWS::Cognito::UserPoolGroup").values()}

    assert groups == {"default:org_admin", "default:agent", "default:viewer"}


def test_programs_get_a_client_for_their_tenant_only_if_asked_for(
    of_type: OfType, synthesize: Synthesize
) -> None:
    assert len(of_type("AWS::Cognito::UserPoolClient")) == 2  # people's

    template = synthesize(machines="default,acme,acme")
    resources = template["Resources"]
    by_type: dict[str, list[Any]] = {}
    for name, resource in resources.items():
        by_type.setdefault(resource["Type"], []).append((name, resource["Properties"]))

    (server,) = by_type["AWS::Cognito::UserPoolResourceServer"]
    assert server[1]["Identifier"] == "campaign-executor"
    scopes = [scope["ScopeName"] for scope in server[1]["Scopes"]]
    assert scopes == ["default:service", "acme:service"]
    machines = [
        each for _, each in by_type["AWS::Cognito::UserPoolClient"] if each["GenerateSecret"]
    ]
    assert [client["AllowedOAuthFlows"] for client in machines] == [["client_credentials"]] * 2
    assert [len(client["AllowedOAuthScopes"]) for client in machines] == [1, 1]
    ((_, authorizer),) = by_type["AWS::ApiGatewayV2::Authorizer"]
    known = {name for name, _ in by_type["AWS::Cognito::UserPoolClient"]}
    assert {each["Ref"] for each in authorizer["JwtConfiguration"]["Audience"]} == known
    told = template["Outputs"]["MachineClients"]["Value"]["Fn::Join"][1]
    assert [part for part in told if isinstance(part, str)] == ["default=", " acme="]
    assert {part["Ref"] for part in told if isinstance(part, dict)} < known


def test_a_tenant_that_can_not_be_is_refused_before_anything_is_made(
    synthesize: Synthesize,
) -> None:
    with pytest.raises(InvalidContextError, match="ACME"):
        synthesize(machines="default,ACME")


def test_every_method_reaches_the_function_but_the_preflight(http_api: OfType) -> None:
    routes = {route["RouteKey"] for route in http_api("AWS::ApiGatewayV2::Route").values()}

    methods = ("GET", "POST", "PUT", "PATCH", "DELETE")
    assert routes - OPEN == {f"{method} /{{proxy+}}" for method in methods}


def test_what_needs_no_token_leads_to_the_webhooks_function_and_nowhere_else(
    http_api: OfType,
) -> None:
    integrations = http_api("AWS::ApiGatewayV2::Integration")
    leads = {}
    for route in http_api("AWS::ApiGatewayV2::Route").values():
        _, integration = route["Target"]["Fn::Join"][1]
        function = integrations[integration["Ref"]]["IntegrationUri"]["Fn::GetAtt"][0]
        leads[route["RouteKey"]] = function.removeprefix("Functions")[:7]

    assert leads.keys() >= OPEN
    for key, function in leads.items():
        assert (function == "Webhook") is (key in OPEN)


def test_metas_bursts_have_a_throttle_of_their_own(http_api: OfType) -> None:
    (stage,) = http_api("AWS::ApiGatewayV2::Stage").values()

    own = stage["RouteSettings"]["POST /webhooks/whatsapp"]
    usual = stage["DefaultRouteSettings"]
    for name in ("ThrottlingRateLimit", "ThrottlingBurstLimit"):
        assert own[name] > usual[name]


def test_people_are_invited_and_cannot_register(of_type: OfType) -> None:
    (pool,) = of_type("AWS::Cognito::UserPool").values()

    assert pool["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is True
    assert pool["Policies"]["PasswordPolicy"]["MinimumLength"] >= 12
    assert pool["EnabledMfas"] == ["SOFTWARE_TOKEN_MFA"]


def test_no_client_tells_who_has_an_account(of_type: OfType) -> None:
    password, console = of_type("AWS::Cognito::UserPoolClient").values()

    for client in (password, console):
        assert client["PreventUserExistenceErrors"] == "ENABLED"
        assert client["GenerateSecret"] is False
    assert password["AllowedOAuthFlowsUserPoolClient"] is False
    # A browser's client hands out tokens for a code alone, never in an address.
    assert console["AllowedOAuthFlows"] == ["code"]
    assert set(console["AllowedOAuthScopes"]) == {"openid", "email"}


def test_the_api_is_throttled_and_every_call_is_logged_with_its_caller(
    of_type: OfType, http_api: OfType
) -> None:
    (stage,) = http_api("AWS::ApiGatewayV2::Stage").values()

    throttling = stage["DefaultRouteSettings"]
    assert throttling["ThrottlingRateLimit"] > 0
    assert throttling["ThrottlingBurstLimit"] > 0
    log = stage["AccessLogSettings"]
    assert log["DestinationArn"]["Fn::GetAtt"][0] in of_type("AWS::Logs::LogGroup")
    for field in ("requestId", "authorizer.claims.sub", "status", "authorizer.error"):
        assert f"$context.{field}" in log["Format"]


def test_no_browser_page_may_call_the_api_unless_its_origin_is_named(
    http_api: OfType, synthesize: Synthesize
) -> None:
    # given the stack as it is (the console's page has the API's own host), and one for a page
    (closed,) = http_api("AWS::ApiGatewayV2::Api").values()
    open_to_one = synthesize(allowedOrigin="https://console.example.com")

    # then
    assert "CorsConfiguration" not in closed
    (api,) = [
        resource["Properties"]
        for resource in open_to_one["Resources"].values()
        if resource["Type"] == "AWS::ApiGatewayV2::Api"
        and resource["Properties"]["ProtocolType"] == "HTTP"
    ]
    assert api["CorsConfiguration"]["AllowOrigins"] == ["https://console.example.com"]
    assert set(api["CorsConfiguration"]["AllowMethods"]) == {
        "GET",
        "POST",
        "PUT",
        "PATCH",
        "DELETE",
    }
    assert "idempotency-key" in api["CorsConfiguration"]["AllowHeaders"]
    assert "AllowCredentials" not in api["CorsConfiguration"]
