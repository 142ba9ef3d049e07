"""What campaigns say: the templates at Meta, and a test of one on a phone of one's own."""

from typing import Annotated

import typer

from campaign_client import Client
from campaign_client.template_types import SentTest
from cli import output
from cli.connection import connect
from cli.exits import Exit, usage
from cli.options import AsJson, CampaignArg, SenderArg, StatusFilter, find

_WORDS = {
    "SENT": "WhatsApp took the message.",
    "HELD": "WhatsApp took the message, and holds it for a quality check.",
    "REFUSED": "It was not sent.",
    "UNKNOWN": "It may have arrived: look at the phone before you test again.",
}
_TAKEN = frozenset({"SENT", "HELD"})


def templates(
    sender: SenderArg | None = None,
    status: StatusFilter = None,
    name: Annotated[
        str | None, typer.Option("--name", help="With this in their names.", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the templates that a sender has at Meta; without one, those of the default sender."""
    with connect() as client:
        wanted = status and status.upper()
        found = client.senders.templates(sender or _default(client), status=wanted, name=name)
    if as_json:
        return output.document(found)
    columns = ("NAME", "LANGUAGE", "STATE", "CATEGORY", "QUALITY", "TEXT", "REASON")
    rows = (
        (
            one["name"], one["language"], one["status"], one["category"], one["quality"],
            one["body"] and one["body"]["text"], one["unsupported"],
        )
        for one in found["templates"]
    )  # fmt: skip
    output.table(columns, rows, "There is no such template. They are made in WhatsApp Manager.")
    if found["truncated"]:
        output.say("There are more: ask for a --name.")
    return None


def send_test(
    campaign: CampaignArg,
    phone: Annotated[str, typer.Argument(metavar="PHONE", help="Your own, with country code.")],
    value: Annotated[
        list[str] | None,
        typer.Option(
            "--value",
            "-v",
            help="What stands for a column, as column=text; without any, the columns' names do.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Send one message of a campaign to a phone of your own, at once."""
    values = dict(map(_pair, value)) if value else None
    with connect() as client:
        done = client.campaigns.test(find(client, campaign), phone, values)
    if as_json:
        output.document(done)
    else:
        _show(done)
    if done["outcome"] not in _TAKEN:
        raise typer.Exit(Exit.REFUSED)


def _show(done: SentTest) -> None:
    output.facts(
        (
            ("outcome", done["outcome"]),
            ("code", done["code"]),
            ("reason", done["message"]),
            ("message", done["messageId"]),
        )
    )
    output.say(_WORDS.get(done["outcome"], done["outcome"]))
    if done["advice"]:
        output.say(done["advice"])


def _default(client: Client) -> str:
    for one in client.senders.all():
        if one["default"]:
            return one["senderId"]
    raise usage("No sender is the default one. Say which: campaigns templates SENDER")


def _pair(given: str) -> tuple[str, str]:
    column, mark, text = given.partition("=")
    if not (mark and column.strip()):
        raise usage(f"{given!r} is no value: give column=text, such as first_name=Ana")
    return column.strip(), text
