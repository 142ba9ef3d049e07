"""What is told to other systems: the queue of deliveries, and what feeds the function behind it."""

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk.aws_lambda_event_sources import SqsEventSource
from constructs import Construct

from infra.functions import OUTGOING_TIMEOUT, Functions
from infra.queues import dead_letters, work_queue
from infra.settings import StageSettings

AT_ONCE = 10
"""Deliveries of one invocation, side by side; the most without a waiting time."""

RECEIVES = 8
"""Then a message is a dead letter. A system that does not answer is no reason: such a delivery is
put on the queue anew."""


class Outgoing(Construct):
    """A delivery is tried for a day, and is hidden for a quarter of an hour at most in between."""

    def __init__(self, scope: Construct, construct_id: str, *, settings: StageSettings) -> None:
        super().__init__(scope, construct_id)
        self._settings = settings
        self.dead_letters = dead_letters(self)
        self.queue = work_queue(
            self,
            self.dead_letters,
            hidden_seconds=6 * OUTGOING_TIMEOUT.to_seconds(),
            kept=Duration.days(4),
            receives=RECEIVES,
        )

    def connect(self, functions: Functions) -> None:
        """`live` hands events out, `outgoing` delivers them, or puts them back for later."""
        for function in (functions.live, functions.outgoing):
            function.add_environment("OUTGOING_QUEUE_URL", self.queue.queue_url)
            function.add_to_role_policy(
                iam.PolicyStatement(actions=["sqs:SendMessage"], resources=[self.queue.queue_arn])
            )
        functions.outgoing.add_event_source(
            SqsEventSource(
                self.queue,
                batch_size=AT_ONCE,
                max_concurrency=self._settings.outgoing_workers,
                report_batch_item_failures=True,
            )
        )
