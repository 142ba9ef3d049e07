"""What the demo says, where the sample alone does not show it."""

import io
from typing import Any

from rich.console import Console

from local.demo_report import LiveProgress, Report, free_of_charge
from shared.channels.simulator_mailbox import Received


def written(**call: Any) -> Received:
    usual = {"opaque": "o", "template": "t", "language": "en_US", "parameters": [], "at": 0.0}
    outcome = {"outcome": "accepted", "accepted": True, "code": None, "message_id": "m"}
    return Received(**({"phone_number_id": "1"} | usual | outcome | call))


def report() -> tuple[Report, io.StringIO]:
    text = io.StringIO()
    return Report(Console(file=text, width=120, highlight=False)), text


def test_a_second_message_to_anybody_is_shouted() -> None:
    shown, text = report()

    shown.simulator([written(phone="1"), written(phone="1"), written(phone="2")])

    assert "3 calls, 3 accepted, for 2 phones; most accepted for one phone: 2" in text.getvalue()
    assert "WRITTEN TO TWICE" in text.getvalue()


def test_a_refused_call_before_an_accepted_one_is_no_second_message() -> None:
    shown, text = report()

    shown.simulator([written(phone="1", accepted=False, code=130429), written(phone="1")])

    assert "nobody was written to twice" in text.getvalue()


def test_recipients_in_an_open_conversation_are_those_without_a_unit() -> None:
    statuses = ["SENT", "SENT", "HELD", "UNCONFIRMED", "FAILED", "SKIPPED"]
    recipients = [{"status": status, "sentAt": None} for status in statuses]
    failed_later = {"status": "FAILED", "sentAt": "2026-11-20T09:06:01.123Z"}

    assert free_of_charge(recipients, units=1) == 3
    assert free_of_charge(recipients, units=4) == 0
    assert free_of_charge([*recipients, failed_later], units=4) == 1


STATS = {"total": 64, "sent": 50, "delivered": 40, "read": 30, "replied": 4, "failed": 9}
STATS |= {"held": 3, "unconfirmed": 2, "skipped": 0, "sending": 0, "pending": 0}


def test_each_step_of_the_funnel_is_a_share_of_the_one_before() -> None:
    shown, text = report()

    shown.funnel(STATS)

    lines = [" ".join(line.replace("#", "").split()) for line in text.getvalue().splitlines()]
    assert lines == [
        "",
        "Funnel",
        "sent 50 78 % of total",
        "delivered 40 80 % of sent",
        "read 30 75 % of delivered",
        "replied 4 10 % of delivered",
        "beside: 9 failed, 3 held, 2 unconfirmed",
    ]


def test_a_funnel_of_nobody_is_no_division_by_zero() -> None:
    shown, text = report()

    shown.funnel(dict.fromkeys(STATS, 0))

    assert "beside: nobody" in text.getvalue()
    assert "%" not in text.getvalue()


def test_opt_outs_are_counted_by_the_way_they_came() -> None:
    shown, text = report()
    reply, button = {"source": "REPLY"}, {"source": "BUTTON"}

    shown.opted_out([])
    shown.opted_out([reply, button, reply])

    [line] = text.getvalue().splitlines()
    assert line == "opted out: 3 (1 BUTTON, 2 REPLY); no campaign writes to them any more"


def test_a_used_up_cap_is_a_full_gauge() -> None:
    shown, text = report()

    shown.quota({"used": 200, "limit": 200}, free=0)

    assert f"[{'#' * 40}] 200 of 200" in text.getvalue()
    assert "earlier run" not in text.getvalue()


def test_reasons_with_brackets_are_shown_as_they_are() -> None:
    shown, text = report()
    campaign = {"status": "PAUSED", "pausedReason": "Daily limit reached: 200/200 [conversations]"}

    shown.result(
        campaign, [{"status": "FAILED", "errorCode": "[1]", "errorMessage": "a [red] reason"}]
    )

    assert "Result: PAUSED" in text.getvalue()
    assert "200/200 [conversations]" in text.getvalue()
    assert "[1]" in text.getvalue()
    assert "a [red] reason" in text.getvalue()


def test_without_a_terminal_only_changes_make_a_line() -> None:
    text = io.StringIO()
    progress = LiveProgress(Console(file=text, width=120, highlight=False))
    states = ("sent", "delivered", "read", "failed", "held", "skipped", "unconfirmed")
    counters = {f"{state}Count": 0 for state in (*states, "sending", "pending")} | {
        "pendingCount": 4,
        "progress": 0.0,
    }

    for sent in (0, 0, 1, 1):
        progress.show(counters | {"sentCount": sent, "pendingCount": 4 - sent})
    progress.stop()

    assert len(text.getvalue().splitlines()) == 2
