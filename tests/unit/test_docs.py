"""The documents say what the code says: names that an operator looks up, tables, links."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.channels.scenarios import markdown_table
from shared.domain.access import GRANTS, Permission, Role
from shared.dynamo.schema import TABLES

ROOT = Path(__file__).parents[2]
SOURCES = ("shared", "functions", "local", "infra")
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]

NOT_OURS = {"NO_PROXY", "CDK_OUTDIR", "PATH"}
"""Variables of other programs, which mean here what they mean there."""


def text_of(name: str) -> str:
    return (ROOT / name).read_text()


def trees(*folders: str) -> Iterator[ast.Module]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield ast.parse(path.read_text())


def calls(*folders: str) -> Iterator[ast.Call]:
    for tree in trees(*folders):
        yield from (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def constants(*folders: str) -> set[str]:
    return {
        node.value
        for tree in trees(*folders)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def variables_that_are_read() -> set[str]:
    """Names given to anything that reads the environment: `environment.get("…")` and the like."""
    found = {table.environment for table in TABLES}
    for call in calls(*SOURCES):
        words = ast.unparse(call.func) + "".join(map(ast.unparse, call.args[:1]))
        if "environ" in words or "reader" in words:
            names = (arg.value for arg in call.args if isinstance(arg, ast.Constant))
            found |= {n for n in names if isinstance(n, str) and re.fullmatch(r"[A-Z][A-Z_]+", n)}
    return found - NOT_OURS


def variables_in_the_readme() -> set[str]:
    table = text_of("README.md").partition("\n## Configuration\n")[2].partition("\n## ")[0]
    rows = (line.split("|")[1] for line in table.splitlines() if line.startswith("| `"))
    return {name for cell in rows for name in re.findall(r"`([A-Z_]+)`", cell)}


def test_every_variable_that_the_code_reads_is_in_the_readme() -> None:
    assert len(variables_that_are_read()) > 15
    assert variables_that_are_read() - variables_in_the_readme() == set()


def test_every_variable_in_the_readme_is_in_the_code() -> None:
    code = " ".join(constants(*SOURCES))
    assert {name for name in variables_in_the_readme() if name not in code} == set()


def test_the_simulators_page_shows_the_table_as_it_is() -> None:
    shown = re.findall(r"^\| last digits .*?(?=\n\n)", text_of("docs/simulator.md"), re.M | re.S)
    assert shown == [markdown_table()]


def test_every_event_in_the_logs_is_explained_to_the_operator() -> None:
    extras = [k.value for c in calls("shared", "functions") for k in c.keywords if k.arg == "extra"]
    events = {
        ast.literal_eval(value)
        for extra in extras
        if isinstance(extra, ast.Dict)
        for key, value in zip(extra.keys, extra.values, strict=True)
        if key is not None and ast.unparse(key) == "'event'"
    }
    assert len(events) > 4
    page = text_of("docs/operations.md")
    assert {event for event in events if f"| `{event}` |" not in page} == set()


def test_every_alarm_is_explained_to_the_operator() -> None:
    given = [
        (ast.unparse(call.func), re.sub("^f?'|'$", "", ast.unparse(call.args[0])))
        for call in ast.walk(ast.parse(text_of("infra/observability.py")))
        if isinstance(call, ast.Call) and call.args
    ]
    functions = [name for target, name in given if target == "self._function"]
    alarms = {
        name.replace("{name}", function)  # one alarm for each function
        for target, name in given
        if target == "self._alarm"
        for function in functions
    }
    assert len(alarms) > 10
    page = text_of("docs/operations.md")
    assert {alarm for alarm in alarms if f"| `{alarm}` |" not in page} == set()


def test_the_roles_of_the_page_are_those_of_the_code() -> None:
    rows = re.findall(r"^\| `(\w+)`.*?\|(.*)\|$", text_of("docs/access.md"), re.M)
    shown = {role: [cell.strip() == "yes" for cell in cells.split("|")] for role, cells in rows}
    columns = ("read", "edit", "control", "execute", "administer")

    assert set(columns) == set(Permission)
    assert shown == {role: [column in GRANTS[role] for column in columns] for role in Role}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", document.read_text())
    broken = []
    for link in links:
        if link.startswith(("http://", "https://")):
            continue
        name, _, anchor = link.partition("#")
        target = (document.parent / name) if name else document
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


def anchors(document: Path) -> set[str]:
    """The anchors that GitHub gives to headings."""
    headings = re.findall(r"^#+ (.*)$", document.read_text(), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.casefold()) for heading in headings)
    return {heading.replace(" ", "-") for heading in plain}
