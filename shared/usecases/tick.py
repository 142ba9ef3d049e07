"""The minute tick: sweeps after the dead, wakes who need not wait longer, hands out batches."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.domain.campaign import CampaignStatus, Mode
from shared.domain.erasure import DueErasure
from shared.domain.errors import CampaignNotFoundError
from shared.domain.imports import DueImport, Task
from shared.ports import Due
from shared.usecases.erase import carry_on
from shared.usecases.erasure_ports import TickPorts
from shared.usecases.executor_ports import ExecutorPorts
from shared.usecases.recover import recover
from shared.usecases.wake import wake

log = logging.getLogger(__name__)

_TIME_FOR_ONE = timedelta(seconds=10)
_TIME_TO_ERASE = timedelta(seconds=40)  # so that a laptop's next tick is not late for it


@dataclass(slots=True)
class TickResult:
    """What one tick did."""

    enqueued: int = 0
    resumed: int = 0
    in_doubt: int = 0
    erased: int = 0  # orders to erase that it carried on
    importing: int = 0  # imports without progress that somebody shall look at
    troubled: int = 0


def tick(ports: TickPorts, deadline: datetime) -> TickResult:
    """Look at everything that is due. Running it twice, late or never does no harm but delay.

    One campaign's trouble is logged and counted and does not keep the others waiting; erasing
    waits until all batches are handed out. Raises StoreUnavailableError if the list of what is due
    can't be read, or the batches can't be handed out.
    """
    result = TickResult()
    batches: list[Due] = []
    erasures: list[DueErasure] = []
    for due in ports.schedule.due(ports.clock.now()):
        if isinstance(due, DueErasure):
            erasures.append(due)
            continue
        if isinstance(due, DueImport):
            with _trouble(result, tenantId=due.tenant_id, importId=due.import_id):
                result.importing += _ask_for(ports, due)
            continue
        if _out_of_time(ports, deadline):
            break
        with _trouble(result, tenantId=due.tenant_id, campaignId=due.campaign_id):
            batches += _look_at(ports.tenant(due.tenant_id), due, result)
    ports.queue.enqueue(batches)
    result.enqueued = len(batches)
    _erase(ports, erasures, deadline, result)
    return result


def _erase(
    ports: TickPorts, erasures: list[DueErasure], deadline: datetime, result: TickResult
) -> None:
    """One after the other, each as far as time allows; who waits is first the next time."""
    until = min(deadline - _TIME_FOR_ONE, ports.clock.now() + _TIME_TO_ERASE)
    for due in erasures:
        if ports.clock.now() >= until:
            break
        with _trouble(result, tenantId=due.tenant_id, erasureId=due.erasure_id):
            carry_on(ports.tenant(due.tenant_id), due.erasure_id, until)
            result.erased += 1


def _ask_for(ports: TickPorts, due: DueImport) -> bool:
    """Have somebody look at an import whose worker, or message, was lost."""
    if not ports.tenant(due.tenant_id).imports.postpone(due.campaign_id, due.import_id):
        return False
    ports.import_queue.put([Task(due.tenant_id, due.campaign_id, due.import_id)])
    return True


def _out_of_time(ports: TickPorts, deadline: datetime) -> bool:
    if ports.clock.now() + _TIME_FOR_ONE <= deadline:
        return False
    log.warning("the tick ran out of time; the rest is for the next one")
    return True


@contextmanager
def _trouble(result: TickResult, **names: str) -> Iterator[None]:
    """Nobody else waits for what can't be handled."""
    try:
        yield
    except CampaignNotFoundError:
        log.info("a campaign was deleted a moment ago", extra=names)
    except Exception:
        result.troubled += 1
        log.exception("the tick could not handle this", extra={"event": "tick_trouble", **names})


def _look_at(ports: ExecutorPorts, due: Due, result: TickResult) -> list[Due]:
    """Handle one entry; what of the campaign shall be sent now: a batch, or each of its shards."""
    if due.worker is not None:
        result.in_doubt += recover(ports, due.campaign_id, due.worker)
        return []
    campaign = ports.campaigns.get(due.campaign_id)
    if campaign.status is CampaignStatus.PAUSED and wake(ports, campaign):
        result.resumed += 1
    elif campaign.status is not CampaignStatus.RUNNING:
        return []
    delay = campaign.throttle.batch_delay_seconds
    if delay and not ports.campaigns.take_turn(due.campaign_id, timedelta(seconds=delay)):
        return []
    workers = campaign.shards if campaign.throttle.mode is Mode.CONTINUOUS else 1
    return [replace(due, shard=shard) for shard in range(workers)]
