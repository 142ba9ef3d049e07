"""The mutants of a module: its source with one small mistake each."""

import ast
import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.mutation.operators import Enums, variants

ROOT = Path(__file__).parents[2]

CORE = (
    *(f"shared/domain/{name}.py" for name in ("quota", "settling", "boundary", "conversation")),
    *(f"shared/domain/{name}.py" for name in ("evidence", "stats")),
    *(
        f"shared/usecases/{name}.py"
        for name in (
            "worker",
            "caps",
            "reactions",
            "recover",
            "execute_batch",
            "decisions",
            "tick",
            "apply_statuses",
            "screening",
        )
    ),
    *(
        f"shared/dynamo/{name}.py"
        for name in (
            "boundaries",
            "quota",
            "recipient_writes",
            "transaction",
            "campaign_writes",
            "evidence",
            "recipient_changes",
            "suppression_writes",
        )
    ),
)
"""Guard, claim, commit, recovery, evidence, opting out: where a mistake would break a promise."""


@dataclass(frozen=True)
class Mutant:
    """One mistake. `number` tells apart what looks alike in the same function."""

    path: str
    line: int
    last_line: int  # of the statement, or of the head of one that has a body
    where: str  # the function, or "" at the top of the module
    was: str
    now: str
    number: int
    source: str

    @property
    def key(self) -> tuple[str, str, str, str, int]:
        """Names the mutant whatever is added above it."""
        return self.path, self.where, self.was, self.now, self.number

    def diff(self) -> str:
        """The lines that differ, without comments."""
        original = ast.unparse(ast.parse((ROOT / self.path).read_text()))
        lines = difflib.unified_diff(original.splitlines(), self.source.splitlines(), n=0)
        return "\n".join(f"    {line}" for line in list(lines)[2:] if not line.startswith("@@"))


@dataclass(frozen=True)
class _Place:
    """Where a node stands in its tree."""

    holder: Any
    field: Any  # the name of a field, or the index in a list
    node: ast.AST
    where: str
    statement: ast.stmt | None

    def put(self, node: ast.AST) -> None:
        if isinstance(self.holder, list):
            self.holder[self.field] = node
        else:
            setattr(self.holder, self.field, node)


def mutants(path: str, enums: Enums) -> list[Mutant]:
    """All mutants of one module, in the order of its source; none is equal to another."""
    tree = ast.parse((ROOT / path).read_text())
    seen, looks = {ast.unparse(tree)}, dict[tuple[str, str, str], int]()
    made = []
    for place in list(_places(tree, "", None)):
        for other in variants(place.node, enums):
            was, now = ast.unparse(place.node), ast.unparse(other)
            place.put(other)
            source = ast.unparse(tree)
            place.put(place.node)
            if source in seen:
                continue
            seen.add(source)
            look = (place.where, was, now)
            looks[look] = looks.get(look, 0) + 1
            line, last = _lines(place)
            made.append(Mutant(path, line, last, *look, looks[look], source))
    return made


def enumerations() -> dict[str, list[str]]:
    """Every enumeration of the domain and its members."""
    found = {}
    for file in sorted((ROOT / "shared/domain").glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ClassDef) and any("Enum" in ast.unparse(b) for b in node.bases):
                members = [b.targets[0] for b in node.body if isinstance(b, ast.Assign)]
                found[node.name] = [m.id for m in members if isinstance(m, ast.Name)]
    return found


def _lines(place: _Place) -> tuple[int, int]:
    statement = place.statement
    line = getattr(statement, "lineno", 1)
    body = getattr(statement, "body", None)
    if isinstance(body, list) and body:
        return line, max(line, body[0].lineno - 1)
    return line, max(line, getattr(statement, "end_lineno", line))


def _places(node: ast.AST, where: str, statement: ast.stmt | None) -> Iterator[_Place]:
    """Every node that may be changed. Types, decorators, imports, docstrings and logs may not."""
    for field, value in ast.iter_fields(node):
        if field in _LEFT_ALONE.get(type(node), ()):
            continue
        items = enumerate(value) if isinstance(value, list) else [(field, value)]
        for at, child in items:
            if isinstance(child, ast.AST) and not _is_left_alone(child):
                holder = value if isinstance(value, list) else node
                inside = _name(child, where)
                near = child if isinstance(child, ast.stmt) else statement
                if not (where.endswith("__init__") and isinstance(child, ast.Assign)):
                    yield _Place(holder, at, child, inside, near)
                if not _is_log(child):
                    yield from _places(child, inside, near)


_LEFT_ALONE: dict[type[ast.AST], set[str]] = {
    ast.FunctionDef: {"decorator_list", "returns"},
    ast.ClassDef: {"decorator_list", "bases"},
    ast.AnnAssign: {"annotation", "target"},
    ast.arg: {"annotation"},
}


def _name(node: ast.AST, where: str) -> str:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return f"{where}.{node.name}".lstrip(".")
    return where


def _is_left_alone(node: ast.AST) -> bool:
    docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return docstring or isinstance(node, ast.Import | ast.ImportFrom)


def _is_log(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and ast.unparse(node).startswith("log.")
