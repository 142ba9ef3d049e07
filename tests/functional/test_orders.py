"""People decide about failed and doubtful recipients: over the API, on real stores."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from functions.wiring import Services
from shared.domain.campaign import Action, CampaignStatus, Retry
from shared.domain.outcome import Outcome, OutcomeKind
from shared.domain.recipient import Recipient, RecipientStatus
from shared.domain.sender import Sender
from shared.ports import Message
from shared.usecases import orders
from tests.support.answers import always, only, refusal
from tests.support.api_calls import Reply, get, post
from tests.support.campaigns import (
    act,
    assert_adds_up,
    batch,
    everybody,
    new_campaign,
    phones,
    running,
    states,
)
from tests.support.edges import ManualClock, RecordingChannel

S, K, C = RecipientStatus, OutcomeKind, CampaignStatus
LOST = refusal(K.UNKNOWN, "REPLY_LOST")
GONE = refusal(K.REJECTED, "131026")
LATER = refusal(K.RETRY, "131016")
BY_DIGIT = {
    "0": GONE,
    "1": refusal(K.REJECTED, "131050", suppress=True),
    "2": LOST,
    "3": refusal(K.REJECTED, "132000", shared_fault=True),
}


@pytest.fixture
def clockwork(fresh_api: Services) -> Services:
    """The services behind the API's handler; clock and provider are in the test's hand."""
    fresh_api.clock = ManualClock()
    fresh_api.channel = RecordingChannel(fresh_api.clock)
    return fresh_api


def by_digit(message: Message) -> Outcome | None:
    return BY_DIGIT.get(message.to[-1])


def ended(services: Services, count: int = 20, **settings: Any) -> str:
    """A COMPLETED campaign: a tenth of each kind of trouble."""
    services.channel.answer = by_digit
    campaign_id = running(services, phones(count), **settings)
    batch(services, campaign_id)
    assert services.campaigns.get(campaign_id).status is C.COMPLETED
    return campaign_id


def retry(campaign_id: str, **order: Any) -> Reply:
    return post(f"/api/campaigns/{campaign_id}/retry-failed", order)


def resolve(campaign_id: str, action: str, **order: Any) -> Reply:
    return post(f"/api/campaigns/{campaign_id}/resolve", {"action": action} | order)


def history(campaign_id: str) -> list[dict[str, Any]]:
    """Without what came before, the oldest first."""
    lines = get(f"/api/campaigns/{campaign_id}/events").body["events"]
    return [e for e in reversed(lines) if e["what"] in ("REOPENED", "RETRIED", "RESOLVED")]


def test_a_completed_campaign_runs_again_for_those_who_can_be_tried_again(
    clockwork: Services,
) -> None:
    # given a campaign in which it failed for six, for three reasons
    campaign_id = ended(clockwork)
    before = everybody(clockwork, campaign_id)

    # when the template was repaired, and a person retries
    reply = retry(campaign_id)

    # then the two of the template wait, and it runs
    assert reply.status == 200
    assert reply.body == {
        "success": True,
        "campaignId": campaign_id,
        "status": "RUNNING",
        "retried": 2,
        "refused": {"131026": 2, "131050": 2},
        "more": False,
        "cursor": None,
    }
    campaign = clockwork.campaigns.get(campaign_id)
    assert (campaign.status, campaign.completed_at) == (C.RUNNING, None)
    assert states(clockwork, campaign_id)[S.PENDING] == 2
    assert_adds_up(clockwork, campaign_id, 20)

    # and the next batch sends to them alone, and completes it again
    clockwork.channel.answer = lambda message: None
    called = len(clockwork.channel.calls)
    assert batch(clockwork, campaign_id).completed
    assert [phone[-1] for phone in clockwork.channel.phones[called:]] == ["3", "3"]
    assert_adds_up(clockwork, campaign_id, 20)
    after = everybody(clockwork, campaign_id)
    for phone, recipient in before.items():
        if phone[-1] != "3":
            assert after[phone] == recipient
        else:
            (attempt,) = after[phone].past
            assert (attempt.number, attempt.error_code, attempt.status) == (1, "132000", S.FAILED)
            assert (after[phone].status, after[phone].attempts) == (S.SENT, 2)

    # and everybody's attempts can be seen
    shown = get(f"/api/campaigns/{campaign_id}/recipients", limit="100").body["recipients"]
    attempts = {
        person["phone"][-1]: [
            (each["number"], each["status"], each["errorCode"]) for each in person["attemptHistory"]
        ]
        for person in shown
    }
    assert attempts["0"] == [(1, "FAILED", "131026")]
    assert attempts["3"] == [(1, "FAILED", "132000"), (2, "SENT", None)]
    assert attempts["4"] == [(1, "SENT", None)]

    # and the history tells who wanted that
    lines = sorted(history(campaign_id), key=lambda line: line["what"])  # of one instant
    assert [(line["what"], line["actorRole"]) for line in lines] == [
        ("REOPENED", "org_admin"),
        ("RETRIED", "org_admin"),
    ]
    assert lines[1]["details"] == {"recipients": 2, "refused": 4, "forced": 0}
    retries = get(f"/api/campaigns/{campaign_id}/retry-stats").body
    assert [retries[name] for name in ("waiting", "scheduled", "started", "succeeded")] == [
        0, 2, 2, 2,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("order", "retried", "refused"),
    [
        ({}, "3", {"131026": 2, "131050": 2}),
        ({"force": True}, "03", {"131050": 2}),
        ({"codes": ["132000"]}, "3", {}),
        ({"codes": ["131026"]}, "", {"131026": 2}),
        ({"codes": ["131026"], "force": True}, "0", {}),
        ({"codes": ["131050"], "force": True}, "", {"131050": 2}),
        ({"codes": ["132000", "131026", "4711"], "force": True}, "03", {}),
        ({"codes": ["4711"]}, "", {}),
    ],
)
def test_who_is_tried_again(
    clockwork: Services, order: dict[str, Any], retried: str, refused: dict[str, int]
) -> None:
    campaign_id = ended(clockwork)

    reply = retry(campaign_id, **order)

    waiting = [p for p, r in everybody(clockwork, campaign_id).items() if r.status is S.PENDING]
    assert sorted(waiting) == [phone for phone in phones(20) if phone[-1] in retried]
    assert (reply.body["retried"], reply.body["refused"]) == (len(waiting), refused)
    assert reply.body["status"] == ("RUNNING" if retried else "COMPLETED")
    assert bool(history(campaign_id)) is bool(retried)
    assert_adds_up(clockwork, campaign_id, 20)


def test_the_same_order_twice_does_it_once(clockwork: Services) -> None:
    campaign_id = ended(clockwork)

    assert [retry(campaign_id).body["retried"] for _ in range(2)] == [2, 0]
    assert len(history(campaign_id)) == 2


def test_there_is_another_round_of_attempts(clockwork: Services) -> None:
    clockwork.channel.answer = always(LATER)
    campaign_id = running(clockwork, phones(1), retry=Retry(2, 1.0, 1.0))

    def until_it_ends() -> int:
        before = len(clockwork.channel.calls)
        while clockwork.campaigns.get(campaign_id).status is C.RUNNING:
            batch(clockwork, campaign_id)
            clockwork.clock.advance(timedelta(minutes=1))
        return len(clockwork.channel.calls) - before

    assert until_it_ends() == 2
    for _ in range(2):
        assert retry(campaign_id).body["retried"] == 1
        assert until_it_ends() == 2
    recipient = only(clockwork, campaign_id)
    assert (recipient.status, recipient.attempts) == (S.FAILED, 6)
    assert [attempt.number for attempt in recipient.past] == [1, 2, 3, 4, 5]
    assert_adds_up(clockwork, campaign_id, 1)


def test_who_got_enough_marketing_waits_a_day_even_then(clockwork: Services) -> None:
    clockwork.channel.answer = always(refusal(K.DEFER, "131049"))
    campaign_id = running(clockwork, phones(1), retry=Retry(1, 1.0, 1.0))
    batch(clockwork, campaign_id)
    failed_at = clockwork.clock.now()
    clockwork.clock.advance(timedelta(hours=3))

    assert retry(campaign_id).body["retried"] == 1

    recipient = only(clockwork, campaign_id)
    assert recipient.due_at == failed_at + timedelta(hours=24)
    assert batch(clockwork, campaign_id).tally.processed == 0


@pytest.mark.parametrize("action", [Action.PAUSE, None])
def test_a_campaign_that_has_not_ended_stays_as_it_is(
    clockwork: Services, action: Action | None
) -> None:
    clockwork.channel.answer = by_digit
    campaign_id = running(clockwork, phones(60))
    batch(clockwork, campaign_id)
    if action:
        act(clockwork, campaign_id, action)
    status = clockwork.campaigns.get(campaign_id).status

    reply = retry(campaign_id)

    assert (reply.body["status"], reply.body["retried"]) == (status, 3)
    assert clockwork.campaigns.get(campaign_id).status is status
    assert [line["what"] for line in history(campaign_id)] == ["RETRIED"]
    assert_adds_up(clockwork, campaign_id, 60)


@pytest.mark.parametrize("ask", [retry, lambda it: resolve(it, "resend", all=True)])
@pytest.mark.parametrize(
    ("actions", "status"), [([], "DRAFT"), ([Action.START, Action.CANCEL], "CANCELLED")]
)
def test_where_nobody_can_be_sent_to_that_is_said(
    clockwork: Services, actions: list[Action], status: str, ask: Callable[[str], Reply]
) -> None:
    campaign_id = new_campaign(clockwork, phones(2))
    for action in actions:
        act(clockwork, campaign_id, action)

    reply = ask(campaign_id)

    assert (reply.status, reply.code) == (409, "NOT_RETRYABLE")
    assert status in reply.words


def test_without_a_number_a_campaign_is_not_reopened(clockwork: Services) -> None:
    sender = Sender("snd_00000000-0000-0000-0000-00000000dead", phone_number_id="1")
    clockwork.senders.add(sender)
    clockwork._channels[sender.sender_id] = clockwork.clock.now(), clockwork.channel
    campaign_id = ended(clockwork, sender_id=sender.sender_id)
    clockwork.senders.remove(sender)

    assert retry(campaign_id).code == "SENDER_NOT_FOUND"
    assert clockwork.campaigns.get(campaign_id).status is C.COMPLETED
    assert resolve(campaign_id, "accept", all=True).body["resolved"] == 2


def test_accepting_doubt_makes_it_sent(clockwork: Services) -> None:
    campaign_id = ended(clockwork)
    doubtful = next(r for r in everybody(clockwork, campaign_id).values() if r.phone[-1] == "2")

    reply = resolve(campaign_id, "accept", all=True)

    assert (reply.body["resolved"], reply.body["refused"]) == (2, {})
    assert reply.body["status"] == "COMPLETED"
    settled = everybody(clockwork, campaign_id)[doubtful.phone]
    assert (settled.status, settled.error_code) == (S.SENT, None)
    assert settled.sent_at == doubtful.claimed_at
    assert_adds_up(clockwork, campaign_id, 20)
    (line,) = history(campaign_id)
    assert line["details"] == {"recipients": 2, "refused": 0, "action": "accept"}


def test_resending_doubt_sends_once_more(clockwork: Services) -> None:
    campaign_id = ended(clockwork)

    reply = resolve(campaign_id, "resend", all=True)

    assert (reply.body["resolved"], reply.body["status"]) == (2, "RUNNING")
    clockwork.channel.answer = lambda message: None
    called = len(clockwork.channel.calls)
    assert batch(clockwork, campaign_id).completed
    assert [phone[-1] for phone in clockwork.channel.phones[called:]] == ["2", "2"]
    (attempt,) = everybody(clockwork, campaign_id)[clockwork.channel.phones[-1]].past
    assert (attempt.status, attempt.error_code) == (S.UNCONFIRMED, "REPLY_LOST")
    assert_adds_up(clockwork, campaign_id, 20)


def test_only_those_who_are_named_are_resolved(clockwork: Services) -> None:
    campaign_id = ended(clockwork)
    doubtful = [phone for phone in phones(20) if phone[-1] == "2"]
    failed = phones(20)[0]
    named = [f"+{doubtful[0]}", doubtful[0], failed, "+49 151 1234 5678"]

    reply = resolve(campaign_id, "accept", phones=named)

    assert reply.body["resolved"] == 1
    assert reply.body["refused"] == {"NOT_UNCONFIRMED": 1, "NOT_FOUND": 1}
    after = everybody(clockwork, campaign_id)
    assert (after[doubtful[0]].status, after[doubtful[1]].status) == (S.SENT, S.UNCONFIRMED)
    assert after[failed].status is S.FAILED


@pytest.mark.parametrize(
    "order",
    [
        {},
        {"action": "accept"},
        {"action": "accept", "all": False},
        {"action": "accept", "all": True, "phones": ["+12015550100"]},
        {"action": "accept", "phones": []},
        {"action": "accept", "phones": ["12"]},
        {"action": "accept", "phones": ["+12015550100"] * 1001},
        {"action": "forget", "all": True},
    ],
)
def test_a_resolution_that_can_not_be_is_refused(api: Services, order: dict[str, Any]) -> None:
    assert post("/api/campaigns/cmp_1/resolve", order).code == "VALIDATION_FAILED"


@pytest.mark.parametrize(
    "order",
    [{"codes": []}, {"codes": ["x y"]}, {"codes": "131026"}, {"force": "yes"}, {"code": "131026"}],
)
def test_a_retry_that_can_not_be_is_refused(api: Services, order: dict[str, Any]) -> None:
    assert retry("cmp_1", **order).code == "VALIDATION_FAILED"


@pytest.mark.parametrize("size", [1, 7, 48])
def test_a_long_list_is_done_in_several_calls(
    clockwork: Services, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(orders, "AT_ONCE", size)
    clockwork.channel.answer = by_digit
    campaign_id = running(clockwork, phones(100))
    while clockwork.campaigns.get(campaign_id).status is C.RUNNING:
        batch(clockwork, campaign_id)
    # given that time is always up
    monkeypatch.setattr("functions.api.orders._TIME_TO_ANSWER", timedelta(minutes=1))

    refused: Counter[str] = Counter()
    replies, cursor = [], None
    while not replies or cursor:
        reply = retry(campaign_id, **({"cursor": cursor} if cursor else {}))
        replies.append(reply.body["retried"])
        refused.update(reply.body["refused"])
        cursor = reply.body["cursor"]
        assert reply.body["more"] is (cursor is not None)

    assert sum(replies) == 10
    assert max(replies) <= size
    assert refused == {"131026": 10, "131050": 10}
    assert_adds_up(clockwork, campaign_id, 100)


def test_evidence_that_comes_at_the_same_time_wins(
    clockwork: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between reading and writing a webhook shows that the message was delivered."""
    campaign_id = ended(clockwork)
    doubtful = [phone for phone in phones(20) if phone[-1] == "2"]
    write = clockwork.orders.write

    def later(*given: Any) -> Any:
        monkeypatch.setattr(clockwork.orders, "write", write)
        becomes_delivered(clockwork, campaign_id, doubtful[0])
        return write(*given)

    monkeypatch.setattr(clockwork.orders, "write", later)

    reply = resolve(campaign_id, "resend", all=True)

    assert reply.body["resolved"] == 1
    after = everybody(clockwork, campaign_id)
    assert [after[phone].status for phone in doubtful] == [S.DELIVERED, S.PENDING]
    assert_adds_up(clockwork, campaign_id, 20)


def becomes_delivered(services: Services, campaign_id: str, phone: str) -> None:
    """What a webhook would do."""
    from dataclasses import replace

    from shared.domain.evidence import Change

    before = services.evidence.recipients(campaign_id, {phone: 0})[phone]
    after: Recipient = replace(before, status=S.DELIVERED, error_code=None, error_message=None)
    now = services.clock.now()
    assert services.evidence.write(campaign_id, "default", [Change(before, after)], now) is None


def test_a_cancel_that_comes_at_the_same_time_wins(
    clockwork: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    clockwork.channel.answer = by_digit
    campaign_id = running(clockwork, phones(60))
    batch(clockwork, campaign_id)
    write = clockwork.orders.write

    def later(*given: Any) -> Any:
        act(clockwork, campaign_id, Action.CANCEL)
        return write(*given)

    monkeypatch.setattr(clockwork.orders, "write", later)

    assert retry(campaign_id).code == "NOT_RETRYABLE"
    assert states(clockwork, campaign_id)[S.PENDING] == 35


def test_a_pause_or_an_end_that_comes_at_the_same_time_does_no_harm(
    clockwork: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    clockwork.channel.answer = by_digit
    campaign_id = running(clockwork, phones(30))
    batch(clockwork, campaign_id)
    write = clockwork.orders.write

    def later(*given: Any) -> Any:
        monkeypatch.setattr(clockwork.orders, "write", write)
        batch(clockwork, campaign_id)
        assert clockwork.campaigns.get(campaign_id).status is C.COMPLETED
        return write(*given)

    monkeypatch.setattr(clockwork.orders, "write", later)

    reply = retry(campaign_id)

    assert (reply.body["status"], reply.body["retried"]) == ("RUNNING", 3)
    assert_adds_up(clockwork, campaign_id, 30)
    clockwork.channel.answer = lambda message: None
    assert batch(clockwork, campaign_id).completed


def test_a_reopened_campaign_is_found_by_the_schedule(clockwork: Services) -> None:
    campaign_id = ended(clockwork)
    assert campaign_id not in {due.campaign_id for due in _due(clockwork)}

    retry(campaign_id)

    assert campaign_id in {due.campaign_id for due in _due(clockwork)}


def _due(services: Services) -> list[Any]:
    return list(services.schedule.due(services.clock.now()))


def test_evidence_still_finds_the_attempt_before(clockwork: Services) -> None:
    """It was delivered after all: then it is not sent again."""
    from shared.domain.updates import Reference, StatusKind, StatusUpdate
    from shared.usecases.apply_statuses import apply_statuses

    campaign_id = ended(clockwork)
    resolve(campaign_id, "resend", all=True)
    doubtful = next(r for r in everybody(clockwork, campaign_id).values() if r.phone[-1] == "2")
    reference = Reference(campaign_id, doubtful.phone, doubtful.claim or "")
    now = clockwork.clock.now()

    apply_statuses(clockwork, [StatusUpdate(StatusKind.DELIVERED, now, "wamid.1", reference)])

    after = everybody(clockwork, campaign_id)[doubtful.phone]
    assert (after.status, after.past) == (S.DELIVERED, ())
    assert_adds_up(clockwork, campaign_id, 20)


def test_time_is_up_also_where_nobody_is_found(
    clockwork: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A read of the table that holds nobody of them is no reason to go on for ever."""
    campaign_id = ended(clockwork)
    client: Any = clockwork._dynamodb
    query = client.query
    monkeypatch.setattr(client, "query", lambda **request: query(**{"Limit": 2} | request))
    monkeypatch.setattr("functions.api.orders._TIME_TO_ANSWER", timedelta(minutes=1))

    replies = [retry(campaign_id).body]
    while cursor := replies[-1]["cursor"]:
        replies.append(retry(campaign_id, cursor=cursor).body)

    assert len(replies) >= 10
    assert sum(reply["retried"] for reply in replies) == 2
    assert_adds_up(clockwork, campaign_id, 20)
