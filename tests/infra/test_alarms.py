"""What an operator must know, and is told what to do about."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shared.domain.campaign import PauseCause

OfType = Callable[[str], dict[str, dict[str, Any]]]


@pytest.mark.parametrize(
    ("namespace", "metric"),
    [
        ("AWS/ApiGateway", "5xx"),
        ("AWS/Lambda", "Errors"),
        ("AWS/Lambda", "Throttles"),
        ("AWS/Lambda", "Duration"),
        ("AWS/Lambda", "Invocations"),
        ("AWS/SQS", "ApproximateNumberOfMessagesVisible"),
        ("AWS/SQS", "ApproximateAgeOfOldestMessage"),
        ("own", "CampaignsPaused"),
        ("own", "DailyLimitsReached"),
        ("own", "WorkersLost"),
        ("own", "Troubles"),
        ("own", "SignaturesRefused"),
        ("own", "UpdatesUnused"),
        ("own", "EndpointsFailing"),
    ],
)
def test_there_is_an_alarm_for(of_type: OfType, namespace: str, metric: str) -> None:
    watched = {
        (alarm["Namespace"] if isinstance(alarm["Namespace"], str) else "own", alarm["MetricName"])
        for alarm in of_type("AWS::CloudWatch::Alarm").values()
    }

    assert (namespace, metric) in watched


def test_every_alarm_says_what_to_do_and_tells_somebody(of_type: OfType) -> None:
    topics = of_type("AWS::SNS::Topic")

    for alarm in of_type("AWS::CloudWatch::Alarm").values():
        assert len(alarm["AlarmDescription"]) > 60
        (action,) = alarm["AlarmActions"]
        assert action["Ref"] in topics


def test_cloudwatch_may_publish_to_the_topic(of_type: OfType) -> None:
    (policy,) = of_type("AWS::SNS::TopicPolicy").values()

    (allowed,) = [s for s in policy["PolicyDocument"]["Statement"] if s["Effect"] == "Allow"]
    assert allowed["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert allowed["Condition"] == {
        "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    }


def test_silence_of_the_executor_is_an_alarm_and_silence_of_errors_is_not(of_type: OfType) -> None:
    for alarm in of_type("AWS::CloudWatch::Alarm").values():
        expected = "breaching" if alarm["MetricName"] == "Invocations" else "notBreaching"
        assert alarm["TreatMissingData"] == expected


def test_pauses_are_counted_in_the_logs_of_all_functions_that_can_pause(of_type: OfType) -> None:
    logs: dict[str, set[str]] = {}
    for metric_filter in of_type("AWS::Logs::MetricFilter").values():
        (counted,) = metric_filter["MetricTransformations"]
        logs.setdefault(counted["MetricName"], set()).add(metric_filter["LogGroupName"]["Ref"])

    names = ("SignaturesRefused", "UpdatesUnused", "EndpointsFailing")
    of_one = {name: logs.pop(name) for name in names}
    assert set(logs) == {"CampaignsPaused", "DailyLimitsReached", "WorkersLost", "Troubles"}
    for sources in logs.values():
        assert {_function(source) for source in sources} == {
            "Api",
            "Executor",
            "Importer",
            "Updates",
        }
    assert {name: set(map(_function, sources)) for name, sources in of_one.items()} == {
        "SignaturesRefused": {"Webhook"},
        "UpdatesUnused": {"Updates"},
        "EndpointsFailing": {"Outgoing"},
    }


def _function(log: str) -> str:
    return re.sub(r"^Functions|Log[0-9A-F]{8}$", "", log)


def test_unused_updates_are_counted_by_what_the_line_says_not_by_lines(of_type: OfType) -> None:
    (unused,) = [
        each["MetricTransformations"][0]
        for each in of_type("AWS::Logs::MetricFilter").values()
        if each["MetricTransformations"][0]["MetricName"] == "UpdatesUnused"
    ]

    assert unused["MetricValue"] == "$.strange"


def test_the_filters_read_the_fields_that_the_code_logs(
    of_type: OfType, caplog: pytest.LogCaptureFixture
) -> None:
    from datetime import UTC, datetime
    from unittest.mock import Mock

    from shared.usecases.decisions import pause

    # given the record of a real pause
    now = datetime(2026, 1, 1, tzinfo=UTC)
    with caplog.at_level("INFO"):
        pause(Mock(), "cmp_1", PauseCause.DAILY_LIMIT, "the reason", now)
    (record,) = caplog.records

    # then its fields are what the filters compare
    patterns = {f["FilterPattern"] for f in of_type("AWS::Logs::MetricFilter").values()}
    of_pauses = [pattern for pattern in patterns if f'$.event = "{record.event}"' in pattern]
    assert len(of_pauses) == 2
    assert all(f'"{record.cause}"' in pattern for pattern in of_pauses)


def test_the_filters_wait_for_no_event_that_nobody_logs(of_type: OfType) -> None:
    root = Path(__file__).parents[2]
    sources = [p.read_text() for d in ("shared", "functions") for p in (root / d).rglob("*.py")]
    logged = set(re.findall(r'"event": "([a-z_]+)"', "".join(sources)))

    for metric_filter in of_type("AWS::Logs::MetricFilter").values():
        awaited = set(re.findall(r'event = "([a-z_]+)"', metric_filter["FilterPattern"]))
        assert awaited
        assert awaited <= logged


def test_an_address_in_the_context_is_subscribed(prod: dict[str, Any]) -> None:
    (subscription,) = [
        resource["Properties"]
        for resource in prod["Resources"].values()
        if resource["Type"] == "AWS::SNS::Subscription"
    ]
    assert (subscription["Protocol"], subscription["Endpoint"]) == ("email", "ops@example.com")
