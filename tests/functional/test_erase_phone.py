"""Erasing a phone: nothing of it is left anywhere, and everything else still adds up."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions.wiring import Services
from shared.domain.campaign import Action, CampaignStatus, What
from shared.domain.erasure import Erasure, ErasureStatus
from shared.domain.errors import InvalidCursorError, StoreUnavailableError
from shared.domain.outcome import Outcome, OutcomeKind
from shared.domain.recipient import RecipientStatus
from shared.domain.sender import Sender
from shared.usecases import erase
from tests.support.answers import refusal
from tests.support.api_calls import JSON, Reply, as_role, gateway_event, invoke
from tests.support.campaigns import (
    MINUTE,
    TESTER,
    act,
    add,
    batch,
    everybody,
    new_campaign,
    phones,
    running,
    states,
)
from tests.support.caps import HandedOut
from tests.support.edges import Killed, Life, Mortal
from tests.support.erasing import (
    assert_counters_are_a_recount,
    done,
    forget,
    items_with,
)
from tests.support.processes import die_in_call, in_threads, process, tick_now

PEOPLE = phones(12)
WHO = PEOPLE[4]
S, C = RecipientStatus, CampaignStatus
BERLIN = Sender("snd_" + "0" * 36, phone_number_id="1001")


@pytest.fixture
def deployment(deployment: Services) -> Services:
    """Ticks find a queue."""
    deployment.queue = HandedOut()
    return deployment


def lives(services: Services) -> dict[str, str]:
    """The same people in campaigns of every kind; by what became of WHO in each."""
    found = {"draft": new_campaign(services, PEOPLE), "pending": running(services, PEOPLE)}
    for name, outcome in {
        "sent": None,
        "failed": refusal(OutcomeKind.REJECTED),
        "held": Outcome(OutcomeKind.HELD, message_id="wamid.held"),
        "unconfirmed": refusal(OutcomeKind.UNKNOWN),
        "later": refusal(OutcomeKind.RETRY),
    }.items():
        services.channel.answer = lambda message, told=outcome: told if message.to == WHO else None
        found[name] = running(services, PEOPLE)
        batch(services, found[name])
    services.channel.answer = lambda message: None
    found["cancelled"] = running(services, PEOPLE)
    act(services, found["cancelled"], Action.CANCEL)
    return found


def test_nothing_of_a_phone_is_left_and_everything_else_adds_up(deployment: Services) -> None:
    # given the phone in every state, and another business that knows it too
    campaigns = lives(deployment)
    acme = deployment.tenant("acme")
    acme.clock = deployment.clock
    acme.senders.add(replace(BERLIN, phone_number_id="1002"))
    theirs = new_campaign(acme, PEOPLE)
    others = {name: everybody(deployment, each) for name, each in campaigns.items()}
    before = {name: deployment.campaigns.get(each).status for name, each in campaigns.items()}

    # when
    order = forget(deployment, WHO)
    receipt = done(deployment, order)

    # then
    assert all("TENANT#acme#" in line for line in items_with(deployment, WHO))
    assert len(everybody(acme, theirs)) == 12
    for name, campaign_id in campaigns.items():
        assert_counters_are_a_recount(deployment, campaign_id, 11)
        del others[name][WHO]
        assert everybody(deployment, campaign_id) == others[name]
        if name != "later":
            assert deployment.campaigns.get(campaign_id).status is before[name]
    # the one that waited for WHO alone has come to its end
    assert (before["later"], deployment.campaigns.get(campaigns["later"]).status) == (
        C.RUNNING,
        C.COMPLETED,
    )
    assert (receipt.recipients, receipt.conversations, receipt.campaigns) == (8, 1, 8)
    assert (receipt.opt_outs_kept, receipt.requested_by) == (0, TESTER)
    assert receipt.finished_at is not None
    # the receipt shows the last four digits, and does not know the others
    assert (receipt.phone, receipt.masked_phone) == (None, "*******" + WHO[-4:])


def test_who_waits_is_never_sent_to(deployment: Services) -> None:
    campaign_id = running(deployment, PEOPLE)

    forget(deployment, WHO)
    batch(deployment, campaign_id)

    assert sorted(deployment.channel.phones) == sorted(set(PEOPLE) - {WHO})
    assert_counters_are_a_recount(deployment, campaign_id, 11)
    assert deployment.campaigns.get(campaign_id).status is C.COMPLETED


def test_the_history_tells_it_without_the_phone(deployment: Services) -> None:
    campaign_id = running(deployment, PEOPLE)

    order = forget(deployment, WHO)

    (line,) = [
        e
        for e in deployment.history.list(campaign_id, 9, None).items
        if e.what == What.RECIPIENT_ERASED
    ]
    assert (line.actor, line.reason) == (TESTER, None)
    assert line.details == {"erasureId": order.erasure_id}


@pytest.mark.parametrize(
    ("stored", "asked"),
    [("5511988887777", "551188887777"), ("551188887777", "5511988887777")],
)
def test_the_other_spelling_is_the_same_person(
    deployment: Services, stored: str, asked: str
) -> None:
    campaign_id = running(deployment, [*PEOPLE, stored])
    batch(deployment, campaign_id)

    receipt = done(deployment, forget(deployment, asked))

    assert (receipt.recipients, receipt.conversations) == (1, 1)
    assert items_with(deployment, stored) == items_with(deployment, asked) == []
    assert_counters_are_a_recount(deployment, campaign_id, 12)


def test_an_opt_out_alone_is_kept_and_still_holds(deployment: Services) -> None:
    deployment.channel.answer = lambda message: (
        refusal(OutcomeKind.REJECTED, "131050", suppress=True) if message.to == WHO else None
    )
    batch(deployment, running(deployment, PEOPLE))

    receipt = done(deployment, forget(deployment, WHO))

    assert (receipt.recipients, receipt.conversations, receipt.opt_outs_kept) == (1, 0, 1)
    (kept,) = items_with(deployment, WHO)
    assert set(json.loads(kept)) == {
        "PK",
        "SK",
        *("phone", "since", "source", "actor", "actorRole"),
    }
    again = running(deployment, PEOPLE)
    deployment.channel.calls.clear()
    batch(deployment, again)
    assert WHO not in deployment.channel.phones
    assert everybody(deployment, again)[WHO].error_code == "OPTED_OUT"


def test_conversations_with_every_sender_go(deployment: Services) -> None:
    deployment.senders.add(BERLIN)
    deployment._channels[BERLIN.sender_id] = deployment.clock.now(), deployment.channel
    for sender_id in ("default", BERLIN.sender_id):
        batch(deployment, running(deployment, PEOPLE, sender_id=sender_id))
        assert WHO in deployment.contacts.contacts(sender_id, PEOPLE)

    receipt = done(deployment, forget(deployment, WHO))

    assert (receipt.recipients, receipt.conversations) == (2, 2)
    assert items_with(deployment, WHO) == []
    assert len(deployment.contacts.contacts("default", PEOPLE)) == 11


def test_who_is_being_sent_to_is_settled_first(deployment: Services) -> None:
    campaign_id = running(deployment, PEOPLE)
    orders: list[Erasure] = []

    def erase_in_the_middle(message: Any) -> None:
        if message.to == WHO:
            orders.append(forget(deployment, WHO))
            assert everybody(deployment, campaign_id)[WHO].status is S.SENDING

    deployment.channel.answer = erase_in_the_middle
    assert batch(deployment, campaign_id).tally.sent == 12
    assert everybody(deployment, campaign_id)[WHO].status is S.SENT

    receipt = done(deployment, orders[0])
    assert (receipt.recipients, receipt.conversations) == (1, 1)
    assert items_with(deployment, WHO) == []
    assert_counters_are_a_recount(deployment, campaign_id, 11)
    assert deployment.campaigns.get(campaign_id).status is C.COMPLETED


def test_who_a_dead_worker_held_is_judged_first(deployment: Services) -> None:
    campaign_id = running(deployment, PEOPLE)
    die_in_call(deployment, campaign_id, call=5)
    assert everybody(deployment, campaign_id)[WHO].status is S.SENDING

    done(deployment, forget(deployment, WHO))

    assert items_with(deployment, WHO) == [], "the journal had it too"
    assert_counters_are_a_recount(deployment, campaign_id, 11)
    assert states(deployment, campaign_id)[S.UNCONFIRMED] == 4


def test_a_paused_campaign_that_waited_for_this_one_is_completed(deployment: Services) -> None:
    campaign_id = running(deployment, [WHO])
    act(deployment, campaign_id, Action.PAUSE)

    forget(deployment, WHO)

    assert deployment.campaigns.get(campaign_id).status is C.COMPLETED
    assert_counters_are_a_recount(deployment, campaign_id, 0)


def test_a_damaged_record_goes_too(deployment: Services) -> None:
    campaign_id = running(deployment, PEOPLE)
    key = {"PK": {"S": f"CAMPAIGN#{campaign_id}"}, "SK": {"S": f"USER#{WHO}"}}
    deployment._dynamodb.update_item(
        TableName=deployment.settings.recipients_table,
        Key=key,
        UpdateExpression="REMOVE #s, attempts SET #p = :junk",
        ExpressionAttributeNames={"#s": "status", "#p": "parameters"},
        ExpressionAttributeValues={":junk": {"S": "{"}},
    )

    assert done(deployment, forget(deployment, WHO)).recipients == 1
    assert items_with(deployment, WHO) == []
    assert_counters_are_a_recount(deployment, campaign_id, 11)


def test_the_second_receipt_says_that_nothing_was_left(deployment: Services) -> None:
    running(deployment, PEOPLE)
    first = done(deployment, forget(deployment, WHO))
    deployment.clock.advance(MINUTE)

    second = done(deployment, forget(deployment, WHO))

    assert (first.recipients, second.recipients) == (1, 0)
    assert deployment.erasures.list(9, None).items == [second, first]


def test_a_campaign_that_the_list_does_not_show_yet_is_not_missed(
    deployment: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The index is a moment behind: nothing of it counts before it has had time to catch up."""
    campaign_id = running(deployment, PEOPLE)
    whole = deployment.eraser.campaigns
    monkeypatch.setattr(deployment.eraser, "campaigns", lambda after, limit: [])
    order = forget(deployment, WHO)
    monkeypatch.setattr(deployment.eraser, "campaigns", whole)

    assert order.status is ErasureStatus.RUNNING
    assert done(deployment, order).recipients == 1
    assert WHO not in everybody(deployment, campaign_id)


def test_who_comes_in_while_it_runs_is_found_by_the_last_look(deployment: Services) -> None:
    campaign_id = new_campaign(deployment, PEOPLE[:3])
    order = forget(deployment, WHO)
    campaign = deployment.campaigns.get(campaign_id)
    add(deployment, campaign, [WHO])  # an upload that was on its way

    assert done(deployment, order).recipients == 1
    assert items_with(deployment, WHO) == []


def test_it_waits_for_campaigns_whose_deletion_is_not_done(deployment: Services) -> None:
    campaign_id = new_campaign(deployment, phones(300))
    deletion = erase.delete_campaign(deployment, campaign_id, TESTER, deployment.clock.now())
    late = phones(300)[-1]
    order = forget(deployment, late)
    for _ in range(4):
        deployment.clock.advance(MINUTE)
        erase.carry_on(deployment, order.erasure_id, deployment.clock.now() + MINUTE)
    assert deployment.erasures.get(order.erasure_id).status is ErasureStatus.RUNNING
    assert items_with(deployment, f"USER#{late}")

    done(deployment, deletion)
    done(deployment, order)
    assert items_with(deployment, late) == []


def test_a_list_that_still_shows_a_deleted_campaign_brings_nothing_of_it_back(
    deployment: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign_id, late = new_campaign(deployment, phones(120)), phones(120)[-1]
    stale = deployment.eraser.campaigns(None, 9)
    deletion = erase.delete_campaign(deployment, campaign_id, TESTER, deployment.clock.now())
    monkeypatch.setattr(deployment.eraser, "campaigns", lambda after, limit: [] if after else stale)

    order = forget(deployment, late)

    assert deployment.erasures.get(order.erasure_id).recipients == 0, "the deletion takes it along"
    monkeypatch.undo()
    assert done(deployment, deletion).recipients == 120
    done(deployment, order)
    assert len(items_with(deployment, campaign_id)) == 1, "the receipt"


def test_many_campaigns_are_walked_through_step_by_step(deployment: Services) -> None:
    campaigns = [new_campaign(deployment, [WHO, PEOPLE[0]]) for _ in range(120)]
    now = deployment.clock.now
    order = erase.erase_phone(deployment, WHO, TESTER, until=now())

    seen = [order.recipients]
    while (receipt := deployment.erasures.get(order.erasure_id)).status is ErasureStatus.RUNNING:
        if receipt.walk and receipt.walk.began_at > now():
            deployment.clock.advance(MINUTE)
        erase.carry_on(deployment, order.erasure_id, now())
        seen.append(deployment.erasures.get(order.erasure_id).recipients)

    assert seen[:3] == [50, 100, 120]
    assert (receipt.recipients, receipt.campaigns) == (120, 120)
    assert items_with(deployment, WHO) == []
    for campaign_id in campaigns[::40]:
        assert_counters_are_a_recount(deployment, campaign_id, 1)


def mortal(services: Services, life: Life) -> Services:
    """A second process on the deployment, which dies at a call of a store."""
    other = process(services)
    for name in ("campaigns", "erasures", "eraser", "history"):
        setattr(other, name, Mortal(life, getattr(services, name)))
    return other


def in_the_request(services: Services, life: Life) -> None:
    forget(mortal(services, life), PEOPLE[0])


def in_the_last_step(services: Services, life: Life) -> None:
    order = forget(services, PEOPLE[0])
    services.clock.advance(2 * MINUTE)
    soon = services.clock.now() + MINUTE
    erase.carry_on(mortal(services, life), order.erasure_id, soon)


def sent_and_paused(services: Services) -> list[str]:
    """A campaign in which four people were sent to, and one that waits for the first of them."""
    sent, paused = running(services, PEOPLE[:4]), running(services, PEOPLE[:1])
    batch(services, sent)
    act(services, paused, Action.PAUSE)
    return [sent, paused]


@pytest.mark.parametrize("dying", [in_the_request, in_the_last_step])
def test_a_death_at_any_step_delays_it_and_changes_nothing_else(
    deployment: Services, dying: Callable[[Services, Life], None]
) -> None:
    sent_and_paused(deployment)
    life = Life()
    dying(deployment, life)
    assert life.calls >= 6
    (first,) = orders(deployment)
    done(deployment, deployment.erasures.get(first))

    for step in range(1, life.calls + 1):
        for after_effect in (False, True):
            sent, paused = sent_and_paused(deployment)
            known = orders(deployment)
            with pytest.raises(Killed):
                dying(deployment, Life(step, after_effect))

            (order,) = orders(deployment) - known or {forget(deployment, PEOPLE[0]).erasure_id}
            receipt = done(deployment, deployment.erasures.get(order))
            assert (receipt.recipients, receipt.conversations) == (2, 1), f"step {step}"
            assert items_with(deployment, PEOPLE[0]) == []
            assert_counters_are_a_recount(deployment, sent, 3)
            assert_counters_are_a_recount(deployment, paused, 0)
            assert deployment.campaigns.get(paused).status is C.COMPLETED


def orders(services: Services) -> set[str]:
    return {order.erasure_id for order in services.erasures.list(500, None).items}


def test_erasing_while_batches_run_loses_nobody(deployment: Services) -> None:
    people = phones(80)
    campaigns = [running(deployment, people) for _ in range(2)]
    leaving = people[5:80:8]
    orders: list[Erasure] = []
    workers = [process(deployment, BATCH_SIZE="7") for _ in range(2)]
    eraser = process(deployment)

    def send(worker: Services, campaign_id: str) -> Callable[[], None]:
        def run() -> None:
            assert any(batch(worker, campaign_id).completed for _ in range(100))

        return run

    def forget_some() -> None:
        orders.extend(forget(eraser, phone) for phone in leaving)

    in_threads(*map(send, workers, campaigns), forget_some)

    receipts = [done(deployment, order) for order in orders]
    assert [r.recipients for r in receipts] == [2] * len(leaving)
    called = deployment.channel.phones
    assert all(called.count(phone) <= 2 for phone in people)
    assert all(called.count(phone) == 2 for phone in people if phone not in leaving)
    for campaign_id in campaigns:
        assert_counters_are_a_recount(deployment, campaign_id, len(people) - len(leaving))
        assert deployment.campaigns.get(campaign_id).status is C.COMPLETED
    for phone in leaving:
        assert items_with(deployment, phone) == []


def test_the_order_is_kept_when_the_store_fails_right_after_it(
    deployment: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign_id = running(deployment, PEOPLE)

    def out_of_reach(*_: object) -> None:
        raise StoreUnavailableError

    monkeypatch.setattr(deployment.eraser, "find", out_of_reach)
    order = forget(deployment, WHO)
    monkeypatch.undo()

    assert (order.status, order.recipients) == (ErasureStatus.RUNNING, 0)
    assert done(deployment, order).recipients == 1
    assert WHO not in everybody(deployment, campaign_id)


def ask(method: str, path: str, value: Any = None, tenant: str = "default", **query: str) -> Reply:
    body = None if value is None else json.dumps(value).encode()
    claims = as_role("org_admin", tenant)
    event = gateway_event(method, path, body=body, content_type=JSON, query=query, claims=claims)
    return invoke(event)


def test_over_http_the_number_is_taken_in_any_spelling_and_never_shown(tenants: Services) -> None:
    reply = ask("POST", "/api/erasures", {"phone": "+1 (201) 555-0123"})

    assert reply.status == 202
    shown = reply.body["erasure"]
    assert (shown["status"], shown["phone"], shown["campaignId"]) == (
        "RUNNING",
        "*******0123",
        None,
    )
    assert (shown["requestedBy"], shown["requestedByRole"]) == ("org_admin@default", "org_admin")
    found = ask("GET", f"/api/erasures/{shown['erasureId']}")
    assert found.body["erasure"] == shown
    assert "2015550123" not in json.dumps([reply.body, found.body])
    assert ask("GET", "/api/erasures").body["erasures"][0] == shown


@pytest.mark.parametrize("phone", ["", "nobody", "123", "+1201555012", "1" * 41, 12015550123, None])
def test_what_is_no_number_is_refused(api: Services, phone: Any) -> None:
    reply = ask("POST", "/api/erasures", {"phone": phone})

    assert (reply.status, reply.code) == (400, "VALIDATION_FAILED")
    assert "phone" in reply.words


def test_over_http_a_deletion_is_answered_with_its_receipt(tenants: Services) -> None:
    campaign_id = new_campaign(tenants, PEOPLE)
    path = f"/api/campaigns/{campaign_id}"

    reply = ask("DELETE", path)

    assert reply.status == 202
    receipt = reply.body["erasure"]
    assert (receipt["status"], receipt["campaignId"], receipt["recipients"]) == (
        "DONE",
        campaign_id,
        12,
    )
    assert ask("GET", path).status == ask("DELETE", path).status == 404
    assert campaign_id not in json.dumps(ask("GET", "/api/campaigns", limit="100").body)


def test_over_http_a_running_one_is_409(api: Services) -> None:
    path = f"/api/campaigns/{running(api, PEOPLE)}"

    assert ask("DELETE", path).code == "CAMPAIGN_OPEN"
    assert ask("GET", path).body["campaign"]["status"] == "RUNNING"


def test_another_tenants_receipts_and_campaigns_are_unknown(tenants: Services) -> None:
    mine = ask("POST", "/api/erasures", {"phone": "+12015550111"}).body["erasure"]["erasureId"]
    ask("POST", "/api/erasures", {"phone": "+12015550112"})
    campaign_id = new_campaign(tenants, PEOPLE)
    cursor = ask("GET", "/api/erasures", limit="1").body["nextCursor"]

    assert ask("GET", "/api/erasures", tenant="acme").body["erasures"] == []
    assert ask("GET", f"/api/erasures/{mine}", tenant="acme").code == "ERASURE_NOT_FOUND"
    assert ask("DELETE", f"/api/campaigns/{campaign_id}", tenant="acme").status == 404
    assert ask("GET", "/api/erasures", tenant="acme", cursor=cursor).code == "INVALID_CURSOR"
    assert ask("GET", "/api/erasures", cursor=cursor).body["erasures"]
    assert len(everybody(tenants, campaign_id)) == 12
    for trick in ("METADATA", "era_", "era_*", "ERASURES", "era_" + "0" * 36 + "#"):
        assert ask("GET", f"/api/erasures/{trick}").status == 404


def test_receipts_come_in_pages(deployment: Services) -> None:
    orders = []
    for phone in PEOPLE[:5]:
        orders.append(forget(deployment, phone).erasure_id)
        deployment.clock.advance(timedelta(seconds=1))
    listed, cursor = [], None
    while True:
        page = deployment.erasures.list(2, cursor)
        listed += [order.erasure_id for order in page.items]
        cursor = page.cursor
        if cursor is None:
            break
    assert listed == orders[::-1]
    with pytest.raises(InvalidCursorError):
        deployment.erasures.list(2, "nonsense")
    tick_now(deployment)
