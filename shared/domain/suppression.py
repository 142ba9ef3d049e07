"""The suppression list of a tenant: who is not written to, since when, and who said so.

It holds for every sender and every campaign of the tenant, and for both spellings of a number.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.domain.access import SYSTEM, Actor
from shared.domain.phone import equivalent

OPTED_OUT = ("OPTED_OUT", "This person asked not to be written to.")
"""Code and words of a recipient that was left out."""


class Source(StrEnum):
    """How it is known that somebody must not be written to."""

    REPLY = "REPLY"  # the person answered with a word such as STOP
    BUTTON = "BUTTON"  # the same by a button of the template
    PREFERENCE = "PREFERENCE"  # the person's setting in WhatsApp, as Meta tells it
    META_131050 = "META_131050"  # the same setting, as a refusal of Meta tells it
    PERSON = "PERSON"  # somebody of the tenant
    IMPORT = "IMPORT"  # the same, by a file


SETTINGS = frozenset({Source.PREFERENCE, Source.META_131050})
"""What the person set in WhatsApp, and can take back there; all else only a person takes back."""


@dataclass(frozen=True, slots=True)
class Suppression:
    """One person on the list. `phone` is E.164 without the plus sign, and the identity.

    `since` and `source` are None only if the record is damaged: it holds all the same.
    """

    phone: str
    since: datetime | None
    source: Source | None
    actor: Actor = SYSTEM
    reason: str | None = None
    campaign_id: str | None = None  # what the person answered to

    def outweighs(self, known: "Suppression") -> bool:
        """Whether it must be stored though `known` is there.

        A wish is more than a setting, and a later setting more than an earlier one: it is not taken
        back by what was set in between.
        """
        if known.source not in SETTINGS:
            return False
        if self.source not in SETTINGS:
            return True
        since, earlier = self.since, known.since
        return since is not None and earlier is not None and since > earlier


def spellings(phone: str) -> tuple[str, ...]:
    """The numbers under which a person may be on the list: the wish is the person's."""
    other = equivalent(phone)
    return (phone, other) if other else (phone,)
