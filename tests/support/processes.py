"""Other processes on a test's deployment, and what can be seen of it from outside."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from functions.wiring import Services
from shared.domain.access import DEFAULT_TENANT
from shared.domain.campaign import CampaignStatus
from shared.domain.errors import CampaignNotRunningError
from shared.domain.instants import from_text
from shared.system import SystemChance
from shared.usecases.execute_batch import BatchResult, execute_batch
from shared.usecases.tick import TickResult, tick
from tests.support.campaigns import MINUTE, batch, everybody
from tests.support.edges import Killed, Life, Mortal

PORTS = (
    *("campaigns", "recipients", "boundaries", "quota", "senders", "contacts", "channel", "pace"),
    "schedule",
    "history",
    "suppressions",
    "evidence",
)


class FixedChance(SystemChance):
    """Real ids; the dice always show the same."""

    def __init__(self, shows: float) -> None:
        self.shows = shows

    def fraction(self) -> float:
        return self.shows


@dataclass(frozen=True)
class HistoryLine:
    """One event of a campaign as stored."""

    at: datetime
    what: str
    actor: str
    reason: str | None


def process(services: Services, **environment: str) -> Services:
    """A second process on the same deployment, with other settings."""
    other = Services(services._environment | environment, DEFAULT_TENANT)
    other.clock, other.channel = services.clock, services.channel
    other.chance = services.chance
    for name in ("_session", "_dynamodb", "_sqs"):
        setattr(other, name, getattr(services, name))
    return other


def mortal(services: Services, life: Life) -> Services:
    """A second process on the same deployment, with a limited life."""
    other = Services(services._environment, DEFAULT_TENANT)
    other.clock = services.clock
    for port in PORTS:
        setattr(other, port, Mortal(life, getattr(services, port)))
    return other


def die_in_call(
    services: Services,
    campaign_id: str,
    call: int,
    serve: Callable[..., BatchResult] = execute_batch,
) -> None:
    """A worker dies in the middle of its n-th call: the message is out, and nobody knows."""
    life = Life()
    answer = services.channel.answer
    last = len(services.channel.calls) + call

    def fatal(message: object) -> None:
        if len(services.channel.calls) == last:
            life.end()

    services.channel.answer = fatal
    try:
        serve(mortal(services, life), campaign_id, services.clock.now() + MINUTE)
    except Killed:
        services.channel.answer = answer
    else:
        raise AssertionError("the worker was to die")


def tick_now(services: Services) -> TickResult:
    """One tick with a minute of time."""
    return tick(services, services.clock.now() + MINUTE)


def finish(services: Services, campaign_id: str, rounds: int = 200) -> None:
    """Batches and waiting until the campaign has ended, without any person's help."""
    for _ in range(rounds):
        if services.campaigns.get(campaign_id).status is not CampaignStatus.RUNNING:
            return
        result = batch(services, campaign_id)
        if result.wait_until:
            services.clock.jump(result.wait_until)
        elif not result.tally.processed and not result.completed:
            services.clock.jump(next_due(services, campaign_id))
    raise AssertionError("the campaign does not come to an end")


def next_due(services: Services, campaign_id: str) -> datetime:
    """When the next recipient may be sent to."""
    return min(r.due_at for r in everybody(services, campaign_id).values() if r.due_at)


def history(services: Services, campaign_id: str) -> list[HistoryLine]:
    """The campaign's events in their order, read behind the back of the code under test."""
    answer = services._dynamodb.query(
        TableName=services.settings.campaigns_table,
        KeyConditionExpression="PK = :pk AND begins_with(SK, :event)",
        ExpressionAttributeValues={
            ":pk": {"S": f"CAMPAIGN#{campaign_id}"},
            ":event": {"S": "EVENT#"},
        },
        ConsistentRead=True,
    )
    return [
        HistoryLine(
            from_text(item["at"]["S"]),
            item["what"]["S"],
            item["actor"]["S"],
            item.get("reason", {}).get("S"),
        )
        for item in answer["Items"]
    ]


def looked_at(services: Services, campaign_id: str) -> bool:
    """Whether the campaign, or a worker of it, is in the index of what a tick must look at."""
    ever = services.clock.now() + timedelta(days=3650)
    return any(due.campaign_id == campaign_id for due in services.schedule.due(ever))


def in_threads(*jobs: Callable[[], None]) -> None:
    """Run the jobs at once; the first failure of any is the test's."""
    failures: list[BaseException] = []

    def guarded(job: Callable[[], None]) -> None:
        try:
            job()
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=guarded, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def batches_until_not_running(services: Services, campaign_ids: Sequence[str]) -> None:
    """What a worker does all day."""
    for campaign_id in campaign_ids:
        try:
            while not batch(services, campaign_id).completed:
                pass
        except CampaignNotRunningError:
            continue
