"""The senders of a tenant: what was registered, and whether they may send."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from shared.domain.access import DEFAULT_TENANT
from shared.domain.campaign import DEFAULT_SENDER
from shared.domain.errors import NumberTakenError, SenderNotFoundError
from shared.domain.instants import to_text
from shared.domain.sender import ACCOUNT, NumberFacts, Sender
from shared.dynamo.client import (
    Attributes,
    batch_get,
    key,
    store_errors,
    to_attributes,
)
from shared.dynamo.keys import METADATA, Key, Keys, number
from shared.dynamo.sender_items import described, said, sender_of
from shared.dynamo.transaction import Failures, Part, Transactor
from shared.ports import Clock

_PATIENCE = timedelta(seconds=3)  # how long a stop tries to get past boundaries that check the item
_DEFAULT = "defaultSenderId"


class SenderStore:
    """See `shared.usecases.sender_ports.SenderStore`.

    Every boundary of every worker checks the sender's item, so a plain write of it often meets a
    transaction and is refused; the stop must get through just then. Hence transactions, which are
    tried again. Raises StoreUnavailableError.
    """

    def __init__(
        self, keys: Keys, client: Any, transactor: Transactor, clock: Clock, table: str
    ) -> None:
        self._keys = keys
        self._client = client
        self._transactor = transactor
        self._clock = clock
        self._table = table

    def get(self, sender_id: str) -> Sender:
        """The sender as of now (consistent); one that was never stopped may have no item."""
        return sender_of(sender_id, self._read(self._keys.sender(sender_id)))

    def registered(self, sender_id: str) -> Sender:
        """The same, if a campaign may name it; the environment's is the default tenant's."""
        sender = self.get(sender_id)
        of_environment = sender_id == DEFAULT_SENDER and self._keys.tenant_id == DEFAULT_TENANT
        if sender.phone_number_id is None and not of_environment:
            raise SenderNotFoundError(sender_id)
        return sender

    def list(self) -> Sequence[Sender]:
        """One query for the ids, one read for each hundred senders (consistent)."""
        with store_errors():
            answer = self._client.query(
                TableName=self._table,
                KeyConditionExpression="PK = :pk",
                ExpressionAttributeValues={":pk": {"S": self._keys.senders()["PK"]}},
                ConsistentRead=True,
            )
        ids = [item["SK"]["S"] for item in answer["Items"] if item["SK"]["S"] != METADATA]
        wanted = {self._keys.sender(each)["PK"]: each for each in ids}
        keys = [key(self._keys.sender(each)) for each in ids]
        items = batch_get(self._client, self._table, keys)
        found = {wanted[item["PK"]["S"]]: item for item in items}
        return [sender_of(each, found[each]) for each in ids if each in found]

    def add(self, sender: Sender) -> None:
        """The sender, its number's reservation and its place in the list: all or nothing."""
        reservation = number(sender.phone_number_id or "") | {
            "tenantId": self._keys.tenant_id,
            "senderId": sender.sender_id,
        }
        failures = self._write(
            self._put(self._keys.sender(sender.sender_id) | described(sender)),
            self._put(reservation),
            self._put(self._keys.senders(sender.sender_id)),
        )
        if failures is not None:
            raise NumberTakenError
        if self.default() is None:
            self.make_default(sender.sender_id)

    def change(self, sender: Sender) -> None:
        """What people and Meta say of it; whether it is stopped stays as it is."""
        values = to_attributes(described(sender))
        gone = [name for name in described(sender) if name not in values]
        expression = "SET " + ", ".join(f"#{name} = :{name}" for name in values)
        names = {f"#{name}": name for name in (*values, *gone)}
        if gone:
            expression += " REMOVE " + ", ".join(f"#{name}" for name in gone)
        update = {
            "TableName": self._table,
            "Key": key(self._keys.sender(sender.sender_id)),
            "UpdateExpression": expression,
            "ConditionExpression": "attribute_exists(phoneNumberId)",
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": {f":{name}": value for name, value in values.items()},
        }
        if self._write({"Update": update}) is not None:
            raise SenderNotFoundError(sender.sender_id)

    def remove(self, sender: Sender) -> None:
        """All of it; a default that is gone is nobody's default any more."""
        self._write(
            self._delete(self._keys.sender(sender.sender_id)),
            self._delete(number(sender.phone_number_id or "")),
            self._delete(self._keys.senders(sender.sender_id)),
        )
        forget = {
            "TableName": self._table,
            "Key": key(self._keys.senders()),
            "UpdateExpression": f"REMOVE {_DEFAULT}",
            "ConditionExpression": f"{_DEFAULT} = :gone",
            "ExpressionAttributeValues": {":gone": {"S": sender.sender_id}},
        }
        self._write({"Update": forget})

    def default(self) -> str | None:
        """The one that was chosen; for the default tenant otherwise the environment's."""
        chosen = self._read(self._keys.senders()).get(_DEFAULT, {}).get("S")
        if chosen is None and self._keys.tenant_id == DEFAULT_TENANT:
            return DEFAULT_SENDER
        return None if chosen is None else str(chosen)

    def make_default(self, sender_id: str) -> None:
        """Campaigns without a sender of their own take this one from now on."""
        update = {
            "TableName": self._table,
            "Key": key(self._keys.senders()),
            "UpdateExpression": f"SET {_DEFAULT} = :chosen",
            "ExpressionAttributeValues": {":chosen": {"S": sender_id}},
        }
        self._write({"Update": update})

    def stop(self, sender_id: str, until: datetime, reason: str) -> None:
        """See `shared.usecases.sender_ports.SenderStore`."""
        self._update(
            sender_id,
            "SET stoppedUntil = :until, stopReason = :reason",
            {":until": to_text(until), ":reason": reason},
            "attribute_not_exists(haltedAt)"
            " AND (attribute_not_exists(stoppedUntil) OR stoppedUntil < :until)",
        )

    def halt(self, sender_id: str, at: datetime, reason: str, code: str | None = None) -> None:
        """Nothing leaves until a person resumes. When an account's restriction ends stays known."""
        values = {":at": to_text(at), ":reason": reason, ":code": code or "UNKNOWN"}
        self._update(
            sender_id, "SET haltedAt = :at, stopReason = :reason, haltCode = :code", values
        )

    def block(self, sender_id: str, at: datetime, reason: str, until: datetime | None) -> None:
        """See `shared.usecases.sender_ports.SenderStore`."""
        values = {":at": to_text(at), ":reason": reason, ":code": ACCOUNT}
        expression = "SET haltedAt = :at, stopReason = :reason, haltCode = :code"
        if until:
            values[":until"] = to_text(until)
            expression += ", haltedUntil = :until"
        else:
            expression += " REMOVE haltedUntil"
        self._update(sender_id, expression, values)

    def release(self, sender_id: str, only: Collection[str] = ()) -> bool:
        """A person resumes, or Meta has freed the account (`only`)."""
        codes = {f":only{n}": code for n, code in enumerate(sorted(only))}
        condition = f"haltCode IN ({', '.join(codes)})" if codes else None
        gone = "REMOVE haltedAt, haltedUntil, haltCode, stoppedUntil, stopReason"
        return self._update(sender_id, gone, codes, condition)

    def tell(self, sender_id: str, facts: NumberFacts) -> None:
        """One that was removed meanwhile stays removed."""
        values = {name: value for name, value in said(facts).items() if value}
        if values:
            self._update(
                sender_id,
                "SET " + ", ".join(f"#{name} = :{name}" for name in values),
                {f":{name}": value for name, value in values.items()},
                None if sender_id == DEFAULT_SENDER else "attribute_exists(phoneNumberId)",
                {f"#{name}": name for name in values},
            )

    def tell_account(self, sender_id: str, account: str) -> None:
        """The same of its WhatsApp Business Account."""
        condition = "(attribute_not_exists(businessAccountId) OR businessAccountId <> :account)"
        if sender_id != DEFAULT_SENDER:
            condition = f"attribute_exists(phoneNumberId) AND {condition}"
        self._update(
            sender_id, "SET businessAccountId = :account", {":account": account}, condition
        )

    def _update(
        self,
        sender_id: str,
        expression: str,
        values: Mapping[str, str],
        condition: str | None = None,
        names: Mapping[str, str] | None = None,
    ) -> bool:
        """Write it; False if `condition` does not hold."""
        request: dict[str, Any] = {
            "TableName": self._table,
            "Key": key(self._keys.sender(sender_id)),
            "UpdateExpression": expression,
        }
        if values:
            request["ExpressionAttributeValues"] = {n: {"S": text} for n, text in values.items()}
        if condition:
            request["ConditionExpression"] = condition
        if names:
            request["ExpressionAttributeNames"] = names
        return self._write({"Update": request}) is None

    def _write(self, *requests: Mapping[str, Any]) -> Failures | None:
        parts = [Part(str(n), request) for n, request in enumerate(requests)]
        return self._transactor.write(parts, self._clock.now() + _PATIENCE)

    def _read(self, item_key: Key) -> Attributes:
        with store_errors():
            answer = self._client.get_item(
                TableName=self._table, Key=key(item_key), ConsistentRead=True
            )
        item: Attributes = answer.get("Item", {})
        return item

    def _put(self, item: Mapping[str, Any]) -> dict[str, Any]:
        put = {
            "TableName": self._table,
            "Item": to_attributes(dict(item)),
            "ConditionExpression": "attribute_not_exists(PK)",
        }
        return {"Put": put}

    def _delete(self, item_key: Key) -> dict[str, Any]:
        return {"Delete": {"TableName": self._table, "Key": key(item_key)}}
