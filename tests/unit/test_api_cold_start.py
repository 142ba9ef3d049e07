"""What a cold start of the API pays for, told by what it imports: stable on a busy machine."""

import subprocess
import sys

HEAVY = (
    "boto3",
    "botocore.session",
    "httpx",
    "phonenumbers",
    "aws_lambda_powertools.event_handler.openapi.models",
)


def test_importing_the_handler_loads_nothing_that_only_some_requests_need() -> None:
    code = "import sys, functions.api.handler; print(*sys.modules)"

    loaded = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout.split()

    assert "functions.api.handler" in loaded
    assert [name for name in HEAVY if name in loaded] == []
