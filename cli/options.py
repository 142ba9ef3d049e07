"""Arguments and options that several commands share."""

import re
from collections.abc import Iterator
from typing import Annotated

import typer

from campaign_client import Client
from campaign_client.campaign_types import Campaign
from cli.connection import connect
from cli.exits import usage
from cli.words import seconds_of

_ID = re.compile(r"cmp_[0-9A-Za-z-]+", re.ASCII)
_SHOWN = 5


def find(client: Client, wanted: str) -> str:
    """The id of a campaign that is given by id or by name. Raises CliError, ApiError."""
    if _ID.fullmatch(wanted):
        return wanted
    named = [one for one in client.campaigns.all() if one["name"].casefold() == wanted.casefold()]
    if not named:
        raise usage(f"No campaign has the id or the name {wanted!r}. See: campaigns list")
    if len(named) > 1:
        ids = ", ".join(_which(one) for one in named[:_SHOWN])
        raise usage(f"{len(named)} campaigns are called {wanted!r}. Take an id: {ids}")
    return named[0]["campaignId"]


def _which(one: Campaign) -> str:
    return f"{one['campaignId']} ({one['status']}, {one['createdAt'][:10]})"


def _campaigns(incomplete: str) -> Iterator[tuple[str, str]]:
    """For the shell, at the press of the tab key: silent about whatever goes wrong."""
    try:
        with connect() as client:
            for one in client.campaigns.page(limit=50)["campaigns"]:
                if one["campaignId"].startswith(incomplete):
                    yield one["campaignId"], f"{one['name']} ({one['status']})"
    except Exception:
        return


def _senders(incomplete: str) -> Iterator[tuple[str, str]]:
    try:
        with connect() as client:
            for one in client.senders.all():
                if one["senderId"].startswith(incomplete):
                    yield one["senderId"], one["name"] or ""
    except Exception:
        return


CampaignArg = Annotated[
    str,
    typer.Argument(
        metavar="CAMPAIGN",
        help="Its id, or its name if no other has it.",
        autocompletion=_campaigns,
        show_default=False,
    ),
]
SenderArg = Annotated[
    str,
    typer.Argument(metavar="SENDER", help="Its id.", autocompletion=_senders, show_default=False),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON (see: campaigns schema).")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Wait = Annotated[bool, typer.Option("--wait", help="Wait until the campaign has ended.")]
Timeout = Annotated[
    float | None,
    typer.Option(
        "--timeout",
        metavar="DURATION",
        help="Stop waiting after so long (90s, 10m, 2h); the campaign goes on.",
        parser=seconds_of,
        show_default=False,
    ),
]
Why = Annotated[str | None, typer.Option("--reason", help="For the campaign's history.")]
Limit = Annotated[int, typer.Option("--limit", "-n", min=1, help="At most so many.")]
Everything = Annotated[bool, typer.Option("--all", help="All of them.")]
StatusFilter = Annotated[
    str | None, typer.Option("--status", help="Only these, such as FAILED.", show_default=False)
]
PhoneFilter = Annotated[
    str | None, typer.Option("--phone", help="Numbers that begin like this.", show_default=False)
]
CodeFilter = Annotated[
    str | None, typer.Option("--code", help="With this error code.", show_default=False)
]
RepliedFilter = Annotated[
    bool | None,
    typer.Option("--replied/--silent", help="Who has answered, or has not.", show_default=False),
]
SenderOption = Annotated[
    str | None,
    typer.Option(
        "--sender", help="The number to send from; else the default one.", autocompletion=_senders
    ),
]
