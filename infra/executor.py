"""What makes the executor run: the minute schedule, and the queue between tick and workers."""

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from aws_cdk.aws_lambda_event_sources import SqsEventSource
from constructs import Construct

from infra.functions import EXECUTOR_TIMEOUT
from infra.queues import dead_letters, work_queue
from infra.settings import StageSettings

MINUTE = Duration.minutes(1)


class BatchQueue(Construct):
    """One message per batch to run.

    A message is invisible for six times the function's limit, as AWS asks of queues that feed
    functions, so a slow batch is not run a second time beside itself. A message lost or given up
    does no harm: the next tick queues the campaign again. A message that fails three times goes to
    the dead-letter queue and stays there for 14 days to be looked at.
    """

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        self.dead_letters = dead_letters(self)
        self.queue = work_queue(
            self,
            self.dead_letters,
            hidden_seconds=6 * EXECUTOR_TIMEOUT.to_seconds(),
            kept=Duration.hours(4),
            receives=3,
        )


class Executor(Construct):
    """Ticks `function` every minute and feeds it the queue, one batch to an invocation.

    A tick that fails is not repeated: the next one is never more than a minute away.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: StageSettings,
        function: lambda_.Function,
        queue: sqs.IQueue,
    ) -> None:
        super().__init__(scope, construct_id)
        function.configure_async_invoke(retry_attempts=0, max_event_age=MINUTE)
        self.schedule = events.Rule(
            self,
            "EveryMinute",
            description="The tick: sweep, resume, queue every campaign that is due",
            schedule=events.Schedule.rate(MINUTE),
            targets=[targets.LambdaFunction(function, retry_attempts=0, max_event_age=MINUTE)],
        )
        function.add_event_source(
            SqsEventSource(
                queue,
                batch_size=1,
                max_concurrency=settings.executor_workers,
                report_batch_item_failures=True,
            )
        )
