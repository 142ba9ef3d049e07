"""`python -m local.demo`: the main job from a list to everybody's phone, on this machine.

It uses the API as everybody does, over HTTP, and the built-in simulator, whatever META_GRAPH_URL
says: the sample's numbers must never reach the real WhatsApp. With EXIT=1 it ends when the campaign
has; the exit code is 0 if it was completed, else 1.
"""

import contextlib
import logging
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

from rich.console import Console

from local.demo_client import Api, ApiError
from local.demo_report import LiveProgress, Report, free_of_charge
from local.emulator import ROOT
from local.failure import EXIT_CODE, LocalError, complain
from local.runtime import Runtime, stop_signals
from local.settings import isolate_this_process, load_local_settings

SAMPLE = ROOT / "examples" / "recipients.csv"
CAMPAIGN: dict[str, Any] = {
    "name": "Demo",
    "templateName": "order_update",
    "channel": "WHATSAPP",
    "audienceType": "CSV",
    "templateParams": {"body": ["{{first_name}}", "{{order}}"]},
    "retry": {"baseDelaySeconds": 0.5, "maxDelaySeconds": 2},  # nobody wants to watch half a minute
}
_THROTTLE_STOP_SECONDS = "2"
_POLL_SECONDS = 0.25
_PLAIN_WIDTH = 120  # columns, where there is no terminal to ask
_GIVE_UP_SECONDS = 300.0
_LISTEN_SECONDS = 30.0


def main() -> int:
    """Run the demo; the exit code."""
    logging.basicConfig(format="%(message)s", level=logging.ERROR)
    console = Console(highlight=False, width=None if sys.stdout.isatty() else _PLAIN_WIDTH)
    asked = stop_signals()
    isolate_this_process()
    environment = {"THROTTLE_STOP_SECONDS": _THROTTLE_STOP_SECONDS} | os.environ
    environment.pop("META_GRAPH_URL", None)
    try:
        settings = load_local_settings(environment)
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        log_path = settings.data_dir / "functions.log"
        with log_path.open("ab") as log, Runtime(settings, environment, log) as runtime:
            return _show(runtime, Report(console), console, asked, log_path)
    except LocalError as error:
        complain(str(error))
        return EXIT_CODE


def _show(
    runtime: Runtime, report: Report, console: Console, asked: threading.Event, log_path: Path
) -> int:
    try:
        with Api(runtime.url) as api:
            completed = _campaign(api, runtime, report, console, asked)
    except ApiError as error:
        complain(f"The demo could not go on: {error} (more in {log_path})")
        return 1
    if not asked.is_set() and os.environ.get("EXIT") != "1":
        report.line("\nThe server stays up. Ctrl-C stops.")
        runtime.wait(asked)
    return 0 if completed else 1


def _campaign(
    api: Api, runtime: Runtime, report: Report, console: Console, asked: threading.Event
) -> bool:
    """From the list to the result; whether the campaign was completed."""
    report.heading(f"Console: {runtime.url}")
    if not runtime.console.built:
        report.line("It is not built (make console), so there is no page to see. The API works.")
    used_before = api.quota()["used"]
    campaign_id = api.create(CAMPAIGN)
    report.line(f"Campaign {campaign_id} created with template {CAMPAIGN['templateName']}.")
    report.heading(f"Populate with {SAMPLE.relative_to(ROOT)}")
    report.populated(api.populate(campaign_id, SAMPLE))
    report.heading("Start, and send batch after batch without waiting for the minute")
    began = time.monotonic()
    api.start(campaign_id)
    _send(api, campaign_id, LiveProgress(console), asked)
    report.line(f"{time.monotonic() - began:.1f} seconds.")
    report.heading("What becomes of the messages is told by webhook")
    _listen(api, campaign_id, runtime, LiveProgress(console), asked)

    report.funnel(api.stats(campaign_id))
    report.opted_out(api.suppressions())
    campaign, recipients = api.campaign(campaign_id), api.recipients(campaign_id)
    report.result(campaign, recipients)
    calls = runtime.simulator.received if runtime.simulator else []
    report.simulator(calls)
    quota = api.quota()
    report.quota(quota, free_of_charge(recipients, quota["used"] - used_before))
    _next_steps(report, runtime, campaign_id, api.token)
    return bool(campaign["status"] == "COMPLETED")


def _send(api: Api, campaign_id: str, progress: LiveProgress, asked: threading.Event) -> None:
    """Ask for batches until the campaign has ended, while another thread shows how it stands."""
    done = threading.Event()

    def watch() -> None:
        while not done.wait(_POLL_SECONDS):
            with contextlib.suppress(ApiError):  # the batches' own errors are the ones that count
                progress.show(api.campaign(campaign_id))

    watching = threading.Thread(target=watch, name="progress", daemon=True)
    watching.start()
    try:
        deadline = time.monotonic() + _GIVE_UP_SECONDS
        while not asked.is_set() and time.monotonic() < deadline:
            result = api.execute_batch(campaign_id)
            if result["completed"] or result["paused"]:
                break
            if not result["processed"]:  # everybody who is left waits for a retry
                asked.wait(_POLL_SECONDS)
    finally:
        done.set()
        watching.join()
        progress.show(api.campaign(campaign_id))
        progress.stop()


def _listen(
    api: Api, campaign_id: str, runtime: Runtime, progress: LiveProgress, asked: threading.Event
) -> None:
    """Show the news until no more is on its way."""
    give_up = time.monotonic() + _LISTEN_SECONDS
    while runtime.unheard() and not asked.is_set() and time.monotonic() < give_up:
        progress.show(api.campaign(campaign_id))
        asked.wait(_POLL_SECONDS)
    progress.show(api.campaign(campaign_id))
    progress.stop()


def _next_steps(report: Report, runtime: Runtime, campaign_id: str, token: str) -> None:
    url = f"{runtime.url}/api"
    curl = 'curl -H "Authorization: Bearer $TOKEN"'
    report.heading("Try it")
    if runtime.console.built:
        report.line(f"In the browser      {runtime.url}/campaigns/{campaign_id}")
    report.line(f"Swagger page        {runtime.url}/swagger")
    report.line(f"Token for an hour   {runtime.url}/local/token?role=org_admin")
    if runtime.simulator:
        report.line(f"Simulator's inbox   {runtime.simulator.url}/simulator/messages")
        report.line(f"Its webhooks        {runtime.simulator.url}/simulator/webhooks")
    report.line(f"TOKEN={token}")
    report.line(f"{curl} {url}/campaigns/{campaign_id}")
    report.line(f"{curl} '{url}/campaigns/{campaign_id}/recipients?status=FAILED'")
    report.line(f"{curl} -F file=@my-list.csv {url}/campaigns/{{id}}/populate")


if __name__ == "__main__":
    sys.exit(main())
