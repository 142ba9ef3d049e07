"""Works on a batch of queue messages: whose they are, and what each use case makes of them.

A message that can't be worked on now goes back to the queue alone; one that makes the code fail
does not take its neighbours with it. Everything may be repeated.
"""

import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from functions.updates.news import Accounts
from functions.updates.records import OTHERS_PATIENCE, PATIENCE, Record, read
from functions.wiring import Services
from shared.domain.access import DEFAULT_TENANT
from shared.domain.campaign import DEFAULT_SENDER
from shared.domain.errors import StoreUnavailableError
from shared.domain.sender import Owner
from shared.domain.unused import EXPECTED, OF_NO_CAMPAIGN, Unused
from shared.usecases.apply_statuses import apply_statuses
from shared.usecases.heed_number import heed_number
from shared.usecases.take_replies import take_preferences, take_replies

log = logging.getLogger(__name__)

REMEMBERED_FOR = timedelta(minutes=5)
"""How long a process goes on believing whose a number is."""


class Owners:
    """Whose the numbers are, with a short memory: statuses of one number come by the thousand."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[datetime, Owner | None]] = {}

    def find(self, number: str, use: Services) -> Owner | None:
        """None if nobody has the number. Raises StoreUnavailableError."""
        now = use.clock.now()
        if number not in self._known or now - self._known[number][0] >= REMEMBERED_FOR:
            self._known[number] = now, self._look_up(number, use)
        return self._known[number][1]

    def _look_up(self, number: str, use: Services) -> Owner | None:
        if number == use.own_number:
            return Owner(DEFAULT_TENANT, DEFAULT_SENDER)
        return use.numbers.owner(number)


class Intake:
    """One process's. `services` gives those of a tenant."""

    def __init__(self, services: Callable[[str], Services]) -> None:
        self._services = services
        self._owners = Owners()
        self._accounts = Accounts(self._owners.find)

    def take(self, raw_records: Iterable[dict[str, Any]]) -> list[str]:
        """Work on the records of an event; the ids of those that must come again."""
        failed: list[str] = []
        use = self._services(DEFAULT_TENANT)
        by_tenant: dict[str, list[Record]] = defaultdict(list)
        for raw in raw_records:
            with _failures_noted([str(raw["messageId"])], failed):
                record = self._read(raw, use)
                if record.changes:
                    self._hear(record, use)
                    continue
                by_tenant[record.owner.tenant_id if record.owner else DEFAULT_TENANT].append(record)
        for tenant_id, records in by_tenant.items():
            _work_safely(self._services(tenant_id), records, failed)
        return failed

    def _read(self, raw: dict[str, Any], use: Services) -> Record:
        record = read(raw, use.clock.now())
        if record.number is not None:
            record.owner = self._owners.find(record.number, use)
        self._accounts.learn(record, use)
        return record

    def _hear(self, record: Record, use: Services) -> None:
        """News of an account, which can concern several tenants."""
        record.forget_work()
        self._accounts.apply(record, use)
        _keep_unused(use, [record])


def _work_safely(use: Services, records: list[Record], failed: list[str]) -> None:
    """All together; each by itself if something fails that nobody foresaw."""
    if len(records) > 1:
        try:
            _work(use, records)
        except StoreUnavailableError:
            with _failures_noted([record.record_id for record in records], failed):
                raise
        except Exception:
            log.warning("a batch of updates failed; each message is tried by itself")
        else:
            return
    for record in records:
        if record.record_id not in failed:
            with _failures_noted([record.record_id], failed):
                _work(use, [record])


@contextmanager
def _failures_noted(ids: Sequence[str], failed: list[str]) -> Iterator[None]:
    """The queue gives them again, and keeps them for us in the end."""
    try:
        yield
    except StoreUnavailableError:
        log.exception(
            "updates can't be written; the queue gives them again",
            extra={"event": "store_unavailable"},
        )
        failed.extend(ids)
    except Exception:
        log.exception("updates failed", extra={"event": "update_trouble"})
        failed.extend(ids)


def _work(use: Services, records: Sequence[Record]) -> None:
    """What all use cases make of these messages of one tenant. Raises what they raise."""
    for record in records:
        record.forget_work()
    _statuses(use, [record for record in records if record.owner])
    for record in records:
        _others(use, record)
    _keep_unused(use, records)


def _keep_unused(use: Services, records: Sequence[Record]) -> None:
    leftovers = [each for record in records for each in record.leftovers()]
    use.unused.keep(leftovers)
    if leftovers:
        _tell(leftovers)


def _statuses(use: Services, records: Sequence[Record]) -> None:
    updates = [update for record in records for update, _ in record.parsed.statuses]
    if not updates:
        return
    applied = apply_statuses(use, updates)
    later, unknown = set(map(id, applied.later)), set(map(id, applied.unknown))
    for record in records:
        wait = []
        for update, raw in record.parsed.statuses:
            if id(update) in later:
                patience, reason = PATIENCE, "of somebody who is never settled"
            elif id(update) in unknown:
                patience = OTHERS_PATIENCE if update.reference is None else 0
                reason = OF_NO_CAMPAIGN
            else:
                continue
            if record.tries < patience:
                wait.append(raw)
            else:
                record.set_aside(reason, raw)
        if wait:
            use.updates.put([record.again(statuses=wait)], record.delay)


def _replies(use: Services, record: Record, sender_id: str) -> None:
    """What people wrote to a sender, and what they set in WhatsApp."""
    take_preferences(use, record.parsed.preferences)
    if not record.parsed.replies:
        return
    heard = take_replies(use, sender_id, [reply for reply, _ in record.parsed.replies])
    later, unknown = set(map(id, heard.later)), set(map(id, heard.unknown))
    wait = [raw for reply, raw in record.parsed.replies if id(reply) in later]
    for reply, raw in record.parsed.replies:
        if id(reply) in unknown:
            record.set_aside("a reply of nobody", raw)
    if wait and record.tries < PATIENCE:
        use.updates.put([record.again(messages=wait)], record.delay)


def _others(use: Services, record: Record) -> None:
    """Whatever is no status, and what is nobody's."""
    found = record.parsed
    if record.owner is not None:
        _replies(use, record, record.owner.sender_id)
        for trouble in heed_number(use, record.owner.sender_id, found.troubles):
            record.set_aside("an error of no message", trouble.message or "")
    elif found.count:
        reason = "an unknown number" if record.number else "without a number"
        record.set_aside(reason, record.value, found.count)
    elif not found.unused:
        record.set_aside("nothing known in it", record.value)


def _tell(leftovers: Sequence[Unused]) -> None:
    """How much, and why; never what."""
    reasons: Counter[str] = Counter()
    for one in leftovers:
        reasons[one.reason] += one.count
    strange = sum(count for reason, count in reasons.items() if reason not in EXPECTED)
    log.log(
        logging.WARNING if strange else logging.INFO,
        "updates that can't be used: %s",
        ", ".join(f"{count} {reason}" for reason, count in reasons.items()),
        extra={"event": "update_unused", "count": reasons.total(), "strange": strange},
    )
