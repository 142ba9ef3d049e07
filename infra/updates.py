"""What Meta tells: the queue between the webhook and its processing, and what feeds the latter."""

from aws_cdk import Duration
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from aws_cdk.aws_lambda_event_sources import SqsEventSource
from constructs import Construct

from infra.functions import UPDATES_TIMEOUT
from infra.queues import dead_letters, work_queue
from infra.settings import StageSettings

AT_ONCE = 10
"""Queue messages of one invocation: the most without a waiting time, so that a single status is
applied at once. Of up to 100 statuses each, which is far from what the time limit allows."""

RECEIVES = 8
"""Then a message is a dead letter: an hour after the first try, as it is hidden for six minutes."""


class UpdateQueue(Construct):
    """Messages that Meta was told are taken: they stay for two weeks, SQS's longest, if need be."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        self.dead_letters = dead_letters(self)
        self.queue = work_queue(
            self,
            self.dead_letters,
            hidden_seconds=6 * UPDATES_TIMEOUT.to_seconds(),
            kept=Duration.days(14),
            receives=RECEIVES,
        )


def feed(function: lambda_.Function, queue: sqs.IQueue, settings: StageSettings) -> None:
    """Hand the queue's messages to `function`; it names those that must come again."""
    function.add_event_source(
        SqsEventSource(
            queue,
            batch_size=AT_ONCE,
            max_concurrency=settings.updates_workers,
            report_batch_item_failures=True,
        )
    )
