"""docs/data-model.md shows every attribute that is really stored."""

import json
import re
from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path

from aws_lambda_powertools.event_handler import Response

from functions.wiring import Services
from shared.domain.access import Actor
from shared.domain.campaign import Action, Retry, Throttle
from shared.domain.endpoints import Endpoint
from shared.domain.erasure import Walk
from shared.domain.live import Ticket
from shared.domain.outcome import Outcome, OutcomeKind
from shared.domain.sender import NumberFacts, Owner, Sender
from shared.domain.unused import Unused
from shared.domain.updates import AccountChange, Preference, Reply
from shared.dynamo.schema import TABLES
from shared.usecases.account_events import take_account_news
from shared.usecases.send_trial import TrialOrder, send_trial
from shared.usecases.take_replies import take_preferences, take_replies
from tests.support.api_calls import Context
from tests.support.campaigns import act, batch, phones, running
from tests.support.edges import NOON, ManualClock, RecordingChannel
from tests.support.erasing import delete, forget
from tests.support.importing import Tasks, imported, started
from tests.support.processes import die_in_call

PAGE = (Path(__file__).parents[2] / "docs" / "data-model.md").read_text()


def test_every_stored_attribute_is_on_the_page(services: Services) -> None:
    # given a life with everything in it
    services.clock = ManualClock()
    services.channel = RecordingChannel(services.clock)
    everything_happens(services)

    # when all items are read behind the back of the stores
    stored = stored_attributes(services)

    # then the page has an example of every kind, with every attribute of it
    shown = shown_attributes()
    assert set(stored) == set(shown)
    missing = {kind: names - shown[kind] for kind, names in stored.items() if names - shown[kind]}
    assert missing == {}


def everything_happens(services: Services) -> None:
    answers = iter(
        [
            Outcome(OutcomeKind.REJECTED, code="131050", message="no more", suppress=True),
            Outcome(OutcomeKind.RETRY, code="131016", message="later"),
            Outcome(OutcomeKind.ACCEPTED, message_id="wamid.1"),
            Outcome(OutcomeKind.THROTTLED, code="130429", message="too fast"),
        ]
    )
    services.channel.answer = lambda message: next(answers, None)
    own = {"throttle": Throttle(50, 10), "retry": Retry(2), "daily_cap": 3}
    capped = running(services, phones(12), **own)
    batch(services, capped)
    services.clock.advance(timedelta(minutes=5))
    batch(services, capped)  # ends at the campaign's own cap
    act(services, running(services, phones(2, first=100)), Action.CANCEL)
    completed = running(services, phones(1, first=200))
    batch(services, completed)
    die_in_call(services, running(services, phones(5, first=300)), call=2)
    dead = Outcome(OutcomeKind.SENDER_ERROR, code="190", message="token expired")
    services.channel.answer = lambda message: dead
    batch(services, running(services, phones(1, first=400)))
    people_answer(services, completed, phones(1, first=200)[0])
    forget(services, phones(1)[0])
    hold_an_order(services)
    delete(services, completed)
    services.senders.add(a_sender(services.clock.now()))
    services.senders.tell_account("default", "102290129340398")
    services.senders.make_default("default")
    somebody_listens(services)
    services.unused.keep([Unused(services.clock.now(), "0" * 16, "no reason", "messages", "{}")])
    services.accounts.learn("102", "106", "1555")
    take_account_news(
        services,
        lambda _: Owner("default", "default"),
        "102",
        [AccountChange(NOON, "DISABLE", "Meta disabled the account.", False, NOON)],
    )
    a_list_is_imported(services)
    another_system_listens(services)
    somebody_tests(services)
    services.once.answer("key", ("POST", "/", b""), Context(), lambda: Response(200, body="{}"))


def somebody_tests(services: Services) -> None:
    services.senders.release("default")
    refused = Outcome(OutcomeKind.REJECTED, "wamid.2", "131026", "not on WhatsApp")
    services.channel.answer = lambda message: refused
    campaign = services.campaigns.get(running(services, phones(1, first=600)))
    order = TrialOrder(campaign, "12015550100", None, "5f1d", Actor("somebody", "agent"))
    assert send_trial(services, order, services.clock.now() + timedelta(minutes=1)).code == "131026"


def people_answer(services: Services, campaign_id: str, phone: str) -> None:
    now = services.clock.now()
    take_replies(services, "default", [Reply(now, "wamid.in", phone, text="Stop")])
    take_preferences(services, [Preference(now, phone, True)])
    assert services.campaigns.stats(campaign_id).replied == 1


def a_list_is_imported(services: Services) -> None:
    tasks = Tasks()
    services.import_queue = tasks  # type: ignore[misc, assignment]
    campaign_id = running(services, phones(1, first=500))
    imported(services, tasks, campaign_id, b"+12015550100\n12345\n")
    imported(services, tasks, campaign_id, b"%PDF")
    started(services, campaign_id, b"+12015550101\n")


def somebody_listens(services: Services) -> None:
    until = services.clock.now() + timedelta(hours=1)
    services.entrance.issue("5f1d", Ticket("default", "somebody", until))
    services.connections.open("L0SM9c", "somebody", until)
    services.connections.turn("cmp_1", until, timedelta(seconds=1))


def another_system_listens(services: Services) -> None:
    now, store = services.clock.now(), services.endpoints
    endpoint = Endpoint("whk_1", "https://example.com", ("*",), now)
    store.add(endpoint)
    assert store.fails(endpoint, now, "HTTP 500")
    store.disable("whk_1", "HTTP 500")
    store.give_up("whk_1")


def hold_an_order(services: Services) -> None:
    services.clock.advance(timedelta(minutes=2))
    (order,) = services.erasures.list(9, None).items
    held = services.erasures.hold(order.erasure_id, services.clock.now())
    assert held is not None
    services.erasures.keep(held, Walk(services.clock.now(), "cmp_1", 1, True))


def a_sender(now: datetime) -> Sender:
    facts = NumberFacts("+49 30 1", "Shop", "GREEN", "TIER_2K", "STANDARD", "AVAILABLE")
    return Sender("snd_1", "Berlin", "109", facts, 100, 10, created_at=now, checked_at=now)


def stored_attributes(services: Services) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for table in TABLES:
        name = services._environment[table.environment]
        for item in services._dynamodb.scan(TableName=name, ConsistentRead=True)["Items"]:
            found[kind(item["PK"]["S"], item["SK"]["S"])] |= {general(each) for each in item}
    return dict(found)


def shown_attributes() -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for block in re.findall(r"^```json\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE):
        item = json.loads(block)
        found[kind(item["PK"], item["SK"])] |= {general(each) for each in item}
    found["SENDERS"] = {"PK", "SK"}  # in words
    found["CAMPAIGN USER"].add("failedAt")  # in the words below: not together with being sent
    found["CAMPAIGN METADATA"].add("completedAt")  # in the words below: not together with a pause
    return dict(found)


def kind(partition: str, sort: str) -> str:
    """What an item is. In lists the sort key is an id, which says nothing."""
    lists = ("IDEMPOTENCY", "ERASURES", "ACCOUNT", "NEWS", "CONNECTIONS", "PROGRESS", "UNUSED")
    what = partition.split("#")[0]
    if what in lists or (what in ("SENDERS", "ENDPOINTS") and sort != "METADATA"):
        return what
    if what == "TEST_SENDS" and not sort.startswith("MINUTES#"):
        return what
    return f"{partition.split('#')[0]} {sort.split('#')[0]}"


def general(attribute: str) -> str:
    """Attributes with a number, a state or a code in their name are of one kind each."""
    attribute = re.sub(r"^(h|m)\d\d$", r"\1NN", attribute)
    return re.sub(r"^past\d+$", "pastN", re.sub(r"^[A-Z]+#\w+$", "STATE#code", attribute))
