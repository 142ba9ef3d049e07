"""Orders to erase in tests: by whom, until when, and a look behind the back of the code."""

import json
from datetime import timedelta

from functions.wiring import Services
from shared.domain.campaign import CampaignStatus
from shared.domain.erasure import Erasure, ErasureStatus
from shared.dynamo.schema import TABLES
from shared.usecases import erase
from tests.support.campaigns import MINUTE, TESTER, states
from tests.support.processes import tick_now


def delete(services: Services, campaign_id: str) -> Erasure:
    """An administrator deletes a campaign."""
    return erase.delete_campaign(services, campaign_id, TESTER, services.clock.now() + MINUTE)


def forget(services: Services, phone: str) -> Erasure:
    """An administrator erases a phone."""
    return erase.erase_phone(services, phone, TESTER, services.clock.now() + MINUTE)


def done(services: Services, order: Erasure, minutes: int = 20) -> Erasure:
    """The receipt, after as many minutes with their ticks as it takes."""
    for _ in range(minutes):
        receipt = services.erasures.get(order.erasure_id)
        if receipt.status is ErasureStatus.DONE:
            return receipt
        services.clock.advance(timedelta(minutes=1))
        tick_now(services)
    raise AssertionError(f"not done after {minutes} minutes: {receipt}")


def items_with(services: Services, text: str) -> list[str]:
    """Every item of every table that has the text anywhere in it."""
    found = []
    for table in TABLES:
        request = {"TableName": services._environment[table.environment], "ConsistentRead": True}
        while True:
            answer = services._dynamodb.scan(**request)
            found += [line for item in answer["Items"] if text in (line := json.dumps(item))]
            if "LastEvaluatedKey" not in answer:
                break
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
    return found


def assert_counters_are_a_recount(services: Services, campaign_id: str, population: int) -> None:
    """The states add up, the counters say the same, and COMPLETED means that nobody is open."""
    recount, stats = states(services, campaign_id), services.campaigns.stats(campaign_id)
    campaign = services.campaigns.get(campaign_id)
    assert dict(stats.counts) == dict(recount)
    assert campaign.total_recipients == sum(recount.values()) == population
    if campaign.status is CampaignStatus.COMPLETED:
        assert not stats.open
