"""News of templates, numbers and accounts: what they stop, what they let go on, who is told.

Safe to repeat and in any order: of each subject only the latest news by Meta's instant counts, and
what was applied once is not applied again, so that a repetition can't undo what a person did since.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from shared.domain.access import SYSTEM
from shared.domain.campaign import (
    Action,
    Campaign,
    CampaignStatus,
    Event,
    PauseCause,
    What,
)
from shared.domain.errors import CampaignNotFoundError, UnreadableError
from shared.domain.instants import to_text
from shared.domain.sender import ACCOUNT_STOPS, NumberFacts, Owner
from shared.domain.updates import AccountChange, Change, LimitChange, NumberChange, TemplateChange
from shared.usecases.account_ports import AccountPorts, NumberOwners
from shared.usecases.decisions import pause
from shared.usecases.executor_ports import ExecutorPorts

_CAN_BE_RESUMED = " The campaign can be resumed."


@dataclass(frozen=True, slots=True)
class _Line:
    """One of our numbers, with everything of its tenant.

    `digits`: the number as people see it. `heard_at`: when the news were first heard of.
    """

    ports: ExecutorPorts
    sender_id: str
    digits: str | None
    heard_at: datetime


def take_account_news(
    ports: AccountPorts, owner_of: NumberOwners, account: str, changes: Sequence[Change]
) -> list[str]:
    """Apply what Meta tells of one account; the reasons why something could not be used.

    Raises StoreUnavailableError: then all of it shall be given again.
    """
    lines = list(_lines(ports, owner_of, account)) if account else []
    if not lines:
        return ["an account without numbers here" for _ in changes]
    unused = []
    for change in changes:
        concerned = [each for each in lines if _is_about(change, each)]
        if not concerned:
            unused.append("a number that is not known")
            continue
        _settle(ports, account, change, concerned)
    return unused


def _lines(ports: AccountPorts, owner_of: NumberOwners, account: str) -> Iterator[_Line]:
    for number, digits in ports.accounts.numbers(account).items():
        owner = owner_of(number)
        if owner is not None:
            yield _line(ports, owner, digits)


def _line(ports: AccountPorts, owner: Owner, digits: str | None) -> _Line:
    own = ports.tenant(owner.tenant_id)
    if digits is None:
        shown = own.senders.get(owner.sender_id).facts.display_number or ""
        digits = "".join(filter(str.isdigit, shown))
    return _Line(own, owner.sender_id, digits, ports.clock.now())


def _is_about(change: Change, line: _Line) -> bool:
    return not isinstance(change, NumberChange) or line.digits == change.display_number


def _settle(ports: AccountPorts, account: str, change: Change, lines: Sequence[_Line]) -> None:
    """Apply the latest news of the subject. Whoever was overtaken meanwhile applies the later."""
    subject = _subject(change)
    latest = ports.accounts.note(account, subject, change)
    while latest is not None:
        for line in lines:
            _apply(replace(line, heard_at=latest.at), latest.change)
        latest = ports.accounts.applied(account, subject, latest.change)


def _subject(change: Change) -> str:
    """What only the latest news counts of; what changes no state is a subject of its own."""
    match change:
        case TemplateChange(usable=bool()):
            return f"TEMPLATE#{change.language}#{change.name}"
        case LimitChange():
            return "LIMIT"
        case NumberChange(quality=str()):
            return f"QUALITY#{change.display_number}"
        case NumberChange(throughput=str()):
            return f"THROUGHPUT#{change.display_number}"
        case AccountChange(free=bool()):
            return "ACCOUNT"
        case _:
            return f"TOLD#{_mark(change)}"


def _mark(change: Change) -> str:
    return hashlib.sha256(repr(change).encode()).hexdigest()[:16]


def _apply(line: _Line, change: Change) -> None:
    match change:
        case TemplateChange():
            _template(line, change)
        case NumberChange():
            facts = NumberFacts(quality=change.quality, throughput=change.throughput)
            line.ports.senders.tell(line.sender_id, facts)
            _tell_all(line, change, What.NUMBER_CHANGED)
        case LimitChange():
            _limit(line, change)
        case AccountChange():
            _account(line, change)


def _template(line: _Line, change: TemplateChange) -> None:
    for campaign in _open_campaigns(line):
        if (campaign.template_name, campaign.template_language) != (change.name, change.language):
            continue
        if change.usable is False:
            _stop(line, campaign, change, PauseCause.TEMPLATE, What.TEMPLATE_CHANGED)
        elif change.usable:
            _let_go(line, campaign, change, PauseCause.TEMPLATE, What.TEMPLATE_CHANGED)
        else:
            _tell(line, campaign, change, What.TEMPLATE_CHANGED)


def _limit(line: _Line, change: LimitChange) -> None:
    """Campaigns at their cap look again at once: there may be room now."""
    line.ports.senders.tell(line.sender_id, NumberFacts(messaging_limit=change.messaging_limit))
    _tell_all(line, change, What.NUMBER_CHANGED)
    now = line.ports.clock.now()
    for campaign in _open_campaigns(line):
        if campaign.pause_cause is PauseCause.DAILY_LIMIT:
            line.ports.campaigns.postpone(campaign.campaign_id, PauseCause.DAILY_LIMIT, now)


def _account(line: _Line, change: AccountChange) -> None:
    """The sender first: from then on nothing of it is claimed, whatever its campaigns say."""
    senders, sender_id = line.ports.senders, line.sender_id
    if change.free is None:
        _tell_all(line, change, What.ACCOUNT_CHANGED)
    elif change.free:
        senders.release(sender_id, only=ACCOUNT_STOPS)
        cause = None if senders.get(sender_id).halted else PauseCause.SENDER_STOPPED
        for campaign in _open_campaigns(line):
            _let_go(line, campaign, change, cause, What.ACCOUNT_CHANGED)
    else:
        senders.block(sender_id, line.ports.clock.now(), change.words, change.until)
        for campaign in _open_campaigns(line):
            until = change.until if campaign.auto_resume else None
            cause = PauseCause.SENDER_STOPPED
            _stop(line, campaign, change, cause, What.ACCOUNT_CHANGED, until)


def _stop(
    line: _Line,
    campaign: Campaign,
    change: TemplateChange | AccountChange,
    cause: PauseCause,
    what: What,
    until: datetime | None = None,
) -> None:
    """Pause it, with the words as the reason; who is paused already is told them."""
    if campaign.status is CampaignStatus.RUNNING:
        pause(line.ports, campaign.campaign_id, cause, change.words, until)
    elif (campaign.pause_cause, campaign.paused_reason) != (cause, change.words):
        if until and campaign.pause_cause is cause:
            line.ports.campaigns.postpone(campaign.campaign_id, cause, until)
        _tell(line, campaign, change, what)


def _let_go(
    line: _Line,
    campaign: Campaign,
    change: TemplateChange | AccountChange,
    cause: PauseCause | None,
    what: What,
) -> None:
    """Resume who is paused for `cause` and asked for it; tell the others that they can."""
    if campaign.status is CampaignStatus.RUNNING:
        return
    if campaign.pause_cause is not cause:
        _tell(line, campaign, change, what)
    elif campaign.auto_resume:
        now = line.ports.clock.now()
        event = Event(campaign.campaign_id, now, What.RESUMED, SYSTEM, change.words)
        line.ports.campaigns.control(campaign.campaign_id, Action.RESUME, event, only_cause=cause)
    else:
        _tell(line, campaign, replace(change, words=change.words + _CAN_BE_RESUMED), what)


def _tell_all(line: _Line, change: Change, what: What) -> None:
    for campaign in _open_campaigns(line):
        _tell(line, campaign, change, what)


def _tell(line: _Line, campaign: Campaign, change: Change, what: What) -> None:
    """A line in the history of a campaign that is under way; the same however often it is told."""
    details = {"toldAt": to_text(change.at)}
    event = Event(campaign.campaign_id, line.heard_at, what, SYSTEM, change.words, details)
    line.ports.history.note(event, mark=_mark(change))


def _open_campaigns(line: _Line) -> Iterator[Campaign]:
    """Those of the sender that are under way, each as of now."""
    for campaign_id in line.ports.campaigns.open_of(line.sender_id):
        try:
            campaign = line.ports.campaigns.get(campaign_id)
        except (CampaignNotFoundError, UnreadableError):
            continue
        if campaign.status in (CampaignStatus.RUNNING, CampaignStatus.PAUSED):
            yield campaign
