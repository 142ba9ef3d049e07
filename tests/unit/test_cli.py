"""The command line's own: its schemas, its words, its packaging; and what the client expects."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from campaign_client import account_types, campaign_types, people_types, template_types
from cli import watching, words
from cli.app import app
from cli.documents import DOCUMENTS
from cli.schema import FOLDER, file_of, schema_of, text_of
from tests.support.api_calls import document

ROOT = Path(__file__).parents[2]

ANSWERS = {
    "CampaignAnswer": campaign_types.Campaign,
    "Created": campaign_types.Created,
    "Controlled": campaign_types.Controlled,
    "BatchAnswer": campaign_types.Batch,
    "ProgressAnswer": campaign_types.Progress,
    "FunnelAnswer": campaign_types.Funnel,
    "PopulatedAnswer": people_types.Populated,
    "RecipientAnswer": people_types.Recipient,
    "ErrorList": people_types.ErrorList,
    "Retried": people_types.Retried,
    "Resolved": people_types.Resolved,
    "SuppressionAnswer": people_types.Suppression,
    "SuppressionsAdded": people_types.SuppressionsAdded,
    "SuppressionsRemoved": people_types.SuppressionsRemoved,
    "SuppressionsImported": people_types.SuppressionsImported,
    "EventAnswer": account_types.Event,
    "QuotaAnswer": account_types.Quota,
    "SenderAnswer": account_types.Sender,
    "SenderRemoved": account_types.SenderRemoved,
    "TemplateListAnswer": template_types.TemplateList,
    "SentTest": template_types.SentTest,
    "OverviewAnswer": account_types.Overview,
}
"""Schemas of the OpenAPI document, and the client's types of them."""


@pytest.mark.parametrize("command", DOCUMENTS)
def test_the_schemas_that_are_kept_are_those_of_the_code(command: str) -> None:
    """A difference is a change of what scripts get: `python -m cli.schema` writes it down."""
    assert file_of(command).read_text("utf-8") == text_of(command)


def test_every_command_has_a_schema_and_every_schema_a_command() -> None:
    names = {info.name for info in app.registered_commands} - {"schema"}
    for group in app.registered_groups:
        names |= {f"{group.name} {one.name or one.callback.__name__}"
                  for one in group.typer_instance.registered_commands}  # fmt: skip

    assert names | {"failure"} == set(DOCUMENTS)
    assert {path.name for path in FOLDER.iterdir()} == {file_of(name).name for name in DOCUMENTS}


@pytest.mark.parametrize("name", ANSWERS)
def test_what_the_client_names_is_in_the_apis_document(name: str) -> None:
    found: dict[str, Any] = {}
    ours = schema_of(ANSWERS[name], found)
    theirs = document()["components"]["schemas"]

    assert list(Comparison(found, theirs).different(ours, theirs[name], name)) == []


class Comparison:
    """Two sets of schemas: of the client, and of the API."""

    def __init__(self, ours: dict[str, Any], theirs: dict[str, Any]) -> None:
        self._definitions = ours, theirs

    def different(self, ours: Any, theirs: Any, where: str) -> Iterator[str]:
        """Where ours does not hold for everything that theirs allows."""
        ours, theirs = map(self._whole, (ours, theirs), self._definitions)
        if "properties" in ours:
            for field in ours["properties"]:
                if field in theirs.get("required", ()):
                    pair = (each["properties"][field] for each in (ours, theirs))
                    yield from self.different(*pair, f"{where}.{field}")
                else:
                    yield f"{where}.{field} may be missing"
        elif "anyOf" in ours and len(ours["anyOf"]) == len(theirs.get("anyOf", ())):
            for number, pair in enumerate(zip(ours["anyOf"], theirs["anyOf"], strict=True)):
                yield from self.different(*pair, f"{where}, option {number}")
        elif "items" in ours and "items" in theirs:
            yield from self.different(ours["items"], theirs["items"], f"{where}[]")
        elif "anyOf" in ours or (ours and ours["type"] != theirs.get("type")):
            yield f"{where} is not {ours}, but {theirs}"

    @staticmethod
    def _whole(schema: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
        """Of the object that a reference leads to."""
        if "$ref" not in schema:
            return schema
        return dict(definitions[schema["$ref"].rpartition("/")[2]])


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("90s", 90), ("10m", 600), ("2h", 7200), ("1.5d", 129_600)]
)
def test_durations_are_read_as_people_write_them(text: str, seconds: float) -> None:
    assert words.seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "-5", "5 weeks", "1e3", "٣", "1m30s"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="such as 90s"):
        words.seconds_of(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (89, "89 s"), (90, "2 min"), (5400, "2 h"), (36 * 3600, "2 days")],
)
def test_durations_are_shown_roughly(seconds: float, text: str) -> None:
    assert words.span(seconds) == text


def test_nothing_that_comes_from_elsewhere_can_steer_the_terminal() -> None:
    assert words.clean("a\x1b[2Jb\r\nc\x9bd") == "a [2Jb c d"


def test_what_pip_installs_is_what_is_tested() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    ranges = {re.match(r"\w+", each)[0]: each for each in project["project"]["dependencies"]}  # type: ignore[index]
    pins = dict(re.findall(r"^(\w+)==([\d.]+)", (ROOT / "requirements-cli.in").read_text(), re.M))

    assert set(ranges) == set(pins)
    for name, version in pins.items():
        lowest, highest = re.findall(r"[<>=]+([\d.]+)", ranges[name])
        assert numbers(lowest) <= numbers(version) < numbers(highest)
    packages = project["tool"]["setuptools"]["packages"]["find"]["include"]
    assert packages == ["cli*", "campaign_client*"]


def numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]


def test_a_line_is_written_for_a_change_and_not_for_an_estimate_that_moves(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def status(processed: int, end: str) -> Any:
        return {"progress": {"processed": processed, "nextRunAt": end, "estimatedEnd": end}}

    watching.show_lines([status(1, "12:00"), status(1, "12:01"), status(2, "12:02")], as_json=True)

    assert len(capsys.readouterr().out.splitlines()) == 2
