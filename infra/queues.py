"""Queues as every part of the stack has them: encrypted, over TLS only, with dead letters."""

from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_sqs as sqs
from constructs import Construct

LONGEST = Duration.days(14)
"""How long SQS keeps a message at most (SQS quota)."""


def dead_letters(scope: Construct) -> sqs.Queue:
    """Where messages go that nobody could work on: kept as long as SQS can."""
    return _queue(scope, "DeadLetters", retention_period=LONGEST)


def work_queue(
    scope: Construct, dead: sqs.Queue, *, hidden_seconds: float, kept: Duration, receives: int
) -> sqs.Queue:
    """Messages that a function works on: hidden meanwhile, dead letters after so many receives."""
    return _queue(
        scope,
        "Queue",
        visibility_timeout=Duration.seconds(hidden_seconds),
        retention_period=kept,
        dead_letter_queue=sqs.DeadLetterQueue(queue=dead, max_receive_count=receives),
    )


def _queue(scope: Construct, name: str, **settings: Any) -> sqs.Queue:
    return sqs.Queue(
        scope,
        name,
        encryption=sqs.QueueEncryption.SQS_MANAGED,
        enforce_ssl=True,
        **settings,
    )
