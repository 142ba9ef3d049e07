"""The alarms: one for everything an operator must know, each saying what to do."""

from aws_cdk import Duration
from aws_cdk import aws_apigatewayv2 as apigatewayv2
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.alarms import FIVE_MINUTES, LESS_THAN, Alarms, waiting
from infra.functions import EXECUTOR_TIMEOUT, Functions
from infra.lists import Lists
from infra.live import Live
from infra.log_patterns import (
    CAP_REACHED,
    ENDPOINT,
    PAUSED,
    REFUSED,
    TROUBLE,
    UNUSED,
    WORKER_LOST,
)
from infra.outgoing import Outgoing
from infra.settings import StageSettings
from infra.updates import UpdateQueue

NEWS_AGE_LIMIT = Duration.minutes(5)
QUEUE_AGE_LIMIT = Duration.minutes(15)


class Observability(Alarms):
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
        outgoing: Outgoing,
    ) -> None:
        super().__init__(scope, construct_id, settings)
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
        self._function("Outgoing", functions.outgoing)
        self._outgoing(outgoing, functions)

    def _api(self, api: apigatewayv2.HttpApi) -> None:
        self._alarm(
            "ApiServerErrors",
            api.metric_server_error(period=FIVE_MINUTES, statistic="Sum"),
            3,
            "The API answers 5xx. Look into the Api function's log for ERROR; campaigns go on.",
        )

    def _executor(self, executor: lambda_.Function) -> None:
        self._alarm(
            "ExecutorNotRunning",
            executor.metric_invocations(period=FIVE_MINUTES, statistic="Sum"),
            1,
            "No tick for five minutes: no campaign moves. Is the EventBridge rule EveryMinute"
            " enabled, and the function there?",
            comparison=LESS_THAN,
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
            waiting(dead_letters),
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
            waiting(updates.dead_letters),
            1,
            "Something that Meta told could not be worked on in eight tries. The Updates function's"
            " log says why; repair it, then send it back (docs/operations.md).",
        )

    def _lists(self, lists: Lists) -> None:
        self._alarm(
            "ImportDeadLetters",
            waiting(lists.dead_letters),
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
            waiting(live.dead_letters),
            1,
            "Some of what happened could not be told to other systems and clients, and was given"
            " up. The Live function's log says why; the message names the stream's records.",
        )

    def _outgoing(self, outgoing: Outgoing, functions: Functions) -> None:
        self._alarm(
            "EndpointFailing",
            self._logged("EndpointsFailing", ENDPOINT, (functions.outgoing_log,)),
            1,
            "Another system has not taken events for two hours, or is given up after three days."
            " GET /api/webhook-endpoints says which and why (lastFailure); tell whose it is.",
        )
        self._alarm(
            "OutgoingDeadLetters",
            waiting(outgoing.dead_letters),
            1,
            "A delivery to another system could not even be tried, eight times. The Outgoing"
            " function's log says why; repair it, then send it back (docs/operations.md).",
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
