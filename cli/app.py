"""The program and its commands."""

import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated

import typer

from cli import documents, output, schema
from cli.commands import account, control, drafts, lists, look, senders, suppressions, templates
from cli.exits import usage

app = typer.Typer(
    name="campaigns",
    help="WhatsApp campaigns: make them, start them, see what became of every message.",
    no_args_is_help=True,
    rich_markup_mode="rich" if sys.stdout.isatty() else None,  # plain lines without a terminal
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

COMMANDS: dict[str, Callable[..., None]] = {
    "create": drafts.create,
    "populate": lists.populate,
    "imports": lists.imports,
    "templates": templates.templates,
    "test": templates.send_test,
    "start": control.start,
    "watch": look.watch,
    "status": look.status,
    "list": look.list_campaigns,
    "pause": control.pause,
    "resume": control.resume,
    "cancel": control.cancel,
    "recipients": look.recipients,
    "errors": look.errors,
    "retry": control.retry,
    "resolve": control.resolve,
    "duplicate": drafts.duplicate,
    "export": look.export,
    "execute": control.execute,
    "events": look.events,
    "quota": look.quota,
    "overview": look.overview,
    "login": account.log_in,
    "logout": account.log_out,
    "doctor": account.doctor,
}
for name, command in COMMANDS.items():
    app.command(name)(command)
app.add_typer(senders.app, name="senders")
app.add_typer(suppressions.app, name="suppressions")


@app.command("schema")
def print_schema(
    command: Annotated[
        list[str] | None, typer.Argument(help="Such as: status, or senders list.")
    ] = None,
) -> None:
    """Print the JSON Schema of what a command prints with --json."""
    name = " ".join(command or ())
    if name not in documents.DOCUMENTS:
        raise usage(f"There are schemas of: {', '.join(documents.DOCUMENTS)}")
    sys.stdout.write(schema.text_of(name))


def _version(wanted: bool) -> None:
    if wanted:
        try:
            output.line(f"campaigns {version('campaign-executor')}")
        except PackageNotFoundError:
            output.line("campaigns (not installed: run from the source)")
        raise typer.Exit


@app.callback()
def program(
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which.")
    ] = False,
) -> None:
    """WhatsApp campaigns: make them, start them, see what became of every message."""
