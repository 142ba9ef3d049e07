"""The functions that docs/live.md gives to receivers of webhooks, run as they stand there."""

import json
import re
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from infra.node import node

_PAGE = (Path(__file__).parents[2] / "docs" / "live.md").read_text()


def _example(language: str) -> str:
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", _PAGE, re.DOTALL | re.MULTILINE)
    return str(found)


def verified(secret: str, signature: str, body: bytes, now: float) -> bool:
    """What the page's Python says at that time."""
    names: dict[str, Any] = {}
    exec(_example("python"), names)  # noqa: S102 -- the page is ours
    names["time"] = SimpleNamespace(time=lambda: now)
    return bool(names["verified"](secret, signature, body))


def verified_by_node(cases: list[tuple[str, str, str]], now: float) -> list[bool]:
    """What the page's JavaScript says of (secret, signature, body)."""
    script = (
        f"{_example('javascript')}\nDate.now = () => {now * 1000};\n"
        f"console.log(JSON.stringify({json.dumps(cases)}.map((each) => verified(...each))));"
    )
    ran = subprocess.run(
        [str(node()), "-e", script],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    return [bool(each) for each in json.loads(ran.stdout)]
