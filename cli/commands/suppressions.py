"""`campaigns suppressions …`: who is not written to."""

from pathlib import Path
from typing import Annotated

import typer

from cli import output
from cli.commands.look import some
from cli.connection import connect
from cli.files import write_csv
from cli.options import AsJson, Everything, Limit, PhoneFilter, Yes
from cli.words import number, when

app = typer.Typer(help="Who is not written to, by no campaign.", no_args_is_help=True)

Phones = Annotated[
    list[str], typer.Argument(metavar="PHONE...", help="With the country code.", show_default=False)
]


@app.command("list")
def list_suppressions(
    phone: PhoneFilter = None,
    limit: Limit = 50,
    everything: Everything = False,
    as_json: AsJson = False,
) -> None:
    """List who is not written to, in order of phone."""
    with connect() as client:
        found = some(client.suppressions.all(phone=phone), limit, everything)
    if as_json:
        return output.document({"suppressions": found})
    columns = ("PHONE", "SINCE", "SOURCE", "REASON", "BY")
    rows = (
        (one["phone"], when(one["since"]), one["source"], one["reason"], one["actor"])
        for one in found
    )
    return output.table(columns, rows, "Nobody.")


@app.command()
def add(
    phones: Phones,
    reason: Annotated[str | None, typer.Option("--reason", help="For those who ask later.")] = None,
    as_json: AsJson = False,
) -> None:
    """Put people on the list: from now on nobody writes to them."""
    with connect() as client:
        done = client.suppressions.add(phones, reason)
    if as_json:
        return output.document(done)
    return output.line(f"{number(done['added'])} added, {number(done['already'])} were on it")


@app.command()
def remove(phones: Phones, yes: Yes = False, as_json: AsJson = False) -> None:
    """Take people off the list who have said that they want messages again."""
    output.confirm(f"Write to {number(len(phones))} people again who wanted no messages?", yes)
    with connect() as client:
        done = client.suppressions.remove(phones)
    if as_json:
        return output.document(done)
    return output.line(f"{number(done['removed'])} removed, {number(done['unknown'])} not on it")


@app.command("import")
def import_list(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="A CSV file.")
    ],
    as_json: AsJson = False,
) -> None:
    """Put the people of a CSV file on the list."""
    with connect() as client:
        done = client.suppressions.load(file)
    if as_json:
        return output.document(done)
    for row in done["rejected"]:
        output.line(f"line {row['line']}  {row['kind']}  {row['reason']}")
    left_out = sum(done["skipped"].values())
    return output.line(f"{number(done['inserted'])} added, {number(left_out)} left out")


@app.command()
def export(
    file: Annotated[
        Path | None, typer.Option("--output", "-o", help="The file; else standard output.")
    ] = None,
    phone: PhoneFilter = None,
    as_json: AsJson = False,
) -> None:
    """Write the list as CSV; `import` takes it."""
    with connect() as client:
        write_csv(client.suppressions.export(phone=phone), file, as_json)
