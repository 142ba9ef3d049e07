"""Which recipients of a campaign somebody wants to see."""

from dataclasses import dataclass
from datetime import datetime

from shared.domain.recipient import RecipientStatus


@dataclass(frozen=True, slots=True)
class Search:
    """All that is given must hold. `phone`: the first digits of it, without a plus sign."""

    status: RecipientStatus | None = None
    phone: str = ""
    code: str | None = None
    replied: bool | None = None

    @property
    def filters(self) -> bool:
        """Whether people are read that are not wanted; a beginning of the phone needs no such."""
        return (self.status, self.code, self.replied) != (None, None, None)


@dataclass(frozen=True, slots=True)
class Waiting:
    """When the first and the last of those who wait are due."""

    earliest: datetime
    latest: datetime
