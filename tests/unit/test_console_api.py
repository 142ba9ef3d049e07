"""What the console takes the API for is what the API is."""

import runpy
from pathlib import Path

CONSOLE = Path(__file__).parents[2] / "console"
MEND = "The API has changed: run .venv/bin/python console/describe_api.py, commit what it made."


def test_the_consoles_types_and_permissions_are_those_of_the_api() -> None:
    describe = runpy.run_path(str(CONSOLE / "describe_api.py"))

    first_line = describe["SCHEMA"].read_text().partition("\n")[0] + "\n"
    assert first_line == describe["mark"](describe["document"]()), MEND
    assert describe["PERMISSIONS"].read_text() == describe["permissions"](), MEND
