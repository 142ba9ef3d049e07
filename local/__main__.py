"""`python -m local`: the server on this machine, until Ctrl-C."""

import logging
import os
import sys

from local.failure import EXIT_CODE, LocalError, complain
from local.runtime import Runtime, stop_signals
from local.settings import isolate_this_process, load_local_settings


def main() -> int:
    """Run until asked to stop; the exit code."""
    logging.basicConfig(format="%(asctime)s %(message)s", datefmt="%H:%M:%S", level=logging.WARNING)
    logging.getLogger("local").setLevel(logging.INFO)
    asked = stop_signals()
    isolate_this_process()
    try:
        settings = load_local_settings(os.environ)
        with Runtime(settings, os.environ) as runtime:
            sys.stdout.write("\n".join(_where(runtime, settings.tick_seconds)) + "\n")
            sys.stdout.flush()
            runtime.wait(asked)
            sys.stdout.write("Stopping: requests and batches in flight finish first.\n")
    except LocalError as error:
        complain(str(error))
        return EXIT_CODE
    return 0


def _where(runtime: Runtime, tick_seconds: float) -> list[str]:
    tick = f"every {tick_seconds:g} s" if tick_seconds else "off (LOCAL_TICK_SECONDS=0)"
    missing = "" if runtime.console.built else "  (not built: make console)"
    lines = [
        f"Console     {runtime.url}{missing}",
        f"API         {runtime.url}/api/campaigns",
        f"Swagger     {runtime.url}/swagger",
        f"Token       {runtime.url}/local/token?tenant=default&role=org_admin",
    ]
    if runtime.simulator:
        lines.append(
            f"Simulator   {runtime.simulator.url}/simulator/messages  (nobody is written to)"
        )
    return [*lines, f"Tick        {tick}", "Ctrl-C stops."]


if __name__ == "__main__":
    sys.exit(main())
