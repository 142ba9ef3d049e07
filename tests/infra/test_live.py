"""What tells of what happens: what it is fed with, who can connect, what happens to the rest."""

from collections.abc import Callable
from typing import Any

from shared.dynamo.schema import TABLES

OfType = Callable[[str], dict[str, dict[str, Any]]]


def feeds(of_type: OfType) -> dict[str, dict[str, Any]]:
    """The streams that call the function, by the table's schema name."""
    found = {}
    for mapping in of_type("AWS::Lambda::EventSourceMapping").values():
        source, attribute = mapping["EventSourceArn"]["Fn::GetAtt"]
        if attribute == "StreamArn":
            assert mapping["FunctionName"]["Ref"].startswith("FunctionsLive")
            (name,) = [table.name for table in TABLES if table.name in source.lower()]
            found[name] = mapping
    return found


def test_every_table_that_tells_is_listened_to(of_type: OfType) -> None:
    assert set(feeds(of_type)) == {table.name for table in TABLES if table.stream}


def test_a_record_that_can_not_be_read_blocks_nobody_and_is_kept(of_type: OfType) -> None:
    queues = of_type("AWS::SQS::Queue")
    for feed in feeds(of_type).values():
        assert feed["BisectBatchOnFunctionError"] is True
        assert 0 < feed["MaximumRetryAttempts"] < 10
        assert 0 < feed["MaximumRecordAgeInSeconds"] <= 24 * 3600
        kept = feed["DestinationConfig"]["OnFailure"]["Destination"]["Fn::GetAtt"][0]
        assert queues[kept]["MessageRetentionPeriod"] == 14 * 24 * 3600


def test_what_is_of_no_interest_costs_no_invocation(of_type: OfType) -> None:
    patterns = {
        name: [each["Pattern"] for each in feed["FilterCriteria"]["Filters"]]
        for name, feed in feeds(of_type).items()
    }
    assert patterns == {
        "campaigns": [
            '{"dynamodb":{"Keys":{"SK":{"S":[{"prefix":"EVENT#"},{"prefix":"STATS#"}]}}}}'
        ],
        "recipients": ['{"eventName":["MODIFY"]}'],
    }
    assert all(feed["MaximumBatchingWindowInSeconds"] == 1 for feed in feeds(of_type).values())


def test_clients_connect_where_the_api_says_and_are_written_to_where_the_function_looks(
    template: dict[str, Any], of_type: OfType
) -> None:
    functions = of_type("AWS::Lambda::Function")
    (api,) = [f for name, f in functions.items() if name.startswith("FunctionsApi")]
    (live,) = [f for name, f in functions.items() if name.startswith("FunctionsLive")]
    url = api["Environment"]["Variables"]["LIVE_URL"]
    callback = live["Environment"]["Variables"]["LIVE_ENDPOINT_URL"]

    assert template["Outputs"]["LiveUrl"]["Value"] == url
    assert joined(url).startswith("wss://")
    assert joined(url).endswith("/live")
    assert joined(callback).startswith("https://")
    assert joined(callback).endswith("/live")
    assert live["Environment"]["Variables"]["LIVE_BUS_NAME"]["Ref"] in of_type(
        "AWS::Events::EventBus"
    )


def test_all_that_a_client_does_reaches_the_function_and_is_throttled(of_type: OfType) -> None:
    routes = {
        name: route["RouteKey"]
        for name, route in of_type("AWS::ApiGatewayV2::Route").items()
        if name.startswith("Live")
    }
    (stage,) = [
        stage
        for name, stage in of_type("AWS::ApiGatewayV2::Stage").items()
        if name.startswith("Live")
    ]

    assert set(routes.values()) == {"$connect", "$disconnect", "$default"}
    assert stage["DefaultRouteSettings"]["ThrottlingRateLimit"] > 0
    assert stage["StageName"] == "live"


def joined(value: dict[str, Any]) -> str:
    """A Fn::Join as text, references as their names."""
    return "".join(
        part if isinstance(part, str) else str(part.get("Ref", part))
        for part in value["Fn::Join"][1]
    )
