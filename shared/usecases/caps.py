"""What the caps leave: the sender's, over all campaigns, and the campaign's own."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from shared.domain.boundary import Boundary, Refusal
from shared.domain.campaign import Campaign
from shared.domain.quota import (
    DayCount,
    LimitWindow,
    QuotaView,
    Reservation,
    carried,
    frees_at,
)
from shared.domain.sender import Sender
from shared.ports import QuotaStore
from shared.usecases.executor_ports import Limits


class Allowance:
    """The daily cap of one sender.

    Yesterday's counter only ever falls (by units given back late), so reading it once a day errs on
    the safe side; whoever wants to know whether there is room again reads it anew.
    """

    def __init__(self, quota: QuotaStore, sender_id: str, limit: int, window: LimitWindow) -> None:
        self._quota = quota
        self._sender_id = sender_id
        self._limit = limit
        self._window = window
        self._yesterday: tuple[date, DayCount] | None = None  # by the day that it precedes

    def reservation(self, units: int, now: datetime) -> Reservation:
        """Ask for `units` at `now`; the guard decides when it is written."""
        room = self._limit - carried(self._before(now), now, self._window)
        return Reservation(now.date(), now.hour, units, room)

    def view(self, now: datetime) -> QuotaView:
        """What is used, and when there is room again."""
        today = self._quota.day(self._sender_id, now.date())
        yesterday = self._read_before(now)
        return QuotaView(
            used=today.total + carried(yesterday, now, self._window),
            limit=self._limit,
            window=self._window,
            resets_at=frees_at(today, yesterday, now, self._window),
        )

    def _before(self, now: datetime) -> DayCount:
        if self._yesterday is None or self._yesterday[0] != now.date():
            self._yesterday = now.date(), self._read_before(now)
        return self._yesterday[1]

    def _read_before(self, now: datetime) -> DayCount:
        if self._window is LimitWindow.CALENDAR:
            return DayCount()
        return self._quota.day(self._sender_id, now.date() - timedelta(days=1))


@dataclass(frozen=True, slots=True)
class CapReached:
    """Which cap is full, in words, and when to look again."""

    reason: str
    resume_at: datetime


class Caps:
    """Both caps of one campaign."""

    def __init__(
        self, quota: QuotaStore, campaign: Campaign, sender: Sender, limits: Limits
    ) -> None:
        self._quota = quota
        self._campaign = campaign
        self._sender = Allowance(
            quota,
            campaign.sender_id,
            sender.limit(limits.daily_limit),
            limits.limit_window,
        )

    def reservation(self, units: int, now: datetime) -> Reservation:
        """Ask the sender's cap for `units`."""
        return self._sender.reservation(units, now)

    def reached(self, now: datetime) -> CapReached | None:
        """The cap that has no room now, or None if both have."""
        view = self._sender.view(now)
        if not view.remaining:
            reason = f"Daily limit reached: {view.used}/{view.limit} conversations"
            return CapReached(reason, view.resets_at)
        own = self._campaign.daily_cap
        if own is None:
            return None
        used = self._quota.campaign_day(self._campaign.campaign_id, now.date())
        if used < own:
            return None
        midnight = datetime.combine(now.date(), time(), UTC) + timedelta(days=1)
        return CapReached(f"The campaign's own daily cap is reached: {used}/{own}", midnight)


def fitting(boundary: Boundary, refusal: Refusal) -> frozenset[str]:
    """The ids of those claims of a refused boundary that the caps still have room for.

    What the settled claims give back is room only if it was counted on the same day: after midnight
    it returns to yesterday's counter, and is not for this boundary.
    """
    reserved, spent = boundary.reservation, boundary.spent
    same_day = reserved is not None and spent is not None and reserved.day == spent.day
    free = len(boundary.claims)
    if refusal.campaign_total is not None and boundary.own_cap is not None:
        returned = boundary.returned_claims if same_day else 0
        free = boundary.own_cap - refusal.campaign_total + returned
    units = len(boundary.claims)
    if refusal.day_total is not None and reserved is not None:
        units = reserved.room - refusal.day_total + (boundary.returned_units if same_day else 0)
    fit: set[str] = set()
    for claim in boundary.claims:
        if len(fit) < free and (units > 0 or not claim.charged):
            units -= claim.charged
            fit.add(claim.claim_id)
    return frozenset(fit)
