"""Deciding about campaigns: start, pause, resume, cancel, execute, retry, resolve."""

from typing import Annotated

import typer

from campaign_client import Client
from campaign_client.campaign_types import Controlled
from cli import output, waiting, watching
from cli.connection import connect
from cli.exits import usage
from cli.options import AsJson, CampaignArg, Timeout, Wait, Why, Yes, find
from cli.words import number, when


def start(
    campaign: CampaignArg,
    reason: Why = None,
    wait: Wait = False,
    timeout: Timeout = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Start a campaign: from now on it sends."""
    with connect() as client:
        one = client.campaigns.get(find(client, campaign))
        if one["status"] == "DRAFT":
            output.confirm(
                f"Start {one['name']!r}: template {one['templateName']} to"
                f" {number(one['totalRecipients'])} people?",
                yes,
            )
        done = client.campaigns.control(one["campaignId"], "start", reason)
        _shown(client, done, wait, timeout, as_json)


def pause(campaign: CampaignArg, reason: Why = None, as_json: AsJson = False) -> None:
    """Pause a campaign: when this is answered, nobody new is written to."""
    _simple(campaign, "pause", reason, as_json)


def resume(
    campaign: CampaignArg,
    reason: Why = None,
    wait: Wait = False,
    timeout: Timeout = None,
    as_json: AsJson = False,
) -> None:
    """Let a paused campaign go on."""
    with connect() as client:
        done = client.campaigns.control(find(client, campaign), "resume", reason)
        _shown(client, done, wait, timeout, as_json)


def cancel(
    campaign: CampaignArg, reason: Why = None, yes: Yes = False, as_json: AsJson = False
) -> None:
    """End a campaign for good; who was not written to is not."""
    with connect() as client:
        one = client.campaigns.get(find(client, campaign))
        left = one["pendingCount"] + one["sendingCount"]
        output.confirm(f"End {one['name']!r} for good, with {number(left)} people left?", yes)
    _simple(one["campaignId"], "cancel", reason, as_json)


def execute(campaign: CampaignArg, as_json: AsJson = False) -> None:
    """Send the next batch now, without waiting for the minute."""
    with connect() as client:
        done = client.campaigns.execute_batch(find(client, campaign))
    if as_json:
        return output.document(done)
    counts = ("processed", "sent", "failed", "held", "retried", "skipped", "unconfirmed")
    output.facts((name, done[name]) for name in counts)  # type: ignore[literal-required]
    if done["waitUntil"]:
        output.say(f"The sender is silent until {when(done['waitUntil'])}.")
    if done["paused"]:
        output.say(f"The campaign is paused: {done['pauseReason']}")
    if done["completed"]:
        output.say("The campaign is completed.")
    return None


def retry(
    campaign: CampaignArg,
    code: Annotated[
        list[str] | None, typer.Option("--code", help="Only those with this error code.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Also those whom Meta would refuse again.")
    ] = False,
    wait: Wait = False,
    timeout: Timeout = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Try failed people again; a completed campaign runs again."""
    if force:
        output.confirm("Write also to those whom Meta would refuse again?", yes)
    with connect() as client:
        campaign_id = find(client, campaign)
        done = client.campaigns.retry_failed(campaign_id, codes=code or (), force=force)
        if wait and done["status"] == "RUNNING":
            _waited(client, campaign_id, timeout, as_json)
        elif as_json:
            output.document(done)
        else:
            output.line(f"{number(done['retried'])} are tried again; the campaign is"
                        f" {done['status']}")  # fmt: skip
            _refused(done["refused"], "Left alone, by code")


def resolve(
    campaign: CampaignArg,
    action: Annotated[str, typer.Argument(help="accept (they count as sent), or resend.")],
    phone: Annotated[
        list[str] | None, typer.Option("--phone", help="Only the message to this number.")
    ] = None,
    everybody: Annotated[bool, typer.Option("--all", help="All messages in doubt.")] = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Settle messages that may have gone out or not (UNCONFIRMED)."""
    if bool(phone) is everybody:
        raise usage("Say whose: --phone NUMBER (as often as needed), or --all.")
    if action == "resend":
        output.confirm("Send again, at the risk of a second message?", yes)
    with connect() as client:
        done = client.campaigns.resolve(find(client, campaign), action, phones=phone or None)
    if as_json:
        return output.document(done)
    output.line(f"{number(done['resolved'])} settled; the campaign is {done['status']}")
    return _refused(done["refused"], "Left alone, by reason")


def _simple(campaign: str, action: str, reason: str | None, as_json: bool) -> None:
    with connect() as client:
        done = client.campaigns.control(find(client, campaign), action, reason)
    if as_json:
        return output.document(done)
    return output.line(done["newStatus"])


def _shown(
    client: Client, done: Controlled, wait: bool, timeout: float | None, as_json: bool
) -> None:
    if wait:
        _waited(client, done["campaignId"], timeout, as_json)
    elif as_json:
        output.document(done)
    else:
        output.line(done["newStatus"])
        if done["newStatus"] == "RUNNING":
            output.say(f"The next batch leaves within a minute: campaigns watch"
                       f" {done['campaignId']}")  # fmt: skip


def _waited(client: Client, campaign_id: str, timeout: float | None, as_json: bool) -> None:
    """Until the campaign is COMPLETED; what became of it."""
    statuses = waiting.until_end(client, campaign_id, timeout)
    live = not as_json and output.screen().is_terminal
    with waiting.only_watching(campaign_id):
        found = watching.show_live(statuses) if live else watching.last(statuses)
    waiting.check_end(found)
    if as_json:
        output.document(found)
    elif not live:
        output.line(watching.summary(found))


def _refused(refused: dict[str, int], words: str) -> None:
    if refused:
        output.say(f"{words}: " + ", ".join(f"{code} {n}" for code, n in refused.items()))
