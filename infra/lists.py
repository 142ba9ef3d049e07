"""Long lists: the bucket they are uploaded to, and the queue of what the importer shall do."""

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk.aws_lambda_event_sources import SqsEventSource
from constructs import Construct

from infra.functions import IMPORTER_TIMEOUT, Functions
from infra.queues import dead_letters, work_queue
from infra.settings import StageSettings

KEPT = Duration.days(7)
"""How long lists and reports are there: they are people's data."""

RECEIVES = 5
"""Then a message is a dead letter; an import that has stalled gets new ones after five minutes."""


class Lists(Construct):
    """Lists come by signed addresses only, and leave as rows of a table.

    A message is hidden for little longer than the importer may run: everything that it does can be
    done again, so a dead one need not be waited for.
    """

    def __init__(self, scope: Construct, construct_id: str, *, settings: StageSettings) -> None:
        super().__init__(scope, construct_id)
        self._settings = settings
        self.bucket = s3.Bucket(
            self,
            "Bucket",
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            lifecycle_rules=[
                s3.LifecycleRule(
                    expiration=KEPT, abort_incomplete_multipart_upload_after=Duration.days(1)
                )
            ],
            cors=_cors(settings),
            removal_policy=settings.removal_policy,
        )
        self.dead_letters = dead_letters(self)
        self.queue = work_queue(
            self,
            self.dead_letters,
            hidden_seconds=IMPORTER_TIMEOUT.to_seconds() + 60,
            kept=Duration.days(4),
            receives=RECEIVES,
        )

    def connect(self, functions: Functions) -> None:
        """Let `api` sign addresses, `importer` work, and the tick ask for work."""
        for function in (functions.api, functions.importer):
            function.add_environment("LISTS_BUCKET_NAME", self.bucket.bucket_name)
            # Who signs an address needs the right that it gives.
            function.add_to_role_policy(
                iam.PolicyStatement(
                    actions=["s3:GetObject", "s3:PutObject"],
                    resources=[self.bucket.arn_for_objects("*")],
                )
            )
            # Without it S3 does not say whether a file is missing.
            function.add_to_role_policy(
                iam.PolicyStatement(actions=["s3:ListBucket"], resources=[self.bucket.bucket_arn])
            )
        for function in (functions.api, functions.importer, functions.executor):
            function.add_environment("IMPORT_QUEUE_URL", self.queue.queue_url)
            function.add_to_role_policy(
                iam.PolicyStatement(actions=["sqs:SendMessage"], resources=[self.queue.queue_arn])
            )
        functions.importer.add_event_source(
            SqsEventSource(
                self.queue,
                batch_size=1,
                max_concurrency=self._settings.importers,
                report_batch_item_failures=True,
            )
        )


def _cors(settings: StageSettings) -> list[s3.CorsRule] | None:
    """A page of the console uploads, and may read what S3 answers.

    Whoever has a signed address may use it, from a page or without one; this only keeps other pages
    out. CloudFront's own name of the console can't be told here, because the console's policy names
    this bucket.
    """
    origins = [settings.allowed_origin] if settings.allowed_origin else []
    if settings.console:
        origins.append(f"https://{settings.console_domain or '*.cloudfront.net'}")
    if not origins:
        return None
    return [
        s3.CorsRule(
            allowed_origins=origins,
            allowed_methods=[s3.HttpMethods.PUT, s3.HttpMethods.GET],
            allowed_headers=["content-type"],
            max_age=3600,
        )
    ]
