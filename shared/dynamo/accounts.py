"""Meta's WhatsApp accounts: which numbers they have, and what was told of them last.

News come late, twice and in any order. An item for each subject holds the latest by Meta's instant
(of two at one instant, the greater text), so the order of arrival decides nothing.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from shared.domain.instants import from_text, to_text
from shared.domain.updates import (
    AccountChange,
    Change,
    Heard,
    LimitChange,
    NumberChange,
    TemplateChange,
)
from shared.dynamo.client import Attributes, key, store_errors
from shared.dynamo.keys import account_news, account_number
from shared.dynamo.transaction import Part, Transactor
from shared.ports import Clock

_PATIENCE = timedelta(seconds=10)
_KEPT = timedelta(days=90)  # without any sign of it, a number may have left its account
_KINDS: Mapping[str, type[Change]] = {
    kind.__name__: kind for kind in (TemplateChange, NumberChange, LimitChange, AccountChange)
}
_INSTANTS = ("at", "until")


class AccountStore:
    """See `shared.usecases.account_ports.AccountStore`. Raises StoreUnavailableError."""

    def __init__(self, client: Any, transactor: Transactor, clock: Clock, table: str) -> None:
        self._client = client
        self._transactor = transactor
        self._clock = clock
        self._table = table

    def learn(self, account: str, phone_number_id: str, display_number: str | None) -> None:
        """Safe to repeat; keeps the item for another `_KEPT`."""
        sets = {":expires": self._expires()}
        expression = "SET expiresAt = :expires"
        if display_number:
            sets[":display"] = {"S": display_number}
            expression += ", displayNumber = :display"
        self._update(
            {
                "Key": key(account_number(account, phone_number_id)),
                "UpdateExpression": expression,
                "ExpressionAttributeValues": sets,
            }
        )

    def numbers(self, account: str) -> Mapping[str, str | None]:
        """One query; an account has 25 numbers or so."""
        partition = account_number(account, "")["PK"]
        with store_errors():
            answer = self._client.query(
                TableName=self._table,
                KeyConditionExpression="PK = :pk",
                ExpressionAttributeValues={":pk": {"S": partition}},
                ConsistentRead=True,
            )
        return {item["SK"]["S"]: item.get("displayNumber", {}).get("S") for item in answer["Items"]}

    def note(self, account: str, subject: str, change: Change) -> Heard | None:
        """Replaces what is there IF this is later."""
        now = self._clock.now()
        known = self._update(
            {
                "Key": key(account_news(account, subject)),
                "UpdateExpression": (
                    "SET told = :told, toldAt = :at, heardAt = :now, expiresAt = :expires"
                    " REMOVE appliedAt"
                ),
                "ConditionExpression": (
                    "attribute_not_exists(toldAt) OR toldAt < :at"
                    " OR (toldAt = :at AND told < :told)"
                ),
                "ExpressionAttributeValues": {
                    ":told": {"S": _text(change)},
                    ":at": {"S": to_text(change.at)},
                    ":now": {"S": to_text(now)},
                    ":expires": self._expires(),
                },
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            }
        )
        if known is None:
            return Heard(change, from_text(to_text(now)))
        return None if "appliedAt" in known else _heard(known)

    def applied(self, account: str, subject: str, change: Change) -> Heard | None:
        """Written IF it is still the latest."""
        later = self._update(
            {
                "Key": key(account_news(account, subject)),
                "UpdateExpression": "SET appliedAt = :now",
                "ConditionExpression": "attribute_not_exists(told) OR told = :told",
                "ExpressionAttributeValues": {
                    ":told": {"S": _text(change)},
                    ":now": {"S": to_text(self._clock.now())},
                },
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            }
        )
        return None if later is None else _heard(later)

    def _update(self, update: Mapping[str, Any]) -> Attributes | None:
        """None if it was written; else the item for which the condition does not hold."""
        parts = [Part("item", {"Update": {"TableName": self._table, **update}})]
        failures = self._transactor.write(parts, self._clock.now() + _PATIENCE)
        return None if failures is None else failures["item"]

    def _expires(self) -> Attributes:
        return {"N": str(int((self._clock.now() + _KEPT).timestamp()))}


def _text(change: Change) -> str:
    values = {
        name: to_text(value) if isinstance(value, datetime) else value
        for name, value in asdict(change).items()
    }
    return json.dumps({"kind": type(change).__name__, **values}, separators=(",", ":"))


def _heard(item: Attributes) -> Heard:
    values = json.loads(item["told"]["S"])
    kind = _KINDS[values.pop("kind")]
    instants = {name: from_text(values[name]) for name in _INSTANTS if values.get(name)}
    return Heard(kind(**values | instants), from_text(item["heardAt"]["S"]))
