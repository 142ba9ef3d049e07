"""What decisions are built on is never read from a replica that is behind.

Only the simulation's DynamoDB can be behind on purpose: here its eventually consistent reads miss
everything that was written.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from functions.wiring import Services
from shared.domain.access import DEFAULT_TENANT
from shared.domain.campaign import CampaignStatus
from shared.domain.recipient import RecipientStatus
from shared.dynamo.provision import create_tables
from shared.dynamo.schema import TABLES
from tests.simulation.dynamo import LONGEST_LAG, MemoryDynamo
from tests.support.campaigns import phones, running
from tests.support.edges import NOON, ManualClock, RecordingChannel
from tests.support.processes import die_in_call
from tests.support.suppressing import opt_out

PEOPLE = phones(3)
TODAY = NOON.date()


@pytest.mark.parametrize(
    ("read", "expected"),
    [
        (lambda s, c, _: s.campaigns.get(c).status, CampaignStatus.RUNNING),
        (lambda s, c, _: s.campaigns.stats(c)[RecipientStatus.SENDING], len(PEOPLE)),
        (lambda s, c, _: s.recipients.get(c, PEOPLE[0]).attempts, 1),
        (lambda s, c, _: set(s.recipients.known(s.campaigns.get(c), PEOPLE)), set(PEOPLE)),
        (lambda s, c, worker: len(s.boundaries.journal(c, worker).claims), len(PEOPLE)),
        (lambda s, c, _: s.quota.day("default", TODAY).total, len(PEOPLE)),
        (lambda s, c, _: s.quota.campaign_day(c, TODAY), len(PEOPLE)),
        (lambda s, c, _: s.senders.get("default").halted, True),
        (lambda s, c, _: s.suppressions.version(), len(PEOPLE)),
        (lambda s, c, _: s.suppressions.among(PEOPLE), set(PEOPLE)),
        (lambda s, c, _: len(s.suppressions.list("", 9, None).items), len(PEOPLE)),
    ],
)
def test_what_was_written_is_read_though_the_replicas_are_behind(
    read: Callable[[Services, str, str | None], Any], expected: object
) -> None:
    """A worker died with everybody in its hands; afterwards the sender was halted."""
    database = MemoryDynamo(lambda: NOON)
    services = deployment_on(database)
    campaign_id = running(services, PEOPLE, daily_cap=20)
    die_in_call(services, campaign_id, 2)
    services.senders.halt("default", NOON, "A person has to look.")
    opt_out(services, *PEOPLE)
    ever = NOON + timedelta(days=1)
    (worker,) = (due.worker for due in services.schedule.due(ever) if due.worker)

    database.index_lag = lambda: LONGEST_LAG

    assert read(services, campaign_id, worker) == expected


def deployment_on(database: MemoryDynamo) -> Services:
    """Services on fresh tables of a database in this process."""
    create_tables(database, {table.name: table.name for table in TABLES})
    names = {table.environment: table.name for table in TABLES}
    services = Services({"SEND_DELAY_MS": "0", **names}, DEFAULT_TENANT)
    services.__dict__["_dynamodb"] = database
    services.clock = ManualClock()
    services.channel = RecordingChannel(services.clock)
    return services
