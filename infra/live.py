"""Telling what happens: the tables' streams in, a WebSocket API and an event bus out."""

from collections.abc import Mapping

from aws_cdk import ArnFormat, Duration, Stack
from aws_cdk import aws_apigatewayv2 as apigatewayv2
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk.aws_apigatewayv2_integrations import WebSocketLambdaIntegration
from aws_cdk.aws_lambda_event_sources import DynamoEventSource, SqsDlq
from constructs import Construct

from infra.queues import dead_letters
from infra.settings import StageSettings
from shared.dynamo.schema import NEWS

STAGE = "live"
BATCH = 1000  # records; the most that Lambda takes, and at most 6 MB of them
WINDOW = Duration.seconds(1)  # what happens within it is told together
RETRIES = 5  # then a batch, halved at each of them, is given up


class Live(Construct):
    """`function` is called with what is committed, and by clients that connect.

    A batch that fails is halved and tried again, so that a record that nobody can read does not
    keep the others waiting; what is given up is named in `dead_letters`, and the stream goes on.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: StageSettings,
        function: lambda_.Function,
        tables: Mapping[str, dynamodb.TableV2],
    ) -> None:
        super().__init__(scope, construct_id)
        self.bus = events.EventBus(
            self, "Bus", description="What happens to campaigns, for other systems"
        )
        self.dead_letters = dead_letters(self)
        self.api = self._api(function)
        self.stage = apigatewayv2.WebSocketStage(
            self,
            "Stage",
            web_socket_api=self.api,
            stage_name=STAGE,
            auto_deploy=True,
            throttle=apigatewayv2.ThrottleSettings(
                rate_limit=settings.api_rate, burst_limit=settings.api_burst
            ),
        )
        self.url = self.stage.url
        function.add_environment("LIVE_ENDPOINT_URL", self.stage.callback_url)
        function.add_environment("LIVE_BUS_NAME", self.bus.event_bus_name)
        function.add_to_role_policy(
            iam.PolicyStatement(actions=["events:PutEvents"], resources=[self.bus.event_bus_arn])
        )
        function.add_to_role_policy(
            iam.PolicyStatement(
                actions=["execute-api:ManageConnections"], resources=[self._connections]
            )
        )
        self._feed(function, tables["campaigns"], _keys_beginning(*NEWS))
        self._feed(function, tables["recipients"], {"eventName": ["MODIFY"]})

    def _api(self, function: lambda_.Function) -> apigatewayv2.WebSocketApi:
        def route(name: str) -> apigatewayv2.WebSocketRouteOptions:
            return apigatewayv2.WebSocketRouteOptions(
                integration=WebSocketLambdaIntegration(name, function)
            )

        return apigatewayv2.WebSocketApi(
            self,
            "Api",
            connect_route_options=route("Connect"),
            disconnect_route_options=route("Disconnect"),
            default_route_options=route("Message"),
        )

    @property
    def _connections(self) -> str:
        """Writing to clients; the function need not ask for them, nor cut them off."""
        return Stack.of(self).format_arn(
            service="execute-api",
            resource=self.api.api_id,
            resource_name=f"{STAGE}/POST/@connections/*",
            arn_format=ArnFormat.SLASH_RESOURCE_NAME,
        )

    def _feed(
        self, function: lambda_.Function, table: dynamodb.TableV2, pattern: Mapping[str, object]
    ) -> None:
        """What is of no interest costs no invocation: Lambda filters before it calls."""
        function.add_event_source(
            DynamoEventSource(
                table,
                starting_position=lambda_.StartingPosition.LATEST,
                batch_size=BATCH,
                max_batching_window=WINDOW,
                bisect_batch_on_error=True,
                retry_attempts=RETRIES,
                max_record_age=Duration.hours(1),
                on_failure=SqsDlq(self.dead_letters),
                filters=[lambda_.FilterCriteria.filter(dict(pattern))],
            )
        )


def _keys_beginning(*prefixes: str) -> dict[str, object]:
    return {"dynamodb": {"Keys": {"SK": {"S": [{"prefix": each} for each in prefixes]}}}}
