"""Everything that can go wrong by the domain's rules; each has a row in the HTTP error table."""

from collections.abc import Sequence
from typing import Any

from shared.domain.campaign import Action, CampaignStatus


class DomainError(Exception):
    """Base of the errors that a caller can do something about; the message says what."""

    def __init__(self, message: str, details: Sequence[dict[str, Any]] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.details = list(details)


class CampaignNotFoundError(DomainError):
    """No campaign has this id."""

    def __init__(self, campaign_id: str) -> None:
        super().__init__(
            f"No campaign has the id {campaign_id!r}. List them with GET /api/campaigns."
        )


class InvalidTransitionError(DomainError):
    """The action does not lead anywhere from the campaign's present state."""

    def __init__(self, action: Action, status: CampaignStatus) -> None:
        super().__init__(f"Cannot {action.value} campaign in {status.value} status")


class NoRecipientsError(DomainError):
    """A campaign without recipients can't start."""

    def __init__(self) -> None:
        super().__init__(
            "The campaign has no recipients. "
            "Upload a list with POST /api/campaigns/{id}/populate first."
        )


class CampaignNotRunningError(DomainError):
    """A batch was asked of a campaign that is not RUNNING."""

    def __init__(self, status: CampaignStatus) -> None:
        super().__init__(f"Cannot execute a batch of a campaign in {status.value} status")


class CampaignClosedError(DomainError):
    """Recipients were added to a campaign that has ended."""

    def __init__(self, status: CampaignStatus) -> None:
        super().__init__(
            f"The campaign is {status.value}; recipients can't be added any more. "
            "Create a new campaign."
        )


class CampaignOpenError(DomainError):
    """A campaign that may still send was to be deleted."""

    def __init__(self, status: CampaignStatus) -> None:
        super().__init__(f"The campaign is {status.value}. Cancel it first, then delete it.")


class CampaignNotDraftError(DomainError):
    """The settings of a campaign were to be changed after its start."""

    def __init__(self, status: CampaignStatus) -> None:
        super().__init__(
            f"The campaign is {status.value}; only a DRAFT can be changed. "
            "Make a new one of it with POST /api/campaigns/{id}/duplicate."
        )


class TextsFrozenError(DomainError):
    """Template or texts were to be changed after the list was uploaded."""

    def __init__(self) -> None:
        super().__init__(
            "The list is uploaded, and everybody's texts were rendered from it: template and texts "
            "can't be changed any more. Duplicate the campaign, and upload the list again."
        )


class NotRetryableError(DomainError):
    """Somebody was to be sent to again in a campaign that sends no more, or has not begun."""

    def __init__(self, status: CampaignStatus) -> None:
        super().__init__(
            f"The campaign is {status.value}; nobody can be sent to again in it. "
            "Only a RUNNING, PAUSED or COMPLETED one can do that; any can be duplicated."
        )


class ErasureNotFoundError(DomainError):
    """No order to erase has this id."""

    def __init__(self, erasure_id: str) -> None:
        super().__init__(f"No erasure has the id {erasure_id!r}. List them with GET /api/erasures.")


class AudienceError(DomainError):
    """The uploaded file as a whole can't be used; nothing was stored."""


class ListChangedError(AudienceError):
    """The file of an import is not the one that was checked any more, or is gone."""

    def __init__(self) -> None:
        super().__init__(
            "The file was changed or removed after the import was started. Make a new import."
        )


class ImportNotFoundError(DomainError):
    """No import of the campaign has this id."""

    def __init__(self, import_id: str) -> None:
        super().__init__(
            f"No import of this campaign has the id {import_id!r}. List them with GET …/imports."
        )


class FileMissingError(DomainError):
    """An import was started before its file was there."""

    def __init__(self) -> None:
        super().__init__(
            "The file is not there yet. Upload it with PUT to the address that the import came "
            "with, then start. If that address is older than an hour, make a new import."
        )


class InvalidCursorError(DomainError):
    """A page cursor that this system did not hand out, or not for this list."""

    def __init__(self) -> None:
        super().__init__(
            "The cursor is not valid here. Use the nextCursor of the previous page as it was."
        )


class SenderNotFoundError(DomainError):
    """No sender of the tenant has this id."""

    def __init__(self, sender_id: str) -> None:
        super().__init__(f"No sender has the id {sender_id!r}. List them with GET /api/senders.")


class EndpointNotFoundError(DomainError):
    """No endpoint of the tenant has this id."""

    def __init__(self, endpoint_id: str) -> None:
        super().__init__(
            f"No webhook endpoint has the id {endpoint_id!r}. "
            "List them with GET /api/webhook-endpoints."
        )


class TooManyEndpointsError(DomainError):
    """A tenant has as many endpoints as it can."""

    def __init__(self, most: int) -> None:
        super().__init__(f"There are {most} webhook endpoints already. Remove one first.")


class EndpointUrlError(DomainError):
    """An address that nothing is sent to."""

    def __init__(self, why: str) -> None:
        super().__init__(f"The url can't be used. {why}")


class NoSenderError(DomainError):
    """A campaign was created by a tenant without any number to send from."""

    def __init__(self) -> None:
        super().__init__(
            "There is no WhatsApp number to send from yet. Register one with POST /api/senders."
        )


class NumberTakenError(DomainError):
    """A number was registered that a sender has already: its limit at Meta exists only once."""

    def __init__(self) -> None:
        super().__init__("This phone-number id belongs to a sender already.")


class NumberRefusedError(DomainError):
    """Meta does not know the number, or not with this token."""


class LimitTooHighError(DomainError):
    """A daily limit above what Meta allows the number."""

    def __init__(self, wanted: int, most: int) -> None:
        super().__init__(
            f"dailyLimit is {wanted}, but Meta allows this number {most} conversations in 24 hours."
            " Stay below it: other software may use the same allowance."
        )


class SenderInUseError(DomainError):
    """A sender can't go while campaigns need it."""

    def __init__(self, campaigns: int) -> None:
        super().__init__(
            f"{campaigns} campaigns that have not ended send from this number."
            " Cancel them, or wait."
        )


class SenderFixedError(DomainError):
    """The sender of the environment was to be changed through the API."""

    def __init__(self) -> None:
        super().__init__(
            "The sender 'default' is described by the deployment's settings (META_*, "
            "WHATSAPP_DAILY_LIMIT): change them there, or register another sender."
        )


class TooFastError(DomainError):
    """A campaign wants more messages a second than its number may send."""

    def __init__(self, wanted: float, most: float) -> None:
        super().__init__(
            f"The campaign wants {wanted:g} messages a second, but Meta takes {most:g} from this "
            "number. Lower its pace, or leave it out. If Meta has raised the number's limit, have "
            "it asked anew: POST /api/senders/{id}/check, for registered senders."
        )


class SenderUnusableError(DomainError):
    """A sender that a campaign names can't send: it is gone, or its token can't be found."""


class ProviderUnavailableError(DomainError):
    """Meta could not be reached, or had no answer that can be read. Trying again is safe."""


class UnreadableError(DomainError):
    """A stored record is not what this system writes: edited by hand, or by another version."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"The stored record of {what} can't be read. Nothing is done with it until it is "
            "restored or repaired; docs/operations.md says how."
        )


class StoreUnavailableError(DomainError):
    """The database could not be reached or kept refusing. Trying again is safe."""

    def __init__(
        self, message: str = "The database is not available. Try again in a moment."
    ) -> None:
        super().__init__(message)
