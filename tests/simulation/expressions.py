"""The grammar of DynamoDB's expressions: text to trees.

    condition  →  or; NOT binds tighter than AND, AND tighter than OR ("Comparison operator and
                  function reference")
    operand    →  name | #name | :value
    update     →  SET path = sum, ... | REMOVE path, ... | ADD path :value, ...  (each at most once)
    sum        →  term [(+|-) term];  term  →  operand | if_not_exists(path, operand)

Only what the stores use: nested paths, `contains`, `size`, `attribute_type`, `list_append` and
DELETE are good DynamoDB and raise NotImplementedError, so that nobody trusts a wrong answer.
Everything else that does not parse is a ValidationException.
"""

import re
from collections.abc import Mapping
from typing import Any, NoReturn

from tests.simulation.dynamo_values import Invalid
from tests.simulation.expression_trees import (
    BeginsWith,
    Between,
    Both,
    Compare,
    Either,
    Exists,
    IfNotExists,
    Not,
    OneOf,
    Path,
    Placeholder,
    Sum,
    Update,
)
from tests.simulation.reserved_words import RESERVED

LONGEST = 4096
"""The longest expression, in bytes (DynamoDB quota)."""

_TOKEN = re.compile(r"\s*([#:][A-Za-z0-9_]+|[A-Za-z][A-Za-z0-9_]*|<>|<=|>=|[^\s])")
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_COMPARATORS = frozenset({"=", "<>", "<", "<=", ">", ">="})
_SECTIONS = frozenset({"SET", "REMOVE", "ADD", "DELETE"})
_UNBUILT = frozenset({"contains", "size", "attribute_type", "list_append"})


class Parser:
    """Reads one expression, and notes in `names` and `values` which placeholders it used.

    `known` are the request's names; a path in the tree is the attribute that it means.
    """

    def __init__(self, kind: str, text: str, known: Mapping[str, str]) -> None:
        self.names: set[str] = set()
        self.values: set[str] = set()
        self._kind = kind
        self._known = known
        if not text.strip():
            self._fail("The expression can not be empty;")
        if len(text.encode()) > LONGEST:
            self._fail("Expression size has exceeded the maximum allowed size;")
        self._tokens: list[str] = [*_TOKEN.findall(text), ""]
        self._at = 0
        self._enclosed: Any = None  # the tree that stood in the parentheses closed last

    def condition(self) -> Any:
        """A whole condition, filter or key condition."""
        tree = self._either()
        self._end()
        return tree

    def paths(self) -> tuple[Path, ...]:
        """A whole projection."""
        paths = [self._path()]
        while self._skip(","):
            paths.append(self._path())
        self._end()
        return tuple(paths)

    def update(self) -> Update:
        """A whole update expression."""
        update, seen = Update(), set[str]()
        while self._token:
            section = self._take().upper()
            if section not in _SECTIONS:
                self._syntax_error()
            if section == "DELETE":
                raise NotImplementedError("DELETE from a set")
            if section in seen:
                self._fail(f'The "{section}" section can only be used once;')
            seen.add(section)
            self._action(section, update)
            while self._skip(","):
                self._action(section, update)
        return update

    def _action(self, section: str, update: Update) -> None:
        path = self._path()
        if section == "REMOVE":
            update.removes.append(path)
        elif section == "SET":
            self._expect("=")
            update.sets.append((path, self._sum()))
        else:
            operand = self._operand()
            if not isinstance(operand, Placeholder):
                self._syntax_error()
            update.adds.append((path, operand))

    def _sum(self) -> Any:
        left = self._term()
        for mark, sign in (("+", 1), ("-", -1)):
            if self._skip(mark):
                return Sum(left, sign, self._term())
        return left

    def _term(self) -> Any:
        if self._token != "if_not_exists":
            return self._operand()
        self._take()
        self._expect("(")
        path = self._path()
        self._expect(",")
        default = self._term()
        self._expect(")")
        return IfNotExists(path, default)

    def _either(self) -> Any:
        left = self._both()
        while self._skip("OR"):
            left = Either(left, self._both())
        return left

    def _both(self) -> Any:
        left = self._not()
        while self._skip("AND"):
            left = Both(left, self._not())
        return left

    def _not(self) -> Any:
        return Not(self._not()) if self._skip("NOT") else self._simple()

    def _simple(self) -> Any:
        if self._skip("("):
            tree = self._either()
            self._expect(")")
            if tree is self._enclosed:
                self._fail("The expression has redundant parentheses;")
            self._enclosed = tree
            return tree
        if self._token in ("attribute_exists", "attribute_not_exists", "begins_with"):
            return self._function(self._take())
        operand = self._operand()
        if self._skip("IN"):
            return OneOf(operand, self._options())
        if self._skip("BETWEEN"):
            low = self._operand()
            self._expect("AND")
            return Between(operand, low, self._operand())
        if self._token not in _COMPARATORS:
            self._syntax_error()
        return Compare(self._take(), operand, self._operand())

    def _function(self, name: str) -> Any:
        self._expect("(")
        if self._token.startswith(":"):
            self._fail(f"Operator or function requires a document path: {name}")
        path = self._path()
        if name != "begins_with":
            self._expect(")")
            return Exists(path, name == "attribute_exists")
        self._expect(",")
        prefix = self._operand()
        self._expect(")")
        return BeginsWith(path, prefix)

    def _options(self) -> tuple[Any, ...]:
        self._expect("(")
        options = [self._operand()]
        while self._skip(","):
            options.append(self._operand())
        self._expect(")")
        if len(options) > 100:
            self._fail("Too many operands of IN")
        return tuple(options)

    def _operand(self) -> Any:
        if self._token.startswith(":") and len(self._token) > 1:
            self.values.add(self._token)
            return Placeholder(self._take())
        return self._path()

    def _path(self) -> Path:
        name = self._attribute(self._token)
        self._at += 1
        if self._token in (".", "["):
            raise NotImplementedError("nested paths")
        return Path(name)

    def _attribute(self, token: str) -> str:
        if token.startswith("#") and len(token) > 1:
            if token not in self._known:
                self._fail(f"An expression attribute name used is not defined: {token}")
            self.names.add(token)
            return self._known[token]
        if not _WORD.fullmatch(token):
            self._syntax_error()
        if token in _UNBUILT:
            raise NotImplementedError(f"the function {token}")
        if token.upper() in RESERVED:
            self._fail(f"Attribute name is a reserved keyword; reserved keyword: {token}")
        return token

    @property
    def _token(self) -> str:
        return self._tokens[self._at]

    def _take(self) -> str:
        self._at += 1
        return self._tokens[self._at - 1]

    def _skip(self, wanted: str) -> bool:
        """Whether the next token is this one; words count in upper and lower case."""
        found = self._token.upper() == wanted
        self._at += found
        return found

    def _expect(self, wanted: str) -> None:
        if not self._skip(wanted):
            self._syntax_error()

    def _end(self) -> None:
        if self._token:
            self._syntax_error()

    def _syntax_error(self) -> NoReturn:
        near = " ".join(self._tokens[max(0, self._at - 1) : self._at + 2])
        self._fail(f'Syntax error; token: "{self._token or "<EOF>"}", near: "{near}"')

    def _fail(self, words: str) -> NoReturn:
        raise Invalid(f"Invalid {self._kind}: {words}")
