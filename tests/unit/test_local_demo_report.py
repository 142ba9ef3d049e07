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
    recipients = [{"status": status} for status in statuses]

    assert free_of_charge(recipients, units=1) == 3
    assert free_of_charge(recipients, units=4) == 0


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
    states = ("sent", "failed", "held", "skipped", "unconfirmed", "sending", "pending")
    counters = {f"{state}Count": 0 for state in states} | {"pendingCount": 4, "progress": 0.0}

    for sent in (0, 0, 1, 1):
        progress.show(counters | {"sentCount": sent, "pendingCount": 4 - sent})
    progress.stop()

    assert len(text.getvalue().splitlines()) == 2
