"""What Meta told, from the queue to the recipients: nothing lost, nobody else's, no poison."""

import json
import logging
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from functions.updates import intake
from functions.updates.intake import REMEMBERED_FOR, Intake
from functions.updates.records import DELAYS, OTHERS_PATIENCE, PATIENCE
from functions.wiring import Services
from shared.domain.errors import StoreUnavailableError
from shared.domain.recipient import RecipientStatus
from shared.domain.sender import Sender
from shared.domain.unused import Unused
from shared.dynamo.cursors import bound_cursor
from tests.support.api_calls import as_role, gateway_event, invoke
from tests.support.campaigns import assert_adds_up, batch, everybody, phones, running, states
from tests.support.meta_webhooks import NUMBER, change, messages_value, metadata, post, status
from tests.support.processes import die_in_call
from tests.support.suppressing import listed
from tests.support.updates import PutBack, record, records, status_of, statuses_in, take

DELIVERED, SENT = RecipientStatus.DELIVERED, RecipientStatus.SENT


@pytest.fixture
def queue(deployment: Services) -> PutBack:
    queue = PutBack()
    for tenant_id in ("default", "acme"):
        deployment.tenant(tenant_id).updates = queue  # type: ignore[misc, assignment]
    return queue


def told(*statuses: dict[str, Any], number: str = NUMBER) -> bytes:
    return post(change(messages_value(number, statuses=list(statuses))))


def reasons(services: Services) -> dict[str, int]:
    """What was kept for a look: how many by reason."""
    found: Counter[str] = Counter()
    for one in services.unused.list(100, None).items:
        found[one.reason] += one.count
    return dict(found)


def sent(services: Services, count: int = 3) -> tuple[str, list[str]]:
    """A campaign that has been sent."""
    people = phones(count)
    campaign_id = running(services, people)
    batch(services, campaign_id)
    return campaign_id, people


def test_statuses_change_the_recipients_they_name_and_the_counters(
    deployment: Services, queue: PutBack
) -> None:
    campaign_id, people = sent(deployment)
    bodies = [told(status_of(deployment, campaign_id, each, "delivered")) for each in people[:2]]

    assert take(deployment, *bodies, *bodies) == []

    assert states(deployment, campaign_id) == {DELIVERED: 2, SENT: 1}
    assert_adds_up(deployment, campaign_id, 3)
    assert (reasons(deployment), queue.messages) == ({}, [])


def test_without_our_id_the_message_id_finds_the_recipient(
    deployment: Services, queue: PutBack
) -> None:
    campaign_id, (phone, *_) = sent(deployment)
    bare = status_of(deployment, campaign_id, phone, "read", biz_opaque_callback_data=None)

    assert take(deployment, told({**bare, "recipient_id": "19999999999"})) == []

    assert everybody(deployment, campaign_id)[phone].status is RecipientStatus.READ


def test_a_number_is_its_tenants_and_nobody_elses(deployment: Services, queue: PutBack) -> None:
    """The same campaign id and phone of two tenants: what counts is whose number it came to."""
    campaign_id, (phone, *_) = sent(deployment)
    deployment.tenant("acme").senders.add(Sender("snd_1", phone_number_id="2002"))
    mine = status_of(deployment, campaign_id, phone, "delivered")

    assert take(deployment, told(mine, number="2002")) == []

    assert states(deployment, campaign_id) == {SENT: 3}
    assert reasons(deployment.tenant("acme")) == {"of no campaign": 1}
    assert reasons(deployment) == {}


def test_an_unknown_number_is_counted_and_kept(
    deployment: Services, queue: PutBack, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        assert take(deployment, told(status(), status(), number="999")) == []

    (kept,) = deployment.unused.list(10, None).items
    assert (kept.reason, kept.count, kept.field) == ("an unknown number", 2, "messages")
    assert "wamid.1" in kept.excerpt
    (line,) = [each for each in caplog.records if getattr(each, "event", "") == "update_unused"]
    assert (line.count, line.strange) == (2, 2)  # type: ignore[attr-defined]
    assert "wamid" not in line.getMessage()
    assert "12015550100" not in caplog.text


def test_a_number_that_is_registered_later_is_known_five_minutes_later(
    deployment: Services, queue: PutBack
) -> None:
    working = Intake(deployment.tenant)
    working.take(records(deployment, told(status(), number="2002")))
    deployment.tenant("acme").senders.add(Sender("snd_1", phone_number_id="2002"))
    assert list(reasons(deployment)) == ["an unknown number"]

    deployment.clock.advance(REMEMBERED_FOR)  # type: ignore[attr-defined]
    working.take(records(deployment, told(status(), number="2002")))

    assert [json.loads(message)["tries"] for _, message in queue.messages] == [1]


def test_a_status_of_somebody_being_sent_to_is_looked_at_again_and_again(
    deployment: Services, queue: PutBack
) -> None:
    """A worker died between the call and the commit: the status is there before the sweep."""
    campaign_id = running(deployment, phones(1))
    die_in_call(deployment, campaign_id, call=1)
    (phone,) = phones(1)
    early = status_of(deployment, campaign_id, phone, "sent")
    assert take(deployment, told(early)) == []

    waited, looks = timedelta(), 0
    while queue.messages:
        ((delay, message),) = queue.messages
        assert (delay, statuses_in(message)) == (DELAYS[min(looks, len(DELAYS) - 1)], [early])
        queue.messages.clear()
        waited += timedelta(seconds=delay)
        looks += 1
        assert Intake(deployment.tenant).take([record(message, deployment.clock.now())]) == []

    assert looks == PATIENCE
    assert timedelta(hours=23) < waited < timedelta(hours=25)
    assert reasons(deployment) == {"of somebody who is never settled": 1}


def test_a_status_without_our_id_has_a_minute_until_its_message_is_known(
    deployment: Services, queue: PutBack
) -> None:
    body = told(status("delivered", "wamid.not.yet"))
    assert take(deployment, body) == []
    for _ in range(OTHERS_PATIENCE - 1):
        (_, message) = queue.messages.pop()
        assert Intake(deployment.tenant).take([record(message, deployment.clock.now())]) == []
    assert reasons(deployment) == {}

    (_, message) = queue.messages.pop()
    assert Intake(deployment.tenant).take([record(message, deployment.clock.now())]) == []

    assert queue.messages == []
    assert reasons(deployment) == {"of no campaign": 1}


def test_what_is_of_no_campaign_is_no_reason_for_an_alarm(
    deployment: Services, queue: PutBack, caplog: pytest.LogCaptureFixture
) -> None:
    strange = status(biz_opaque_callback_data="1|cmp_1|12015550100|claim")

    with caplog.at_level(logging.INFO):
        take(deployment, told(strange))

    (line,) = [each for each in caplog.records if getattr(each, "event", "") == "update_unused"]
    assert (line.count, line.strange, line.levelname) == (1, 0, "INFO")  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"junk", "not JSON"),
        (post(7), "a change without a value"),
        (post(change({"new": 1}, "a_new_field")), "nothing known in it"),
        (post(change({"statuses": [status()]})), "without a number"),
        (told({**status(), "status": "deleted"}), "an unknown status"),
        (told(status(message_id="")), "no message id in it"),
    ],
)
def test_what_can_not_be_used_is_kept_once_however_often_it_comes(
    deployment: Services, queue: PutBack, body: bytes, reason: str
) -> None:
    once = records(deployment, body)

    for _ in range(3):  # the queue may give it again
        assert Intake(deployment.tenant).take(once) == []

    assert reasons(deployment) == {reason: 1}


def test_a_queue_message_that_is_not_the_webhooks_is_unused(
    deployment: Services, queue: PutBack
) -> None:
    now = deployment.clock.now()
    for text in ("x", "[]", "7", '{"v": 2}', '{"action": "execute-batch"}', "[" * 9999):
        assert Intake(deployment.tenant).take([record(text, now)]) == []

    assert set(reasons(deployment)) == {"no message of the webhook's"}


def test_an_error_of_the_number_stops_it_for_a_while(deployment: Services, queue: PutBack) -> None:
    errors = [{"code": 130429, "title": "Rate limit hit"}]

    assert take(deployment, post(change({"metadata": metadata(), "errors": errors}))) == []

    stopped = deployment.senders.get("default")
    assert stopped.stopped_until is not None
    assert not stopped.halted
    assert reasons(deployment) == {}


def test_if_the_store_is_away_every_message_comes_again_and_nothing_is_lost(
    deployment: Services, queue: PutBack, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign_id, people = sent(deployment)
    batch_ = records(
        deployment, *(told(status_of(deployment, campaign_id, each, "read")) for each in people)
    )

    with monkeypatch.context() as outage:
        outage.setattr(intake, "apply_statuses", _unavailable)
        failed = Intake(deployment.tenant).take(batch_)
    assert failed == [each["messageId"] for each in batch_]

    assert Intake(deployment.tenant).take(batch_) == []
    assert states(deployment, campaign_id) == {RecipientStatus.READ: 3}


def _unavailable(*_: Any) -> None:
    raise StoreUnavailableError


def test_a_message_that_makes_the_code_fail_goes_back_alone(
    deployment: Services, queue: PutBack, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign_id, people = sent(deployment)
    bodies = [told(status_of(deployment, campaign_id, each, "read")) for each in people]
    batch_ = records(deployment, *bodies)
    poison = json.loads(batch_[1]["body"])["value"]["statuses"][0]["id"]
    working = intake.apply_statuses

    def fragile(use: Services, updates: Any) -> Any:
        if any(update.message_id == poison for update in updates):
            raise RuntimeError("a bug")
        return working(use, updates)

    monkeypatch.setattr(intake, "apply_statuses", fragile)

    assert Intake(deployment.tenant).take(batch_) == [batch_[1]["messageId"]]
    assert states(deployment, campaign_id) == {RecipientStatus.READ: 2, SENT: 1}


def message(text: str, phone: str = "12015550100", **more: Any) -> dict[str, Any]:
    """One element of `messages`."""
    content = {"type": "text", "text": {"body": text}}
    return {"from": phone, "id": "wamid.in", "timestamp": "1795176000", **content, **more}


def test_replies_and_wishes_reach_the_sender_they_were_sent_to(
    deployment: Services, queue: PutBack
) -> None:
    campaign_id, (one, two, three) = sent(deployment)
    wish = {
        "wa_id": two,
        "category": "marketing_messages",
        "value": "stop",
        "timestamp": 1795176000,
    }
    value = messages_value(messages=[message("STOP", one)], user_preferences=[wish])

    assert take(deployment, post(change(value)), post(change(value))) == []

    assert set(listed(deployment)) == {one, two}
    assert deployment.campaigns.stats(campaign_id).replied == 1
    contacts = deployment.contacts.contacts("default", [one, two, three])
    assert [p for p, c in contacts.items() if c.last_inbound_at] == [one]
    assert reasons(deployment) == {}


def test_a_reply_to_what_is_not_committed_yet_is_looked_at_again(
    deployment: Services, queue: PutBack
) -> None:
    campaign_id, (phone, *_) = sent(deployment)
    now = str(int(deployment.clock.now().timestamp()))
    quick = message("stop", phone, timestamp=now, context={"id": "wamid.not.yet"})
    value = messages_value(messages=[quick, message("hi", "12015550101", timestamp=now)])

    assert take(deployment, post(change(value))) == []

    ((delay, again),) = queue.messages
    assert delay == DELAYS[0]
    assert json.loads(again)["value"]["messages"] == [quick]
    assert list(listed(deployment)) == [phone], "the wish does not wait"
    deployment.clock.advance(timedelta(minutes=4))  # type: ignore[attr-defined]
    Intake(deployment.tenant).take([record(again, deployment.clock.now())])
    assert len(queue.messages) == 1
    assert deployment.campaigns.stats(campaign_id).replied == 1


def test_a_reply_of_nobody_who_can_be_known_is_kept_for_a_look(
    deployment: Services, queue: PutBack
) -> None:
    hidden = {name: it for name, it in message("STOP").items() if name != "from"}

    take(deployment, post(change(messages_value(messages=[hidden]))))

    assert reasons(deployment) == {"a reply of nobody": 1}


def test_messages_of_one_batch_are_written_together(deployment: Services, queue: PutBack) -> None:
    campaign_id, people = sent(deployment, 10)
    bodies = [told(status_of(deployment, campaign_id, each, "read")) for each in people]
    writes: list[str] = []
    deployment._dynamodb.meta.events.register(
        "before-call.dynamodb.TransactWriteItems", lambda **_: writes.append("")
    )

    assert take(deployment, *bodies) == []

    assert states(deployment, campaign_id) == {RecipientStatus.READ: 10}
    assert len(writes) <= 3  # once a day the account's number, the sender's account; all recipients


def test_what_must_wait_is_on_the_real_queue_with_its_delay(deployment: Services) -> None:
    assert take(deployment, told(status("delivered", "wamid.not.yet"))) == []

    held = deployment._sqs.get_queue_attributes(
        QueueUrl=deployment._environment["UPDATES_QUEUE_URL"], AttributeNames=["All"]
    )["Attributes"]
    assert held["ApproximateNumberOfMessagesDelayed"] == "1"
    assert held["ApproximateNumberOfMessages"] == "0"


def test_a_thousand_updates_of_one_post_arrive(deployment: Services, queue: PutBack) -> None:
    campaign_id = running(deployment, phones(50))
    for _ in range(2):
        batch(deployment, campaign_id)
    people = everybody(deployment, campaign_id)
    every = [
        status(
            kind,
            person.message_id or "",
            timestamp=str(int(deployment.clock.now().timestamp()) + n),
            biz_opaque_callback_data=f"1|{campaign_id}|{phone}|{person.claim}",
        )
        for n in range(5)
        for kind in ("sent", "delivered", "read", "delivered")
        for phone, person in people.items()
    ]
    assert len(every) == 1000

    assert take(deployment, told(*every)) == []

    assert states(deployment, campaign_id) == {RecipientStatus.READ: 50}
    assert_adds_up(deployment, campaign_id, 50)


def test_administrators_see_their_own_unused_updates_newest_first_page_by_page(
    tenants: Services,
) -> None:
    now = tenants.clock.now()
    for tenant_id in ("default", "acme"):
        tenants.tenant(tenant_id).unused.keep(
            Unused(now - timedelta(hours=7 * n), f"{n:016x}", f"{tenant_id} {n}", "f", "é" * n)
            for n in range(60)  # more days than are shown
        )

    seen: list[dict[str, Any]] = []
    cursor = None
    while True:
        query = {"limit": "7"} | ({"cursor": cursor} if cursor else {})
        who = as_role("org_admin", "acme")
        event = gateway_event("GET", "/api/webhooks/unused", query=query, claims=who)
        page = invoke(event).body
        assert len(page["unused"]) <= 7
        seen += page["unused"]
        cursor = page["nextCursor"]
        if cursor is None:
            break

    shown = [each["reason"] for each in seen]
    assert shown == [f"acme {n}" for n in range(len(shown))]
    assert 45 < len(shown) < 60  # two weeks
    assert seen[3] | {"at": ""} == {
        "at": "",
        "reason": "acme 3",
        "field": "f",
        "count": 1,
        "excerpt": "ééé",
    }


def test_a_page_of_unused_updates_of_another_tenant_leads_nowhere(tenants: Services) -> None:
    now = tenants.clock.now()
    for n in range(3):
        tenants.tenant("globex").unused.keep([Unused(now, f"{n:016x}", "r", "f", "")])
    theirs = tenants.tenant("globex").unused.list(1, None).cursor
    no_day = bound_cursor("TENANT#acme#UNUSED#", "2026-99-99T00:00:00.000Z#0123456789abcdef")

    for cursor in (theirs, no_day, "x"):
        event = gateway_event(
            "GET",
            "/api/webhooks/unused",
            query={"cursor": cursor or ""},
            claims=as_role("org_admin", "acme"),
        )
        assert invoke(event).code == "INVALID_CURSOR"
