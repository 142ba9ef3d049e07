"""What changing drafts needs."""

from typing import Protocol

from shared.domain.campaign import Campaign, Event


class DraftStore(Protocol):
    """The settings of campaigns that were not started yet."""

    def change(self, before: Campaign, after: Campaign, event: Event) -> None:
        """Write those settings that differ, atomically with the event.

        Raises CampaignNotFoundError, CampaignNotDraftError, and TextsFrozenError if template or
        texts differ and there are recipients.
        """
        ...
