"""Who is not written to at all: looked up when a batch begins, and made sure of by every claim.

The suppression list has a version that every addition raises. It is read before the people are
looked up, and every boundary with claims has the condition that it still stands. So an opt-out that
was committed before a claim is never sent to: the claim is refused, and the people are looked up
again.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from datetime import timedelta

from shared.domain.access import SYSTEM
from shared.domain.batch import Candidate
from shared.domain.boundary import Boundary, Claim, Lease, Skip
from shared.domain.campaign import Campaign, Event, What
from shared.domain.recipient import Recipient
from shared.domain.suppression import OPTED_OUT
from shared.usecases.executor_ports import ExecutorPorts

_SKIPS_AT_ONCE = 90


class Screening:
    """The screening of one batch. `version` is the list's, as of the last look at it."""

    def __init__(self, ports: ExecutorPorts, campaign: Campaign, lease: Lease) -> None:
        self.version = 0
        self.skipped = 0
        self._ports = ports
        self._campaign = campaign
        self._lease = lease

    def passed(self, recipients: Sequence[Recipient]) -> Sequence[Recipient]:
        """Those who may be written to as of now; the others become SKIPPED."""
        self.version = self._ports.suppressions.version()
        if not self.version or not recipients:  # nobody ever asked
            return recipients
        asked = self._ports.suppressions.among([each.phone for each in recipients])
        skips = [Skip(each, *OPTED_OUT) for each in recipients if each.phone in asked]
        self.skipped += write_skips(self._ports, self._campaign, skips, self._lease)
        return [each for each in recipients if each.phone not in asked]

    def again(self, claims: Sequence[Claim], waiting: deque[Candidate]) -> list[Claim]:
        """Those of the claims that may still be made; who may not be is no longer waiting either.

        For a claim that was refused because somebody was added to the list.
        """
        claimed = [claim.recipient for claim in claims]
        people = self.passed(claimed + [candidate.recipient for candidate in waiting])
        passed = {recipient.phone for recipient in people}
        still = [candidate for candidate in waiting if candidate.recipient.phone in passed]
        waiting.clear()
        waiting.extend(still)
        return [claim for claim in claims if claim.recipient.phone in passed]


def write_skips(
    ports: ExecutorPorts,
    campaign: Campaign,
    skips: Iterable[Skip],
    lease: Lease,
    what: What | None = None,
) -> int:
    """Write the skips, without those whom somebody else took meanwhile; how many were written.

    With `what`, the campaign's history says so.
    """
    done, left = 0, list(skips)
    while left:
        some = tuple(left[:_SKIPS_AT_ONCE])
        now = ports.clock.now()
        event = None
        if what:
            why, details = some[0].message, {"recipients": len(some)}
            event = Event(campaign.campaign_id, now, what, SYSTEM, why, details)
        boundary = Boundary(
            campaign.campaign_id, campaign.sender_id, lease, now, skipped=some, event=event
        )
        refusal = ports.boundaries.write(boundary, now + timedelta(seconds=5))
        if refusal is None:
            done += len(some)
            left = left[_SKIPS_AT_ONCE:]
        else:
            left = [skip for skip in left if skip.recipient.phone not in refusal.taken]
    return done
