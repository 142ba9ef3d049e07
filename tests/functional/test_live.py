"""Tickets, connections and the event bus, on the emulator's own DynamoDB and EventBridge."""

import json
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import boto3
import pytest

from functions.wiring import Services
from local.streams import StreamReader
from shared.bus import EventBus
from shared.domain.access import Principal, Role
from shared.domain.campaign import Action
from shared.domain.endpoints import Endpoint
from shared.domain.errors import StoreUnavailableError
from shared.domain.instants import from_text, to_text
from shared.domain.live import MOST_SUBSCRIPTIONS, PROGRESS, News
from shared.domain.sender import Sender
from shared.dynamo.provision import enable_streams
from shared.dynamo.schema import TABLES
from shared.dynamo.stream import news_of
from shared.usecases.hand_out import Outbox
from shared.usecases.listen import (
    MOST_CONNECTIONS,
    TICKET_LIFETIME,
    answer,
    connect,
    disconnect,
    issue_ticket,
)
from shared.usecases.tell import PROGRESS_EVERY, tell
from tests.support.campaigns import act, batch, new_campaign, phones
from tests.support.edges import ManualClock
from tests.support.updates import PutBack

SOMEBODY = Principal("somebody", "default", Role.VIEWER)


class Post:
    """The clients' ends: what they got. Those in `gone` have left."""

    def __init__(self) -> None:
        self.got: dict[str, list[dict[str, Any]]] = {}
        self.gone: set[str] = set()

    def post(self, connection_id: str, texts: Sequence[str]) -> bool:
        self.got.setdefault(connection_id, []).extend(map(json.loads, texts))
        return connection_id not in self.gone


class Ports:
    """What the function has, on a fresh deployment, with the clock and the clients in hand."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.clock: ManualClock = services.clock  # type: ignore[assignment]
        self.chance, self.entrance = services.chance, services.entrance
        self.sockets = Post()
        self.bus: EventBus | None = None
        self.outbox: Outbox | None = None
        self.tenant = services.tenant

    def ticket(self, asker: Principal = SOMEBODY) -> str:
        return issue_ticket(
            entrance=self.entrance, clock=self.clock, chance=self.chance, asker=asker
        ).ticket

    def listen(self, connection_id: str, asker: Principal = SOMEBODY, **said: Any) -> None:
        assert connect(self, connection_id, self.ticket(asker))  # type: ignore[arg-type]
        self.say(connection_id, action="subscribe", **said)

    def say(self, connection_id: str, **said: Any) -> dict[str, Any]:
        answer(self, connection_id, json.dumps(said))  # type: ignore[arg-type]
        return self.sockets.got[connection_id][-1]

    def tell(self, news: News) -> int:
        return tell(self, news)  # type: ignore[arg-type]


@pytest.fixture
def ports(deployment: Services) -> Ports:
    return Ports(deployment)


@pytest.fixture
def streams(ports: Ports, aws: boto3.Session, ministack: str) -> Iterator[Any]:
    """Reads what was committed since the last reading."""
    names = {table.name: ports.services._environment[table.environment] for table in TABLES}
    enable_streams(ports.services._dynamodb, names)
    client = aws.client("dynamodbstreams", endpoint_url=ministack)
    readers = [
        StreamReader(ports.services._dynamodb, client, names[table.name])
        for table in TABLES
        if table.stream
    ]
    yield lambda: news_of(record for reader in readers for record in reader.read())
    client.close()


@pytest.fixture
def bus(ports: Ports, aws: boto3.Session, ministack: str) -> Iterator[Any]:
    """A bus with a rule; what arrives at its target."""
    events, sqs = (aws.client(name, endpoint_url=ministack) for name in ("events", "sqs"))
    name = ports.services._environment["CAMPAIGNS_TABLE_NAME"]
    events.create_event_bus(Name=name)
    queue = sqs.create_queue(QueueName=f"{name}-events")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
    pattern = {"source": ["campaign-executor"]}
    events.put_rule(Name="all", EventBusName=name, EventPattern=json.dumps(pattern))
    events.put_targets(Rule="all", EventBusName=name, Targets=[{"Id": "q", "Arn": arn["QueueArn"]}])
    ports.bus = EventBus(events, name)

    def arrived() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while True:
            got = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
            if not got:
                return found
            for message in got:
                found.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])

    yield arrived
    for client in (events, sqs):
        client.close()


def a_run(ports: Ports, people: int) -> str:
    campaign_id = new_campaign(ports.services, phones(people))
    act(ports.services, campaign_id, Action.START)
    batch(ports.services, campaign_id)
    return campaign_id


def test_everything_is_on_the_bus_with_its_type(ports: Ports, streams: Any, bus: Any) -> None:
    campaign_id = a_run(ports, 130)

    told = ports.tell(streams())

    arrived = bus()
    assert len(arrived) == told
    for each in arrived:
        assert each["source"] == "campaign-executor"
        assert each["detail-type"] == each["detail"]["type"]
        assert each["detail"]["campaignId"] == campaign_id
    kinds = sorted(each["detail-type"] for each in arrived)
    assert kinds.count("campaign.progress") == 1
    assert {"campaign.created", "campaign.started"} < set(kinds)
    sent = {
        change["phone"]
        for each in arrived
        if each["detail-type"] == "message.status"
        for change in each["detail"]["data"]["changes"]
    }
    assert len(sent) == 25


def test_a_bus_that_is_not_there_has_the_news_come_again(
    ports: Ports, streams: Any, bus: Any
) -> None:
    good = ports.bus
    assert good
    ports.bus = EventBus(boto3.client("events", endpoint_url="http://127.0.0.1:9"), "nowhere")
    campaign_id = a_run(ports, 3)
    news = streams()

    with pytest.raises(StoreUnavailableError):
        ports.tell(news)
    ports.bus = good
    ports.tell(news)

    arrived = [each["detail"] for each in bus()]
    assert {each["campaignId"] for each in arrived} == {campaign_id}
    assert "campaign.completed" in {each["type"] for each in arrived}


@pytest.mark.parametrize(("wanted", "progress"), [("*", True), ("campaign.started", False)])
def test_other_systems_are_told_what_they_want_without_a_bus_or_a_listener(
    ports: Ports, streams: Any, wanted: str, progress: bool
) -> None:
    ports.services.endpoints.add(Endpoint("whk_1", "https://x.com", (wanted,), ports.clock.now()))
    queue = PutBack()
    ports.outbox = Outbox(
        lambda tenant_id: ports.tenant(tenant_id).endpoints, queue, ports.clock, ports.chance
    )
    campaign_id = a_run(ports, 3)

    ports.tell(streams())

    told = [event for _, text in queue.messages for event in json.loads(text)["events"]]
    assert {event["campaignId"] for event in told} == {campaign_id}
    kinds = {event["type"] for event in told}
    assert (PROGRESS in kinds) is progress
    assert "campaign.started" in kinds
    assert (kinds == {"campaign.started"}) is not progress
    assert {json.loads(text)["endpointId"] for _, text in queue.messages} == {"whk_1"}


def test_a_queue_that_is_not_there_has_the_news_come_again(ports: Ports, streams: Any) -> None:
    class Away:
        def wants(self, tenant_id: str, kind: str) -> bool:
            return True

        def put(self, events: Sequence[Any]) -> None:
            raise StoreUnavailableError("away")

    ports.outbox = Away()  # type: ignore[assignment]
    a_run(ports, 1)

    with pytest.raises(StoreUnavailableError):
        ports.tell(streams())


def test_a_ticket_is_for_one_and_for_a_minute(ports: Ports) -> None:
    used, old = ports.ticket(), ports.ticket()

    assert connect(ports, "c1", used)  # type: ignore[arg-type]
    assert not connect(ports, "c2", used)  # type: ignore[arg-type]
    ports.clock.advance(TICKET_LIFETIME)
    assert not connect(ports, "c3", old)  # type: ignore[arg-type]
    assert [each.connection_id for each in ports.services.connections.all()] == ["c1"]


def test_a_ticket_is_kept_as_its_hash_only(ports: Ports) -> None:
    ticket = ports.ticket()

    table = ports.services.settings.whatsapp_table
    kept = json.dumps(ports.services._dynamodb.scan(TableName=table)["Items"])
    assert "TICKET#" in kept
    assert ticket not in kept


def test_progress_is_told_once_a_second_whoever_tells_it(ports: Ports, streams: Any) -> None:
    ports.listen("c1")
    for number in range(4):
        new_campaign(ports.services, phones(2, first=number))  # others' counters change as well
    campaign_id = new_campaign(ports.services, phones(60))
    act(ports.services, campaign_id, Action.START)
    first = streams()
    batch(ports.services, campaign_id)

    ports.tell(first)
    ports.tell(streams())  # at once

    told = [
        each
        for each in ports.sockets.got["c1"]
        if each["type"] == "campaign.progress" and each["campaignId"] == campaign_id
    ]
    assert len(told) == 2
    assert from_text(told[1]["at"]) - from_text(told[0]["at"]) >= PROGRESS_EVERY
    stats = ports.services.campaigns.stats(campaign_id)
    assert told[1]["data"]["counts"] == {s.value: n for s, n in stats.counts.items()}


def test_whoever_lost_the_turn_to_a_later_one_has_nothing_left_to_tell(
    ports: Ports, streams: Any
) -> None:
    ports.listen("c1")
    campaign_id = a_run(ports, 2)
    news = streams()
    turn = ports.services.connections.turn
    later = ports.clock.now() + timedelta(milliseconds=600)
    assert turn(campaign_id, later, PROGRESS_EVERY) is None

    ports.tell(news)

    assert "campaign.progress" not in {each["type"] for each in ports.sockets.got["c1"]}


def test_who_is_gone_is_forgotten_and_the_others_hear(ports: Ports, streams: Any) -> None:
    for name in ("gone", "there"):
        ports.listen(name)
    ports.sockets.gone = {"gone"}
    a_run(ports, 1)

    ports.tell(streams())

    assert [each.connection_id for each in ports.services.connections.all()] == ["there"]
    assert ports.entrance.owner("gone") is None
    assert "campaign.completed" in {each["type"] for each in ports.sockets.got["there"]}


def test_who_leaves_is_forgotten_twice_without_harm(ports: Ports) -> None:
    ports.listen("c1")

    for _ in range(2):
        disconnect(ports, "c1")  # type: ignore[arg-type]

    assert ports.services.connections.all() == []
    assert ports.entrance.owner("c1") is None


def test_nobody_hears_another_tenant_even_with_the_same_subscription(
    ports: Ports, streams: Any
) -> None:
    acme = Principal("somebody", "acme", Role.ORG_ADMIN)
    ports.listen("ours")
    ports.listen("theirs", acme)
    campaign_id = a_run(ports, 1)
    theirs = ports.say("theirs", action="subscribe", campaignId=campaign_id, messages=True)
    other = ports.services.tenant("acme")
    other.senders.add(Sender("snd_1", phone_number_id="2002"))
    own = new_campaign(other, phones(1))

    ports.tell(streams())

    assert theirs["data"]["code"] == "CAMPAIGN_NOT_FOUND"
    (connection,) = other.connections.all()
    assert connection.campaigns == {}
    heard = {name: ports.sockets.got[name][1:] for name in ("ours", "theirs")}
    assert {each.get("campaignId") for each in heard["ours"]} == {campaign_id}
    assert {each.get("campaignId") for each in heard["theirs"]} == {None, own}  # None: the error


def test_a_connection_follows_so_many_campaigns_by_name_and_no_more(ports: Ports) -> None:
    ports.listen("c1")
    for number in range(MOST_SUBSCRIPTIONS):
        assert ports.services.connections.subscribe("c1", f"cmp_{number}", False)
    campaign_id = new_campaign(ports.services, phones(1))

    reply = ports.say("c1", action="subscribe", campaignId=campaign_id)

    assert reply["type"] == "error"
    assert str(MOST_SUBSCRIPTIONS) in reply["data"]["message"]
    assert ports.services.connections.subscribe("c1", "cmp_0", True)  # known: may change


def test_a_tenant_has_so_many_connections_and_no_more(ports: Ports) -> None:
    until = ports.clock.now() + timedelta(hours=1)
    for number in range(MOST_CONNECTIONS):
        ports.services.connections.open(f"c{number}", "somebody", until)

    assert not connect(ports, "one more", ports.ticket())  # type: ignore[arg-type]
    disconnect(ports, "c7")  # type: ignore[arg-type]
    assert connect(ports, "one more", ports.ticket())  # type: ignore[arg-type]


def test_what_was_missed_is_cut_to_what_a_message_holds_newest_first(ports: Ports) -> None:
    campaign_id = new_campaign(ports.services, phones(1))
    began = ports.clock.now()
    for _ in range(30):
        ports.clock.advance(timedelta(seconds=1))
        act(ports.services, campaign_id, Action.START if _ == 0 else _ACTIONS[_ % 2])
    ports.listen("c1")

    reply = ports.say("c1", action="subscribe", campaignId=campaign_id, since=to_text(began))
    again = ports.say(
        "c1", action="subscribe", campaignId=campaign_id, since=to_text(began + timedelta(days=1))
    )

    events = reply["data"]["events"]
    assert reply["data"]["complete"] is True
    assert [each["id"] for each in events] == sorted(each["id"] for each in events)
    assert len([each for each in events if each["type"] != "campaign.created"]) == 30
    assert again["data"]["events"] == []


_ACTIONS = {1: Action.PAUSE, 0: Action.RESUME}
