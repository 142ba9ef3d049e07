"""What alarms are made of: a metric, a threshold, and what to do; all go to one topic."""

from aws_cdk import Aws, Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.settings import StageSettings

FIVE_MINUTES = Duration.minutes(5)
AT_LEAST = cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD
LESS_THAN = cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD


class Alarms(Construct):
    """The tools of whoever makes alarms."""

    def __init__(self, scope: Construct, construct_id: str, settings: StageSettings) -> None:
        super().__init__(scope, construct_id)
        self.topic = self._topic(settings)

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
        comparison: cloudwatch.ComparisonOperator = AT_LEAST,
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


def waiting(dead_letters: sqs.IQueue) -> cloudwatch.Metric:
    """How many there are."""
    return dead_letters.metric_approximate_number_of_messages_visible(
        period=FIVE_MINUTES, statistic="Maximum"
    )
