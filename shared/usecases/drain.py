"""A continuous campaign: a worker sends without pause until nobody is due or its time is up.

There is one such worker for each shard of it: its journal entry has a name that does not change,
and who finds it there leaves. Whoever died is swept after the lease like any worker, and the next
tick begins anew.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from shared.domain.batch import Tally
from shared.domain.campaign import Mode
from shared.usecases.execute_batch import (
    BatchResult,
    Look,
    Ready,
    conclude,
    make_ready,
    one_batch,
    send_some,
)
from shared.usecases.executor_ports import ExecutorPorts

AT_ONCE = 600
"""Recipients of one look at the queue: some ten reads, so they are few for each message."""

_LOOK_AGAIN = timedelta(seconds=0.5)  # for an index that is behind
_TIME_FOR_ONE = timedelta(seconds=25)  # a look, a group, its calls, and the commit


def worker_of(shard: int) -> str:
    """The name of the worker of a shard, in its journal entry."""
    return f"continuous-{shard}"


def serve(
    ports: ExecutorPorts, campaign_id: str, deadline: datetime, shard: int = 0
) -> BatchResult:
    """What the queue asks for: a batch, or of a continuous campaign as much as time allows.

    Raises as `execute_batch`.
    """
    ready = make_ready(ports, campaign_id)
    if isinstance(ready, BatchResult):
        return ready
    if ready.campaign.throttle.mode is not Mode.CONTINUOUS:
        return one_batch(ports, ready, deadline)
    return _drain(ports, ready, deadline, shard)


def _drain(ports: ExecutorPorts, ready: Ready, deadline: datetime, shard: int) -> BatchResult:
    campaign_id, name = ready.campaign.campaign_id, worker_of(shard)
    journal = ports.boundaries.journal(campaign_id, name)
    if journal is not None:  # at work, or dead and not yet swept
        return BatchResult(Tally())
    total, passed = Tally(), set[tuple[str, int]]()
    idle = 0
    while True:
        look = Look(name, AT_ONCE, ports.settings.continuous_group_size, shard, passed)
        worker, caps, due = send_some(ports, ready, look, ports.crew(), deadline)
        total.add(worker.tally)
        passed.update((each.phone, each.attempts) for each in due)
        idle = 0 if due else idle + 1
        in_time = ports.clock.now() + _TIME_FOR_ONE <= deadline
        if worker.leaving or worker.capped or idle > 1 or not in_time:
            break
        if idle:
            ports.clock.sleep(_LOOK_AGAIN.total_seconds())
        else:
            ready = replace(ready, sender=ports.senders.get(ready.campaign.sender_id))
    result = conclude(ports, ready.campaign, worker, caps)
    more = not in_time and not (result.completed or result.paused or worker.leaving)
    return replace(result, tally=total, more=more)
