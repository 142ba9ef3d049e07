"""A test send: one message to a phone of one's own, under every guard, and never a second one."""

import json
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from functions import wiring
from functions.wiring import Services
from shared.channels.simulator import Simulator
from shared.config import Settings
from shared.domain.access import DEFAULT_TENANT
from shared.domain.campaign import Action, CampaignStatus, Event
from shared.domain.errors import StoreUnavailableError
from shared.domain.outcome import Outcome, OutcomeKind
from shared.domain.quota import DayCount
from tests.functional.conftest import TOKEN, deployment
from tests.support.api_calls import JSON, Reply, as_role, create, gateway_event, invoke
from tests.support.campaigns import act, add, batch, everybody, phones
from tests.support.edges import NOON, Killed, ManualClock
from tests.support.erasing import delete
from tests.support.meta_webhooks import change, failed, messages_value, status
from tests.support.meta_webhooks import post as webhook
from tests.support.processes import history
from tests.support.suppressing import listed, opt_out
from tests.support.updates import PutBack, take

MINE = "12015550100"
TEXTS = {"body": ["{{First_Name}}", "{{order}}"]}
NUMBERS = iter(range(100, 1000))


@pytest.fixture(scope="module")
def graph() -> Iterator[Simulator]:
    with Simulator(token=TOKEN) as simulator:
        yield simulator


@pytest.fixture(scope="module")
def deployed(ministack: str, graph: Simulator) -> Iterator[Services]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", ministack)
        services = Services(deployment(ministack, graph), DEFAULT_TENANT)
        services.clock = ManualClock()
        services.__dict__["updates"] = PutBack()
        yield services
        services.close()


@pytest.fixture
def shop(
    deployed: Services, graph: Simulator, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Services]:
    """Each test has a day of its own: a new cap, a new minute."""
    monkeypatch.setattr(wiring, "services", deployed.tenant)
    assert isinstance(deployed.clock, ManualClock)
    deployed.clock.advance(timedelta(days=2))
    settings = deployed.settings
    graph.clear()
    yield deployed
    deployed.__dict__["settings"] = settings
    deployed.senders.release("default")


def limit_to(services: Services, **limits: Any) -> None:
    settings: Settings = services.settings
    services.__dict__["settings"] = replace(settings, **limits)


def ask(path: str, value: Any = None, key: str | None = None, role: str = "agent") -> Reply:
    """A test send, under a new key unless one is given; "" is none."""
    event = gateway_event(
        "POST",
        f"{path}/test-send",
        body=json.dumps(value or {"phone": f"+{MINE}"}).encode(),
        content_type=JSON,
        claims=as_role(role),
    )
    if key != "":
        event["headers"]["idempotency-key"] = key or str(uuid.uuid4())
    return invoke(event)


def to(digits: int) -> dict[str, str]:
    """A phone whose end says what becomes of it; each time another one."""
    return {"phone": f"+1{next(NUMBERS)}555{digits:04d}"}


def id_of(path: str) -> str:
    return path.rpartition("/")[2]


def newest(services: Services, path: str) -> Event:
    """The last test in the campaign's history."""
    lines = services.history.list(id_of(path), 9, None).items
    return next(line for line in lines if line.what == "TEST_SENT")


def filled(graph: Simulator) -> list[str]:
    """The texts of the only message's body."""
    (call,) = graph.received
    return [each["text"] for part in call.parameters for each in part["parameters"]]


def units(services: Services) -> int:
    return services.quota.day("default", services.clock.now().date()).total


def test_one_message_goes_out_and_nobody_in_the_list_is_touched(
    shop: Services, graph: Simulator
) -> None:
    path = create(templateParams=TEXTS)
    campaign_id = id_of(path)
    add(shop, shop.campaigns.get(campaign_id), [MINE, *phones(2)])
    before = everybody(shop, campaign_id), shop.campaigns.stats(campaign_id)

    values = {"first_name": " Ana ", "ORDER": "A-1", "age": "7"}
    reply = ask(path, {"phone": "+1 (201) 555-0100", "parameters": values})

    assert (reply.status, reply.body["outcome"], reply.body["code"]) == (200, "SENT", None)
    assert reply.body["parameters"]["body"] == ["Ana", "A-1"]
    assert filled(graph) == ["Ana", "A-1"]
    (call,) = graph.received
    assert (call.phone, call.message_id) == (MINE, reply.body["messageId"])
    assert (everybody(shop, campaign_id), shop.campaigns.stats(campaign_id)) == before
    assert shop.campaigns.get(campaign_id).status is CampaignStatus.DRAFT
    assert units(shop) == 1
    line = newest(shop, path)
    assert (line.what, line.actor.subject) == ("TEST_SENT", "agent@default")
    assert dict(line.details) == {"phone": "*******0100", "outcome": "SENT"}


def test_without_values_the_columns_are_their_own_samples_and_no_person_of_the_list(
    shop: Services, graph: Simulator
) -> None:
    path = create(templateParams=TEXTS)
    post_list = b"phone,first_name,order\n+12025550101,Secret,S-1\n"
    event = gateway_event("POST", f"{path}/populate", body=post_list, content_type="text/csv")
    assert invoke(event).status == 200

    assert ask(path).body["parameters"]["body"] == ["first_name", "order"]

    assert filled(graph) == ["first_name", "order"]


@pytest.mark.parametrize(
    ("value", "code", "words"),
    [
        ({"phone": MINE, "parameters": {"order": " "}}, "MISSING_VALUES", "first_name, order"),
        ({"phone": "12345"}, "VALIDATION_FAILED", "phone"),
        ({}, "VALIDATION_FAILED", "phone"),
        ({"phone": MINE, "parameters": {"order": 7}}, "VALIDATION_FAILED", "order"),
        ({"phone": MINE, "template": "x"}, "VALIDATION_FAILED", "template"),
    ],
)
def test_what_is_missing_is_named_and_nothing_is_sent(
    shop: Services, graph: Simulator, value: Any, code: str, words: str
) -> None:
    path = create(templateParams=TEXTS)

    reply = ask(path, value or {"x": 1})

    assert (reply.status, reply.code) == (400, code)
    assert words in reply.words
    assert not graph.received
    assert units(shop) == 0


def test_a_key_is_needed_and_sends_once(shop: Services, graph: Simulator) -> None:
    path = create()
    assert ask(path, key="").code == "IDEMPOTENCY_KEY_MISSING"

    first, again, other = ask(path, key="k"), ask(path, key="k"), ask(path, to(100), key="k")

    assert again.body == first.body
    assert other.code == "IDEMPOTENCY_KEY_REUSED"
    assert len(graph.received) == 1


@pytest.mark.parametrize(
    ("digits", "outcome", "code", "unit"),
    [
        (150, "HELD", "HELD", 1),
        (160, "REFUSED", "131026", 0),
        (172, "REFUSED", "131016", 0),  # a batch would try it again
        (162, "REFUSED", "131049", 0),
        (181, "UNKNOWN", "REPLY_LOST", 1),
    ],
)
def test_what_became_of_it_is_told_in_words_and_what_to_do(
    shop: Services, digits: int, outcome: str, code: str, unit: int
) -> None:
    path = create()

    reply = ask(path, to(digits))

    assert (reply.status, reply.body["outcome"], reply.body["code"]) == (200, outcome, code)
    assert reply.body["advice"]
    assert (outcome == "UNKNOWN") == ("may have gone out" in reply.body["advice"])
    assert units(shop) == unit
    line = newest(shop, path)
    assert (line.details["outcome"], line.details["code"]) == (outcome, code)


def test_who_wants_no_messages_gets_no_test_either(shop: Services, graph: Simulator) -> None:
    path, phone = create(), to(100)["phone"]
    opt_out(shop, phone[1:])

    reply = ask(path, {"phone": phone})

    assert (reply.status, reply.code) == (409, "PHONE_SUPPRESSED")
    assert not graph.received


def test_who_says_so_to_a_test_is_on_the_list(shop: Services, graph: Simulator) -> None:
    path, at_once, later = create(), to(161), to(100)

    assert ask(path, at_once).body["code"] == "131050"
    assert at_once["phone"][1:] in listed(shop)
    assert ask(path, at_once).code == "PHONE_SUPPRESSED"

    assert ask(path, later).body["outcome"] == "SENT"
    told(shop, failed(131050, **last_call(graph)))
    assert later["phone"][1:] in listed(shop)


def last_call(graph: Simulator) -> dict[str, Any]:
    """What the webhooks of the last message carry."""
    call = graph.received[-1]
    return {"message_id": call.message_id, "biz_opaque_callback_data": call.opaque}


def told(services: Services, *statuses: dict[str, Any]) -> None:
    assert take(services, webhook(change(messages_value(statuses=list(statuses))))) == []


def test_its_webhooks_change_nobody_and_are_no_waste(shop: Services, graph: Simulator) -> None:
    path = create()
    campaign_id = id_of(path)
    add(shop, shop.campaigns.get(campaign_id), [MINE])
    act(shop, campaign_id, Action.START)
    before = everybody(shop, campaign_id)
    assert ask(path).body["outcome"] == "SENT"

    told(shop, *(status(kind, **last_call(graph)) for kind in ("sent", "delivered", "read")))
    told(shop, failed(132015, **last_call(graph)))

    assert everybody(shop, campaign_id) == before
    assert shop.campaigns.get(campaign_id).status is CampaignStatus.RUNNING
    assert list(shop.unused.list(10, None).items) == []
    assert shop.updates.messages == []  # type: ignore[attr-defined]
    # The person in the list still gets theirs, in the conversation that the test has opened.
    assert batch(shop, campaign_id).tally.sent == 1
    assert units(shop) == 1


def test_at_the_cap_nothing_leaves_and_it_is_said_when_there_is_room(
    shop: Services, graph: Simulator
) -> None:
    limit_to(shop, daily_limit=2)
    path = create()
    assert [ask(path, to(100)).status for _ in range(2)] == [200, 200]

    full = ask(path, to(100))
    assert (full.status, full.code) == (409, "CAP_REACHED")
    assert "2/2" in full.words
    assert len(graph.received) == 2
    assert units(shop) == 2


def test_who_was_refused_gives_the_unit_back_and_an_open_conversation_takes_none(
    shop: Services,
) -> None:
    limit_to(shop, daily_limit=1)
    path, someone = create(), to(100)

    assert ask(path, to(160)).body["outcome"] == "REFUSED"
    assert [ask(path, someone).body["outcome"] for _ in range(2)] == ["SENT", "SENT"]
    assert units(shop) == 1


def test_more_than_ten_a_minute_are_too_many(shop: Services, graph: Simulator) -> None:
    path = create()
    assert {ask(path).status for _ in range(10)} == {200}

    eleventh = ask(path)
    assert (eleventh.status, eleventh.code) == (429, "TOO_MANY_TEST_SENDS")
    assert 0 < int(eleventh.headers["Retry-After"]) <= 60
    assert len(graph.received) == 10
    shop.clock.sleep(60)
    assert ask(path).status == 200


def test_a_stopped_sender_says_why_and_a_refused_token_stops_it(
    shop: Services, graph: Simulator
) -> None:
    path = create()
    assert ask(path, to(170)).body["code"] == "130429"
    stopped = ask(path)
    assert (stopped.status, stopped.code) == (409, "SENDER_STOPPED")
    assert "Try again after" in stopped.words
    shop.clock.sleep(61)

    assert ask(path, to(192)).body["code"] == "190"
    halted = ask(path)
    assert (halted.status, halted.code) == (409, "SENDER_STOPPED")
    assert "release the sender" in halted.words
    assert len(graph.received) == 2


def test_what_is_wrong_with_the_template_pauses_a_campaign_that_runs(shop: Services) -> None:
    path = create()
    add(shop, shop.campaigns.get(id_of(path)), phones(1))
    act(shop, id_of(path), Action.START)

    assert ask(path, to(190)).body["outcome"] == "REFUSED"

    assert shop.campaigns.get(id_of(path)).status is CampaignStatus.PAUSED


class DiesInCall:
    """A channel whose process ends in the middle of the call."""

    call_limit_seconds = 15.0

    def send(self, message: Any) -> Outcome:
        raise Killed


def test_who_dies_in_the_call_is_told_by_the_same_key_that_it_may_have_arrived(
    shop: Services, graph: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, someone, key = create(), to(100), str(uuid.uuid4())
    with monkeypatch.context() as patch:
        patch.setattr(shop, "channel_of", lambda _sender: DiesInCall())
        # The answers to keys do not survive the process either.
        patch.setattr("functions.wiring.Services.once", NoMemory())
        with pytest.raises(Killed):
            ask(path, someone, key=key)
        again = ask(path, someone, key=key)

    assert (again.body["outcome"], again.body["messageId"]) == ("UNKNOWN", None)
    assert not graph.received
    assert units(shop) == 1
    assert ask(path, someone).body["outcome"] == "SENT"
    assert units(shop) == 2  # nobody knows whether the first one opened the conversation
    phone = someone["phone"][1:]
    assert shop.contacts.contacts("default", [phone])[phone].opened_at is None


class NoMemory:
    """Idempotency without a store."""

    def answer(self, _key: str, _request: Any, _context: Any, proceed: Any) -> Any:
        return proceed()


def test_an_answer_that_was_lost_on_the_way_is_told_again_from_the_record(
    shop: Services, graph: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("functions.wiring.Services.once", NoMemory())
    path = create()

    first, again = ask(path, key="k-1"), ask(path, key="k-1")

    assert first.body == again.body
    assert len(graph.received) == 1


def test_what_meta_said_is_told_though_it_can_not_be_written(
    shop: Services, graph: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unwritten(*_: Any) -> None:
        raise StoreUnavailableError

    path = create()
    monkeypatch.setattr(shop.trials, "end", unwritten)

    assert ask(path, to(160)).body["code"] == "131026"
    assert units(shop) == 1  # on the safe side
    assert len(graph.received) == 1


def test_an_opt_out_right_before_the_reservation_is_heeded(
    shop: Services, graph: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, phone = create(), to(100)
    reserve = shop.trials.reserve

    def late(*arguments: Any) -> Any:
        opt_out(shop, phone["phone"][1:])
        return reserve(*arguments)

    monkeypatch.setattr(shop.trials, "reserve", late)

    assert ask(path, phone).code == "PHONE_SUPPRESSED"
    assert not graph.received
    assert units(shop) == 0


def test_a_stop_of_the_sender_right_before_the_reservation_is_heeded(
    shop: Services, graph: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, reserve = create(), shop.trials.reserve

    def late(*arguments: Any) -> Any:
        shop.senders.halt("default", shop.clock.now(), "the account is locked", "131031")
        return reserve(*arguments)

    monkeypatch.setattr(shop.trials, "reserve", late)

    reply = ask(path)
    assert (reply.status, reply.code) == (409, "SENDER_STOPPED")
    assert "the account is locked" in reply.words
    assert not graph.received
    assert units(shop) == 0


def test_a_campaign_that_is_deleted_meanwhile_gets_its_unit_back_and_no_line(
    shop: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = create()
    act(shop, id_of(path), Action.CANCEL)
    monkeypatch.setattr(shop, "channel_of", lambda _sender: Deletes(shop, id_of(path)))

    reply = ask(path)

    assert (reply.body["outcome"], reply.body["code"]) == ("REFUSED", "131026")
    assert units(shop) == 0
    assert history(shop, id_of(path)) == []


class Deletes(DiesInCall):
    """A channel in the middle of whose call the campaign is deleted."""

    def __init__(self, services: Services, campaign_id: str) -> None:
        self._services, self._campaign_id = services, campaign_id

    def send(self, message: Any) -> Outcome:
        delete(self._services, self._campaign_id)
        return Outcome(OutcomeKind.REJECTED, code="131026", message="not on WhatsApp")


@pytest.mark.parametrize("late", [timedelta(hours=1), timedelta(seconds=20)])
def test_a_process_that_slept_does_not_call_and_takes_nothing(
    shop: Services, graph: Simulator, monkeypatch: pytest.MonkeyPatch, late: timedelta
) -> None:
    path, reserve, day = create(), shop.trials.reserve, shop.clock.now().date()
    key = str(uuid.uuid4())

    def slowly(*arguments: Any) -> Any:
        refusal = reserve(*arguments)
        shop.clock.sleep(late.total_seconds())
        return refusal

    with monkeypatch.context() as patch:
        patch.setattr(shop.trials, "reserve", slowly)
        busy = ask(path, key=key)

    assert (busy.status, busy.code) == (503, "SENDER_BUSY")
    assert not graph.received
    assert shop.quota.day("default", day).total == 0
    assert ask(path, key=key).body["outcome"] == "SENT"


def test_around_midnight_nothing_leaves(shop: Services, graph: Simulator) -> None:
    path = create()
    assert isinstance(shop.clock, ManualClock)
    midnight = datetime.combine(shop.clock.now().date(), NOON.time(), NOON.tzinfo) + timedelta(
        hours=12
    )
    shop.clock.jump(midnight - timedelta(seconds=5))

    assert ask(path).code == "SENDER_BUSY"
    assert not graph.received
    assert shop.quota.day("default", shop.clock.now().date()) == DayCount()
    shop.clock.jump(midnight + timedelta(hours=12))


def test_a_campaign_that_is_not_there_is_said_before_anything_else(shop: Services) -> None:
    assert ask("/api/campaigns/cmp_nobody", key="").code == "CAMPAIGN_NOT_FOUND"


def test_a_viewer_sends_no_tests(shop: Services) -> None:
    assert ask(create(), role="viewer").code == "FORBIDDEN"
