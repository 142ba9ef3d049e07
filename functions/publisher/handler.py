"""The Lambda that puts the console's files where CloudFront finds them: a part of the deployment.

CloudFormation calls it as a custom resource, and waits for an answer that is sent to an address.

| RequestType | what happens |
|---|---|
| `Create`, `Update` | the files of the archive and `config.json` are in the bucket |
| `Delete` | nothing is, so that the bucket can be removed |

`ResourceProperties`: `Bucket`, `Config` (what `config.json` says), and `ArchiveBucket` and
`ArchiveKey` of the zip file. All of it can be done again.
"""

import io
import json
import logging
from functools import lru_cache
from typing import Any
from zipfile import ZipFile

from shared.site import Site
from shared.web import CONFIG, PAGE

logging.getLogger().setLevel(logging.INFO)
log = logging.getLogger(__name__)


def handler(event: dict[str, Any], context: Any) -> None:
    """Do it and answer, whatever happens: without an answer CloudFormation waits for an hour."""
    reason = ""
    try:
        _act(event["RequestType"], event["ResourceProperties"])
    except Exception as error:
        log.exception("the console was not published")
        reason = f"{type(error).__name__}: {error}"[:1000]
    _answer(event, reason)


def _act(request: str, wanted: dict[str, Any]) -> None:
    site = Site(_client(), wanted["Bucket"])
    if request == "Delete":
        site.clear()
        return
    archive = site.read_from(wanted["ArchiveBucket"], wanted["ArchiveKey"])
    with ZipFile(io.BytesIO(archive)) as files:
        names = [name for name in files.namelist() if not name.endswith("/")]
        # The page comes last: it must not name a file that is not there yet.
        for name in sorted(names, key=lambda name: name == PAGE):
            if name == PAGE:
                site.put(CONFIG, json.dumps(wanted["Config"]).encode())
            site.put(name, files.read(name))
    log.info("the console is published: %d files", len(names))


def _answer(event: dict[str, Any], reason: str) -> None:
    """PUT the outcome to the signed address, which takes no Content-Type."""
    import httpx

    body = {
        "Status": "FAILED" if reason else "SUCCESS",
        "Reason": reason or "Done",
        "PhysicalResourceId": "console",  # another one would have CloudFormation delete the old
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
    }
    httpx.put(
        event["ResponseURL"], content=json.dumps(body).encode(), timeout=20
    ).raise_for_status()


@lru_cache(maxsize=1)
def _client() -> Any:
    import boto3

    return boto3.Session().client("s3")
