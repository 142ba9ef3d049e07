"""When Meta holds so many messages for a quality check that sending on would only add to them."""

from shared.domain.recipient import RecipientStatus
from shared.domain.stats import Stats

LEAST = 10
"""Fewer held messages say nothing; so many more must come before the same campaign stops again."""

_SHARE = 4  # one in so many of those that Meta took


def too_many_held(stats: Stats, seen: int = 0) -> bool:
    """Whether a campaign should stop; `seen` were held when it last did, and a person went on."""
    held = stats[RecipientStatus.HELD]
    return held >= seen + LEAST and held * _SHARE >= taken(stats)


def taken(stats: Stats) -> int:
    """How many messages Meta has taken and not failed since."""
    return stats.sent + stats[RecipientStatus.HELD]
