"""Campaigns as items, and back."""

from typing import Any

from shared.domain.campaign import (
    Campaign,
    CampaignStatus,
    Mode,
    OnUnconfirmed,
    PauseCause,
    Retry,
    Throttle,
)
from shared.domain.errors import UnreadableError
from shared.domain.instants import from_text, to_text
from shared.dynamo.client import Attributes, from_attributes, to_attributes
from shared.dynamo.items import DAMAGED, instant, parameters_of, parameters_text
from shared.dynamo.keys import Keys, owner_of


def campaign_item(keys: Keys, campaign: Campaign) -> Attributes:
    """A new campaign's METADATA item."""
    return to_attributes(
        {
            **keys.campaign(campaign.campaign_id),
            "campaignId": campaign.campaign_id,
            "tenantId": keys.tenant_id,
            "senderId": campaign.sender_id,
            "name": campaign.name,
            "status": campaign.status.value,
            "templateName": campaign.template_name,
            "templateLanguage": campaign.template_language,
            "templateParams": parameters_text(campaign.template_params),
            "messagesPerSecond": campaign.throttle.messages_per_second,
            "batchSize": campaign.throttle.batch_size,
            "workers": campaign.throttle.workers,
            "batchDelaySeconds": campaign.throttle.batch_delay_seconds,
            "mode": None if campaign.throttle.mode is Mode.BATCH else campaign.throttle.mode.value,
            "maxAttempts": campaign.retry.max_attempts,
            "baseDelaySeconds": campaign.retry.base_delay_seconds,
            "maxDelaySeconds": campaign.retry.max_delay_seconds,
            "onUnconfirmed": campaign.on_unconfirmed.value,
            "dailyCap": campaign.daily_cap,
            "autoResume": campaign.auto_resume or None,
            "totalRecipients": campaign.total_recipients,
            "createdAt": to_text(campaign.created_at),
            "createdBy": campaign.created_by,
        }
    )


def campaign_of(attributes: Attributes) -> Campaign:
    """A METADATA item as a campaign. Raises UnreadableError."""
    try:
        return _campaign(from_attributes(attributes))
    except DAMAGED as error:
        _, name = owner_of(attributes["PK"]["S"])
        raise UnreadableError(f"the campaign {name}") from error


def _campaign(item: dict[str, Any]) -> Campaign:
    return Campaign(
        campaign_id=item["campaignId"],
        sender_id=item["senderId"],
        name=item["name"],
        status=CampaignStatus(item["status"]),
        template_name=item["templateName"],
        template_language=item["templateLanguage"],
        template_params=parameters_of(item["templateParams"]),
        throttle=Throttle(
            item.get("messagesPerSecond"),
            item.get("batchSize"),
            Mode(item.get("mode", Mode.BATCH)),
            item.get("workers"),
            item.get("batchDelaySeconds"),
        ),
        retry=Retry(item.get("maxAttempts"), item["baseDelaySeconds"], item["maxDelaySeconds"]),
        on_unconfirmed=OnUnconfirmed(item["onUnconfirmed"]),
        daily_cap=item.get("dailyCap"),
        auto_resume=item.get("autoResume", False),
        total_recipients=item["totalRecipients"],
        shards=item.get("shards", 1),
        created_at=from_text(item["createdAt"]),
        started_at=instant(item, "startedAt"),
        paused_at=instant(item, "pausedAt"),
        completed_at=instant(item, "completedAt"),
        pause_cause=PauseCause(item["pauseCause"]) if "pauseCause" in item else None,
        paused_reason=item.get("pausedReason"),
        resume_at=instant(item, "resumeAt"),
        tick_at=instant(item, "tickAt"),
        created_by=item.get("createdBy"),
        held_seen=item.get("heldSeen", 0),
    )
