"""A batch that somebody asked for, beside those of the schedule."""

from dataclasses import asdict
from datetime import datetime

from shared.domain.access import Actor
from shared.domain.campaign import Event, What
from shared.usecases.execute_batch import BatchResult, execute_batch
from shared.usecases.executor_ports import ExecutorPorts


def execute_now(
    ports: ExecutorPorts, campaign_id: str, deadline: datetime, actor: Actor
) -> BatchResult:
    """Send one batch as `execute_batch` does, and say in the campaign's history who wanted it.

    A batch in which nobody was called leaves no line, so that whoever asks every second writes no
    book. One whose process is killed leaves none either, but a sweep's about the lost worker.
    """
    result = execute_batch(ports, campaign_id, deadline)
    if result.tally.processed:
        counts = {name: count for name, count in asdict(result.tally).items() if count}
        event = Event(campaign_id, ports.clock.now(), What.BATCH_EXECUTED, actor, details=counts)
        ports.history.note(event)
    return result
