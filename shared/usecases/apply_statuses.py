"""Applies status webhooks: each recipient's story, its campaign's counters, and what follows.

Safe to repeat, in any order and in parallel: what an update means is decided from the recipient as
it is, and written only if it is still so.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from shared.domain.campaign import TERMINAL, Campaign, OnUnconfirmed
from shared.domain.errors import CampaignNotFoundError, StoreUnavailableError, UnreadableError
from shared.domain.evidence import Change, Outdated, Relation, Rules, learn, relation
from shared.domain.outcome import Outcome, OutcomeKind
from shared.domain.recipient import OPEN, Place, Recipient, RecipientStatus
from shared.domain.settling import RetryPolicy
from shared.domain.suppression import Source, Suppression
from shared.domain.updates import Reference, StatusKind, StatusUpdate
from shared.usecases.decisions import complete_if_done
from shared.usecases.evidence_ports import AT_ONCE, EvidencePorts
from shared.usecases.reactions import Reactions

PATIENCE = timedelta(seconds=10)
"""How long one write tries to get past conflicts."""

_ROUNDS = 8  # how often recipients that move under our hands are read again
_BEYOND_ONE = frozenset(
    {OutcomeKind.THROTTLED, OutcomeKind.CAMPAIGN_ERROR, OutcomeKind.SENDER_ERROR}
)
_NOT_REACHED = frozenset({RecipientStatus.FAILED, RecipientStatus.PENDING})


@dataclass(slots=True)
class Applied:
    """What became of a number of updates.

    `later`: the recipient is still in a worker's hands, ask again. `unknown`: nobody is known under
    what they name, yet or any more. The rest was applied, or told nothing new.
    """

    changed: int = 0  # recipients
    later: list[StatusUpdate] = field(default_factory=list)
    unknown: list[StatusUpdate] = field(default_factory=list)


def apply_statuses(ports: EvidencePorts, updates: Sequence[StatusUpdate]) -> Applied:
    """Apply status updates of one tenant, in any order.

    Raises StoreUnavailableError: then some may be applied and others not, and all shall be given
    again.
    """
    applied = Applied()
    by_campaign: dict[str, dict[Place, list[StatusUpdate]]] = defaultdict(lambda: defaultdict(list))
    for update, place in _located(ports, updates, applied):
        by_campaign[place.campaign_id][place].append(update)
    for campaign_id, by_place in by_campaign.items():
        places = list(by_place)
        for start in range(0, len(places), AT_ONCE):
            some = {place: by_place[place] for place in places[start : start + AT_ONCE]}
            _Some(ports, campaign_id, some, applied).apply()
    return applied


def _located(
    ports: EvidencePorts, updates: Iterable[StatusUpdate], applied: Applied
) -> Iterator[tuple[StatusUpdate, Place]]:
    """With the recipient that each is about: by our reference, else by message id."""
    bare = [update for update in updates if update.reference is None]
    found = ports.evidence.find(sorted({update.message_id for update in bare})) if bare else {}
    for update in updates:
        if update.reference is not None:
            named = update.reference
            if named.of_trial:
                _heed_trial(ports, named, update)
                continue
            yield update, Place(named.campaign_id, named.phone, named.shard)
        elif update.message_id in found:
            yield update, found[update.message_id]
        else:
            applied.unknown.append(update)


def _heed_trial(ports: EvidencePorts, named: Reference, update: StatusUpdate) -> None:
    """A test send is no recipient's; but who wants no messages wants none, whatever told it."""
    if update.failure and update.failure.suppress:
        source, campaign_id = Source.META_131050, named.campaign_id
        wish = Suppression(named.phone, update.at, source, campaign_id=campaign_id)
        ports.suppressions.add([wish])


class _Some:
    """The updates of some recipients of one campaign: one write, if nobody interferes."""

    def __init__(
        self,
        ports: EvidencePorts,
        campaign_id: str,
        updates: Mapping[Place, Sequence[StatusUpdate]],
        applied: Applied,
    ) -> None:
        self._ports = ports
        self._campaign_id = campaign_id
        self._updates = updates
        self._applied = applied
        self._campaign: Campaign | None = None
        self._reacted: set[str | None] = set()

    def apply(self) -> None:
        """Read, decide, write; who moved meanwhile is read again."""
        for _ in range(_ROUNDS):
            changes, later, unknown = self._decide()
            if changes and self._write(changes) is not None:
                continue
            self._applied.changed += len(changes)
            self._applied.later += later
            self._applied.unknown += unknown
            if any(c.before.status in OPEN and c.after.status not in OPEN for c in changes):
                complete_if_done(self._ports, self._campaign_id)
            return
        raise StoreUnavailableError

    def _write(self, changes: Sequence[Change]) -> Outdated | None:
        sender_id = self._campaign.sender_id if self._campaign else ""
        give_up_at = self._ports.clock.now() + PATIENCE
        return self._ports.evidence.write(self._campaign_id, sender_id, changes, give_up_at)

    def _decide(self) -> tuple[list[Change], list[StatusUpdate], list[StatusUpdate]]:
        """What changes, what must wait for a worker, and what is about nobody that we know."""
        changes: list[Change] = []
        later: list[StatusUpdate] = []
        unknown: list[StatusUpdate] = []
        self._campaign = self._read_campaign()
        places = {place.phone: place.shard for place in self._updates}
        people = self._ports.evidence.recipients(self._campaign_id, places)
        for place, updates in self._updates.items():
            recipient = people.get(place.phone)
            if recipient is None:
                unknown += updates
            elif recipient.status is RecipientStatus.SENDING:
                later += updates
            else:
                known = [u for u in updates if relation(recipient, u) is not Relation.NONE]
                unknown += [update for update in updates if update not in known]
                changes += self._change(recipient, known)
        return self._closing(changes), later, unknown

    def _read_campaign(self) -> Campaign | None:
        """Only failures need it: whether it goes on, and how it tries again."""
        updates = (update for some in self._updates.values() for update in some)
        if not any(update.kind is StatusKind.FAILED for update in updates):
            return None
        try:
            return self._ports.campaigns.get(self._campaign_id)
        except (CampaignNotFoundError, UnreadableError):
            return None

    def _change(self, recipient: Recipient, updates: Iterable[StatusUpdate]) -> Iterator[Change]:
        after = recipient
        for update in updates:
            before, after = after, learn(after, update, self._rules())
            if after is not before and update.failure is not None:
                self._react(recipient, update.failure, update.at)
        if after is not recipient:
            yield Change(recipient, after)

    def _rules(self) -> Rules:
        now, campaign = self._ports.clock.now(), self._campaign
        if campaign is None:
            return Rules(RetryPolicy(0, 0, 0, OnUnconfirmed.HOLD), False, now, 0)
        policy = RetryPolicy.of(campaign, self._ports.settings.max_attempts)
        goes_on = campaign.status not in TERMINAL
        return Rules(policy, goes_on, now, self._ports.chance.fraction())

    def _react(self, recipient: Recipient, failure: Outcome, at: datetime) -> None:
        """Before anything is written: who dies in between is given the update again."""
        if failure.suppress:
            source, campaign_id = Source.META_131050, recipient.campaign_id
            wish = Suppression(recipient.phone, at, source, campaign_id=campaign_id)
            self._ports.suppressions.add([wish])
        if self._campaign and failure.kind in _BEYOND_ONE and failure.code not in self._reacted:
            self._reacted.add(failure.code)
            Reactions(self._ports, self._campaign).to(failure)

    def _closing(self, changes: Sequence[Change]) -> list[Change]:
        """With the conversations that failed messages did not open after all."""
        failed = [c for c in changes if c.after.status in _NOT_REACHED]
        if not failed or self._campaign is None:
            return list(changes)
        phones = [change.before.phone for change in failed]
        contacts = self._ports.contacts.contacts(self._campaign.sender_id, phones)
        return [
            replace(change, closes=contact.opened_at)
            if (contact := contacts.get(change.before.phone))
            and change.after.status in _NOT_REACHED
            and contact.opened_at == change.before.claimed_at
            else change
            for change in changes
        ]
