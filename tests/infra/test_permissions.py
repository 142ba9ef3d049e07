"""What each function may do: everything, and no more."""

import json
import re
from collections.abc import Callable
from typing import Any

OfType = Callable[[str], dict[str, dict[str, Any]]]

SEND_CAMPAIGNS = {
    *("dynamodb:GetItem", "dynamodb:Query", "dynamodb:UpdateItem", "dynamodb:PutItem"),
    *("dynamodb:DeleteItem", "dynamodb:ConditionCheckItem"),
}
SEND_WHATSAPP = {
    *("dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:UpdateItem"),
    "dynamodb:ConditionCheckItem",
}
ERASE_RECIPIENTS = {"dynamodb:Query", "dynamodb:BatchGetItem", "dynamodb:DeleteItem"}
OWN_LOG = {"logs:CreateLogStream", "logs:PutLogEvents"}
STREAM = {
    *("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"),
    "dynamodb:ListStreams",
}
XRAY = {"xray:PutTraceSegments", "xray:PutTelemetryRecords"}

ALLOWED: dict[str, dict[str, set[str]]] = {
    "Api": {
        "Campaigns": SEND_CAMPAIGNS,
        "Campaigns/index/byTenant": {"dynamodb:Query"},
        "Campaigns/index/tick": {"dynamodb:Query"},
        "Recipients": {
            *("dynamodb:UpdateItem", "dynamodb:PutItem", "dynamodb:ConditionCheckItem"),
            *ERASE_RECIPIENTS,
        },
        "Recipients/index/pending": {"dynamodb:Query"},
        "Whatsapp": SEND_WHATSAPP | {"dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:Query"},
        "MetaSecret": {"secretsmanager:GetSecretValue"},
        "secret:campaign-executor/dev/*": {
            *("secretsmanager:GetSecretValue", "secretsmanager:CreateSecret"),
            *("secretsmanager:PutSecretValue", "secretsmanager:DeleteSecret"),
        },
        "ListsBucket": {"s3:ListBucket"},
        "ListsBucket/*": {"s3:GetObject", "s3:PutObject"},
        "ListsQueue": {"sqs:SendMessage"},
        "ApiLog": OWN_LOG,
        "*": XRAY,
    },
    "Executor": {
        "Campaigns": SEND_CAMPAIGNS,
        "Campaigns/index/tick": {"dynamodb:Query"},
        "Campaigns/index/byTenant": {"dynamodb:Query"},
        "Recipients": {"dynamodb:UpdateItem", *ERASE_RECIPIENTS},
        "Recipients/index/pending": {"dynamodb:Query"},
        "Whatsapp": SEND_WHATSAPP | {"dynamodb:Query", "dynamodb:DeleteItem"},
        "MetaSecret": {"secretsmanager:GetSecretValue"},
        "secret:campaign-executor/dev/*": {"secretsmanager:GetSecretValue"},
        "BatchesQueue": {
            *("sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage"),
            *("sqs:ChangeMessageVisibility", "sqs:GetQueueUrl", "sqs:GetQueueAttributes"),
        },
        "ListsQueue": {"sqs:SendMessage"},
        "ExecutorLog": OWN_LOG,
        "*": XRAY,
    },
    "Webhook": {
        "MetaSecret": {"secretsmanager:GetSecretValue"},
        "UpdatesQueue": {"sqs:SendMessage"},
        "WebhookLog": OWN_LOG,
        "*": XRAY,
    },
    "Updates": {
        "Campaigns": SEND_CAMPAIGNS - {"dynamodb:DeleteItem"},
        "Campaigns/index/byTenant": {"dynamodb:Query"},
        "Recipients": {"dynamodb:BatchGetItem", "dynamodb:UpdateItem"},
        "Recipients/index/byMessage": {"dynamodb:Query"},
        "Whatsapp": {
            *("dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:UpdateItem"),
            *("dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:Query"),
        },
        "MetaSecret": {"secretsmanager:GetSecretValue"},
        "UpdatesQueue": {
            *("sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage"),
            *("sqs:ChangeMessageVisibility", "sqs:GetQueueUrl", "sqs:GetQueueAttributes"),
        },
        "UpdatesLog": OWN_LOG,
        "*": XRAY,
    },
    "Importer": {
        "Campaigns": SEND_CAMPAIGNS - {"dynamodb:DeleteItem"},
        "Recipients": {
            *("dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:ConditionCheckItem"),
        },
        "Whatsapp": {"dynamodb:BatchGetItem"},
        "ListsBucket": {"s3:ListBucket"},
        "ListsBucket/*": {"s3:GetObject", "s3:PutObject"},
        "ListsQueue": {
            *("sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage"),
            *("sqs:ChangeMessageVisibility", "sqs:GetQueueUrl", "sqs:GetQueueAttributes"),
        },
        "ImporterLog": OWN_LOG,
        "*": XRAY,
    },
    "Publisher": {
        "ConsoleBucket": {"s3:ListBucket"},
        "ConsoleBucket/*": {"s3:PutObject", "s3:DeleteObject"},
        "the console's archive": {"s3:GetObject"},
        "PublisherLog": OWN_LOG,
        "*": XRAY,
    },
    "Outgoing": {
        "Whatsapp": {"dynamodb:GetItem", "dynamodb:UpdateItem"},
        "secret:campaign-executor/dev/*/whk_*": {"secretsmanager:GetSecretValue"},
        "OutgoingQueue": {
            *("sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage"),
            *("sqs:ChangeMessageVisibility", "sqs:GetQueueUrl", "sqs:GetQueueAttributes"),
        },
        "OutgoingLog": OWN_LOG,
        "*": XRAY,
    },
    "Live": {
        "Campaigns": {"dynamodb:GetItem", "dynamodb:Query"},
        "Campaigns/index/byTenant": {"dynamodb:Query"},
        "Campaigns/stream": STREAM,
        "Recipients/stream": STREAM,
        "Whatsapp": {
            *("dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem"),
            *("dynamodb:UpdateItem", "dynamodb:DeleteItem"),
        },
        "OutgoingQueue": {"sqs:SendMessage"},
        "LiveBus": {"events:PutEvents"},
        "LiveApi/live/POST/@connections/*": {"execute-api:ManageConnections"},
        "LiveDeadLetters": {
            *("sqs:SendMessage", "sqs:GetQueueAttributes", "sqs:GetQueueUrl"),
        },
        "LiveLog": OWN_LOG,
        "*": XRAY,
    },
}


def test_each_function_may_do_what_the_table_says_and_nothing_else(of_type: OfType) -> None:
    assert {name: _granted(of_type, name) for name in ALLOWED} == ALLOWED
    assert len(of_type("AWS::Lambda::Function")) == len(ALLOWED)


def test_nobody_holds_a_managed_policy_or_a_wildcard_action(of_type: OfType) -> None:
    for role in of_type("AWS::IAM::Role").values():
        assert not role.get("ManagedPolicyArns")
        assert not role.get("Policies")
    for policy in of_type("AWS::IAM::Policy").values():
        for statement in policy["PolicyDocument"]["Statement"]:
            assert not [action for action in _list(statement["Action"]) if "*" in action]


def test_only_lambda_may_take_the_functions_roles(of_type: OfType) -> None:
    for role in of_type("AWS::IAM::Role").values():
        (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
        assert trust["Principal"] == {"Service": "lambda.amazonaws.com"}


def test_queues_topic_and_bucket_refuse_requests_without_tls(of_type: OfType) -> None:
    for kind, protected in (
        ("AWS::SQS::QueuePolicy", 9),
        ("AWS::SNS::TopicPolicy", 1),
        ("AWS::S3::BucketPolicy", 2),
    ):
        policies = of_type(kind).values()
        assert len(policies) == protected
        for policy in policies:
            refusals = [s for s in policy["PolicyDocument"]["Statement"] if s["Effect"] == "Deny"]
            assert [refusal["Condition"] for refusal in refusals] == [
                {"Bool": {"aws:SecureTransport": "false"}}
            ]


def _granted(of_type: OfType, function: str) -> dict[str, set[str]]:
    (policy,) = [
        policy
        for name, policy in of_type("AWS::IAM::Policy").items()
        if name.startswith(f"Functions{function}Role")
    ]
    granted: dict[str, set[str]] = {}
    for statement in policy["PolicyDocument"]["Statement"]:
        assert statement["Effect"] == "Allow"
        for resource in _list(statement["Resource"]):
            granted.setdefault(_short(resource), set()).update(_list(statement["Action"]))
    return granted


def _short(resource: Any) -> str:
    """The table's name of it: `StorageCampaigns7021C488/index/tick` → `Campaigns/index/tick`."""
    match resource:
        case str(text):
            return text
        case {"Fn::GetAtt": [name, "StreamArn"]}:
            return f"{_short({'Ref': name})}/stream"
        case {"Fn::Join": ["", [*_, {"Ref": name}, str(path)]]} if "@connections" in path:
            return _short({"Ref": name}) + path
        case {"Ref": name} | {"Fn::GetAtt": [name, _]}:
            return re.sub(r"^(Storage|Functions)|[0-9A-F]{8}$", "", name)
        case {"Fn::Join": ["", [*_, str(path)]]} if ":secret:" in path:
            return path.removeprefix(":")
        case {"Fn::Join": ["", [*_, {"Fn::Sub": str(bucket)}, str(path)]]} if "assets" in bucket:
            assert re.fullmatch(r"/[0-9a-f]{64}\.zip", path)
            return "the console's archive"
        case {"Fn::Join": ["", [first, str(path)]]}:
            return _short(first) + path
    return json.dumps(resource)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
