"""What the API takes and answers about senders. A token goes in and never comes out."""

from typing import Annotated

from pydantic import Field, StringConstraints

from shared.domain.sender import Sender
from shared.http.answers import Answer, Instant, Success
from shared.http.models import CAP_LIMIT, ONE_LINE, as_pattern
from shared.http.present import text
from shared.http.request_model import Request
from shared.http.throttle_model import FASTEST, SLOWEST
from shared.usecases.manage_senders import Wanted

PHONE_NUMBER_ID = as_pattern(r"^[0-9]{3,25}$", "a phone-number id as WhatsApp Manager shows it")
ACCOUNT_ID = as_pattern(
    r"^[0-9]{3,25}$", "a WhatsApp Business Account id as WhatsApp Manager shows it"
)
ACCESS_TOKEN = as_pattern(r"^[\x21-\x7e]+$", "an access token, without blanks or line breaks")
"""Messages per second that Meta lets a trusted number send (80 without that)."""

Token = Annotated[str, Field(min_length=1, max_length=4096, pattern=ACCESS_TOKEN)]
Name = Annotated[str, StringConstraints(strip_whitespace=True)]


class _Settings(Request):
    name: Name | None = Field(default=None, min_length=1, max_length=120, pattern=ONE_LINE)
    business_account_id: str | None = Field(
        default=None,
        pattern=ACCOUNT_ID,
        description="The WhatsApp Business Account, whose templates can be listed then",
    )
    daily_limit: int | None = Field(
        default=None,
        ge=1,
        le=CAP_LIMIT,
        description="Conversations in 24 hours",
    )
    messages_per_second: float | None = Field(default=None, ge=SLOWEST, le=FASTEST)
    default: bool = Field(default=False, description="Campaigns that name no sender take this one")


class RegisterSender(_Settings):
    """A WhatsApp number to send from."""

    phone_number_id: str = Field(pattern=PHONE_NUMBER_ID)
    access_token: Token = Field(repr=False)  # not even into a debugging log

    def wanted(self) -> Wanted:
        """The same as the use case's input."""
        return Wanted(
            phone_number_id=self.phone_number_id,
            business_account_id=self.business_account_id,
            access_token=self.access_token,
            name=self.name,
            daily_limit=self.daily_limit,
            messages_per_second=self.messages_per_second,
            default=self.default,
        )


class ChangeSender(_Settings):
    """What is to be different; what is not named stays."""

    access_token: Token | None = Field(default=None, repr=False)

    def wanted(self) -> Wanted:
        """The same as the use case's input."""
        return Wanted(
            business_account_id=self.business_account_id,
            access_token=self.access_token,
            name=self.name,
            daily_limit=self.daily_limit,
            messages_per_second=self.messages_per_second,
            default=self.default,
        )


class SenderAnswer(Answer):
    """A sender. Limits that are null are the deployment's; the sender `default` is its own.

    `limitInForce`: conversations in 24 hours, the configured ones or what Meta is known to allow.
    `stopped`: until a person acts, or at `stoppedUntil`, if Meta said when its restriction ends.
    """

    sender_id: str
    name: str | None
    default: bool
    phone_number_id: str | None
    business_account_id: str | None
    display_number: str | None
    verified_name: str | None
    quality: str | None
    messaging_limit: str | None
    throughput: str | None
    can_send: str | None
    daily_limit: int | None
    limit_in_force: int
    messages_per_second: float | None
    stopped: bool
    stopped_until: Instant | None
    stop_reason: str | None
    created_at: Instant | None
    checked_at: Instant | None


class SenderFound(Success):
    """One sender."""

    sender: SenderAnswer


class SenderList(Success):
    """All senders of the tenant."""

    senders: list[SenderAnswer]


class SenderRemoved(Success):
    """It is gone, its token too."""

    sender_id: str


def sender_answer(sender: Sender, default: str | None, daily_limit: int) -> SenderAnswer:
    """A sender as shown; `default`: which of the tenant's is the default one.

    `daily_limit` is the deployment's.
    """
    facts = sender.facts
    return SenderAnswer(
        sender_id=sender.sender_id,
        name=sender.name,
        default=sender.sender_id == default,
        phone_number_id=sender.phone_number_id,
        business_account_id=sender.business_account_id,
        display_number=facts.display_number,
        verified_name=facts.verified_name,
        quality=facts.quality,
        messaging_limit=facts.messaging_limit,
        throughput=facts.throughput,
        can_send=facts.can_send,
        daily_limit=sender.daily_limit,
        limit_in_force=sender.limit(daily_limit),
        messages_per_second=sender.messages_per_second,
        stopped=sender.halted,
        stopped_until=text(sender.halted_until if sender.halted else sender.stopped_until),
        stop_reason=sender.stop_reason,
        created_at=text(sender.created_at),
        checked_at=text(sender.checked_at),
    )
