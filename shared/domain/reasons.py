"""What the codes of recipients mean, for people, and whether a failure may be tried again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

CAMPAIGN_CANCELLED = "CAMPAIGN_CANCELLED"
"""Shown, never stored: cancelling writes nothing to the recipients, however many wait."""

CANCELLED_WORDS = "never sent: the campaign was cancelled"

MAY_HAVE = "it may have gone out. Wait for a status, or decide: accept it, or send it again."
"""The end of the words for whoever is in doubt."""

_FOR_GOOD = frozenset({CAMPAIGN_CANCELLED, "OPTED_OUT"})

OWN_WORDS: Mapping[str, str] = {
    CAMPAIGN_CANCELLED: "The campaign was cancelled before their turn: nothing was sent.",
    "HELD": "Meta has the message and holds it for a quality check; a status will follow.",
    "PAUSED": "Meta has the message, but the template is paused; a status will follow.",
    "OPTED_OUT": "This person asked not to be written to: nothing was sent.",
    "UNREADABLE": "The stored record is damaged, or no message can be made of it: nothing was sent."
    " Repair it, then try again.",
    "NOT_CONNECTED": "Meta could not be reached: nothing was sent. Check network and address.",
    "REPLY_LOST": f"The connection broke or no answer came in time: {MAY_HAVE}",
    "REPLY_UNREADABLE": f"Meta said yes, but without a message id: {MAY_HAVE}",
    "WORKER_LOST": f"The process was killed with this person in hand: {MAY_HAVE}",
    "WORKER_CRASHED": f"An unexpected error during the very call: {MAY_HAVE}",
}
"""Codes that are ours, not Meta's."""


class Again(StrEnum):
    """Whether a failed message may be tried again because a person wants it."""

    YES = "yes"
    FORCED = "forced"  # the same would happen, unless the person knows better and insists
    NEVER = "never"  # the recipient wants none


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a code means, in words that say what to do, and whether trying again makes sense.

    `wait`: how long after the failure not, even then.
    """

    words: str
    again: Again = Again.YES
    wait: timedelta = timedelta()


Meanings = Callable[[str], Meaning]
"""Every code has one."""


def own_meaning(code: str) -> Meaning | None:
    """Of a code that is ours; None for Meta's."""
    words = OWN_WORDS.get(code)
    if words is None:
        return None
    return Meaning(words, Again.NEVER if code in _FOR_GOOD else Again.YES)
