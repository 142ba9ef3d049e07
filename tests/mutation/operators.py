"""Small mistakes, one at a time: what a tired programmer, or a careless merge, would leave behind.

Every operator takes one node of a syntax tree and yields nodes that could stand in its place.
"""

import ast
import copy
from collections.abc import Iterator, Mapping
from typing import Any

from tests.mutation.expressions import weakened

Enums = Mapping[str, list[str]]
"""The members of every enumeration, by the name of its class."""

_COMPARISONS: Mapping[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_ARITHMETIC: Mapping[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitOr: ast.BitAnd,
}
_OTHER_CALL = {"any": "all", "all": "any", "min": "max", "max": "min"}
_OTHER_METHOD = {"popleft": "pop", "startswith": "endswith"}
_ITS_ARGUMENT = {"reversed", "sorted"}
_EQUAL_ANYWAY = {"strict", "extra"}
"""Keywords that only guard against bugs elsewhere, or are tested by what operators are told."""


def variants(node: ast.AST, enums: Enums) -> Iterator[ast.AST]:  # noqa: C901 - a table of cases
    """Everything that could stand in the place of `node`."""
    match node:
        case ast.Constant():
            yield from _constant(node)
        case ast.Attribute(value=ast.Name(id=name)) if node.attr in enums.get(name, ()):
            members = enums[name]
            other = members[(members.index(node.attr) + 1) % len(members)]
            yield _with(node, attr=other)
        case ast.expr():
            yield from _expression(node)
        case ast.stmt():
            yield from _statement(node)
        case ast.match_case(guard=ast.expr()):
            yield _with(node, guard=None)
            yield _with(node, guard=ast.Constant(False))
        case ast.comprehension(ifs=[_, *_]):
            yield from _fewer(node, "ifs")
        case ast.ExceptHandler():
            yield _with(node, body=[ast.Raise()])
        case ast.MatchOr():
            yield from _fewer(node, "patterns")


def _constant(node: ast.Constant) -> Iterator[ast.AST]:
    value = node.value
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, int | float):
        yield from (ast.Constant(value + 1), ast.Constant(value - 1))
    elif isinstance(value, str):
        yield from (ast.Constant(text) for text in weakened(value))


def _expression(node: ast.expr) -> Iterator[ast.AST]:  # noqa: C901 - a table of cases
    match node:
        case ast.Compare(ops=[operator]):
            for other in _COMPARISONS[type(operator)]:
                yield _with(node, ops=[other()])
        case ast.BoolOp():
            yield _with(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
            yield from _fewer(node, "values")
        case ast.UnaryOp(op=ast.Not() | ast.USub()):
            yield node.operand
        case ast.BinOp() if type(node.op) in _ARITHMETIC and not _is_text(node):
            yield _with(node, op=_ARITHMETIC[type(node.op)]())
        case ast.IfExp():
            yield from (node.body, node.orelse)
        case ast.Call():
            yield from _call(node)
        case ast.Dict():
            for n, key in enumerate(node.keys):
                if isinstance(key, ast.Constant | ast.JoinedStr) or key is None:
                    keys, values = node.keys[:n] + node.keys[n + 1 :], node.values[:]
                    yield _with(node, keys=keys, values=values[:n] + values[n + 1 :])
        case ast.Set(elts=[_, _, *_]) | ast.Tuple(elts=[_, _, *_], ctx=ast.Load()):
            yield from _fewer(node, "elts")


def _call(node: ast.Call) -> Iterator[ast.AST]:
    for n, keyword in enumerate(node.keywords):
        if keyword.arg not in _EQUAL_ANYWAY:
            yield _with(node, keywords=node.keywords[:n] + node.keywords[n + 1 :])
    match node.func:
        case ast.Name(id=name) if name in _OTHER_CALL:
            yield _with(node, func=ast.Name(_OTHER_CALL[name], ast.Load()))
        case ast.Name(id=name) if name in _ITS_ARGUMENT:
            yield node.args[0]
        case ast.Attribute(attr=name) if name in _OTHER_METHOD:
            yield _with(node, func=_with(node.func, attr=_OTHER_METHOD[name]))


def _statement(node: ast.stmt) -> Iterator[ast.AST]:  # noqa: C901 - a table of cases
    match node:
        case ast.Expr(value=ast.Yield() | ast.YieldFrom()):
            yield ast.Expr(ast.YieldFrom(ast.Tuple([], ast.Load())))
        case ast.Expr(value=ast.Call()) | ast.AugAssign() | ast.Raise() | ast.Return(value=None):
            yield ast.Pass()
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript() | ast.Tuple()]):
            yield ast.Pass()
        case ast.Return(value=ast.expr() as value):
            for other in (True, False) if _is_truth(value) else (None,):
                yield ast.Return(ast.Constant(other))
        case ast.If():
            yield _with(node, test=ast.Constant(True))
            yield _with(node, test=ast.Constant(False))
        case ast.While():
            yield _with(node, test=ast.Constant(False))
        case ast.For():
            yield _with(node, iter=ast.Tuple([], ast.Load()))
        case ast.Continue():
            yield ast.Break()
        case ast.Break():
            yield ast.Continue()
        case ast.Match():
            yield from _fewer(node, "cases")
    if isinstance(node, ast.AugAssign) and type(node.op) in _ARITHMETIC:
        yield _with(node, op=_ARITHMETIC[type(node.op)]())


def _is_truth(value: ast.expr) -> bool:
    """Whether an expression is True or False, as far as one sees."""
    return isinstance(value, ast.Compare | ast.BoolOp) or (
        isinstance(value, ast.UnaryOp) and isinstance(value.op, ast.Not)
    )


def _is_text(node: ast.BinOp) -> bool:
    ends = (node.left, node.right)
    return any(
        isinstance(end, ast.JoinedStr)
        or (isinstance(end, ast.Constant) and isinstance(end.value, str))
        for end in ends
    )


def _fewer(node: ast.AST, field: str) -> Iterator[ast.AST]:
    """Without one of several; a single one of two stands for itself where it can."""
    whole: list[ast.AST] = getattr(node, field)
    for n in range(len(whole)):
        rest = whole[:n] + whole[n + 1 :]
        alone = isinstance(node, ast.BoolOp | ast.MatchOr) and len(rest) == 1
        yield rest[0] if alone else _with(node, **{field: rest})


def _with(node: ast.AST, **changes: Any) -> Any:
    changed = copy.copy(node)
    for field, value in changes.items():
        setattr(changed, field, value)
    return changed
