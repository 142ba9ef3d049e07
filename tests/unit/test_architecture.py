"""The rules of the architecture, executable: who may import whom, and who may read the clock."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = ("shared", "functions", "infra", "local", "benchmarks", "cli", "campaign_client")

MAY_IMPORT = {
    "shared.domain": {"shared.domain"},
    "shared.ports": {"shared.domain"},
    "shared.config": {"shared.domain"},
    "shared.system": {"shared.ports"},
    "shared.threads": {"shared.domain"},
    "shared.sqs": {"shared.domain", "shared.ports"},
    "shared.files": {"shared.domain"},
    "shared.sockets": set(),
    "shared.bus": {"shared.domain"},
    "shared.web": set(),
    "shared.site": {"shared.web"},
    "shared.post": {"shared.domain"},
    "shared.usecases": {"shared.domain", "shared.ports", "shared.usecases", "shared.system"},
    "shared.dynamo": {"shared.domain", "shared.ports", "shared.dynamo"},
    "shared.channels": {"shared.domain", "shared.ports", "shared.channels"},
    "shared.http": {
        "shared.domain",
        "shared.ports",
        "shared.config",
        "shared.usecases",
        "shared.http",
        "shared.web",
    },
    "functions": {"shared", "functions"},
    "infra": {"infra", "shared.dynamo.schema", "shared.web"},
    "local": {"shared", "functions", "local"},
    "benchmarks": {"shared", "functions", "local", "benchmarks", "tests.support.websocket"},
    "cli": {"cli", "campaign_client"},
    "campaign_client": {"campaign_client"},
}
"""Of our own packages. Anything of the standard library is free; the rest is `THIRD_PARTY`."""

THIRD_PARTY = {
    "shared.domain": {"phonenumbers"},
    "shared.ports": set(),
    "shared.usecases": set(),
    "shared.http": {"pydantic", "pydantic_core", "aws_lambda_powertools"},
    "shared.dynamo": {"boto3", "botocore"},
    "shared.channels": {"httpx", "httpcore"},
    "cli": {"httpx", "typer", "rich"},
    "campaign_client": {"httpx"},
}

THE_CLOCK = {"time.time", "time.time_ns", "datetime.now", "datetime.utcnow", "date.today"}
MAY_READ_THE_CLOCK = (
    *("shared/system.py", "local/", "benchmarks/", "shared/channels/simulator"),
    "cli/words.py",
)


def modules() -> Iterator[tuple[str, Path, ast.Module]]:
    for source in SOURCES:
        for path in sorted((ROOT / source).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            yield name.removesuffix(".__init__"), path, ast.parse(path.read_text())


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def layer(name: str, layers: dict[str, set[str]]) -> str | None:
    fitting = [known for known in layers if name == known or name.startswith(f"{known}.")]
    return max(fitting, key=len, default=None)


def within(name: str, allowed: set[str]) -> bool:
    return any(name == one or name.startswith(f"{one}.") for one in allowed)


def test_imports_only_point_inwards() -> None:
    wrong = []
    for name, _, tree in modules():
        allowed = MAY_IMPORT[layer(name, MAY_IMPORT) or "functions"]
        ours = [i for i in imported(tree) if i.split(".")[0] in {*SOURCES, "tests"}]
        wrong += [f"{name} imports {target}" for target in ours if not within(target, allowed)]
    assert not wrong


def test_each_layer_knows_only_its_own_libraries() -> None:
    wrong = []
    for name, _, tree in modules():
        here = layer(name, THIRD_PARTY)
        if here is None:
            continue
        foreign = {i.split(".")[0] for i in imported(tree)}
        foreign -= set(sys.stdlib_module_names) | set(SOURCES) | THIRD_PARTY[here]
        wrong += [f"{name} imports {library}" for library in foreign]
    assert not wrong


def test_nobody_reads_the_clock_but_the_clock() -> None:
    wrong = []
    for name, path, tree in modules():
        if str(path.relative_to(ROOT)).startswith(MAY_READ_THE_CLOCK):
            continue
        calls = (ast.unparse(n.func) for n in ast.walk(tree) if isinstance(n, ast.Call))
        wrong += [f"{name} calls {call}" for call in calls if call in THE_CLOCK]
    assert not wrong


def test_nobody_scans_a_table() -> None:
    wrong = [
        name
        for name, _, tree in modules()
        if name.startswith(("shared", "functions"))
        and any(isinstance(n, ast.Attribute) and n.attr == "scan" for n in ast.walk(tree))
    ]
    assert not wrong


def test_modules_stay_readable() -> None:
    long = {
        name: lines
        for name, path, _ in modules()
        if (lines := len(path.read_text().splitlines())) > 280
    }
    assert not long


@pytest.mark.parametrize(
    ("handler", "not_yet"),
    [
        ("functions.executor.handler", {"boto3", "httpx", "pydantic", "phonenumbers"}),
        ("functions.api.handler", {"boto3", "httpx", "phonenumbers"}),
        (
            "functions.webhook.handler",
            {"boto3", "botocore", "httpx", "pydantic", "phonenumbers", "aws_lambda_powertools"},
        ),
    ],
)
def test_importing_a_handler_leaves_the_expensive_libraries_for_later(
    handler: str, not_yet: set[str]
) -> None:
    """A cold start must not pay for what the first request may not need."""
    script = f"import sys, {handler}; print(*{not_yet!r}.intersection(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.split() == []
