"""The alarms: one for everything an operator must know, each saying what to do."""

from aws_cdk import Aws, Duration
from aws_cdk import aws_apigatewayv2 as apigatewayv2
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.functions import EXECUTOR_TIMEOUT, Functions
from infra.lists import Lists
from infra.live import Live
from infra.log_patterns import CAP_REACHED, PAUSED, REFUSED, TROUBLE, UNUSED, WORKER_LOST
from infra.settings import StageSettings
from infra.updates import UpdateQueue

FIVE_MINUTES = Duration.minutes(5)
NEWS_AGE_LIMIT = Duration.minutes(5)
QUEUE_AGE_LIMIT = Duration.minutes(15)
_AT_LEAST = cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD
_LESS_THAN = cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD


class Observability(Construct):
    """Alarms to one topic; an e-mail address is subscribed to it if `-c alarmEmail=` names one."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: StageSettings,
        functions: Functions,
        api: apigatewayv2.HttpApi,
        queue: sqs.Queue,
        dead_letters: sqs.Queue,
        updates: UpdateQueue,
        live: Live,
        lists: Lists,
    ) -> None:
        super().__init__(scope, construct_id)
        self.topic = self._topic(settings)
        self._api(api)
        self._function("Api", functions.api)
        self._function("Executor", functions.executor)
        self._function("Webhook", functions.webhook)
        self._function("Updates", functions.updates)
        self._function("Importer", functions.importer)
        self._executor(functions.executor)
        self._queue(queue, dead_letters)
        self._updates(updates, functions)
        self._lists(lists)
        logs = (functions.executor_log, functions.api_log, functions.updates_log)
        self._campaigns((*logs, functions.importer_log))
        self._function("Live", functions.live)
        self._live(functions.live, live)

    def _api(self, api: apigatewayv2.HttpApi) -> None:
        self._alarm(
            "ApiServerErrors",
            api.metric_server_error(period=FIVE_MINUTES, statistic="Sum"),
            3,
            "The API answers 5xx. Look into the Api function's log for ERROR; campaigns go on.",
        )

    def _function(self, name: str, function: lambda_.Function) -> None:
        self._alarm(
            f"{name}Errors",
            function.metric_errors(period=FIVE_MINUTES, statistic="Sum"),
            1,
            f"The {name} function fails or runs out of time. Look into its log for ERROR. After the"
            " first deployment: is the secret filled in (docs/deploy.md)?",
        )
        self._alarm(
            f"{name}Throttles",
            function.metric_throttles(period=FIVE_MINUTES, statistic="Sum"),
            1,
            f"Lambda refuses to run the {name} function: the account's concurrency is used up."
            " Raise the quota, or lower the executor's workers in infra/settings.py.",
        )

    def _executor(self, executor: lambda_.Function) -> None:
        self._alarm(
            "ExecutorNotRunning",
            executor.metric_invocations(period=FIVE_MINUTES, statistic="Sum"),
            1,
            "No tick for five minutes: no campaign moves. Is the EventBridge rule EveryMinute"
            " enabled, and the function there?",
            comparison=_LESS_THAN,
            missing=cloudwatch.TreatMissingData.BREACHING,
        )
        self._alarm(
            "ExecutorSlow",
            executor.metric_duration(period=FIVE_MINUTES, statistic="Maximum"),
            0.95 * EXECUTOR_TIMEOUT.to_milliseconds(),
            "A batch nearly ran out of time; a batch that does leaves up to one group in doubt."
            " Lower BATCH_SIZE or the campaign's batchSize, or raise its messagesPerSecond.",
        )

    def _queue(self, queue: sqs.Queue, dead_letters: sqs.Queue) -> None:
        self._alarm(
            "DeadLetters",
            _waiting(dead_letters),
            1,
            "A batch failed three times. The message names the campaign, the Executor's log says"
            " why. Delete the message afterwards: the tick queues anew.",
        )
        self._alarm(
            "QueueBehind",
            queue.metric_approximate_age_of_oldest_message(
                period=FIVE_MINUTES, statistic="Maximum"
            ),
            QUEUE_AGE_LIMIT.to_seconds(),
            "Batches wait for more than 15 minutes: the workers fail or are too few. See the"
            " Executor's errors first, then its workers in infra/settings.py.",
        )

    def _updates(self, updates: UpdateQueue, functions: Functions) -> None:
        """What Meta tells: does it come in, is it worked on, can it be used?"""
        self._alarm(
            "SignaturesRefused",
            self._logged("SignaturesRefused", REFUSED, (functions.webhook_log,)),
            5,
            "Requests without Meta's signature come to the webhook. Is META_APP_SECRET in the"
            " secret that of the app (docs/deploy.md)? If it is, somebody tries. Nothing was kept.",
        )
        self._alarm(
            "UpdatesUnused",
            self._logged("UpdatesUnused", UNUSED, (functions.updates_log,), "$.strange"),
            50,
            "Meta tells a lot that can't be used. GET /api/webhooks/unused shows what and why: an"
            " unknown number, or something new of Meta's (docs/operations.md).",
        )
        self._alarm(
            "UpdatesBehind",
            updates.queue.metric_approximate_age_of_oldest_message(
                period=FIVE_MINUTES, statistic="Maximum"
            ),
            QUEUE_AGE_LIMIT.to_seconds(),
            "What Meta told waits for more than 15 minutes: recipients show old states. See the"
            " Updates function's errors first, then updates_workers in infra/settings.py.",
        )
        self._alarm(
            "UpdateDeadLetters",
            _waiting(updates.dead_letters),
            1,
            "Something that Meta told could not be worked on in eight tries. The Updates function's"
            " log says why; repair it, then send it back (docs/operations.md).",
        )

    def _lists(self, lists: Lists) -> None:
        self._alarm(
            "ImportDeadLetters",
            _waiting(lists.dead_letters),
            1,
            "A part of a list could not be imported in five tries. The Importer's log says why. The"
            " import is asked for again every five minutes, for a day: delete the message.",
        )

    def _live(self, function: lambda_.Function, live: Live) -> None:
        self._alarm(
            "LiveBehind",
            function.metric("IteratorAge", period=FIVE_MINUTES, statistic="Maximum"),
            NEWS_AGE_LIMIT.to_milliseconds(),
            "What happens is told minutes late. Look into the Live function's log for ERROR."
            " Sending goes on, and nothing is lost as long as it is less than an hour.",
        )
        self._alarm(
            "LiveDeadLetters",
            _waiting(live.dead_letters),
            1,
            "Some of what happened could not be told to other systems and clients, and was given"
            " up. The Live function's log says why; the message names the stream's records.",
        )

    def _campaigns(self, sources: tuple[logs.LogGroup, ...]) -> None:
        """What functions say in their logs; the API's manual batch can pause a campaign as well."""
        self._alarm(
            "CampaignPaused",
            self._logged("CampaignsPaused", PAUSED, sources),
            1,
            "The system paused a campaign because going on would fail. GET /api/campaigns?status="
            "PAUSED tells which and why (pausedReason); repair it, then resume.",
        )
        self._alarm(
            "DailyLimitReached",
            self._logged("DailyLimitsReached", CAP_REACHED, sources),
            1,
            "A sender, or a campaign with a dailyCap, has used its conversations for the day."
            " Nothing to do: the campaign goes on by itself when there is room. Raise"
            " WHATSAPP_DAILY_LIMIT if Meta grants more.",
        )
        self._alarm(
            "WorkerLost",
            self._logged("WorkersLost", WORKER_LOST, sources),
            1,
            "A process died with a group in hand: up to a group of people is UNCONFIRMED now. Look"
            " at them (docs/operations.md); if it comes again, at the function's memory and time.",
        )
        self._alarm(
            "Trouble",
            self._logged("Troubles", TROUBLE, sources),
            1,
            "The database could not be reached, or a campaign or a record can't be handled. Nothing"
            " was sent for it and the others go on. The logs' field event says which it was.",
        )

    def _logged(
        self, name: str, pattern: str, sources: tuple[logs.LogGroup, ...], value: str = "1"
    ) -> cloudwatch.Metric:
        """How often it is in the logs, or the sum of a field of these lines."""
        namespace = f"CampaignExecutor/{Aws.STACK_NAME}"
        for log in sources:
            logs.MetricFilter(
                self,
                f"{name}In{log.node.id}",
                log_group=log,
                filter_pattern=logs.FilterPattern.literal(pattern),
                metric_namespace=namespace,
                metric_name=name,
                metric_value=value,
            )
        return cloudwatch.Metric(
            namespace=namespace, metric_name=name, period=FIVE_MINUTES, statistic="Sum"
        )

    def _alarm(
        self,
        name: str,
        metric: cloudwatch.IMetric,
        threshold: float,
        description: str,
        *,
        comparison: cloudwatch.ComparisonOperator = _AT_LEAST,
        missing: cloudwatch.TreatMissingData = cloudwatch.TreatMissingData.NOT_BREACHING,
    ) -> None:
        alarm = cloudwatch.Alarm(
            self,
            name,
            alarm_description=description,
            metric=metric,
            threshold=threshold,
            evaluation_periods=1,
            comparison_operator=comparison,
            treat_missing_data=missing,
        )
        alarm.add_alarm_action(actions.SnsAction(self.topic))

    def _topic(self, settings: StageSettings) -> sns.Topic:
        """A policy of our own replaces the default one, so CloudWatch must be let in again."""
        topic = sns.Topic(self, "Alarms", enforce_ssl=True)
        topic.add_to_resource_policy(
            iam.PolicyStatement(
                actions=["sns:Publish"],
                resources=[topic.topic_arn],
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}},
            )
        )
        if settings.alarm_email is not None:
            topic.add_subscription(subscriptions.EmailSubscription(settings.alarm_email))
        return topic


def _waiting(dead_letters: sqs.IQueue) -> cloudwatch.Metric:
    """How many there are."""
    return dead_letters.metric_approximate_number_of_messages_visible(
        period=FIVE_MINUTES, statistic="Maximum"
    )
