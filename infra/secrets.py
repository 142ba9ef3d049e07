"""What Meta gave us, kept in Secrets Manager."""

import json

from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.settings import StageSettings


class MetaSecret(Construct):
    """One secret with empty places for the token, the number and the app secret.

    The operator fills them in after the first deployment; no value ever passes through a template.
    The webhook's verify token is ours to choose, so Secrets Manager draws it.

    Never change the template or the key below: CloudFormation would generate the secret anew and
    overwrite what the operator has put in.
    """

    def __init__(self, scope: Construct, construct_id: str, *, settings: StageSettings) -> None:
        super().__init__(scope, construct_id)
        self.secret = secretsmanager.Secret(
            self,
            "Secret",
            description="Access to the WhatsApp Business account (see docs/deploy.md)",
            generate_secret_string=secretsmanager.SecretStringGenerator(
                secret_string_template=json.dumps(
                    {"META_ACCESS_TOKEN": "", "META_PHONE_NUMBER_ID": "", "META_APP_SECRET": ""}
                ),
                generate_string_key="META_WEBHOOK_VERIFY_TOKEN",
                exclude_punctuation=True,
            ),
            removal_policy=settings.removal_policy,
        )
