"""Programs that call the API: an app client for each tenant that wants one.

Cognito charges for such clients by the month: there is none unless `-c machines=…` names tenants.
"""

from aws_cdk import Duration
from aws_cdk import aws_cognito as cognito
from constructs import Construct

from infra.settings import StageSettings

RESOURCE_SERVER = "campaign-executor"
"""Its scopes are `{tenant}:service`; the API reads tenant and role from them."""


class Machines(Construct):
    """`clients` log in with the client credentials grant, each for one tenant, as `service`."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        users: cognito.UserPool,
        login_url: str,
        settings: StageSettings,
    ) -> None:
        super().__init__(scope, construct_id)
        self.clients: list[cognito.UserPoolClient] = []
        self.outputs: dict[str, str] = {}
        if not settings.machines:
            return
        scopes = {
            tenant: cognito.ResourceServerScope(
                scope_name=f"{tenant}:service", scope_description=f"Programs of {tenant}"
            )
            for tenant in settings.machines
        }
        server = users.add_resource_server(
            "Scopes", identifier=RESOURCE_SERVER, scopes=list(scopes.values())
        )
        self.clients = [_client(users, server, *each) for each in scopes.items()]
        ids = (client.user_pool_client_id for client in self.clients)
        named = [f"{tenant}={id_}" for tenant, id_ in zip(scopes, ids, strict=True)]
        self.outputs = {
            "TokenUrl": f"{login_url}/oauth2/token",
            "MachineClients": " ".join(named),
        }


def _client(
    users: cognito.UserPool,
    server: cognito.UserPoolResourceServer,
    tenant: str,
    scope: cognito.ResourceServerScope,
) -> cognito.UserPoolClient:
    return users.add_client(
        f"Machine-{tenant}",
        generate_secret=True,
        o_auth=cognito.OAuthSettings(
            flows=cognito.OAuthFlows(client_credentials=True),
            scopes=[cognito.OAuthScope.resource_server(server, scope)],
        ),
        access_token_validity=Duration.hours(1),
    )
