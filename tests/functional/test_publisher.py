"""Publishing the console: CloudFormation's calls, real S3, and an answer in any case."""

import io
import json
import uuid
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest

from functions.publisher import handler as publisher
from tests.support.scripted_server import Answer, Server, scripted_server

FILES = {
    "index.html": "<title>Campaigns</title>",
    "assets/index-1a2b.js": "console.log(1)",
    "icon.svg": "<svg/>",
}
CONFIG = {"apiUrl": "", "liveUrl": "wss://live.example.com/live"}


@pytest.fixture(scope="module")
def cloudformation() -> Iterator[Server]:
    with scripted_server() as server:
        server.answers = [Answer(200, "")]
        yield server


@pytest.fixture
def s3(ministack: str, aws: boto3.Session, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_ENDPOINT_URL", ministack)
    client = aws.client("s3", endpoint_url=ministack)
    monkeypatch.setattr(publisher, "_client", lambda: client)
    yield client
    client.close()


Call = Callable[..., dict[str, Any]]


@pytest.fixture
def call(s3: Any, cloudformation: Server) -> Call:
    """One call of CloudFormation's, with its files as the archive; what it was answered."""
    bucket = f"console-{uuid.uuid4().hex[:8]}"
    where_it_is = {"LocationConstraint": "eu-west-1"}
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=where_it_is)

    def make(request: str, files: dict[str, str], archive: str = "files.zip") -> dict[str, Any]:
        zipped = io.BytesIO()
        with zipfile.ZipFile(zipped, "w") as into:
            into.mkdir("assets")
            for name, content in files.items():
                into.writestr(name, content)
        s3.put_object(Bucket=bucket, Key="archive/files.zip", Body=zipped.getvalue())
        where = {"ArchiveBucket": bucket, "ArchiveKey": f"archive/{archive}"}
        event = {
            "RequestType": request,
            "ResponseURL": f"{cloudformation.url}/answer?signature=1",
            **{"StackId": "stack", "RequestId": "request", "LogicalResourceId": "Publication"},
            "ResourceProperties": {"Bucket": bucket, "Config": CONFIG, **where},
        }
        publisher.handler(event, None)
        told = cloudformation.asked[-1]
        assert (told.method, told.path) == ("PUT", "/answer?signature=1")
        assert "content-type" not in told.headers  # it is not in what was signed
        return {"bucket": bucket, **json.loads(told.body)}

    return make


def listed(s3: Any, bucket: str) -> set[str]:
    found = s3.list_objects_v2(Bucket=bucket).get("Contents", [])
    return {each["Key"] for each in found} - {"archive/files.zip"}


def test_the_files_are_there_with_what_browsers_are_told_about_them(s3: Any, call: Call) -> None:
    told = call("Create", FILES)

    bucket = told.pop("bucket")
    assert told == {
        "Status": "SUCCESS",
        "Reason": "Done",
        "PhysicalResourceId": "console",
        **{"StackId": "stack", "RequestId": "request", "LogicalResourceId": "Publication"},
    }
    assert listed(s3, bucket) == {*FILES, "config.json"}
    for name, kind, kept in (
        ("index.html", "text/html; charset=utf-8", "no-cache"),
        ("assets/index-1a2b.js", "text/javascript; charset=utf-8", "public, max-age=31536000"),
        ("config.json", "application/json", "no-cache"),
    ):
        found = s3.get_object(Bucket=bucket, Key=name)
        assert found["ContentType"] == kind
        assert found["CacheControl"].startswith(kept)
    assert json.loads(s3.get_object(Bucket=bucket, Key="config.json")["Body"].read()) == CONFIG


def test_an_update_leaves_the_files_of_pages_that_are_open(s3: Any, call: Call) -> None:
    bucket = call("Create", FILES)["bucket"]

    newer = {"index.html": "<title>Newer</title>", "assets/index-3c4d.js": "console.log(2)"}
    call("Update", newer)
    call("Update", newer)  # CloudFormation asks again when it has heard no answer

    assert s3.get_object(Bucket=bucket, Key="index.html")["Body"].read() == b"<title>Newer</title>"
    assert listed(s3, bucket) == {*FILES, *newer, "config.json"}


def test_a_removal_empties_the_bucket_and_no_other_time_is_harmful(s3: Any, call: Call) -> None:
    bucket = call("Create", FILES)["bucket"]

    for _ in range(2):
        assert call("Delete", FILES)["Status"] == "SUCCESS"

    s3.delete_object(Bucket=bucket, Key="archive/files.zip")
    s3.delete_bucket(Bucket=bucket)


@pytest.mark.parametrize("request_type", ["Create", "Update"])
def test_what_goes_wrong_is_answered_with_its_reason(
    s3: Any, call: Call, request_type: str
) -> None:
    told = call(request_type, FILES, archive="other.zip")

    assert told["Status"] == "FAILED"
    assert "NoSuchKey" in told["Reason"]
    assert listed(s3, told["bucket"]) == set()
