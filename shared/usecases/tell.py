"""Tells what was committed: to open connections, the bus, and the endpoints of other systems."""

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import chain

from shared.domain.live import (
    PROGRESS,
    Connection,
    LiveEvent,
    News,
    of_changes,
    of_counters,
    of_line,
)
from shared.usecases.live_ports import LivePorts

PROGRESS_EVERY = timedelta(seconds=1)
_TURNS, _CLOCKS_DIFFER = 3, timedelta(milliseconds=500)
_LEAST = timedelta(milliseconds=1)
_AT_ONCE = 8  # clients that are written to at the same time


def tell(ports: LivePorts, news: News) -> int:
    """Tell it, and how many events that were. Raises StoreUnavailableError: then tell it again.

    Guarantee: the last counters are told, however fast they change: they are read after the change
    that they are told for, by this process or by one that has the turn.
    """
    began = ports.clock.now()
    events = [*chain.from_iterable(map(of_line, news.lines)), *of_changes(news.changes)]
    tenants = {event.tenant_id for event in events} | {tenant_id for tenant_id, _ in news.counted}
    listening = {tenant_id: ports.tenant(tenant_id).connections.all() for tenant_id in tenants}
    _deliver(ports, events, listening)
    counted = [each for each in news.counted if _heard(ports, each, listening)]
    progress = [_progress(ports, *each) for each in _turns(ports, counted, began)]
    _deliver(ports, progress, listening)
    return len(events) + len(progress)


def _heard(
    ports: LivePorts, campaign: tuple[str, str], listening: dict[str, Sequence[Connection]]
) -> bool:
    """Whether anybody is to be told how far a campaign is."""
    tenant_id, campaign_id = campaign
    if ports.bus or (ports.outbox and ports.outbox.wants(tenant_id, PROGRESS)):
        return True
    return any(c.everything or campaign_id in c.campaigns for c in listening[tenant_id])


def _turns(
    ports: LivePorts, counted: Sequence[tuple[str, str]], began: datetime
) -> Iterator[tuple[str, str, datetime]]:
    """The campaigns whose counters are ours to tell, and since when: each once a second at most.

    Whoever took a turn after we began reads what we were called for, so then there is nothing left
    to tell. Else we wait until the last turn is a second ago; the third one lost is surely later.
    """
    for _ in range(_TURNS):
        taken: dict[tuple[str, str], datetime] = {}
        for tenant_id, campaign_id in counted:
            now = ports.clock.now()
            last = ports.tenant(tenant_id).connections.turn(campaign_id, now, PROGRESS_EVERY)
            if last is None:
                yield tenant_id, campaign_id, now
            elif last < began + _CLOCKS_DIFFER:
                taken[tenant_id, campaign_id] = last
        counted = list(taken)
        if not taken:
            return
        left = max(taken.values()) + PROGRESS_EVERY - ports.clock.now()
        ports.clock.sleep(min(max(left, _LEAST), PROGRESS_EVERY).total_seconds())


def _progress(ports: LivePorts, tenant_id: str, campaign_id: str, at: datetime) -> LiveEvent:
    stats = ports.tenant(tenant_id).campaigns.stats(campaign_id)
    return of_counters(tenant_id, campaign_id, stats, at, ports.chance.token()[:8])


def _deliver(
    ports: LivePorts, events: Sequence[LiveEvent], listening: dict[str, Sequence[Connection]]
) -> None:
    """First to the connections, because a failure of bus or queue repeats all of it."""
    letters: list[tuple[str, str, list[str]]] = []
    for tenant_id, connections in listening.items():
        for connection in connections:
            texts = [
                json.dumps(event.body(), ensure_ascii=False)
                for event in events
                if event.tenant_id == tenant_id and connection.wants(event)
            ]
            if texts:
                letters.append((tenant_id, connection.connection_id, texts))
    _post(ports, letters)
    if ports.bus and events:
        ports.bus.put([event.body() for event in events])
    if ports.outbox and events:
        ports.outbox.put(events)


def _post(ports: LivePorts, letters: Sequence[tuple[str, str, list[str]]]) -> None:
    """Many at once, so that one slow client does not keep the others waiting for long."""

    def post(letter: tuple[str, str, list[str]]) -> None:
        tenant_id, connection_id, texts = letter
        if not ports.sockets.post(connection_id, texts):
            ports.tenant(tenant_id).connections.close(connection_id)

    if len(letters) < 2:
        for letter in letters:
            post(letter)
        return
    with ThreadPoolExecutor(min(_AT_ONCE, len(letters))) as threads:
        list(threads.map(post, letters))
