"""The webhook's Lambda: Meta's servers in, the queue out. Nothing is worked on here.

| request | answer |
|---|---|
| GET, Meta's check of the address | 200 and the challenge, or 403 |
| POST with Meta's signature | 200 when all of it is on the queue; 503 if it could not be |
| POST without | 401; nothing is kept |

Meta repeats for days whatever is not answered with 200, so a 503 loses nothing, and a signed
request that can't be used is a 200 too.
"""

import base64
import binascii
import logging
from typing import Any

from functions.webhook.door import Door, door
from shared.channels.webhook_door import challenge, is_signed, queue_messages
from shared.domain.errors import StoreUnavailableError

logging.getLogger().setLevel(logging.INFO)
log = logging.getLogger(__name__)

_HEADERS = {
    "Content-Type": "text/plain; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer one request (API Gateway HTTP API, payload 2.0)."""
    method = event["requestContext"]["http"]["method"]
    try:
        if method == "GET":
            return _verify(event, door())
        if method == "POST":
            return _take(event, door())
    except StoreUnavailableError as error:
        log.exception(
            "the webhook can't be handled; Meta sends it again",
            extra={"event": "store_unavailable"},
        )
        return _answer(503, error.message)
    return _answer(405, "This path takes GET and POST.")


def _verify(event: dict[str, Any], at: Door) -> dict[str, Any]:
    query = event.get("queryStringParameters") or {}
    answer = challenge(query, at.keys.get("META_WEBHOOK_VERIFY_TOKEN"))
    if answer is None and at.keys.look_again():
        answer = challenge(query, at.keys.get("META_WEBHOOK_VERIFY_TOKEN"))
    return _answer(403, "Not the verify token.") if answer is None else _answer(200, answer)


def _take(event: dict[str, Any], at: Door) -> dict[str, Any]:
    body = _body(event)
    if not _is_metas(event, body, at):
        log.warning("a request without Meta's signature", extra={"event": "signature_refused"})
        return _answer(401, "The signature in X-Hub-Signature-256 is not of this app.")
    at.queue.put(queue_messages(body))
    return _answer(200, "")


def _is_metas(event: dict[str, Any], body: bytes, at: Door) -> bool:
    signature = (event.get("headers") or {}).get("x-hub-signature-256", "")
    if not signature:
        return False
    if is_signed(body, signature, at.keys.get("META_APP_SECRET")):
        return True
    return at.keys.look_again() and is_signed(body, signature, at.keys.get("META_APP_SECRET"))


def _body(event: dict[str, Any]) -> bytes:
    """The bytes as they were sent: what the signature is over."""
    body = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return str(body).encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(body)
    except binascii.Error:
        return b""


def _answer(status: int, text: str) -> dict[str, Any]:
    return {"statusCode": status, "headers": _HEADERS, "body": text}
