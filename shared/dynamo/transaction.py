"""Atomic writes: all of it or nothing, and if nothing, why.

Every item of a transaction is named. DynamoDB answers a refusal with one reason per item, in the
order of the items, so the reason at index i belongs to the name at index i.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from shared.domain.errors import StoreUnavailableError
from shared.dynamo.client import TRANSIENT, Attributes, error_code
from shared.ports import Chance, Clock

ITEM_LIMIT = 100
"""The most items of one transaction (DynamoDB quota)."""

_CONDITION_FAILED = "ConditionalCheckFailed"
_WORTH_RETRYING = frozenset(
    {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}
)

_FIRST_DELAY, _LONGEST_DELAY = 0.02, 1.0  # seconds


@dataclass(frozen=True, slots=True)
class Part:
    """One item of a transaction. `name` says what it means that its condition does not hold."""

    name: str
    request: Mapping[str, Any]  # {"Update": {...}}, {"Put": {...}}, {"ConditionCheck": {...}} ...


Failures = Mapping[str, Attributes]
"""The parts whose condition did not hold, with the item as it is (empty if there is none)."""


class Transactor:
    """Runs transactions against one client."""

    def __init__(self, client: Any, clock: Clock, chance: Chance) -> None:
        self._client = client
        self._clock = clock
        self._chance = chance

    def write(self, parts: Sequence[Part], give_up_at: datetime) -> Failures | None:
        """Write all parts, or nothing and say which conditions failed.

        Conflicts, throttles and lost replies are tried again with jitter until `give_up_at`, under
        one ClientRequestToken: DynamoDB applies a token once within ten minutes, so a transaction
        whose reply was lost is asked about, not repeated. A process that slept longer does repeat
        it, so no condition may hold a second time. Raises StoreUnavailableError when time is up;
        then it is unknown whether it was written.
        """
        request = {
            "TransactItems": [part.request for part in parts],
            "ClientRequestToken": self._chance.token(),
        }
        delay = _FIRST_DELAY
        while True:
            try:
                self._client.transact_write_items(**request)
                return None
            except ClientError as error:
                failures = _failures(parts, error)
                if failures is not None:
                    return failures
                cause: Exception = error
            except BotoCoreError as error:
                cause = error
            wait = delay * (0.5 + self._chance.fraction())
            if (give_up_at - self._clock.now()).total_seconds() <= wait:
                raise StoreUnavailableError from cause
            self._clock.sleep(wait)
            delay = min(delay * 2, _LONGEST_DELAY)


def _failures(parts: Sequence[Part], error: ClientError) -> Failures | None:
    """The failed conditions; None if the whole may be tried again. A bug is raised."""
    code = error_code(error)
    if code in TRANSIENT:
        return None
    if code != "TransactionCanceledException":
        raise error
    reasons: list[dict[str, Any]] = error.response.get("CancellationReasons", [])  # type: ignore[assignment]
    failed = {
        part.name: reason.get("Item", {})
        for part, reason in zip(parts, reasons, strict=True)
        if reason["Code"] == _CONDITION_FAILED
    }
    if failed:
        return failed
    if any(reason["Code"] in _WORTH_RETRYING for reason in reasons):
        return None
    raise error
