"""Short ways to a running campaign, and an independent look at what became of it."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from functions.wiring import Services
from shared.domain.access import Actor
from shared.domain.campaign import Action, Campaign, CampaignStatus
from shared.domain.recipient import Recipient, RecipientStatus
from shared.usecases.control import control
from shared.usecases.create_campaign import Draft, create_campaign
from shared.usecases.execute_batch import BatchResult, execute_batch

MINUTE = timedelta(minutes=1)
TESTER = Actor("test", "org_admin")


def phones(count: int, first: int = 0) -> list[str]:
    """Numbers that the simulator accepts."""
    return [f"1555{n:07d}" for n in range(1_000_000 + first, 1_000_000 + first + count)]


def new_campaign(services: Services, people: Sequence[str], **settings: Any) -> str:
    """A DRAFT campaign with recipients."""
    campaign = create_campaign(
        campaigns=services.campaigns,
        senders=services.senders,
        clock=services.clock,
        chance=services.chance,
        draft=Draft(name="test", template_name="hello", **settings),
        actor=TESTER,
    )
    add(services, campaign, people)
    return campaign.campaign_id


def add(services: Services, campaign: Campaign, people: Sequence[str]) -> None:
    """Add recipients, as a populate does."""
    for start in range(0, len(people), 48):
        some = [Recipient(campaign.campaign_id, phone) for phone in people[start : start + 48]]
        services.recipients.add(campaign, some)


def running(services: Services, people: Sequence[str], **settings: Any) -> str:
    """A RUNNING campaign."""
    campaign_id = new_campaign(services, people, **settings)
    act(services, campaign_id, Action.START)
    return campaign_id


def act(services: Services, campaign_id: str, action: Action) -> Campaign:
    """What a person does."""
    return control(
        campaigns=services.campaigns,
        senders=services.senders,
        clock=services.clock,
        campaign_id=campaign_id,
        action=action,
        actor=TESTER,
        reason=None,
    )


def batch(services: Services, campaign_id: str) -> BatchResult:
    """One batch with a minute of time."""
    return execute_batch(services, campaign_id, services.clock.now() + MINUTE)


def everybody(services: Services, campaign_id: str) -> dict[str, Recipient]:
    """All recipients, read page by page."""
    found: dict[str, Recipient] = {}
    cursor = None
    while True:
        page = services.recipients.list(campaign_id, None, 500, cursor)
        found |= {recipient.phone: recipient for recipient in page.items}
        if page.cursor is None:
            return found
        cursor = page.cursor


def states(services: Services, campaign_id: str) -> Counter[RecipientStatus]:
    """A recount of the recipients by state."""
    return Counter(r.status for r in everybody(services, campaign_id).values())


def assert_adds_up(services: Services, campaign_id: str, population: int) -> None:
    """Nobody lost: the states add up, the counters equal a recount, COMPLETED means all settled."""
    recount = states(services, campaign_id)
    campaign = services.campaigns.get(campaign_id)
    stats = services.campaigns.stats(campaign_id)
    assert sum(recount.values()) == population
    assert campaign.total_recipients == population
    assert dict(stats.counts) == dict(recount)
    nobody_open = not stats.open
    assert (campaign.status is CampaignStatus.COMPLETED) == nobody_open
