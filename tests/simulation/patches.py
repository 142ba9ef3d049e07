"""Several patches as one switch."""

import contextlib
from collections.abc import Iterator
from typing import Any

from shared.dynamo.transaction import Part


def together(*patches: Any) -> Any:
    """All of them, or none."""
    stack = contextlib.ExitStack()

    @contextlib.contextmanager
    def switched() -> Iterator[None]:
        with stack:
            for patch in patches:
                stack.enter_context(patch)
            yield

    return switched()


def unconditional(part: Part) -> Part:
    """The same update of a recipient, whatever has become of it since it was read."""
    update = dict(part.request["Update"])
    del update["ConditionExpression"]
    values, used = update["ExpressionAttributeValues"], update["UpdateExpression"]
    update["ExpressionAttributeValues"] = {
        name: value for name, value in values.items() if not name.startswith(":old_")
    }
    names = update["ExpressionAttributeNames"]
    update["ExpressionAttributeNames"] = {n: v for n, v in names.items() if n in used}
    return Part(part.name, {"Update": update})
