"""What an expression says, as a tree."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Path(NamedTuple):
    """A top-level attribute."""

    name: str


class Placeholder(NamedTuple):
    """A value of the request."""

    token: str


class IfNotExists(NamedTuple):
    """The attribute, or the other operand where there is none."""

    path: Path
    default: Any


class Sum(NamedTuple):
    """`left + right`, or minus where `sign` is -1."""

    left: Any
    sign: int
    right: Any


class Compare(NamedTuple):
    """`left operator right`."""

    operator: str
    left: Any
    right: Any


class Between(NamedTuple):
    """`low <= operand <= high`."""

    operand: Any
    low: Any
    high: Any


class OneOf(NamedTuple):
    """`operand IN (options)`."""

    operand: Any
    options: tuple[Any, ...]


class Exists(NamedTuple):
    """attribute_exists, or with `wanted` False attribute_not_exists."""

    path: Path
    wanted: bool


class BeginsWith(NamedTuple):
    """begins_with(path, prefix)."""

    path: Path
    prefix: Any


class Not(NamedTuple):
    """The opposite."""

    condition: Any


class Both(NamedTuple):
    """AND."""

    left: Any
    right: Any


class Either(NamedTuple):
    """OR."""

    left: Any
    right: Any


@dataclass
class Update:
    """The actions of an update expression. All of them see the item as it was before."""

    sets: list[tuple[Path, Any]] = field(default_factory=list)
    removes: list[Path] = field(default_factory=list)
    adds: list[tuple[Path, Placeholder]] = field(default_factory=list)
