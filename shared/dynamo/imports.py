"""Imports as items beside their campaign: one for each, and one for each part that is counted.

    who works          what                       only IF
    -----------------  -------------------------  ------------------------------------------------
    start              WAITING_FOR_FILE → CHECKING  the campaign has not ended; it counts the import
    planned            CHECKING → IMPORTING
    record             a part's item, the sums    the part has no item yet
    finish             → DONE, FAILED             it is at work; the campaign counts it no more

A campaign that counts an import (`importing`) can't complete: who was imported first may be sent
to while the others are still on their way. `tickAt` of an import at work is when it has stalled.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from shared.domain.campaign import TERMINAL, Event
from shared.domain.errors import (
    CampaignClosedError,
    CampaignNotFoundError,
    ImportNotFoundError,
)
from shared.domain.imports import AT_WORK, STALLED, Counts, Import, ImportStatus
from shared.domain.instants import to_text
from shared.dynamo.campaign_items import campaign_of
from shared.dynamo.client import Attributes, from_attributes, key, store_errors, to_attributes
from shared.dynamo.counters import counting
from shared.dynamo.cursors import bound_cursor, bound_position
from shared.dynamo.history import HistoryStore
from shared.dynamo.import_items import SKIPPED, counts_of, import_item, import_of
from shared.dynamo.keys import IMPORT_PREFIX, TICK_KIND, Keys, part_of
from shared.dynamo.transaction import Failures, Part, Transactor
from shared.ports import Clock, Page

_PATIENCE = timedelta(seconds=15)
_ID = r"imp_[0-9a-f-]{36}"
_OPEN = {f":ended{n}": {"S": status.value} for n, status in enumerate(sorted(TERMINAL))}
_NOT_ENDED = f"attribute_exists(PK) AND NOT #status IN ({', '.join(_OPEN)})"


class ImportStore:
    """See `shared.usecases.import_ports.ImportStore`."""

    def __init__(
        self,
        keys: Keys,
        client: Any,
        transactor: Transactor,
        clock: Clock,
        history: HistoryStore,
        table: str,
    ) -> None:
        self._keys = keys
        self._client = client
        self._transactor = transactor
        self._clock = clock
        self._history = history
        self._table = table

    def create(self, made: Import) -> None:
        """IF the campaign has not ended; the id is new by construction."""
        put = {"TableName": self._table, "Item": import_item(self._keys, made)}
        check = {
            "TableName": self._table,
            "Key": key(self._keys.campaign(made.campaign_id)),
            "ConditionExpression": _NOT_ENDED,
            "ExpressionAttributeNames": {"#status": "status"},
            "ExpressionAttributeValues": _OPEN,
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        failures = self._write(
            Part("import", {"Put": put}), Part("open", {"ConditionCheck": check})
        )
        if failures is not None:
            _refuse(failures, made.campaign_id)

    def get(self, campaign_id: str, import_id: str) -> Import:
        """As of now (consistent)."""
        item = self._get(self._keys.imported(campaign_id, import_id))
        if item is None:
            raise ImportNotFoundError(import_id)
        return import_of(item, campaign_id)

    def list(self, campaign_id: str, limit: int, cursor: str | None) -> Page[Import]:
        """Newest first: ids are ordered by time."""
        partition = self._keys.campaign_partition(campaign_id)
        request: dict[str, Any] = {"ScanIndexForward": False, "Limit": limit + 1}
        if cursor:
            last = bound_position(partition, cursor, _ID)
            request["ExclusiveStartKey"] = key(self._keys.imported(campaign_id, last))
        items = self._query(partition, IMPORT_PREFIX, request)["Items"]
        page = [import_of(item, campaign_id) for item in items[:limit]]
        if len(items) <= limit:
            return Page(page)
        return Page(page, bound_cursor(partition, page[-1].import_id))

    def start(self, waiting: Import, etag: str, event: Event) -> bool:
        """The campaign counts it from this very write on."""
        sets = {
            "status": ImportStatus.CHECKING.value,
            "etag": etag,
            "startedAt": to_text(event.at),
            "startedBy": event.actor.subject,
            "startedByRole": event.actor.role,
            **self._progress(),
        }
        failures = self._write(
            self._change(waiting, sets, (ImportStatus.WAITING_FOR_FILE,)),
            self._counted(waiting.campaign_id, 1, _NOT_ENDED, _OPEN),
            self._history.part(event),
        )
        if failures is not None and "open" in failures:
            _refuse(failures, waiting.campaign_id)
        return failures is None

    def checked(self, running: Import, rows: int, size: int) -> None:
        """Nothing if it is being imported by now, by another reader."""
        sets = {"checkedRows": rows, "checkedBytes": size, **self._progress()}
        self._write(self._change(running, sets, (ImportStatus.CHECKING,)))

    def planned(self, running: Import, rows: int, parts: int) -> None:
        """The first of several readers decides; all have the same to say."""
        sets = {
            "status": ImportStatus.IMPORTING.value,
            "checkedRows": rows,
            "checkedBytes": running.size,
            "fileRows": rows,
            "parts": parts,
            **self._progress(),
        }
        self._write(self._change(running, sets, (ImportStatus.CHECKING,)))

    def record(self, running: Import, part: int, counts: Counts) -> bool:
        """The part's own item and the sums: both or neither."""
        now = self._clock.now()
        numbers = {"doneRows": counts.rows, "inserted": counts.inserted} | {
            SKIPPED + kind: count for kind, count in counts.skipped.items()
        }
        where = key(self._keys.part(running.campaign_id, running.import_id, part))
        put = {
            "TableName": self._table,
            "Item": where | to_attributes(numbers),
            "ConditionExpression": "attribute_not_exists(PK)",
        }
        adds = counting({name: n for name, n in {**numbers, "partsDone": 1}.items() if n})
        adds["UpdateExpression"] = (
            f"SET progressAt = :now, tickAt = :later {adds['UpdateExpression']}"
        )
        adds["ExpressionAttributeValues"] |= to_attributes(
            {":now": to_text(now), ":later": to_text(now + STALLED)}
        )
        add = {
            "TableName": self._table,
            "Key": key(self._keys.imported(running.campaign_id, running.import_id)),
            "ConditionExpression": "attribute_exists(PK)",
            **adds,
        }
        failures = self._write(Part("part", {"Put": put}), Part("import", {"Update": add}))
        if failures is not None and "import" in failures:
            raise CampaignNotFoundError(running.campaign_id)
        return failures is None

    def is_recorded(self, running: Import, part: int) -> bool:
        """One consistent read."""
        return self._get(self._keys.part(running.campaign_id, running.import_id, part)) is not None

    def recorded(self, running: Import) -> Mapping[int, Counts]:
        """A hundred bytes for each part."""
        prefix = self._keys.part(running.campaign_id, running.import_id)
        found: dict[int, Counts] = {}
        request: dict[str, Any] = {}
        while True:
            answer = self._query(prefix["PK"], prefix["SK"], request)
            for item in answer["Items"]:
                found[part_of(item["SK"]["S"])] = counts_of(from_attributes(item))
            if "LastEvaluatedKey" not in answer:
                return found
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def finish(self, running: Import, status: ImportStatus, event: Event) -> bool:
        """Out of the index, for good."""
        sets = {"status": status.value, "finishedAt": to_text(event.at), "reason": event.reason}
        failures = self._write(
            self._change(running, sets, sorted(AT_WORK), ("tickKind", "tickAt")),
            self._counted(running.campaign_id, -1, "attribute_exists(PK)", {}),
            self._history.part(event),
        )
        return failures is None

    def postpone(self, campaign_id: str, import_id: str) -> bool:
        """The next look; no progress."""
        update = {
            "TableName": self._table,
            "Key": key(self._keys.imported(campaign_id, import_id)),
            "UpdateExpression": "SET tickAt = :later",
            "ConditionExpression": "attribute_exists(tickKind)",
            "ExpressionAttributeValues": {":later": {"S": to_text(self._clock.now() + STALLED)}},
        }
        return self._write(Part("import", {"Update": update})) is None

    def _progress(self) -> dict[str, str]:
        now = self._clock.now()
        return {
            "progressAt": to_text(now),
            "tickKind": TICK_KIND,
            "tickAt": to_text(now + STALLED),
        }

    def _change(
        self,
        changed: Import,
        sets: Mapping[str, Any],
        allowed: Iterable[ImportStatus],
        removes: tuple[str, ...] = (),
    ) -> Part:
        """SET these IF its status is one of `allowed`."""
        known = {name: value for name, value in sets.items() if value is not None}
        froms = {f":from{n}": status.value for n, status in enumerate(allowed)}
        expression = "SET " + ", ".join(f"#{name} = :{name}" for name in known)
        if removes:
            expression += " REMOVE " + ", ".join(removes)
        update = {
            "TableName": self._table,
            "Key": key(self._keys.imported(changed.campaign_id, changed.import_id)),
            "UpdateExpression": expression,
            "ConditionExpression": f"#status IN ({', '.join(froms)})",
            "ExpressionAttributeNames": {f"#{name}": name for name in {*known, "status"}},
            "ExpressionAttributeValues": to_attributes(
                {f":{name}": value for name, value in known.items()} | froms
            ),
        }
        return Part("import", {"Update": update})

    def _counted(
        self, campaign_id: str, delta: int, condition: str, values: Mapping[str, Any]
    ) -> Part:
        update: dict[str, Any] = {
            "TableName": self._table,
            "Key": key(self._keys.campaign(campaign_id)),
            "UpdateExpression": "ADD importing :delta",
            "ConditionExpression": condition,
            "ExpressionAttributeValues": {":delta": {"N": str(delta)}, **values},
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        if values:
            update["ExpressionAttributeNames"] = {"#status": "status"}
        return Part("open", {"Update": update})

    def _write(self, *parts: Part) -> Failures | None:
        return self._transactor.write(parts, self._clock.now() + _PATIENCE)

    def _get(self, where: dict[str, str]) -> Attributes | None:
        with store_errors():
            answer = self._client.get_item(
                TableName=self._table, Key=key(where), ConsistentRead=True
            )
        item: Attributes | None = answer.get("Item")
        return item

    def _query(self, partition: str, prefix: str, more: Mapping[str, Any]) -> Any:
        with store_errors():
            return self._client.query(
                TableName=self._table,
                KeyConditionExpression="PK = :pk AND begins_with(SK, :prefix)",
                ExpressionAttributeValues={":pk": {"S": partition}, ":prefix": {"S": prefix}},
                ConsistentRead=True,
                **more,
            )


def _refuse(failures: Failures, campaign_id: str) -> None:
    item = failures["open"]
    if not item:
        raise CampaignNotFoundError(campaign_id)
    raise CampaignClosedError(campaign_of(item).status)
