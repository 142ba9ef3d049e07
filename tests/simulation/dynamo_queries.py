"""Query: which part of which index, a page of it, and what of it the caller gets."""

from collections.abc import Iterable, Mapping
from typing import Any

from tests.simulation.dynamo_rows import Bounds, Section, rows
from tests.simulation.dynamo_tables import Index, Key, Table
from tests.simulation.dynamo_values import Invalid, Item, copied, normal_values, size
from tests.simulation.expression_trees import BeginsWith, Between, Both, Compare, Path
from tests.simulation.sorted_positions import Position
from tests.simulation.statements import statement

PAGE = 1024 * 1024
"""The most bytes that one query reads (DynamoDB, "Paginating table query results")."""


def page(
    table: Table,
    index: Index,
    past: Mapping[Key, Item | None],
    *,
    KeyConditionExpression: str,
    ExpressionAttributeNames: Mapping[str, str] | None = None,
    ExpressionAttributeValues: Item | None = None,
    FilterExpression: str | None = None,
    ProjectionExpression: str | None = None,
    Limit: int | None = None,
    ExclusiveStartKey: Item | None = None,
    ScanIndexForward: bool = True,
) -> dict[str, Any]:
    """The answer to one query, of the index as it was when `past` was. Raises Invalid."""
    found = statement(
        ExpressionAttributeNames,
        key_condition=KeyConditionExpression,
        filtering=FilterExpression,
        projection=ProjectionExpression,
    )
    values = found.bound(ExpressionAttributeValues)
    if Limit is not None and Limit < 1:
        raise Invalid("Limit must be greater than or equal to 1")
    if not found.tested.isdisjoint((index.partition, index.sort)):
        raise Invalid("Filter Expression can only contain non-primary key attributes")
    if index.attributes is not None and not index.attributes.issuperset(found.projection or ()):
        raise Invalid(f"Global secondary index {index.name} does not project all of these")
    partition, bounds = _range(index, found.key_condition, values)
    start = None
    if ExclusiveStartKey is not None:
        start = _start(table, index, normal_values(ExclusiveStartKey), partition, bounds)
    section = Section(partition, bounds, start, not ScanIndexForward)
    read, last = _read(rows(table, index, section, past), index, Limit)
    items = [
        copied(item, found.projection)
        for item in read
        if found.test is None or found.test(item, values)
    ]
    answer = {"Items": items, "Count": len(items), "ScannedCount": len(read)}
    if last is not None:
        answer["LastEvaluatedKey"] = _last_key(table, index, partition, last)
    return answer


def _read(
    found: Iterable[tuple[Position, Item]], index: Index, limit: int | None
) -> tuple[list[Item], Position | None]:
    """One page as the index shows it, and where it ends, unless the section ends there.

    A page that `limit` ends says so even if nothing follows: DynamoDB does not look further.
    """
    items: list[Item] = []
    taken = 0
    last: Position | None = None
    for position, whole in found:
        item = whole
        if index.attributes is not None:
            item = {name: whole[name] for name in index.attributes if name in whole}
        taken += size(item)
        if taken > PAGE and items:
            return items, last
        items.append(item)
        last = position
        if len(items) == limit:
            return items, last
    return items, None


def _range(index: Index, tree: Any, values: Item) -> tuple[str, Bounds]:
    """What a key condition selects: `partition = :value` and perhaps one condition on the sort."""
    parts = [tree.left, tree.right] if isinstance(tree, Both) else [tree]
    partition: str | None = None
    bounds: Bounds | None = None
    for part in parts:
        if not isinstance(part, (Compare, Between, BeginsWith)) or part[0] == "<>":
            raise Invalid("Invalid operator used in KeyConditionExpression")
        path, operands = _sides(part)
        name = path.name
        texts = [_text(values, operand) for operand in operands]
        if name == index.partition and part[0] == "=" and partition is None:
            partition = texts[0]
        elif name == index.sort and bounds is None:
            bounds = _bounds(part, texts)
        else:
            raise Invalid(f"Query key condition not supported: {name}")
    if partition is None:
        raise Invalid(f"Query condition missed key schema element: {index.partition}")
    return partition, bounds or Bounds()


def _sides(part: Any) -> tuple[Path, tuple[Any, ...]]:
    match part:
        case Compare(_, Path() as path, right):
            return path, (right,)
        case Between(Path() as path, low, high):
            return path, (low, high)
        case BeginsWith(path, prefix):
            return path, (prefix,)
    raise Invalid("Invalid condition in KeyConditionExpression")


def _text(values: Item, operand: Any) -> str:
    if isinstance(operand, Path):
        raise Invalid("Invalid condition in KeyConditionExpression: no value on the right")
    text = values[operand.token].get("S")
    if text is None:
        raise Invalid("Condition parameter type does not match schema type")
    if not text:
        raise Invalid("The AttributeValue for a key attribute cannot be an empty string")
    return str(text)


def _bounds(part: Any, texts: list[str]) -> Bounds:
    text = texts[0]
    after = text + "\0"  # there is no string between the two
    match part:
        case BeginsWith():
            return Bounds(text, _after_prefix(text))
        case Between():
            if texts[1] < text:
                raise Invalid("The BETWEEN operator requires upper bound >= lower bound")
            return Bounds(text, texts[1] + "\0")
    return {
        "=": Bounds(text, after),
        "<": Bounds(None, text),
        "<=": Bounds(None, after),
        ">": Bounds(after, None),
        ">=": Bounds(text, None),
    }[part.operator]


def _after_prefix(prefix: str) -> str | None:
    """The first string that is after all that begin with the prefix."""
    kept = prefix.rstrip(chr(0x10FFFF))
    if not kept:
        return None
    return kept[:-1] + chr(ord(kept[-1]) + 1)


def _start(table: Table, index: Index, start: Item, partition: str, bounds: Bounds) -> Position:
    wanted = {table.partition, table.sort, index.partition, index.sort}
    if start.keys() != wanted or not all(value.get("S") for value in start.values()):
        raise Invalid("The provided starting key is invalid")
    sort = start[index.sort]["S"]
    if start[index.partition]["S"] != partition or not bounds.hold(sort):
        raise Invalid("The provided starting key is outside query boundaries")
    return sort, start[table.sort]["S"], start[table.partition]["S"]


def _last_key(table: Table, index: Index, partition: str, last: Position) -> Item:
    texts = {table.sort: last[1], table.partition: last[2]}
    texts |= {index.partition: partition, index.sort: last[0]}
    return {name: {"S": text} for name, text in texts.items()}
