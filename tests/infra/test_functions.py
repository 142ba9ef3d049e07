"""The functions: where they run, what they know, what makes them run."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from shared.domain.endpoints import PATIENCE
from shared.dynamo.schema import TABLES
from shared.post import SECONDS

OfType = Callable[[str], dict[str, dict[str, Any]]]
Synthesize = Callable[..., dict[str, Any]]

SECRET_TEMPLATE = '{"META_ACCESS_TOKEN": "", "META_PHONE_NUMBER_ID": "", "META_APP_SECRET": ""}'


def test_every_function_runs_on_arm_with_the_bundles_python(of_type: OfType) -> None:
    from infra.bundle import PYTHON

    for function in of_type("AWS::Lambda::Function").values():
        assert function["Architectures"] == ["arm64"]
        assert function["Runtime"] == f"python{PYTHON}"


def test_every_handler_exists(of_type: OfType) -> None:
    import importlib

    for function in of_type("AWS::Lambda::Function").values():
        module, _, name = function["Handler"].rpartition(".")
        assert callable(getattr(importlib.import_module(module), name))


def test_every_function_knows_the_tables_and_where_the_secret_is(of_type: OfType) -> None:
    (secret,) = of_type("AWS::SecretsManager::Secret")
    tables = of_type("AWS::DynamoDB::GlobalTable")

    for function in of_type("AWS::Lambda::Function").values():
        environment = function["Environment"]["Variables"]
        assert environment["META_SECRET_ID"] == {"Ref": secret}
        for table in TABLES:
            reference = environment[table.environment]["Ref"]
            assert reference in tables
            assert table.name in reference.lower()


def test_no_secret_value_is_in_the_template(template: dict[str, Any], of_type: OfType) -> None:
    (secret,) = of_type("AWS::SecretsManager::Secret").values()

    assert "SecretString" not in secret
    for function in of_type("AWS::Lambda::Function").values():
        held = {"META_ACCESS_TOKEN", "META_APP_SECRET", "META_WEBHOOK_VERIFY_TOKEN"}
        assert not held & set(function["Environment"]["Variables"])
    assert not re.search(r"EAA[A-Za-z0-9]{20}", json.dumps(template))  # how Meta's tokens begin


def test_a_deployment_never_overwrites_the_secret_that_was_filled_in(of_type: OfType) -> None:
    # CloudFormation generates the value again whenever this changes, and with it the token is gone.
    (secret,) = of_type("AWS::SecretsManager::Secret").values()

    assert secret["GenerateSecretString"] == {
        "ExcludePunctuation": True,
        "GenerateStringKey": "META_WEBHOOK_VERIFY_TOKEN",
        "SecretStringTemplate": SECRET_TEMPLATE,
    }


def test_every_log_is_structured_and_ends(template: dict[str, Any], of_type: OfType) -> None:
    logs = of_type("AWS::Logs::LogGroup")
    assert all(log["RetentionInDays"] > 0 for log in logs.values())

    for function in of_type("AWS::Lambda::Function").values():
        assert function["LoggingConfig"]["LogFormat"] == "JSON"
        assert function["LoggingConfig"]["LogGroup"]["Ref"] in logs
        assert function["TracingConfig"] == {"Mode": "Active"}


def test_lambdas_own_lines_are_kept_but_for_the_door(of_type: OfType) -> None:
    """It runs three times for every message, and lines about it would cost more than its runs."""
    levels = {
        name: function["LoggingConfig"]["SystemLogLevel"]
        for name, function in of_type("AWS::Lambda::Function").items()
        if name.startswith("Functions")
    }
    (door,) = [name for name in levels if name.startswith("FunctionsWebhook")]

    assert levels.pop(door) == "WARN"
    assert len(levels) >= 5
    assert set(levels.values()) == {"INFO"}


def test_the_tick_comes_every_minute_and_is_not_repeated(of_type: OfType) -> None:
    (rule,) = of_type("AWS::Events::Rule").values()
    (retries,) = of_type("AWS::Lambda::EventInvokeConfig").values()

    assert rule["ScheduleExpression"] == "rate(1 minute)"
    assert rule["State"] == "ENABLED"
    (target,) = rule["Targets"]
    assert target["Arn"]["Fn::GetAtt"][0].startswith("FunctionsExecutor")
    assert "Input" not in target  # no campaign id: a tick
    assert target["RetryPolicy"]["MaximumRetryAttempts"] == 0
    assert retries["MaximumRetryAttempts"] == 0


@pytest.mark.parametrize(
    ("name", "times"), [("Batches", 3), ("Updates", 8), ("Lists", 5), ("Outgoing", 8)]
)
def test_what_fails_again_and_again_is_kept_as_a_dead_letter(
    of_type: OfType, name: str, times: int
) -> None:
    queues = of_type("AWS::SQS::Queue")
    (queue,) = [each for id_, each in queues.items() if id_.startswith(f"{name}Queue")]

    assert queue["RedrivePolicy"]["maxReceiveCount"] == times
    dead_letters = queues[queue["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]]
    assert dead_letters["MessageRetentionPeriod"] == 14 * 24 * 3600
    assert queue["SqsManagedSseEnabled"] is dead_letters["SqsManagedSseEnabled"] is True


def test_a_slow_batch_is_never_run_a_second_time_beside_itself(of_type: OfType) -> None:
    mapping, executor, queue = _fed(of_type, "Executor")

    assert queue["VisibilityTimeout"] >= 6 * executor["Timeout"]
    assert queue["MessageRetentionPeriod"] > 3 * queue["VisibilityTimeout"]
    assert mapping["BatchSize"] == 1
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["ScalingConfig"]["MaximumConcurrency"] >= 2


def test_what_meta_told_is_worked_on_at_once_and_kept_until_it_is(of_type: OfType) -> None:
    mapping, updates, queue = _fed(of_type, "Updates")

    assert queue["VisibilityTimeout"] >= 6 * updates["Timeout"]
    assert queue["MessageRetentionPeriod"] == 14 * 24 * 3600
    assert mapping["BatchSize"] == 10
    assert "MaximumBatchingWindowInSeconds" not in mapping
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["ScalingConfig"]["MaximumConcurrency"] >= 2
    for function in ("Webhook", "Updates"):
        (given,) = [
            each["Environment"]["Variables"]["UPDATES_QUEUE_URL"]["Ref"]
            for name, each in of_type("AWS::Lambda::Function").items()
            if name.startswith(f"Functions{function}")
        ]
        assert given == mapping["EventSourceArn"]["Fn::GetAtt"][0]


def test_deliveries_are_made_side_by_side_and_put_back_by_who_makes_them(of_type: OfType) -> None:
    mapping, outgoing, queue = _fed(of_type, "Outgoing")

    assert queue["VisibilityTimeout"] >= 6 * outgoing["Timeout"]
    assert outgoing["Timeout"] > 3 * SECONDS
    assert queue["MessageRetentionPeriod"] > PATIENCE.total_seconds()
    assert mapping["BatchSize"] == 10
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["ScalingConfig"]["MaximumConcurrency"] >= 2
    knowing = {
        name.removeprefix("Functions")[:-8]: each["Environment"]["Variables"]
        for name, each in of_type("AWS::Lambda::Function").items()
        if "OUTGOING_QUEUE_URL" in each["Environment"]["Variables"]
    }
    assert set(knowing) == {"Live", "Outgoing"}
    for function in of_type("AWS::Lambda::Function").values():
        assert "WEBHOOK_LOOPBACK" not in function["Environment"]["Variables"]


def _fed(of_type: OfType, function: str) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """A function that a queue feeds: the event source, the function, the queue."""
    (mapping,) = [
        each
        for each in of_type("AWS::Lambda::EventSourceMapping").values()
        if each["FunctionName"]["Ref"].startswith(f"Functions{function}")
    ]
    queue = of_type("AWS::SQS::Queue")[mapping["EventSourceArn"]["Fn::GetAtt"][0]]
    return mapping, of_type("AWS::Lambda::Function")[mapping["FunctionName"]["Ref"]], queue


def test_prod_workers_leave_room_for_the_tick(prod: dict[str, Any]) -> None:
    resources = prod["Resources"].values()
    (workers,) = [
        resource["Properties"]["ScalingConfig"]["MaximumConcurrency"]
        for resource in resources
        if resource["Type"] == "AWS::Lambda::EventSourceMapping"
        and resource["Properties"]["FunctionName"]["Ref"].startswith("FunctionsExecutor")
    ]
    (reserved,) = [
        resource["Properties"]["ReservedConcurrentExecutions"]
        for resource in resources
        if "ReservedConcurrentExecutions" in resource.get("Properties", {})
    ]

    assert workers < reserved


def test_nothing_has_a_fixed_name(template: dict[str, Any]) -> None:
    named = {
        *("TableName", "FunctionName", "QueueName", "TopicName", "RoleName", "LogGroupName"),
        *("UserPoolName", "RuleName", "AlarmName"),
    }
    for logical_id, resource in template["Resources"].items():
        for name in named & set(resource.get("Properties", {})):
            assert isinstance(resource["Properties"][name], dict), f"{logical_id}.{name}"


def test_settings_of_the_context_reach_every_function(synthesize: Synthesize) -> None:
    resources = synthesize(WHATSAPP_DAILY_LIMIT="900", META_GRAPH_VERSION="v27.0")["Resources"]

    functions = [r for r in resources.values() if r["Type"] == "AWS::Lambda::Function"]
    assert len(functions) == 8
    for function in functions:
        environment = function["Properties"]["Environment"]["Variables"]
        assert environment["WHATSAPP_DAILY_LIMIT"] == "900"
        assert environment["META_GRAPH_VERSION"] == "v27.0"
        assert "BATCH_SIZE" not in environment  # not asked for: the code's default


@pytest.mark.parametrize(
    ("context", "said"),
    [
        ({"stage": "staging"}, "must be one of dev, prod"),
        ({"bundle": "docker"}, "must be one of lambda, host"),
        ({"allowedOrigin": "*"}, "allowedOrigin"),
        ({"alarmEmail": "nobody"}, "alarmEmail"),
        ({"console": "maybe"}, "must be one of on, off"),
        ({"consoleDomain": "campaigns.example.com"}, "need each other"),
    ],
)
def test_a_context_that_cannot_be_is_refused_with_what_can(
    synthesize: Synthesize, context: dict[str, str], said: str
) -> None:
    from infra.settings import InvalidContextError

    with pytest.raises(InvalidContextError, match=re.escape(said)):
        synthesize(**context)
