"""Making campaigns: create, duplicate."""

import json
import re
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from campaign_client.campaign_types import Button, NewCampaign, NewParams
from cli import output
from cli.connection import connect
from cli.exits import usage
from cli.options import AsJson, CampaignArg, SenderOption, find

_PACES = {"s": "messagesPerSecond", "min": "messagesPerMinute", "h": "messagesPerHour"}


def create(
    name: Annotated[str | None, typer.Argument(help="What it is called.")] = None,
    template: Annotated[
        str | None, typer.Option("--template", "-t", help="The template's name in Meta.")
    ] = None,
    language: Annotated[
        str | None, typer.Option("--language", help="The template's language; else en_US.")
    ] = None,
    body: Annotated[
        list[str] | None,
        typer.Option(
            "--body",
            "-b",
            help="A text of the template's body, such as '{{first_name}}'; one for each"
            " place, or name=text for named ones.",
        ),
    ] = None,
    header: Annotated[str | None, typer.Option("--header", help="The header's text.")] = None,
    button: Annotated[
        list[str] | None,
        typer.Option("--button", help="A button's text, as index:type:text (0:url:{{code}})."),
    ] = None,
    sender: SenderOption = None,
    rate: Annotated[
        str | None, typer.Option("--rate", help="Messages at most: 20/s, 600/min or 5000/h.")
    ] = None,
    continuous: Annotated[
        bool, typer.Option("--continuous", help="All the time, not a batch a minute.")
    ] = False,
    workers: Annotated[
        int | None, typer.Option("--workers", help="With --continuous: at once, 1 to 100.")
    ] = None,
    batch_size: Annotated[
        int | None, typer.Option("--batch-size", help="Recipients a batch.")
    ] = None,
    batch_delay: Annotated[
        int | None, typer.Option("--batch-delay", help="Seconds from batch to batch, at least.")
    ] = None,
    max_attempts: Annotated[
        int | None, typer.Option("--max-attempts", help="Calls for one recipient at most.")
    ] = None,
    daily_cap: Annotated[
        int | None, typer.Option("--daily-cap", help="This campaign's own, in people a day.")
    ] = None,
    on_unconfirmed: Annotated[
        str | None, typer.Option("--on-unconfirmed", help="hold, or resend after five minutes.")
    ] = None,
    auto_resume: Annotated[
        bool, typer.Option("--auto-resume", help="Go on when the reason of a pause is gone.")
    ] = False,
    settings: Annotated[
        Path | None,
        typer.Option(
            "--settings", help="A JSON file with the settings as the API takes them; options win."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Create a campaign, a draft without recipients."""
    wanted = _from_file(settings)
    given = {
        "name": name,
        "templateName": template,
        "templateLanguage": language,
        "senderId": sender,
        "onUnconfirmed": on_unconfirmed,
        "dailyCap": daily_cap,
        "autoResume": auto_resume or None,
    }
    wanted |= {field: value for field, value in given.items() if value is not None}
    _inner(
        wanted,
        "throttle",
        _pace(rate) | {"batchSize": batch_size, "batchDelaySeconds": batch_delay},
    )
    mode = "continuous" if continuous else None
    _inner(wanted, "throttle", {"mode": mode, "workers": workers})
    _inner(wanted, "retry", {"maxAttempts": max_attempts})
    _inner(wanted, "templateParams", dict(_params(body, header, button)))
    if not wanted.get("name") or not wanted.get("templateName"):
        raise usage("A campaign needs a name and a template: campaigns create NAME --template …")
    with connect() as client:
        made = client.campaigns.create(cast(NewCampaign, wanted))
    if as_json:
        return output.document(made)
    output.line(made["campaignId"])
    return output.say(f"A draft. Next: campaigns populate {made['campaignId']} people.csv")


def duplicate(
    campaign: CampaignArg,
    name: Annotated[str | None, typer.Option("--name", help="What the new one is called.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make a new draft with the settings of a campaign, without its people."""
    with connect() as client:
        made = client.campaigns.duplicate(find(client, campaign), name)
    if as_json:
        return output.document(made)
    return output.line(made["campaignId"])


def _from_file(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise usage(f"{path} can't be read as JSON: {error}") from None
    if not isinstance(found, dict):
        raise usage(f"{path} must have one JSON object.")
    return found


def _inner(wanted: dict[str, Any], field: str, given: dict[str, Any]) -> None:
    """Set what is given inside of one field, and keep what is there."""
    known = {name: value for name, value in given.items() if value is not None}
    if known:
        before = wanted.get(field)
        wanted[field] = (before if isinstance(before, dict) else {}) | known


def _pace(rate: str | None) -> dict[str, Any]:
    """The API's field for `20`, `20/s`, `600/min` or `5000/h`."""
    if rate is None:
        return {}
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(?:/(s|min|h))?", rate.strip(), re.ASCII)
    if not found:
        raise usage(f"{rate!r} is no rate: give one such as 20/s, 600/min or 5000/h")
    return {_PACES[found[2] or "s"]: float(found[1])}


def _params(body: list[str] | None, header: str | None, button: list[str] | None) -> NewParams:
    params: NewParams = {}
    if header is not None:
        params["header"] = header
    if body:
        params["body"] = _body(body)
    if button:
        params["buttons"] = [_button(each) for each in button]
    return params


def _body(texts: list[str]) -> list[str] | dict[str, str]:
    """`name=text` for each is the named form; else they are texts in their order."""
    named = [text.partition("=") for text in texts]
    if all(mark and name.isidentifier() for name, mark, _ in named):
        return {name: text for name, _, text in named}
    return texts


def _button(given: str) -> Button:
    index, kind, text = [*given.split(":", 2), "", ""][:3]
    if not (index.isascii() and index.isdigit() and kind and text):
        raise usage(f"{given!r} is no button: give index:type:text, such as 0:url:{{{{code}}}}")
    return {"index": int(index), "subType": kind, "text": text}
