"""Small handlers that the tests of the laptop runtime put where the real ones stand."""

import os
import sys
import time
from pathlib import Path
from typing import Any


def echo(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """The event and the context, as the handler sees them."""
    print("a stray print must not disturb the protocol")  # noqa: T201
    seen = {
        "event": event,
        "pid": os.getpid(),
        "requestId": context.aws_request_id,
        "functionName": context.function_name,
        "remaining": context.get_remaining_time_in_millis(),
    }
    return {"answer": seen}


def act(event: dict[str, Any], context: Any) -> Any:
    """Do what the request's path says."""
    action = event["rawPath"].strip("/")
    if action == "raise":
        raise RuntimeError("secret detail")
    if action == "exit":
        sys.exit(3)
    if action == "die":
        os._exit(3)
    if action == "bytes":
        return {"body": b"not JSON"}
    if action == "sleep":
        time.sleep(float(event["queryStringParameters"]["seconds"]))
    return {"statusCode": 200, "body": f"{action} done"}


def record(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Note every event in the file RECORD_FILE; the body `fail` fails."""
    records = event.get("Records", [])
    lines = [f"message {r['body']}" for r in records] or [event["detail-type"]]
    with Path(os.environ["RECORD_FILE"]).open("a") as file:
        file.write("\n".join(lines) + "\n")
    failed = [{"itemIdentifier": r["messageId"]} for r in records if r["body"] == "fail"]
    return {"batchItemFailures": failed}
