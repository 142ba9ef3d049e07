"""What can go wrong about templates; each has a row in the HTTP error table."""

from shared.domain.campaign import DEFAULT_SENDER
from shared.domain.errors import DomainError


class AccountUnknownError(DomainError):
    """Nobody has said yet which WhatsApp Business Account a number belongs to."""

    def __init__(self, sender_id: str) -> None:
        where = (
            "set META_BUSINESS_ACCOUNT_ID in the deployment's settings"
            if sender_id == DEFAULT_SENDER
            else f"enter it with PATCH /api/senders/{sender_id} as businessAccountId"
        )
        super().__init__(
            "Templates belong to a WhatsApp Business Account, and that of this number is not known."
            f" WhatsApp Manager shows its id: {where}. The first webhook of a message tells it too."
        )


class TemplatesRefusedError(DomainError):
    """Meta does not show an account's templates: another account, or a token that may not."""

    def __init__(self, said: str) -> None:
        super().__init__(
            f"Meta refused to list the templates: {said}. Check businessAccountId, and that the "
            "access token may use whatsapp_business_management for that account."
        )
