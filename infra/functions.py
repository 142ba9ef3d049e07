"""The Lambda functions: one bundle, a handler each, with its own role and log."""

from collections.abc import Mapping, Sequence

from aws_cdk import ArnFormat, Duration, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra import access
from infra.settings import StageSettings
from shared.dynamo.schema import TABLES

API_TIMEOUT = Duration.seconds(29)  # API Gateway gives up after 30
LIVE_TIMEOUT = Duration.seconds(60)
EXECUTOR_TIMEOUT = Duration.seconds(120)
WEBHOOK_TIMEOUT = Duration.seconds(10)
UPDATES_TIMEOUT = Duration.seconds(60)
OUTGOING_TIMEOUT = Duration.seconds(60)  # ten deliveries at once, of ten seconds each
IMPORTER_TIMEOUT = Duration.seconds(600)  # ten million lines are checked in five minutes
PUBLISHER_TIMEOUT = Duration.seconds(120)
IMPORTER_MEMORY = 256  # MB, however long the list is
WEBHOOK_MEMORY = 512  # MB; three megabytes are checked and cut there
MEMORY = 1024  # MB; the processor comes with it (1,769 MB is one whole), and so does a quick start


class Functions(Construct):
    """What runs; each may do exactly what `infra/access.py` says.

    `api` answers people, `executor` sends, `webhook` takes what Meta tells, `updates` works on it.
    `live` tells what happens, `outgoing` posts it to other systems, `importer` reads long lists;
    `publisher` is a part of deployments with a console.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: StageSettings,
        tables: Mapping[str, dynamodb.TableV2],
        secret: secretsmanager.ISecret,
        queue: sqs.IQueue,
        updates: sqs.IQueue,
        code: lambda_.Code,
    ) -> None:
        super().__init__(scope, construct_id)
        self._settings, self._tables, self._secret, self._code = settings, tables, secret, code
        self.api, self.api_log = self._function(
            "Api", "functions.api.handler.handler", access.API, timeout=API_TIMEOUT
        )
        self.executor, self.executor_log = self._function(
            "Executor",
            "functions.executor.handler.handler",
            access.EXECUTOR,
            timeout=EXECUTOR_TIMEOUT,
            reserved=settings.executor_reserved,
        )
        metas = (secret.secret_arn,)
        self.webhook, self.webhook_log = self._function(
            "Webhook",
            "functions.webhook.handler.handler",
            {},
            timeout=WEBHOOK_TIMEOUT,
            memory=WEBHOOK_MEMORY,
            # Three runs for every message: lines about each would cost more than the runs.
            system_log=lambda_.SystemLogLevel.WARN,
            secrets=metas,
        )
        self.updates, self.updates_log = self._function(
            "Updates",
            "functions.updates.handler.handler",
            access.UPDATES,
            timeout=UPDATES_TIMEOUT,
            secrets=metas,
        )
        for function in (self.webhook, self.updates):
            function.add_environment("UPDATES_QUEUE_URL", updates.queue_url)
            function.add_to_role_policy(
                iam.PolicyStatement(actions=["sqs:SendMessage"], resources=[updates.queue_arn])
            )
        self.importer, self.importer_log = self._function(
            "Importer",
            "functions.importer.handler.handler",
            access.IMPORTER,
            timeout=IMPORTER_TIMEOUT,
            memory=IMPORTER_MEMORY,
            secrets=(),
        )
        self.live, self.live_log = self._function(
            "Live",
            "functions.live.handler.handler",
            access.LIVE,
            timeout=LIVE_TIMEOUT,
            secrets=(),
        )
        self.publisher: lambda_.Function | None = None
        if settings.console:
            self.publisher, _ = self._function(
                "Publisher",
                "functions.publisher.handler.handler",
                {},
                timeout=PUBLISHER_TIMEOUT,
                secrets=(),
            )
        self.outgoing, self.outgoing_log = self._function(
            "Outgoing",
            "functions.outgoing.handler.handler",
            access.OUTGOING,
            timeout=OUTGOING_TIMEOUT,
            secrets=(self._secrets("*/whk_*"),),
        )
        self.api.add_to_role_policy(
            iam.PolicyStatement(
                actions=[f"secretsmanager:{action}" for action in access.SENDER_SECRETS],
                resources=[self._secrets("*")],
            )
        )
        self.executor.add_environment("EXECUTOR_QUEUE_URL", queue.queue_url)
        self.executor.add_to_role_policy(
            iam.PolicyStatement(actions=["sqs:SendMessage"], resources=[queue.queue_arn])
        )

    @property
    def _sender_prefix(self) -> str:
        return f"campaign-executor/{self._settings.stage}/"

    def _secrets(self, names: str) -> str:
        """Secrets of registered senders, and of endpoints (`{tenant}/whk_…`).

        Secrets Manager adds six characters to a name.
        """
        return Stack.of(self).format_arn(
            service="secretsmanager",
            resource="secret",
            resource_name=f"{self._sender_prefix}{names}",
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )

    def _function(
        self,
        name: str,
        handler: str,
        table_access: Mapping[str, access.Access],
        *,
        timeout: Duration,
        reserved: int | None = None,
        memory: int = MEMORY,
        system_log: lambda_.SystemLogLevel = lambda_.SystemLogLevel.INFO,
        secrets: Sequence[str] | None = None,
    ) -> tuple[lambda_.Function, logs.LogGroup]:
        log = logs.LogGroup(
            self,
            f"{name}Log",
            retention=self._settings.log_retention,
            removal_policy=self._settings.removal_policy,
        )
        function = lambda_.Function(
            self,
            name,
            code=self._code,
            handler=handler,
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=lambda_.Architecture.ARM_64,
            memory_size=memory,
            timeout=timeout,
            reserved_concurrent_executions=reserved,
            role=self._role(name, log, table_access, secrets),
            environment=self._environment(),
            tracing=lambda_.Tracing.ACTIVE,
            log_group=log,
            logging_format=lambda_.LoggingFormat.JSON,
            application_log_level_v2=lambda_.ApplicationLogLevel.INFO,
            system_log_level_v2=system_log,
        )
        return function, log

    def _role(
        self,
        name: str,
        log: logs.LogGroup,
        table_access: Mapping[str, access.Access],
        secrets: Sequence[str] | None,
    ) -> iam.Role:
        """A role of our own, because the managed one may write to every log of the account.

        `secrets` are those it may read; without, all that Meta gave us.
        """
        if secrets is None:
            secrets = (self._secret.secret_arn, self._secrets("*"))
        role = iam.Role(
            self, f"{name}Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com")
        )
        if secrets:
            role.add_to_policy(
                iam.PolicyStatement(
                    actions=["secretsmanager:GetSecretValue"],
                    resources=list(secrets),
                )
            )
        for statement in (
            *access.table_statements(table_access, self._tables),
            iam.PolicyStatement(
                actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                resources=[log.log_group_arn],
            ),
        ):
            role.add_to_policy(statement)
        return role

    def _environment(self) -> dict[str, str]:
        tables = {schema.environment: self._tables[schema.name].table_name for schema in TABLES}
        return {
            **tables,
            "META_SECRET_ID": self._secret.secret_arn,
            "SENDER_SECRETS_PREFIX": self._sender_prefix,
            **self._settings.environment,
        }
