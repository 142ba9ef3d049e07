"""A campaign's history: complete, in order, only ever added to, and without any recipient in it."""

import json
import re
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from functions.wiring import Services
from shared.domain.access import SYSTEM, Actor
from shared.domain.campaign import Action, Campaign, Event, What
from shared.domain.errors import InvalidCursorError, InvalidTransitionError
from shared.domain.outcome import OutcomeKind
from shared.domain.recipient import Recipient
from shared.usecases.execute_now import execute_now
from tests.functional.test_completion import upload
from tests.support.answers import answers, refusal
from tests.support.api_calls import JSON, NEW, Reply, as_role, gateway_event, invoke
from tests.support.campaigns import (
    MINUTE,
    TESTER,
    act,
    batch,
    new_campaign,
    phones,
    running,
)
from tests.support.executor import capped
from tests.support.processes import die_in_call, tick_now

PEOPLE = phones(7)
MACHINE = Actor("nightly", "service")


def ask(role: str, method: str, path: str, value: Any = None, **query: str) -> Reply:
    body = None if value is None else json.dumps(value).encode()
    return invoke(
        gateway_event(method, path, body=body, content_type=JSON, query=query, claims=as_role(role))
    )


def told(services: Services, campaign_id: str) -> list[Event]:
    """The history from its beginning."""
    return list(reversed(services.history.list(campaign_id, 100, None).items))


def last(services: Services, campaign_id: str, what: What) -> Event:
    """The newest line of a kind."""
    return next(e for e in reversed(told(services, campaign_id)) if e.what == what)


def test_everything_that_people_and_machines_did_is_told_with_their_role(api: Services) -> None:
    # given a campaign's life, in which everybody has a part
    made = ask("agent", "POST", "/api/campaigns/create", NEW)
    path = f"/api/campaigns/{made.body['campaignId']}"
    csv = b"phone\n+12015550101\n+12015550102\n+12015550102\nnobody\n"
    uploaded = gateway_event(
        "POST", f"{path}/populate", body=csv, content_type="text/csv", claims=as_role("agent")
    )
    assert invoke(uploaded).status == 200
    for action in ("start", "pause", "resume"):
        order = {"action": action} | ({"reason": "wrong picture"} if action == "pause" else {})
        assert ask("agent", "POST", f"{path}/control", order).status == 200
    assert ask("service", "POST", f"{path}/execute-batch").status == 200

    # when a viewer reads
    events = ask("viewer", "GET", f"{path}/events").body["events"]

    # then it is all there, newest first
    assert [(e["what"], e["actor"], e["actorRole"], e["reason"]) for e in events] == [
        ("BATCH_EXECUTED", "machine@default", "service", None),
        ("COMPLETED", "system", "system", None),
        ("RESUMED", "agent@default", "agent", None),
        ("PAUSED", "agent@default", "agent", "wrong picture"),
        ("STARTED", "agent@default", "agent", None),
        ("POPULATED", "agent@default", "agent", None),
        ("POPULATING", "agent@default", "agent", None),
        ("CREATED", "agent@default", "agent", None),
    ]
    assert events[0]["details"] == {"processed": 2, "sent": 2}
    counted = events[5]["details"]
    assert (counted["inserted"], counted["duplicate"], counted["invalid"]) == (2, 1, 1)
    assert [e["at"] for e in events] == sorted((e["at"] for e in events), reverse=True)
    assert not re.search(r"1201555|nobody", json.dumps(events)), "nobody's number is in it"


def test_what_the_system_decides_is_told_with_the_reason(deployment: Services) -> None:
    limited = capped(deployment, limit=3)
    campaign_id = running(limited, PEOPLE)

    # the cap
    batch(limited, campaign_id)
    paused = last(limited, campaign_id, What.PAUSED)
    resume_at = limited.campaigns.get(campaign_id).resume_at
    assert resume_at is not None
    assert (paused.actor, paused.reason) == (SYSTEM, "Daily limit reached: 3/3 conversations")
    assert paused.details["cause"] == "DAILY_LIMIT"
    assert str(paused.details["resumeAt"])[:19] == f"{resume_at:%Y-%m-%dT%H:%M:%S}"

    # room again
    limited.clock.jump(resume_at)
    tick_now(limited)
    assert last(limited, campaign_id, What.RESUMED).actor == SYSTEM

    # too fast
    deployment.channel.answer = answers(refusal(OutcomeKind.THROTTLED, "130429"))
    batch(limited, campaign_id)
    stopped = last(limited, campaign_id, What.SENDER_STOPPED)
    until = f"{limited.clock.now() + timedelta(seconds=60):%Y-%m-%dT%H:%M:%S}"
    assert stopped.details["senderId"] == "default"
    assert str(stopped.details["until"]).startswith(until)
    assert stopped.reason == "That did not work. (code 130429)"

    # Meta refuses the whole campaign
    limited.clock.advance(2 * MINUTE)
    deployment.channel.answer = answers(refusal(OutcomeKind.CAMPAIGN_ERROR, "132001"))
    batch(limited, campaign_id)
    paused = last(limited, campaign_id, What.PAUSED)
    assert paused.details == {"cause": "CAMPAIGN_ERROR"}
    assert paused.reason == "That did not work. (code 132001)"


def test_a_lost_worker_is_told_once_with_how_many_are_in_doubt(deployment: Services) -> None:
    campaign_id = running(deployment, PEOPLE)
    held_since = deployment.clock.now()
    die_in_call(deployment, campaign_id, call=2)

    deployment.clock.advance(5 * MINUTE)
    tick_now(deployment)
    tick_now(deployment)

    lost = [e for e in told(deployment, campaign_id) if e.what == What.WORKER_LOST]
    assert [(e.actor, e.at) for e in lost] == [(SYSTEM, deployment.clock.now())]
    assert lost[0].details["inDoubt"] == 5
    assert str(lost[0].details["heldSince"])[:19] == f"{held_since:%Y-%m-%dT%H:%M:%S}"


@pytest.mark.parametrize("settled", [1, 5])
def test_only_those_who_really_are_in_doubt_are_counted(deployment: Services, settled: int) -> None:
    """Evidence may come before the sweep; if it came for all, there is nothing to tell."""
    campaign_id = running(deployment, PEOPLE)
    die_in_call(deployment, campaign_id, call=2)
    for phone in PEOPLE[:settled]:
        deployment._dynamodb.update_item(
            TableName=deployment.settings.recipients_table,
            Key={"PK": {"S": f"CAMPAIGN#{campaign_id}"}, "SK": {"S": f"USER#{phone}"}},
            UpdateExpression="SET #s = :sent",
            ExpressionAttributeNames={"#s": "status"},
            ExpressionAttributeValues={":sent": {"S": "SENT"}},
        )

    deployment.clock.advance(5 * MINUTE)
    assert tick_now(deployment).in_doubt == 5 - settled

    lost = [e for e in told(deployment, campaign_id) if e.what == What.WORKER_LOST]
    assert [e.details["inDoubt"] for e in lost] == [5 - settled][: 5 - settled]


def test_damaged_recipients_that_are_written_off_are_counted(deployment: Services) -> None:
    campaign_id = running(deployment, PEOPLE)
    for phone in PEOPLE[:3]:
        deployment._dynamodb.update_item(
            TableName=deployment.settings.recipients_table,
            Key={"PK": {"S": f"CAMPAIGN#{campaign_id}"}, "SK": {"S": f"USER#{phone}"}},
            UpdateExpression="SET #p = :junk",
            ExpressionAttributeNames={"#p": "parameters"},
            ExpressionAttributeValues={":junk": {"S": "{"}},
        )

    batch(deployment, campaign_id)

    written_off = last(deployment, campaign_id, What.WRITTEN_OFF)
    assert (written_off.actor, written_off.details) == (SYSTEM, {"recipients": 3})


def test_an_upload_that_dies_has_still_been_told_of(
    deployment: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign_id = new_campaign(deployment, [])
    deployment.clock.advance(MINUTE)
    whole = deployment.recipients.add

    def add_and_die(campaign: Campaign, recipients: Sequence[Recipient]) -> Sequence[str]:
        whole(campaign, recipients)
        raise MemoryError

    monkeypatch.setattr(deployment.recipients, "add", add_and_die)
    with pytest.raises(MemoryError):
        upload(deployment, campaign_id, PEOPLE)

    assert deployment.campaigns.get(campaign_id).total_recipients == len(PEOPLE)
    assert [(e.what, e.actor) for e in told(deployment, campaign_id)] == [
        (What.CREATED, TESTER),
        (What.POPULATING, TESTER),
    ]


def test_a_batch_in_which_nobody_was_called_leaves_no_line(deployment: Services) -> None:
    campaign_id = running(deployment, PEOPLE[:1])
    soon = deployment.clock.now() + MINUTE

    for _ in range(3):
        execute_now(deployment, campaign_id, soon, MACHINE)

    lines = [e for e in told(deployment, campaign_id) if e.what == What.BATCH_EXECUTED]
    assert [(e.actor, e.details) for e in lines] == [(MACHINE, {"processed": 1, "sent": 1})]


def test_the_schedules_batches_leave_no_line(deployment: Services) -> None:
    campaign_id = running(deployment, PEOPLE)

    batch(deployment, campaign_id)

    whats = {e.what for e in told(deployment, campaign_id)}
    assert whats == {What.CREATED, What.STARTED, What.COMPLETED}


def test_what_was_refused_is_not_told(deployment: Services) -> None:
    campaign_id = new_campaign(deployment, PEOPLE)

    with pytest.raises(InvalidTransitionError):
        act(deployment, campaign_id, Action.PAUSE)

    assert [e.what for e in told(deployment, campaign_id)] == [What.CREATED]


def test_pages_show_every_line_once(deployment: Services) -> None:
    campaign_id = new_campaign(deployment, PEOPLE)
    act(deployment, campaign_id, Action.START)
    for action in [Action.PAUSE, Action.RESUME] * 3:
        deployment.clock.advance(MINUTE)
        act(deployment, campaign_id, action)
    whole = deployment.history.list(campaign_id, 8, None)
    assert len(whole.items) == 8
    assert whole.cursor is None

    for size in (1, 3, 4, 7):
        lines, cursor = [], None
        while True:
            page = deployment.history.list(campaign_id, size, cursor)
            lines += page.items
            cursor = page.cursor
            if cursor is None:
                break
            assert len(page.items) == size
        assert lines == list(whole.items)


def test_a_cursor_of_another_campaign_or_tenant_leads_nowhere(deployment: Services) -> None:
    mine, other = new_campaign(deployment, PEOPLE), new_campaign(deployment, PEOPLE)
    theirs = deployment.tenant("acme").history
    for campaign_id in (mine, other):
        act(deployment, campaign_id, Action.CANCEL)
    cursor = deployment.history.list(mine, 1, None).cursor
    assert cursor is not None
    assert deployment.history.list(mine, 5, cursor).items

    for wrong in (cursor[:-3], cursor + "A", "x" * 40, "VEVOQU5UI2FjbWU", "é", "=" * 9):
        with pytest.raises(InvalidCursorError):
            deployment.history.list(mine, 5, wrong)
    with pytest.raises(InvalidCursorError):
        deployment.history.list(other, 5, cursor)
    with pytest.raises(InvalidCursorError):
        theirs.list(mine, 5, cursor)


def test_over_http_a_strange_cursor_is_400_and_an_unknown_campaign_404(api: Services) -> None:
    campaign_id = new_campaign(api, [])
    path = f"/api/campaigns/{campaign_id}/events"
    other = ask("viewer", "GET", f"/api/campaigns/{new_campaign(api, [])}/events").body

    assert ask("viewer", "GET", path, cursor="nonsense").code == "INVALID_CURSOR"
    assert ask("viewer", "GET", path, stauts="x").status == 400
    assert ask("viewer", "GET", path, limit="101").status == 400
    assert ask("viewer", "GET", "/api/campaigns/cmp_nobody/events").code == "CAMPAIGN_NOT_FOUND"
    assert other["nextCursor"] is None


def test_a_damaged_line_hides_no_other(deployment: Services) -> None:
    campaign_id = new_campaign(deployment, PEOPLE)
    deployment._dynamodb.put_item(
        TableName=deployment.settings.campaigns_table,
        Item={
            "PK": {"S": f"CAMPAIGN#{campaign_id}"},
            "SK": {"S": "EVENT#2026-11-20T13:00:00.000Z#00000000"},
            "what": {"S": "SOMETHING"},
        },
    )

    assert [e.what for e in told(deployment, campaign_id)] == [What.CREATED]


def test_a_campaign_that_is_gone_gets_no_line_any_more(deployment: Services) -> None:
    event = Event("cmp_gone", deployment.clock.now(), What.POPULATED, TESTER)

    assert deployment.history.note(event) is False
    assert told(deployment, "cmp_gone") == []


def test_only_one_module_writes_lines_and_it_can_only_add() -> None:
    shared = Path(__file__).parents[2] / "shared"
    writers = [p.name for p in shared.rglob("*.py") if "keys.event(" in p.read_text()]
    text = (shared / "dynamo" / "history.py").read_text()

    assert writers == ["history.py"]
    assert not re.search(r'"(Update|Delete)"|update_item|delete_item', text)
