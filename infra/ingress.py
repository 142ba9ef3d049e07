"""The way in: an HTTP API. People pass with a token of the user pool, Meta with its signature."""

from collections.abc import Sequence

import jsii
from aws_cdk import Aws, Duration
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_apigatewayv2 as apigatewayv2
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk.aws_apigatewayv2_authorizers import HttpUserPoolAuthorizer
from aws_cdk.aws_apigatewayv2_integrations import HttpLambdaIntegration
from constructs import Construct

from infra.machines import Machines
from infra.settings import StageSettings

METHODS = [
    apigatewayv2.HttpMethod.GET,
    apigatewayv2.HttpMethod.POST,
    apigatewayv2.HttpMethod.PUT,
    apigatewayv2.HttpMethod.PATCH,
    apigatewayv2.HttpMethod.DELETE,
]
"""All but OPTIONS: a preflight carries no token, API Gateway answers it from the CORS rules."""

WEBHOOK = "/webhooks/whatsapp"

ROLES = ("org_admin", "agent", "viewer")
"""What a person can be; `service` is for machines."""

ACCESS_LOG = apigateway.AccessLogFormat.custom(
    '{"requestId":"$context.requestId","time":"$context.requestTime","ip":"$context.identity.sourceIp",'
    '"user":"$context.authorizer.claims.sub","method":"$context.httpMethod","path":"$context.path",'
    '"status":"$context.status","bytes":"$context.responseLength",'
    '"latencyMs":"$context.responseLatency","refused":"$context.authorizer.error",'
    '"error":"$context.integrationErrorMessage"}'
)


@jsii.implements(apigatewayv2.IAccessLogSettings)
class _AccessLog:
    def __init__(self, log: logs.LogGroup) -> None:
        self._destination = apigatewayv2.LogGroupLogDestination(log)

    @property
    def destination(self) -> apigatewayv2.IAccessLogDestination:
        return self._destination

    @property
    def format(self) -> apigateway.AccessLogFormat:
        return ACCESS_LOG


class Ingress(Construct):
    """HTTP API → `function`. The function routes by path, so that its errors have its own shape.

    The JWT authorizer is the default of the API: a route added later is closed too. The one route
    without it is the webhook's: `webhook` refuses whatever Meta has not signed.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: StageSettings,
        function: lambda_.IFunction,
        webhook: lambda_.IFunction,
    ) -> None:
        super().__init__(scope, construct_id)
        self.users = self._user_pool(settings)
        self.client = self.users.add_client(
            "Client",
            auth_flows=cognito.AuthFlow(user_password=True, user_srp=True),
            disable_o_auth=True,
            generate_secret=False,
            prevent_user_existence_errors=True,
            access_token_validity=Duration.hours(1),
            id_token_validity=Duration.hours(1),
            refresh_token_validity=Duration.days(30),
        )
        self._default_groups()
        self._console = self._console_client() if settings.console else None
        domain = self._domain(settings)
        self.login_url = domain.base_url() if domain else ""
        self.machines = Machines(
            self, "Machines", users=self.users, login_url=self.login_url, settings=settings
        )
        self.api = apigatewayv2.HttpApi(
            self,
            "Api",
            create_default_stage=False,
            default_authorizer=HttpUserPoolAuthorizer(
                "Authorizer",
                self.users,
                user_pool_clients=[
                    self.client,
                    *filter(None, [self._console]),
                    *self.machines.clients,
                ],
            ),
            cors_preflight=_cors(settings),
        )
        self.api.add_routes(
            path="/{proxy+}",
            methods=METHODS,
            integration=HttpLambdaIntegration("Function", function),
        )
        self.webhook_url = f"{self.api.api_endpoint}{WEBHOOK}"
        routes = self.api.add_routes(
            path=WEBHOOK,
            methods=[apigatewayv2.HttpMethod.GET, apigatewayv2.HttpMethod.POST],
            integration=HttpLambdaIntegration("Webhook", webhook),
            authorizer=apigatewayv2.HttpNoneAuthorizer(),
        )
        self.stage = self._stage(settings)
        self._own_throttle(settings, routes)

    def let_in(self, console_url: str) -> cognito.UserPoolClient:
        """The client with which people log in at the console, and come back to it and nowhere else.

        The console's address is known only after the API's: CloudFront leads to it.
        """
        assert self._console  # noqa: S101 - whoever has a console has its client
        properties = self._console.node.default_child
        assert isinstance(properties, cognito.CfnUserPoolClient)  # noqa: S101 - the L2 construct's
        properties.callback_ur_ls = [f"{console_url}/signed-in"]  # as console/src/auth/cognito.ts
        properties.logout_ur_ls = [f"{console_url}/"]
        return self._console

    def _console_client(self) -> cognito.UserPoolClient:
        """For a browser, which can keep no secret: code grant, with PKCE by the console."""
        return self.users.add_client(
            "Console",
            generate_secret=False,
            o_auth=cognito.OAuthSettings(
                flows=cognito.OAuthFlows(authorization_code_grant=True),
                scopes=[cognito.OAuthScope.OPENID, cognito.OAuthScope.EMAIL],
                callback_urls=["https://console.invalid/"],  # see `let_in`
            ),
            supported_identity_providers=[cognito.UserPoolClientIdentityProvider.COGNITO],
            prevent_user_existence_errors=True,
            access_token_validity=Duration.hours(1),
            id_token_validity=Duration.hours(1),
            refresh_token_validity=Duration.days(1),
            enable_token_revocation=True,
        )

    def _domain(self, settings: StageSettings) -> cognito.UserPoolDomain | None:
        """Where Cognito's own pages and token endpoint are, if anybody needs them."""
        if not settings.console and not settings.machines:
            return None
        return self.users.add_domain(
            "Domain",
            cognito_domain=cognito.CognitoDomainOptions(
                domain_prefix=f"campaigns-{settings.stage}-{Aws.ACCOUNT_ID}"
            ),
        )

    def _own_throttle(
        self, settings: StageSettings, routes: Sequence[apigatewayv2.HttpRoute]
    ) -> None:
        """Meta's bursts and people don't take each other's requests."""
        stage = self.stage.node.default_child
        assert isinstance(stage, apigatewayv2.CfnStage)  # noqa: S101 - the L2 construct's own
        stage.route_settings = {
            f"POST {WEBHOOK}": {
                "ThrottlingRateLimit": settings.webhook_rate,
                "ThrottlingBurstLimit": settings.webhook_burst,
            }
        }
        self.stage.node.add_dependency(*routes)

    def _user_pool(self, settings: StageSettings) -> cognito.UserPool:
        return cognito.UserPool(
            self,
            "Users",
            self_sign_up_enabled=False,  # people are invited, nobody registers
            sign_in_aliases=cognito.SignInAliases(email=True),
            account_recovery=cognito.AccountRecovery.EMAIL_ONLY,
            mfa=cognito.Mfa.OPTIONAL,
            mfa_second_factor=cognito.MfaSecondFactor(otp=True, sms=False),
            password_policy=cognito.PasswordPolicy(
                min_length=12,
                require_lowercase=True,
                require_uppercase=True,
                require_digits=True,
                require_symbols=True,
                temp_password_validity=Duration.days(3),
            ),
            deletion_protection=settings.keep_data,
            removal_policy=settings.removal_policy,
        )

    def _default_groups(self) -> None:
        """The default tenant's roles; another tenant's groups are made when it comes."""
        for role in ROLES:
            cognito.CfnUserPoolGroup(
                self,
                f"Default-{role}",
                user_pool_id=self.users.user_pool_id,
                group_name=f"default:{role}",
            )

    def _stage(self, settings: StageSettings) -> apigatewayv2.HttpStage:
        log = logs.LogGroup(
            self,
            "AccessLog",
            retention=settings.log_retention,
            removal_policy=settings.removal_policy,
        )
        return apigatewayv2.HttpStage(
            self,
            "Stage",
            http_api=self.api,
            stage_name="$default",
            auto_deploy=True,
            throttle=apigatewayv2.ThrottleSettings(
                rate_limit=settings.api_rate, burst_limit=settings.api_burst
            ),
            access_log_settings=_AccessLog(log),
        )


def _cors(settings: StageSettings) -> apigatewayv2.CorsPreflightOptions | None:
    if settings.allowed_origin is None:
        return None
    return apigatewayv2.CorsPreflightOptions(
        allow_origins=[settings.allowed_origin],
        allow_methods=[apigatewayv2.CorsHttpMethod(method.value) for method in METHODS],
        allow_headers=["authorization", "content-type", "idempotency-key"],
        expose_headers=["idempotent-replayed", "retry-after", "apigw-requestid"],
        max_age=Duration.hours(1),
    )
