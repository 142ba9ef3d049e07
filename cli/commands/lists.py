"""Who is written to: populate, imports."""

from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from campaign_client import Client
from campaign_client.imports import ENDED, Import, ImportFound
from campaign_client.people_types import Populated
from cli import output
from cli.connection import connect
from cli.exits import usage
from cli.files import save_csv
from cli.importing import first_rejects, import_file, wait
from cli.options import AsJson, CampaignArg, Limit, Timeout, find
from cli.words import number, when

_AT_ONCE = 200_000
"""Bytes of a file that goes in one request, some 7,000 rows; a longer one is imported. A request
has 30 seconds, and a new table on AWS takes about 300 rows a second."""

_REJECTS_TOLD = 100  # by the API too
_REJECTS_SHOWN = 20

RejectsTo = Annotated[
    Path | None,
    typer.Option("--rejects", help="Write all rows that were left out, with the reason, as CSV."),
]


def populate(
    campaign: CampaignArg,
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="A CSV file.")
    ],
    rejects: RejectsTo = None,
    timeout: Timeout = None,
    as_json: AsJson = False,
) -> None:
    """Add the people of a CSV file, up to 500 MB. The same file again adds nobody twice."""
    with connect() as client:
        campaign_id = find(client, campaign)
        if rejects is None and file.stat().st_size <= _AT_ONCE:
            done = client.campaigns.populate(campaign_id, file)
        else:
            found = import_file(client, campaign_id, file, timeout)
            if rejects is not None:
                _save_rejects(client, found, rejects)
            done = _as_populated(client, found)
    if as_json:
        return output.document(done)
    shown = done["rejected"][:_REJECTS_SHOWN]
    for row in shown:
        output.line(f"line {row['line']}  {row['kind']}  {row['reason']}")
    left_out = sum(done["skipped"].values())
    if left_out > len(shown) and rejects is None:
        output.say("… All that were left out: the same again with --rejects FILE.")
    kinds = ", ".join(f"{kind} {number(n)}" for kind, n in done["skipped"].items() if n)
    return output.line(
        f"{number(done['inserted'])} added, {number(left_out)} left out"
        + (f" ({kinds})" if kinds else "")
        + f"; {number(done['totalRecipients'])} in the campaign"
    )


def imports(
    campaign: CampaignArg,
    waits: Annotated[
        bool, typer.Option("--wait", help="Wait until those that go on have ended.")
    ] = False,
    timeout: Timeout = None,
    rejects: RejectsTo = None,
    limit: Limit = 20,
    as_json: AsJson = False,
) -> None:
    """Show the imports of long lists into a campaign, newest first."""
    with connect() as client:
        campaign_id = find(client, campaign)
        found = list(islice(client.imports.all(campaign_id), limit))
        if waits:
            for one in (one for one in reversed(found) if _goes_on(one)):
                wait(client, one, timeout)
            found = list(islice(client.imports.all(campaign_id), limit))
        if rejects is not None:
            _save_rejects(client, _newest_done(client, found), rejects)
    if as_json:
        return output.document({"imports": found})
    columns = ("FILE", "STATUS", "ROWS", "DONE", "ADDED", "LEFT OUT", "BEGUN", "REASON")
    rows = (
        (
            one["fileName"], one["status"], one["rows"], one["rowsDone"], one["inserted"],
            sum(one["skipped"].values()), when(one["startedAt"]), one["reason"],
        )
        for one in found
    )  # fmt: skip
    return output.table(columns, rows, "Nothing was imported. Add people: campaigns populate")


def _goes_on(one: Import) -> bool:
    """Whether something happens there without anybody."""
    return one["status"] not in ENDED and one["startedAt"] is not None


def _newest_done(client: Client, found: list[Import]) -> ImportFound:
    for one in found:
        if one["status"] == "DONE":
            return client.imports.get(one["campaignId"], one["importId"])
    raise usage("No import into this campaign is DONE: there are no rejects to write.")


def _save_rejects(client: Client, found: ImportFound, file: Path) -> None:
    """The rows that were left out; a file with the names of the columns alone if there are none."""
    pieces = (
        ["line,phone,kind,reason\r\n"] if found["report"] is None else client.imports.report(found)
    )
    output.say(f"{number(save_csv(pieces, file))} rows that were left out are in {file}")


def _as_populated(client: Client, found: ImportFound) -> Populated:
    """As the API answers about a short list."""
    one = found["imported"]
    return {
        "inserted": one["inserted"],
        "skipped": one["skipped"],
        "totalRecipients": client.campaigns.get(one["campaignId"])["totalRecipients"],
        "rejected": first_rejects(client, found, _REJECTS_TOLD),
    }
