"""The whole application as one stack: this file only puts the parts together."""

from pathlib import Path
from typing import Any

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.console import Console
from infra.executor import BatchQueue, Executor
from infra.functions import Functions
from infra.ingress import Ingress
from infra.lists import Lists
from infra.live import Live
from infra.nag import acknowledge
from infra.observability import Observability
from infra.outgoing import Outgoing
from infra.secrets import MetaSecret
from infra.settings import StageSettings
from infra.storage import Storage
from infra.updates import UpdateQueue, feed


class CampaignExecutorStack(Stack):
    """Tables, functions, the way in, the tick, the alarms."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: StageSettings,
        code: lambda_.Code,
        console: Path,
        **options: Any,
    ) -> None:
        super().__init__(scope, construct_id, termination_protection=settings.keep_data, **options)
        storage = Storage(self, "Storage", settings=settings)
        meta = MetaSecret(self, "Meta", settings=settings)
        batches = BatchQueue(self, "Batches")
        updates = UpdateQueue(self, "Updates")
        lists = Lists(self, "Lists", settings=settings)
        outgoing = Outgoing(self, "Outgoing", settings=settings)
        functions = Functions(
            self,
            "Functions",
            settings=settings,
            tables=storage.tables,
            secret=meta.secret,
            queue=batches.queue,
            updates=updates.queue,
            code=code,
        )
        ingress = Ingress(
            self,
            "Ingress",
            settings=settings,
            function=functions.api,
            webhook=functions.webhook,
        )
        lists.connect(functions)
        outgoing.connect(functions)
        feed(functions.updates, updates.queue, settings)
        Executor(
            self, "Executor", settings=settings, function=functions.executor, queue=batches.queue
        )
        live = Live(self, "Live", settings=settings, function=functions.live, tables=storage.tables)
        functions.api.add_environment("LIVE_URL", live.url)
        shown: dict[str, str] = {}
        if functions.publisher:
            page = Console(
                self,
                "Console",
                settings=settings,
                ingress=ingress,
                live=live,
                lists=lists.bucket,
                publisher=functions.publisher,
                files=console,
            )
            shown = {"ConsoleUrl": page.url, "ConsoleHost": page.distribution.domain_name}
        observability = Observability(
            self,
            "Observability",
            settings=settings,
            functions=functions,
            api=ingress.api,
            queue=batches.queue,
            dead_letters=batches.dead_letters,
            updates=updates,
            live=live,
            lists=lists,
            outgoing=outgoing,
        )
        acknowledge(self, settings.stage)
        for name, value in {
            "ApiUrl": ingress.api.api_endpoint,
            "UserPoolId": ingress.users.user_pool_id,
            "UserPoolClientId": ingress.client.user_pool_client_id,
            "MetaSecretArn": meta.secret.secret_arn,
            "ApiFunction": functions.api.function_name,
            "ExecutorFunction": functions.executor.function_name,
            "DeadLetterQueueUrl": batches.dead_letters.queue_url,
            "WebhookUrl": ingress.webhook_url,
            "WebhookFunction": functions.webhook.function_name,
            "UpdatesFunction": functions.updates.function_name,
            "UpdatesDeadLetterQueueUrl": updates.dead_letters.queue_url,
            "ListsBucket": lists.bucket.bucket_name,
            "ImporterFunction": functions.importer.function_name,
            "ImportDeadLetterQueueUrl": lists.dead_letters.queue_url,
            "OutgoingFunction": functions.outgoing.function_name,
            "OutgoingDeadLetterQueueUrl": outgoing.dead_letters.queue_url,
            "LiveUrl": live.url,
            "EventBusName": live.bus.event_bus_name,
            "LiveFunction": functions.live.function_name,
            "AlarmTopicArn": observability.topic.topic_arn,
            **ingress.machines.outputs,
            **shown,
        }.items():
            CfnOutput(self, name, value=value)
