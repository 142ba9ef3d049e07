"""Statuses of messages that went out: what they do to recipients, counters, campaign and sender."""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from functions.wiring import Services
from shared.channels.error_codes import classify
from shared.domain.campaign import Action, CampaignStatus, PauseCause, Throttle
from shared.domain.errors import StoreUnavailableError
from shared.domain.outcome import Outcome, OutcomeKind
from shared.domain.recipient import Recipient, RecipientStatus
from shared.domain.settling import DEFER_WAIT
from shared.domain.stats import Standing
from shared.domain.updates import Reference, StatusKind, StatusUpdate
from shared.usecases.apply_statuses import Applied, apply_statuses
from tests.support.campaigns import (
    MINUTE,
    act,
    assert_adds_up,
    batch,
    everybody,
    new_campaign,
    phones,
    running,
    states,
)
from tests.support.edges import RecordingChannel
from tests.support.processes import die_in_call, tick_now

R, K = RecipientStatus, StatusKind
NOBODY = "15550000000"


def update(
    services: Services,
    kind: StatusKind,
    recipient: Recipient,
    code: int | None = None,
    at: datetime | None = None,
) -> StatusUpdate:
    """What Meta would tell of the recipient's last message."""
    reference = Reference(recipient.campaign_id, recipient.phone, recipient.claim or "")
    failure = classify(400, {"code": code, "message": "why"}) if code else None
    moment = at or services.clock.now()
    return StatusUpdate(kind, moment, recipient.message_id or "wamid.?", reference, failure)


def hear(services: Services, *updates: StatusUpdate) -> Applied:
    return apply_statuses(services, updates)


def sent(services: Services, count: int = 1) -> tuple[str, list[Recipient]]:
    """A campaign whose messages Meta took; somebody is left, so that it goes on."""
    campaign_id = running(services, phones(count + 1), throttle=Throttle(batch_size=count))
    batch(services, campaign_id)
    people = everybody(services, campaign_id)
    return campaign_id, [p for p in people.values() if p.status is not R.PENDING]


def one(services: Services, campaign_id: str, phone: str) -> Recipient:
    found = services.recipients.get(campaign_id, phone)
    assert found is not None
    return found


def recount(services: Services, campaign_id: str) -> Counter[str]:
    counters: Counter[str] = Counter()
    for person in everybody(services, campaign_id).values():
        counters.update(Standing.of(person).counters())
    return counters


def stored(services: Services, campaign_id: str) -> Counter[str]:
    """All counters of people, summed over the shards, behind the back of the stores."""
    sums: Counter[str] = Counter()
    for item in services._dynamodb.query(
        TableName=services.settings.campaigns_table,
        KeyConditionExpression="PK = :pk AND begins_with(SK, :stats)",
        ExpressionAttributeValues={
            ":pk": {"S": f"CAMPAIGN#{campaign_id}"},
            ":stats": {"S": "STATS#"},
        },
        ConsistentRead=True,
    )["Items"]:
        for name, value in item.items():
            if "N" in value and not name.startswith("RETRY_"):
                sums[name] += int(value["N"])
    return Counter({name: number for name, number in sums.items() if number})


def test_a_message_is_followed_from_sent_to_read(deployment: Services) -> None:
    campaign_id, (person,) = sent(deployment)
    at = [deployment.clock.now() + timedelta(seconds=n) for n in range(3)]

    news = [
        update(deployment, kind, person, at=at[n])
        for n, kind in enumerate([K.SENT, K.DELIVERED, K.READ])
    ]
    applied = hear(deployment, *news)

    after = one(deployment, campaign_id, person.phone)
    assert (after.status, after.delivered_at, after.read_at) == (R.READ, at[1], at[2])
    assert (after.sent_at, after.message_id) == (person.sent_at, person.message_id)
    assert applied == Applied(changed=1)
    stats = deployment.campaigns.stats(campaign_id)
    assert (stats.sent, stats.delivered, stats[R.READ]) == (1, 1, 1)


def test_shuffled_repeated_and_parallel_news_end_the_same_and_are_counted_once(
    deployment: Services,
) -> None:
    # given
    people = 24
    campaign_id, them = sent(deployment, people)
    fates = [
        [K.SENT, K.DELIVERED, K.READ],
        [K.DELIVERED],
        [K.SENT],
        [K.FAILED, K.DELIVERED],
        [K.SENT, K.FAILED],
    ]
    dice = random.Random(5)
    news = [
        update(deployment, kind, person, code=131026 if kind is K.FAILED else None)
        for n, person in enumerate(them)
        for kind in fates[n % len(fates)]
    ]
    news += dice.sample(news, len(news) // 3)
    dice.shuffle(news)

    # when four processes hear them at once
    parts = [news[n::4] for n in range(4)]
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda part: hear(deployment, *part), parts))

    # then
    wanted = Counter({R.READ: 5, R.DELIVERED: 10, R.SENT: 5, R.FAILED: 4, R.PENDING: 1})
    assert states(deployment, campaign_id) == wanted
    assert stored(deployment, campaign_id) == recount(deployment, campaign_id)
    assert_adds_up(deployment, campaign_id, people + 1)


class InTheWay:
    """The store of evidence; right before a write of ours somebody else writes, so many times."""

    def __init__(self, services: Services, person: Recipient, times: int) -> None:
        self._services, self._store = services, services.evidence
        self._news = [
            update(services, K.READ, person, at=services.clock.now() - timedelta(seconds=n))
            for n in range(times)
        ]

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    def write(self, *args: object) -> object:
        if self._news:
            news = self._news.pop(0)
            self._services.evidence = self._store
            assert hear(self._services, news).changed
            self._services.evidence = self
        return self._store.write(*args)


def test_somebody_who_moves_all_the_time_is_read_again_and_at_last_asked_for_again(
    deployment: Services,
) -> None:
    campaign_id, (person,) = sent(deployment)
    early = update(deployment, K.READ, person, at=deployment.clock.now() - timedelta(hours=1))
    deployment.evidence = InTheWay(deployment, person, times=12)

    with pytest.raises(StoreUnavailableError):
        hear(deployment, early)

    assert hear(deployment, early).changed == 1, "they stand still at last"
    assert one(deployment, campaign_id, person.phone).read_at == early.at
    assert stored(deployment, campaign_id) == recount(deployment, campaign_id)


def test_by_message_id_where_there_is_no_reference_and_never_by_phone(
    deployment: Services,
) -> None:
    campaign_id, (person,) = sent(deployment)
    bare = replace(update(deployment, K.DELIVERED, person), reference=None)
    stranger = replace(bare, message_id="wamid.of-another")

    applied = hear(deployment, bare, stranger)

    assert one(deployment, campaign_id, person.phone).status is R.DELIVERED
    assert applied.unknown == [stranger]


def test_news_of_another_claim_or_nobody_change_nothing(deployment: Services) -> None:
    campaign_id, (person,) = sent(deployment)
    news = [
        replace(update(deployment, K.READ, person), reference=reference)
        for reference in (
            Reference(campaign_id, person.phone, "another-claim"),
            Reference(campaign_id, NOBODY, person.claim or ""),
            Reference("cmp_nowhere", person.phone, person.claim or ""),
        )
    ]

    applied = hear(deployment, *news)

    assert applied == Applied(unknown=news)
    assert one(deployment, campaign_id, person.phone) == person


def test_another_tenants_campaign_is_nobodys(deployment: Services) -> None:
    campaign_id, (person,) = sent(deployment)
    read = update(deployment, K.READ, person)

    by_reference = apply_statuses(deployment.tenant("other"), [read])
    by_message_id = apply_statuses(deployment.tenant("other"), [replace(read, reference=None)])

    assert by_reference.unknown == [read]
    assert len(by_message_id.unknown) == 1
    assert one(deployment, campaign_id, person.phone) == person


def test_doubt_is_settled(deployment: Services) -> None:
    """A worker died in a call; the sweep left its group in doubt; webhooks tell."""
    campaign_id = running(deployment, phones(3))
    die_in_call(deployment, campaign_id, call=2)
    sending = everybody(deployment, campaign_id)
    news = [update(deployment, K.DELIVERED, person) for person in sending.values()]

    early = hear(deployment, *news)
    assert early == Applied(later=news), "they are still in the worker's hands"
    deployment.clock.advance(timedelta(minutes=5))
    tick_now(deployment)
    assert states(deployment, campaign_id) == {R.UNCONFIRMED: 3}
    hear(deployment, *news)

    assert states(deployment, campaign_id) == {R.DELIVERED: 3}
    assert stored(deployment, campaign_id) == recount(deployment, campaign_id)
    assert all(p.error_code is None for p in everybody(deployment, campaign_id).values())


def test_a_held_message_is_released_or_dropped(deployment: Services) -> None:
    # given
    channel = deployment.channel
    assert isinstance(channel, RecordingChannel)
    channel.answer = lambda message: Outcome(
        OutcomeKind.HELD, f"wamid.{message.to}", "HELD", "held"
    )
    campaign_id, (first, second) = sent(deployment, 2)
    assert {first.status, second.status} == {R.HELD}

    # when
    hear(deployment, update(deployment, K.SENT, first))
    hear(deployment, update(deployment, K.FAILED, second, 132015))

    # then the dropped one waits, unharmed, and the campaign does too
    assert one(deployment, campaign_id, first.phone).status is R.SENT
    assert one(deployment, campaign_id, second.phone).status is R.PENDING
    campaign = deployment.campaigns.get(campaign_id)
    assert campaign.status is CampaignStatus.PAUSED
    assert "132015" in (campaign.paused_reason or "")
    assert stored(deployment, campaign_id) == recount(deployment, campaign_id)

    # and when somebody resumes, it is sent again
    channel.answer = lambda message: None
    act(deployment, campaign_id, Action.RESUME)
    batch(deployment, campaign_id)
    again = one(deployment, campaign_id, second.phone)
    assert (again.status, again.attempts) == (R.SENT, 2)
    assert [attempt.error_code for attempt in again.past] == ["132015"]


def test_a_late_131049_is_not_tried_again_before_24_hours(deployment: Services) -> None:
    campaign_id, (person,) = sent(deployment)
    failed_at = deployment.clock.now()

    hear(deployment, update(deployment, K.FAILED, person, 131049))
    waits = one(deployment, campaign_id, person.phone)
    deployment.clock.advance(DEFER_WAIT - MINUTE)
    batch(deployment, campaign_id)
    early = one(deployment, campaign_id, person.phone)
    deployment.clock.advance(timedelta(hours=2))
    act_if_paused(deployment, campaign_id)
    batch(deployment, campaign_id)

    assert waits.due_at is not None
    assert waits.due_at >= failed_at + DEFER_WAIT
    assert early.status is R.PENDING
    after = one(deployment, campaign_id, person.phone)
    assert (after.status, after.attempts) == (R.SENT, 2)
    assert stored(deployment, campaign_id) == recount(deployment, campaign_id)


def act_if_paused(services: Services, campaign_id: str) -> None:
    if services.campaigns.get(campaign_id).status is CampaignStatus.PAUSED:
        act(services, campaign_id, Action.RESUME)


def test_after_the_end_of_a_campaign_a_late_failure_is_a_failure(deployment: Services) -> None:
    campaign_id = running(deployment, phones(1))
    assert batch(deployment, campaign_id).completed
    (person,) = everybody(deployment, campaign_id).values()

    hear(deployment, update(deployment, K.FAILED, person, 131049))

    after = one(deployment, campaign_id, person.phone)
    assert (after.status, after.error_code) == (R.FAILED, "131049")
    assert deployment.campaigns.get(campaign_id).status is CampaignStatus.COMPLETED
    assert_adds_up(deployment, campaign_id, 1)


def test_who_wants_no_marketing_is_not_written_to_again(deployment: Services) -> None:
    campaign_id, (person,) = sent(deployment)

    hear(deployment, update(deployment, K.FAILED, person, 131050))
    next_one = new_campaign(deployment, [person.phone])
    act(deployment, next_one, Action.START)
    batch(deployment, next_one)

    assert one(deployment, campaign_id, person.phone).status is R.FAILED
    assert one(deployment, next_one, person.phone).error_code == "OPTED_OUT"


def test_an_account_error_that_comes_late_stops_the_sender(deployment: Services) -> None:
    campaign_id, (person,) = sent(deployment)

    hear(deployment, update(deployment, K.FAILED, person, 131031))

    campaign = deployment.campaigns.get(campaign_id)
    assert (campaign.status, campaign.pause_cause) == (
        CampaignStatus.PAUSED,
        PauseCause.SENDER_STOPPED,
    )
    assert deployment.senders.get(campaign.sender_id).halted
    assert one(deployment, campaign_id, person.phone).status is R.PENDING, "unharmed"


def test_too_fast_that_comes_late_stops_the_sender_for_a_while(deployment: Services) -> None:
    campaign_id, (person,) = sent(deployment)

    hear(deployment, update(deployment, K.FAILED, person, 130429))

    stopped_until = deployment.senders.get("default").stopped_until
    assert stopped_until is not None
    assert stopped_until > deployment.clock.now()
    assert deployment.campaigns.get(campaign_id).status is CampaignStatus.RUNNING


def test_a_campaign_that_is_cancelled_at_the_same_time_gets_nobody_back(
    deployment: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the reading of the campaign, which still ran, and the write."""
    campaign_id, (person,) = sent(deployment)
    write = deployment.evidence.write

    def cancelled_first(*given: Any) -> Any:
        monkeypatch.setattr(deployment.evidence, "write", write)
        act(deployment, campaign_id, Action.CANCEL)
        return write(*given)

    monkeypatch.setattr(deployment.evidence, "write", cancelled_first)

    hear(deployment, update(deployment, K.FAILED, person, 131016))

    after = one(deployment, campaign_id, person.phone)
    assert (after.status, after.due_at) == (R.FAILED, None)
    assert stored(deployment, campaign_id) == recount(deployment, campaign_id)


def test_a_message_that_failed_opened_no_conversation(deployment: Services) -> None:
    _, (person,) = sent(deployment)
    used = deployment.quota.day("default", deployment.clock.now().date()).total
    assert deployment.contacts.contacts("default", [person.phone])[person.phone].opened_at

    hear(deployment, update(deployment, K.FAILED, person, 131026))

    contact = deployment.contacts.contacts("default", [person.phone])[person.phone]
    assert (contact.opened_at, contact.maybe_opened_at) == (None, person.claimed_at)
    batch(deployment, running(deployment, [person.phone]))
    after = deployment.quota.day("default", deployment.clock.now().date()).total
    assert after == used + 1, "the next message takes a unit of its own"


def test_a_delivery_takes_somebody_who_waits_out_of_the_queue_and_ends_the_campaign(
    deployment: Services,
) -> None:
    # given the last open recipient waits for another attempt
    campaign_id = running(deployment, phones(2), throttle=Throttle(batch_size=1))
    batch(deployment, campaign_id)
    (person,) = [p for p in everybody(deployment, campaign_id).values() if p.status is R.SENT]
    hear(deployment, update(deployment, K.FAILED, person, 131049))
    batch(deployment, campaign_id)
    assert states(deployment, campaign_id) == {R.PENDING: 1, R.SENT: 1}

    # when it turns out that the message did arrive
    hear(deployment, update(deployment, K.DELIVERED, person))

    # then
    after = one(deployment, campaign_id, person.phone)
    assert (after.status, after.error_code) == (R.DELIVERED, "131049")
    assert deployment.campaigns.get(campaign_id).status is CampaignStatus.COMPLETED
    assert stored(deployment, campaign_id) == recount(deployment, campaign_id)
