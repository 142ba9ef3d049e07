"""The web console: a private bucket behind CloudFront, which has the API at the same address."""

from collections.abc import Mapping
from pathlib import Path

from aws_cdk import CustomResource, Duration, RemovalPolicy, Stack
from aws_cdk import aws_apigatewayv2 as apigatewayv2
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_assets as assets
from constructs import Construct

from infra.bundle import ROOT
from infra.ingress import Ingress
from infra.live import Live
from infra.settings import StageSettings
from shared.web import HEADERS, PAGE, content_policy

DIST = ROOT / "console" / "dist"

TO_THE_PAGE = f"""
function handler(event) {{
  var request = event.request;
  if (request.uri.split('/').pop().indexOf('.') < 0) {{
    request.uri = '/{PAGE}';
  }}
  return request;
}}
""".strip()
"""The page's own addresses are no files: the same rule as `shared.web.is_a_page`."""

NOT_BUILT = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Campaign Executor</title>
<h1>The console was not built</h1>
<p>Deploy again with <code>python -m infra.cdk deploy</code>, which builds it first.</p>
</html>
"""

KEPT_ERRORS = (400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504)
"""Answers that CloudFront keeps for a while unless told otherwise, by its documentation."""

PUBLISHING = Duration.minutes(5)

_OWN_FIELDS = frozenset(
    {
        "Referrer-Policy",
        "Strict-Transport-Security",
        "X-Content-Type-Options",
        "X-Frame-Options",
    }
)
"""Headers that CloudFront has fields for, and takes in no other way."""


class Console(Construct):
    """`url` shows the files of a folder, and answers `/api/…` as the API does.

    The page and the API have one host: no other site's page may call the API, and the page may
    talk to that host, the live events, the login and the bucket of lists only.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: StageSettings,
        ingress: Ingress,
        live: Live,
        lists: s3.Bucket,
        publisher: lambda_.Function,
        files: Path,
    ) -> None:
        super().__init__(scope, construct_id)
        self._settings = settings
        self._bucket = s3.Bucket(
            self,
            "Bucket",
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            removal_policy=RemovalPolicy.DESTROY,  # what is in it can be published again
        )
        users = f"https://cognito-idp.{Stack.of(self).region}.{Stack.of(self).url_suffix}"
        connect = [
            live.api.api_endpoint,
            ingress.login_url,
            users,
            f"https://{lists.bucket_regional_domain_name}",
        ]
        self.distribution = self._distribution(ingress.api, self._headers(connect))
        self.host = settings.console_domain or self.distribution.distribution_domain_name
        self.url = f"https://{self.host}"
        client = ingress.let_in(self.url)
        config = {
            "apiUrl": "",
            "auth": {
                "kind": "cognito",
                "authority": f"{users}/{ingress.users.user_pool_id}",
                "clientId": client.user_pool_client_id,
                "domain": ingress.login_url,
            },
        }
        self._publish(files, config, publisher)

    def _headers(self, connect: list[str]) -> cloudfront.ResponseHeadersPolicy:
        age = HEADERS["Strict-Transport-Security"].partition(";")[0].removeprefix("max-age=")
        return cloudfront.ResponseHeadersPolicy(
            self,
            "Headers",
            security_headers_behavior=cloudfront.ResponseSecurityHeadersBehavior(
                content_security_policy=cloudfront.ResponseHeadersContentSecurityPolicy(
                    content_security_policy=content_policy(connect), override=True
                ),
                content_type_options=cloudfront.ResponseHeadersContentTypeOptions(override=True),
                frame_options=cloudfront.ResponseHeadersFrameOptions(
                    frame_option=cloudfront.HeadersFrameOption.DENY, override=True
                ),
                referrer_policy=cloudfront.ResponseHeadersReferrerPolicy(
                    referrer_policy=cloudfront.HeadersReferrerPolicy.NO_REFERRER, override=True
                ),
                strict_transport_security=cloudfront.ResponseHeadersStrictTransportSecurity(
                    access_control_max_age=Duration.seconds(int(age)),
                    include_subdomains=True,
                    override=True,
                ),
            ),
            custom_headers_behavior=cloudfront.ResponseCustomHeadersBehavior(
                custom_headers=[
                    cloudfront.ResponseCustomHeader(header=name, value=value, override=True)
                    for name, value in HEADERS.items()
                    if name not in _OWN_FIELDS
                ]
            ),
        )

    def _distribution(
        self, api: apigatewayv2.HttpApi, headers: cloudfront.ResponseHeadersPolicy
    ) -> cloudfront.Distribution:
        stack, domain = Stack.of(self), self._settings.console_domain
        certificate = self._settings.console_certificate
        bucket = origins.S3BucketOrigin.with_origin_access_control(self._bucket)
        to_the_page = cloudfront.Function(
            self,
            "ToThePage",
            code=cloudfront.FunctionCode.from_inline(TO_THE_PAGE),
            runtime=cloudfront.FunctionRuntime.JS_2_0,
        )
        return cloudfront.Distribution(
            self,
            "Distribution",
            comment=f"Console of campaign-executor, {self._settings.stage}",
            default_behavior=cloudfront.BehaviorOptions(
                origin=bucket,
                compress=True,
                cache_policy=cloudfront.CachePolicy.CACHING_OPTIMIZED,  # heeds Cache-Control
                function_associations=[
                    cloudfront.FunctionAssociation(
                        event_type=cloudfront.FunctionEventType.VIEWER_REQUEST,
                        function=to_the_page,
                    )
                ],
                response_headers_policy=headers,
                viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
            ),
            additional_behaviors={
                "/api/*": cloudfront.BehaviorOptions(
                    origin=origins.HttpOrigin(
                        f"{api.api_id}.execute-api.{stack.region}.{stack.url_suffix}",
                        protocol_policy=cloudfront.OriginProtocolPolicy.HTTPS_ONLY,
                        read_timeout=Duration.seconds(30),
                    ),
                    allowed_methods=cloudfront.AllowedMethods.ALLOW_ALL,
                    cache_policy=cloudfront.CachePolicy.CACHING_DISABLED,
                    origin_request_policy=(
                        cloudfront.OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER
                    ),
                    viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
                ),
            },
            # Else a refusal is kept for ten seconds, and is everybody's answer to that address.
            error_responses=[
                cloudfront.ErrorResponse(http_status=status, ttl=Duration.seconds(0))
                for status in KEPT_ERRORS
            ],
            http_version=cloudfront.HttpVersion.HTTP2_AND_3,
            minimum_protocol_version=(
                cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021 if certificate else None
            ),
            domain_names=[domain] if domain else None,
            certificate=(
                acm.Certificate.from_certificate_arn(self, "Certificate", certificate)
                if certificate
                else None
            ),
        )

    def _publish(
        self, files: Path, config: Mapping[str, object], publisher: lambda_.Function
    ) -> None:
        archive = assets.Asset(self, "Files", path=str(files))
        for actions, resources in (
            (["s3:GetObject"], [archive.bucket.arn_for_objects(archive.s3_object_key)]),
            (["s3:PutObject", "s3:DeleteObject"], [self._bucket.arn_for_objects("*")]),
            (["s3:ListBucket"], [self._bucket.bucket_arn]),
        ):
            publisher.add_to_role_policy(iam.PolicyStatement(actions=actions, resources=resources))
        CustomResource(
            self,
            "Publication",
            resource_type="Custom::Console",
            service_token=publisher.function_arn,
            service_timeout=PUBLISHING,
            properties={
                "Bucket": self._bucket.bucket_name,
                "ArchiveBucket": archive.s3_bucket_name,
                "ArchiveKey": archive.s3_object_key,
                "Config": config,
            },
        )


def console_files() -> Path:
    """The built console, or, where nobody has built it, a page that says so.

    So the template is the same with and without it, and nothing is taken away from a deployment by
    a machine on which `make console` was forgotten. `python -m infra.cdk deploy` builds it.
    """
    if (DIST / PAGE).is_file():
        return DIST
    instead = ROOT / ".build" / "no-console"
    instead.mkdir(parents=True, exist_ok=True)
    (instead / PAGE).write_text(NOT_BUILT)
    return instead
