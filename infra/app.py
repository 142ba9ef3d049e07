"""From the CDK context to the one stack of a stage."""

from aws_cdk import App, Tags, Validations
from aws_cdk.aws_lambda import Code
from cdk_nag import AwsSolutionsChecks

from infra.bundle import bundled_code
from infra.settings import InvalidContextError, stage_settings
from infra.stack import CampaignExecutorStack


def add_stack(app: App, code: Code | None = None) -> CampaignExecutorStack:
    """Add the stack that the context of `app` describes, under the eyes of cdk-nag.

    `code` replaces the bundle, for tests. Raises InvalidContextError.
    """
    settings = stage_settings(app.node.try_get_context)
    stack = CampaignExecutorStack(
        app,
        f"CampaignExecutor{settings.stage.capitalize()}",
        settings=settings,
        code=code or bundled_code(settings.bundle),
        description="WhatsApp campaigns: nobody twice, nobody lost, never over the cap",
    )
    Tags.of(stack).add("application", "campaign-executor")
    Tags.of(stack).add("stage", settings.stage)
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    return stack


def main() -> int | str:
    """Synthesize what the context asks for; the exit code, or a line that says what is wrong."""
    app = App()
    try:
        add_stack(app)
    except InvalidContextError as error:
        return str(error)
    app.synth()
    return 0
