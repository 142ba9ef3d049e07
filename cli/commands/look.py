"""Looking: list, status, watch, recipients, errors, events, export, quota, overview."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from cli import output, waiting, watching
from cli.connection import connect
from cli.documents import Status
from cli.files import write_csv
from cli.options import (
    AsJson,
    CampaignArg,
    CodeFilter,
    Everything,
    Limit,
    PhoneFilter,
    RepliedFilter,
    SenderOption,
    StatusFilter,
    Timeout,
    find,
)
from cli.words import number, until, when

T = TypeVar("T")


def list_campaigns(
    status: StatusFilter = None,
    limit: Limit = 20,
    everything: Everything = False,
    as_json: AsJson = False,
) -> None:
    """List campaigns, newest first."""
    with connect() as client:
        found = some(client.campaigns.all(status=_upper(status)), limit, everything)
    if as_json:
        return output.document({"campaigns": found})
    columns = ("NAME", "STATUS", "PEOPLE", "DONE", "SENT", "DELIVERED", "READ", "FAILED", "ID")
    rows = (
        (
            one["name"], one["status"], one["totalRecipients"], f"{number(one['progress'])} %",
            one["sentCount"], one["deliveredCount"], one["readCount"], one["failedCount"],
            one["campaignId"],
        )
        for one in found
    )  # fmt: skip
    return output.table(columns, rows, "There are no campaigns. Make one: campaigns create")


def status(campaign: CampaignArg, as_json: AsJson = False) -> None:
    """Show a campaign: how far it is, what became of its people, its settings."""
    with connect() as client:
        found = waiting.status_of(client, find(client, campaign))
    if as_json:
        return output.document(found)
    if output.screen().is_terminal:
        output.show(watching.picture(found))
    else:
        _progress_lines(found)
    one = found["campaign"]
    pace, size = one["throttle"]["messagesPerSecond"], one["throttle"]["batchSize"]
    return output.facts(
        (
            ("template", f"{one['templateName']} ({one['templateLanguage']})"),
            ("sender", one["senderId"]),
            ("mode", one["throttle"]["mode"]),
            ("pace", None if pace is None else f"{number(pace)} a second"),
            ("workers", one["throttle"]["workers"] if one["throttle"]["mode"] != "batch" else None),
            ("batch", number(size) if one["throttle"]["mode"] == "batch" else None),
            ("attempts", one["retry"]["maxAttempts"]),
            ("own cap", one["dailyCap"]),
            ("in doubt", one["onUnconfirmed"]),
            ("created", when(one["createdAt"])),
        )
    )


def _progress_lines(found: Status) -> None:
    one, progress, stats = found["campaign"], found["progress"], found["stats"]
    output.facts(
        (
            ("campaign", one["campaignId"]),
            ("name", one["name"]),
            ("status", one["status"]),
            ("reason", progress["waitsFor"] or one["pausedReason"]),
            ("percent", number(progress["percent"])),
            *stats.items(),
            ("rate a minute", number(progress["ratePerMinute"])),
            ("cap used", progress["cap"]["used"]),
            ("cap", progress["cap"]["limit"]),
            ("estimated end", progress["estimatedEnd"]),
        )
    )


def watch(
    campaign: CampaignArg,
    every: Annotated[
        float, typer.Option("--interval", min=0.2, help="Seconds between two looks.")
    ] = 2.0,
    timeout: Timeout = None,
    as_json: AsJson = False,
) -> None:
    """Watch a campaign until it ends. Ctrl-C ends the watching, not the campaign."""
    with connect() as client:
        campaign_id = find(client, campaign)
        statuses = waiting.follow(client, campaign_id, every, timeout)
        with waiting.only_watching(campaign_id):
            if as_json or not output.screen().is_terminal:
                found = watching.show_lines(statuses, as_json)
            else:
                found = watching.show_live(statuses)
    waiting.check_end(found)


def recipients(
    campaign: CampaignArg,
    status: StatusFilter = None,
    phone: PhoneFilter = None,
    code: CodeFilter = None,
    replied: RepliedFilter = None,
    limit: Limit = 50,
    everything: Everything = False,
    as_json: AsJson = False,
) -> None:
    """List the people of a campaign, with what became of each."""
    with connect() as client:
        people = client.campaigns.recipients(
            find(client, campaign), status=_upper(status), phone=phone, code=code, replied=replied
        )
        found = some(people, limit, everything)
    if as_json:
        return output.document({"recipients": found})
    columns = ("PHONE", "STATUS", "ATTEMPTS", "CODE", "REASON", "UPDATED")
    rows = (
        (
            one["phone"], one["status"], one["attempts"], one["errorCode"], one["errorMessage"],
            when(one["updatedAt"]),
        )
        for one in found
    )  # fmt: skip
    return output.table(columns, rows, "Nobody.")


def errors(campaign: CampaignArg, as_json: AsJson = False) -> None:
    """Say why people were not reached, and what to do about it."""
    with connect() as client:
        found = client.campaigns.errors(find(client, campaign))
    if as_json:
        return output.document(found)
    columns = ("PEOPLE", "STATUS", "CODE", "RETRY", "MEANING")
    rows = (
        (one["count"], one["status"], one["code"], "yes" if one["retryable"] else "no",
         one["words"])
        for one in found["errors"]
    )  # fmt: skip
    return output.table(columns, rows, "No errors.")


def events(
    campaign: CampaignArg,
    limit: Limit = 50,
    everything: Everything = False,
    as_json: AsJson = False,
) -> None:
    """Tell a campaign's history, newest first: who did what, and what the system decided."""
    with connect() as client:
        found = some(client.campaigns.events(find(client, campaign)), limit, everything)
    if as_json:
        return output.document({"events": found})
    columns = ("WHEN", "WHAT", "WHO", "ROLE", "REASON", "DETAILS")
    rows = (
        (
            when(one["at"]), one["what"], one["actor"], one["actorRole"], one["reason"],
            " ".join(f"{name}={value}" for name, value in one["details"].items()),
        )
        for one in found
    )  # fmt: skip
    return output.table(columns, rows, "Nothing has happened.")


def export(
    campaign: CampaignArg,
    file: Annotated[
        Path | None, typer.Option("--output", "-o", help="The file; else standard output.")
    ] = None,
    status: StatusFilter = None,
    phone: PhoneFilter = None,
    code: CodeFilter = None,
    replied: RepliedFilter = None,
    as_json: AsJson = False,
) -> None:
    """Write the people of a campaign as CSV, however many they are."""
    with connect() as client:
        pieces = client.campaigns.export(
            find(client, campaign), status=_upper(status), phone=phone, code=code, replied=replied
        )
        write_csv(pieces, file, as_json)


def quota(sender: SenderOption = None, as_json: AsJson = False) -> None:
    """Show the daily cap of a sender."""
    with connect() as client:
        found = client.quota(sender)
    if as_json:
        return output.document(found)
    return output.facts(
        (
            ("used", number(found["used"])),
            ("limit", number(found["limit"])),
            ("remaining", number(found["remaining"])),
            ("window", found["window"]),
            ("next frees up", until(found["resetsAt"]) if found["used"] else None),
        )
    )


def overview(
    days: Annotated[int, typer.Option("--days", min=1, max=366, help="Of so many days.")] = 30,
    as_json: AsJson = False,
) -> None:
    """Show all campaigns of the last days together."""
    with connect() as client:
        found = client.overview(days)
    if as_json:
        return output.document(found)
    by_status = ((name.lower(), count or None) for name, count in found["campaigns"].items())
    output.facts((("since", when(found["since"])), *by_status, *found["stats"].items()))
    for one in found["errors"]:
        output.line(f"{one['count']} {one['status']} {one['code']}: {one['words']}")
    if found["truncated"]:
        output.say("There are more campaigns: only the newest were looked at.")
    return None


def some(found: Iterator[T], limit: int, everything: bool) -> list[T]:
    """The first so many, or all; no page is asked for that is not needed."""
    return list(found if everything else islice(found, limit))


def _upper(status: str | None) -> str | None:
    return None if status is None else status.upper()
