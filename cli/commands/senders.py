"""`campaigns senders …`: the WhatsApp numbers to send from."""

import sys
from typing import Annotated

import typer

from campaign_client.account_types import NewSender, Sender
from cli import output
from cli.connection import connect
from cli.options import AsJson, SenderArg, Yes
from cli.prompts import secret
from cli.words import number, when

app = typer.Typer(help="The WhatsApp numbers to send from.", no_args_is_help=True)


@app.command("list")
def list_senders(as_json: AsJson = False) -> None:
    """List the numbers, the deployment's own first."""
    with connect() as client:
        found = client.senders.all()
    if as_json:
        return output.document({"senders": found})
    columns = ("ID", "NAME", "NUMBER", "DEFAULT", "QUALITY", "LIMIT", "STATE")
    rows = (
        (
            one["senderId"], one["name"], one["displayNumber"] or one["phoneNumberId"],
            "yes" if one["default"] else "", one["quality"], number(one["limitInForce"]),
            "stopped" if one["stopped"] else "can send",
        )
        for one in found
    )  # fmt: skip
    return output.table(columns, rows, "There is no sender. Add one: campaigns senders add")


@app.command()
def add(
    phone_number_id: Annotated[str, typer.Argument(help="As WhatsApp Manager shows it.")],
    name: Annotated[str | None, typer.Option("--name", help="What you call it.")] = None,
    account: Annotated[
        str | None,
        typer.Option("--account", help="Its WhatsApp Business Account, which has the templates."),
    ] = None,
    daily_limit: Annotated[
        int | None, typer.Option("--daily-limit", help="Conversations in 24 hours.")
    ] = None,
    rate: Annotated[float | None, typer.Option("--rate", help="Messages a second.")] = None,
    default: Annotated[
        bool, typer.Option("--default", help="Campaigns that name no sender take this one.")
    ] = False,
    from_stdin: Annotated[
        bool, typer.Option("--token-stdin", help="Read the access token from standard input.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Register a number. Its access token is asked for, never an argument."""
    token = sys.stdin.readline().strip() if from_stdin else secret("Access token", "--token-stdin")
    wanted: NewSender = {"phoneNumberId": phone_number_id, "accessToken": token}
    if name is not None:
        wanted["name"] = name
    if account is not None:
        wanted["businessAccountId"] = account
    if daily_limit is not None:
        wanted["dailyLimit"] = daily_limit
    if rate is not None:
        wanted["messagesPerSecond"] = rate
    if default:
        wanted["default"] = True
    with connect() as client:
        _show(client.senders.add(wanted), as_json)


@app.command()
def check(sender: SenderArg, as_json: AsJson = False) -> None:
    """Ask Meta about a number again: its token, its quality, its limit."""
    with connect() as client:
        _show(client.senders.check(sender), as_json)


@app.command()
def release(sender: SenderArg, as_json: AsJson = False) -> None:
    """Let a stopped number try again."""
    with connect() as client:
        _show(client.senders.release(sender), as_json)


@app.command()
def remove(sender: SenderArg, yes: Yes = False, as_json: AsJson = False) -> None:
    """Forget a number and its token."""
    output.confirm(f"Forget the sender {sender} and its token?", yes)
    with connect() as client:
        done = client.senders.remove(sender)
    if as_json:
        return output.document(done)
    return output.line(f"{done['senderId']} is gone")


def _show(sender: Sender, as_json: bool) -> None:
    if as_json:
        return output.document(sender)
    return output.facts(
        (
            ("sender", sender["senderId"]),
            ("name", sender["name"]),
            ("number", sender["displayNumber"]),
            ("account", sender["businessAccountId"]),
            ("verified name", sender["verifiedName"]),
            ("quality", sender["quality"]),
            ("limit in force", number(sender["limitInForce"])),
            ("state", "stopped" if sender["stopped"] else "can send"),
            ("reason", sender["stopReason"]),
            ("checked", when(sender["checkedAt"])),
        )
    )
