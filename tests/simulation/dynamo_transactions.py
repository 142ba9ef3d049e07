"""TransactWriteItems: tried as a whole, refused as a whole, and written once under one token."""

import json
import marshal
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from tests.simulation.dynamo_values import Invalid, Rejected
from tests.simulation.dynamo_writes import ConditionFailed, Outcome, Write

TOKEN_LIFE = timedelta(minutes=10)
"""How long a ClientRequestToken is remembered (DynamoDB, TransactWriteItems)."""

LARGEST = 4 * 1024 * 1024
"""Bytes of all items of a transaction (DynamoDB quota)."""


def tried(writes: Sequence[Write]) -> list[Outcome]:
    """What the writes would leave. Raises Rejected with one reason for each, in their order."""
    if len({(write.table.name, write.key) for write in writes}) != len(writes):
        raise Invalid("Transaction request cannot include multiple operations on one item")
    outcomes: list[Outcome] = []
    reasons: list[dict[str, Any]] = []
    for write in writes:
        reason: dict[str, Any] = {"Code": "None"}
        try:
            outcomes.append(write.attempt())
        except ConditionFailed as failure:
            words = "The conditional request failed"
            reason = {"Code": "ConditionalCheckFailed", "Message": words, **failure.told}
        except Invalid as failure:
            reason = {"Code": "ValidationError", "Message": failure.message}
        reasons.append(reason)
    if len(outcomes) < len(writes):
        codes = ", ".join(reason["Code"] for reason in reasons)
        words = "Transaction cancelled, please refer cancellation reasons for specific reasons"
        code = "TransactionCanceledException"
        raise Rejected(code, f"{words} [{codes}]", CancellationReasons=reasons)
    if sum(outcome.size for outcome in outcomes) > LARGEST:
        raise Invalid("Transaction request cannot be larger than 4 MB")
    return outcomes


class Tokens:
    """The tokens of the transactions that were written, with what was written under them.

    A transaction that was refused leaves no token: DynamoDB judges it anew.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._written: dict[str, tuple[datetime, bytes]] = {}

    def remember(self, token: str, request: Any) -> None:
        """This transaction was written."""
        self._written[token] = (self._now(), _frozen(request))

    def recognise(self, token: str, request: Any) -> bool:
        """Whether this transaction was written within the last ten minutes. Raises Rejected."""
        at, written = self._written.get(token, (None, b""))
        if at is None or self._now() - at >= TOKEN_LIFE:
            return False
        # Equal as values: the order in which a request names its members does not count.
        if marshal.loads(written) != marshal.loads(_frozen(request)):  # noqa: S302 - our own bytes
            raise Rejected(
                "IdempotentParameterMismatchException",
                "The request uses the same client token as a previous, but non-identical request.",
            )
        return True


def _frozen(request: Any) -> bytes:
    """A copy that nobody can change later; `marshal` is by far the fastest."""
    try:
        return marshal.dumps(request, 2)
    except ValueError:  # a StrEnum, say: on the wire it is its text
        return marshal.dumps(json.loads(json.dumps(request)), 2)
