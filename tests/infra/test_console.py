"""The console on AWS: who can read its files, what browsers are told, where people log in."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from infra import console
from infra.node import node
from shared.web import HEADERS, content_policy, is_a_page

OfType = Callable[[str], dict[str, dict[str, Any]]]
Synthesize = Callable[..., dict[str, Any]]
OWN_NAME = {
    "consoleDomain": "campaigns.example.com",
    "consoleCertificate": "arn:aws:acm:us-east-1:123456789012:certificate/1a2b",
}


@pytest.fixture(scope="module")
def distribution(of_type: OfType) -> dict[str, Any]:
    (only,) = of_type("AWS::CloudFront::Distribution").values()
    config: dict[str, Any] = only["DistributionConfig"]
    return config


def test_only_this_distribution_reads_the_files(of_type: OfType) -> None:
    (bucket,) = [name for name in of_type("AWS::S3::Bucket") if name.startswith("Console")]
    (policy,) = [
        policy["PolicyDocument"]["Statement"]
        for policy in of_type("AWS::S3::BucketPolicy").values()
        if policy["Bucket"]["Ref"] == bucket
    ]
    (distribution,) = of_type("AWS::CloudFront::Distribution")

    (allowed,) = [statement for statement in policy if statement["Effect"] == "Allow"]
    assert allowed["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    assert allowed["Action"] == "s3:GetObject"
    (source,) = allowed["Condition"]["StringEquals"].values()
    assert {"Ref": distribution} in source["Fn::Join"][1]
    assert set(of_type("AWS::S3::Bucket")[bucket]["PublicAccessBlockConfiguration"].values()) == {
        True
    }
    (control,) = of_type("AWS::CloudFront::OriginAccessControl").values()
    assert control["OriginAccessControlConfig"]["SigningBehavior"] == "always"


def test_the_page_and_the_api_have_one_host(distribution: dict[str, Any], of_type: OfType) -> None:
    files, (calls,) = distribution["DefaultCacheBehavior"], distribution["CacheBehaviors"]
    origins = {each["Id"]: each for each in distribution["Origins"]}
    api = origins[calls["TargetOriginId"]]

    assert files["ViewerProtocolPolicy"] == "redirect-to-https"
    assert files["Compress"] is True
    assert "S3OriginConfig" in origins[files["TargetOriginId"]]
    assert calls["PathPattern"] == "/api/*"
    assert calls["ViewerProtocolPolicy"] == "https-only"
    assert calls["CachePolicyId"] == "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"  # AWS: CachingDisabled
    # AWS: AllViewerExceptHostHeader; API Gateway knows itself by its own name only
    assert calls["OriginRequestPolicyId"] == "b689b0a8-53d0-40ab-baf2-68738e2966ac"
    assert set(calls["AllowedMethods"]) >= {"GET", "POST", "PUT", "PATCH", "DELETE"}
    assert api["CustomOriginConfig"]["OriginProtocolPolicy"] == "https-only"
    assert api["DomainName"]["Fn::Join"][1][0]["Ref"].startswith("IngressApi")
    assert distribution["HttpVersion"] == "http2and3"


def test_nobody_gets_a_refusal_that_was_somebody_elses(distribution: dict[str, Any]) -> None:
    kept = {
        each["ErrorCode"]: each["ErrorCachingMinTTL"]
        for each in distribution["CustomErrorResponses"]
    }

    assert kept.keys() >= {403, 404, 500, 503}
    assert set(kept.values()) == {0}
    # and what the API refuses is not turned into the page
    assert not [e for e in distribution["CustomErrorResponses"] if "ResponsePagePath" in e]


def test_browsers_are_told_what_the_laptop_tells_them(of_type: OfType) -> None:
    (policy,) = of_type("AWS::CloudFront::ResponseHeadersPolicy").values()
    config = policy["ResponseHeadersPolicyConfig"]
    security = config["SecurityHeadersConfig"]
    told = {each["Header"]: each["Value"] for each in config["CustomHeadersConfig"]["Items"]}
    age = security["StrictTransportSecurity"]
    told["Strict-Transport-Security"] = f"max-age={age['AccessControlMaxAgeSec']}" + (
        "; includeSubDomains" if age["IncludeSubdomains"] else ""
    )
    told["X-Frame-Options"] = security["FrameOptions"]["FrameOption"]
    told["Referrer-Policy"] = security["ReferrerPolicy"]["ReferrerPolicy"]
    told["X-Content-Type-Options"] = "nosniff" if security["ContentTypeOptions"] else ""

    assert told == HEADERS
    assert all(part["Override"] for part in security.values())


def test_the_page_talks_to_our_own_addresses_only(of_type: OfType) -> None:
    (policy,) = of_type("AWS::CloudFront::ResponseHeadersPolicy").values()
    security = policy["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]
    text = joined(security["ContentSecurityPolicy"]["ContentSecurityPolicy"])
    parts = dict(part.strip().partition(" ")[::2] for part in text.split(";"))
    ours = dict(part.strip().partition(" ")[::2] for part in content_policy().split(";"))

    own, live, login, users, lists = parts.pop("connect-src").split(" ")
    assert own == ours.pop("connect-src") == "'self'"
    assert parts == ours
    assert live.startswith("<LiveApi")  # its endpoint, with wss://
    assert login.startswith("https://<IngressUsersDomain")
    assert users == "https://cognito-idp.<AWS::Region>.<AWS::URLSuffix>"
    assert lists.startswith("https://<ListsBucket")
    assert "*" not in text


def test_people_log_in_at_cognitos_page_and_come_back_to_the_console(of_type: OfType) -> None:
    (client,) = [
        client
        for client in of_type("AWS::Cognito::UserPoolClient").values()
        if client["AllowedOAuthFlowsUserPoolClient"]
    ]
    (distribution,) = of_type("AWS::CloudFront::Distribution")

    assert list(map(joined, client["CallbackURLs"])) == [f"https://<{distribution}>/signed-in"]
    assert list(map(joined, client["LogoutURLs"])) == [f"https://<{distribution}>/"]
    pages = (console.ROOT / "console/src/auth/cognito.ts").read_text()
    assert '"/signed-in"' in pages
    assert len(of_type("AWS::Cognito::UserPoolDomain")) == 1


def test_the_page_is_told_where_everything_is(of_type: OfType) -> None:
    (publication,) = of_type("Custom::Console").values()
    (pool,) = of_type("AWS::Cognito::UserPool")
    config = publication["Config"]

    assert config["apiUrl"] == ""
    assert config["auth"]["kind"] == "cognito"
    assert joined(config["auth"]["authority"]).endswith(f"/<{pool}>")
    assert config["auth"]["clientId"]["Ref"].startswith("IngressUsersConsole")
    assert int(publication["ServiceTimeout"]) <= 600  # CloudFormation's own is an hour


@pytest.mark.parametrize(
    "path",
    ["/", "/campaigns", "/campaigns/cmp_1/edit", "/assets/index-1a.js", "/config.json", "/a.b/c"],
)
def test_cloudfront_and_the_laptop_agree_on_what_is_a_page(path: str) -> None:
    event = json.dumps({"request": {"uri": path}})
    script = f"{console.TO_THE_PAGE}\nconsole.log(handler({event}).uri)"
    ran = subprocess.run(
        [str(node()), "-e", script], capture_output=True, text=True, check=True, timeout=20
    )

    assert ran.stdout.strip() == ("/index.html" if is_a_page(path) else path)


def test_it_can_have_a_name_of_its_own(synthesize: Synthesize) -> None:
    resources = synthesize(**OWN_NAME)["Resources"].values()
    (config,) = [
        r["Properties"]["DistributionConfig"]
        for r in resources
        if r["Type"] == "AWS::CloudFront::Distribution"
    ]
    (client,) = [
        r["Properties"]
        for r in resources
        if r["Type"] == "AWS::Cognito::UserPoolClient" and "CallbackURLs" in r["Properties"]
    ]

    assert config["Aliases"] == ["campaigns.example.com"]
    assert config["ViewerCertificate"]["MinimumProtocolVersion"].startswith("TLSv1.2")
    assert client["CallbackURLs"] == ["https://campaigns.example.com/signed-in"]


def test_a_deployment_without_it_has_nothing_of_it(synthesize: Synthesize) -> None:
    template = synthesize(console="off")
    types = {resource["Type"] for resource in template["Resources"].values()}

    assert not [kind for kind in types if "CloudFront" in kind or "Custom::" in kind]
    assert not {"AWS::Cognito::UserPoolDomain"} & types
    assert not [name for name in template["Outputs"] if "Console" in name]


def test_without_a_build_the_template_is_whole_and_the_page_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console, "ROOT", tmp_path)
    monkeypatch.setattr(console, "DIST", tmp_path / "console/dist")

    assert "infra.cdk deploy" in (console.console_files() / "index.html").read_text()
    (tmp_path / "console/dist").mkdir(parents=True)
    (tmp_path / "console/dist/index.html").write_text("built")
    assert (console.console_files() / "index.html").read_text() == "built"


def joined(value: Any) -> str:
    """A value of the template as text, references as `<name>`."""
    match value:
        case {"Fn::Join": ["", parts]}:
            return "".join(map(joined, parts))
        case {"Ref": name} | {"Fn::GetAtt": [name, _]}:
            return f"<{name}>"
    return str(value)
