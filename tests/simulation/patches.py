"""Several patches as one switch."""

import contextlib
from collections.abc import Iterator
from typing import Any


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
