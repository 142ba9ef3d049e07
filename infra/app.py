"""From the CDK context to the one stack of a stage."""

import json
import os
import sys
from pathlib import Path
from typing import Any

from aws_cdk import App, Tags, Validations
from aws_cdk.aws_lambda import Code
from cdk_nag import AwsSolutionsChecks

from infra.bundle import ROOT, bundled_code
from infra.console import console_files
from infra.settings import InvalidContextError, stage_settings
from infra.stack import CampaignExecutorStack


def add_stack(
    app: App, code: Code | None = None, console: Path | None = None
) -> CampaignExecutorStack:
    """Add the stack that the context of `app` describes, under the eyes of cdk-nag.

    `code` replaces the bundle and `console` the console's files, for tests. Raises
    InvalidContextError.
    """
    settings = stage_settings(app.node.try_get_context)
    stack = CampaignExecutorStack(
        app,
        f"CampaignExecutor{settings.stage.capitalize()}",
        settings=settings,
        code=code or bundled_code(settings.bundle),
        console=console or console_files(),
        description="WhatsApp campaigns: nobody twice, nobody lost, never over the cap",
    )
    Tags.of(stack).add("application", "campaign-executor")
    Tags.of(stack).add("stage", settings.stage)
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    return stack


def main() -> int | str:
    """Synthesize what the context asks for; the exit code, or a line that says what is wrong.

    The CDK command line hands over its context and its output folder. Without it, `python app.py`
    makes the same template from cdk.json in cdk.out/.
    """
    by_cdk = "CDK_CONTEXT_JSON" in os.environ
    app = App() if by_cdk else App(context=_context(), outdir=_output())
    try:
        stack = add_stack(app)
    except InvalidContextError as error:
        return str(error)
    assembly = app.synth()
    if not by_cdk:
        sys.stdout.write(f"{Path(assembly.directory) / stack.template_file}\n")
    return 0


def _context() -> dict[str, Any]:
    context: dict[str, Any] = json.loads((ROOT / "cdk.json").read_text())["context"]
    return context


def _output() -> str:
    return os.environ.get("CDK_OUTDIR") or str(ROOT / "cdk.out")
