"""`python -m local` with an executor whose clock is `CLOCK_AHEAD_SECONDS` fast.

As if the runtime had been started only so much later, when the leases of the dead are over.
"""

import os
import sys
from dataclasses import replace
from datetime import timedelta
from typing import Any

from functions.executor.handler import handler as real_handler
from functions.wiring import services
from shared.domain.access import DEFAULT_TENANT
from tests.deaths.nursery import AheadClock


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """The executor's handler, later."""
    if not isinstance(services(DEFAULT_TENANT).clock, AheadClock):
        ahead = timedelta(seconds=float(os.environ["CLOCK_AHEAD_SECONDS"]))
        services(DEFAULT_TENANT).clock = AheadClock(services(DEFAULT_TENANT).clock, ahead)
    return real_handler(event, context)


def main() -> int:
    """The runtime as it is, but for the executor's handler."""
    from local import __main__, runtime

    runtime.EXECUTOR = replace(runtime.EXECUTOR, handler="tests.deaths.later:handler")
    return __main__.main()


if __name__ == "__main__":
    sys.exit(main())
