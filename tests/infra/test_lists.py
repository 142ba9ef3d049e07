"""Long lists on AWS: who reaches the bucket, how long anything is in it, what works on it."""

from collections.abc import Callable
from typing import Any

OfType = Callable[[str], dict[str, dict[str, Any]]]
Synthesize = Callable[..., dict[str, Any]]
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/1a2b"


def lists(template: dict[str, Any]) -> dict[str, Any]:
    """The bucket's properties."""
    (bucket,) = (
        resource["Properties"]
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::S3::Bucket" and name.startswith("Lists")
    )
    found: dict[str, Any] = bucket
    return found


def test_the_bucket_is_closed_encrypted_and_forgets(template: dict[str, Any]) -> None:
    bucket = lists(template)

    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    (rule,) = bucket["LifecycleConfiguration"]["Rules"]
    assert (rule["Status"], rule["ExpirationInDays"]) == ("Enabled", 7)
    assert rule["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"] == 1
    assert "Prefix" not in rule  # everything
    assert "VersioningConfiguration" not in bucket  # nothing stays behind what is forgotten


def test_pages_of_the_console_upload_and_no_others(synthesize: Synthesize) -> None:
    own_name = {"consoleDomain": "campaigns.example.com", "consoleCertificate": CERTIFICATE}
    for context, origins in (
        ({}, ["https://*.cloudfront.net"]),
        (own_name, ["https://campaigns.example.com"]),
        ({"console": "off", "allowedOrigin": "https://a.example"}, ["https://a.example"]),
    ):
        (rule,) = lists(synthesize(**context))["CorsConfiguration"]["CorsRules"]
        assert rule["AllowedOrigins"] == origins
        assert set(rule["AllowedMethods"]) == {"GET", "PUT"}
    assert "CorsConfiguration" not in lists(synthesize(console="off"))


def test_the_importer_has_little_memory_and_one_part_at_a_time(of_type: OfType) -> None:
    functions = of_type("AWS::Lambda::Function")
    (name,) = [each for each in functions if each.startswith("FunctionsImporter")]
    (feed,) = [
        each
        for each in of_type("AWS::Lambda::EventSourceMapping").values()
        if each["FunctionName"]["Ref"] == name
    ]
    queue = of_type("AWS::SQS::Queue")[feed["EventSourceArn"]["Fn::GetAtt"][0]]

    assert functions[name]["MemorySize"] == 256
    assert feed["BatchSize"] == 1
    assert feed["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert feed["ScalingConfig"]["MaximumConcurrency"] >= 2
    # A slow one is not given its message a second time while it runs.
    assert queue["VisibilityTimeout"] > functions[name]["Timeout"]


def test_who_needs_bucket_and_queue_knows_them(of_type: OfType) -> None:
    (bucket,) = [name for name in of_type("AWS::S3::Bucket") if name.startswith("Lists")]
    knows: dict[str, set[str]] = {"LISTS_BUCKET_NAME": set(), "IMPORT_QUEUE_URL": set()}
    for name, function in of_type("AWS::Lambda::Function").items():
        for variable in knows:
            value = function["Environment"]["Variables"].get(variable)
            if value:
                knows[variable].add(name.removeprefix("Functions")[:-8])
                assert value["Ref"] == bucket or value["Ref"].startswith("ListsQueue")

    assert knows == {
        "LISTS_BUCKET_NAME": {"Api", "Importer"},
        "IMPORT_QUEUE_URL": {"Api", "Executor", "Importer"},
    }
