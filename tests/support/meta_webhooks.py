"""Webhooks as Meta sends them: payloads of Cloud API v26.0 and their signature."""

import hashlib
import hmac
import json
from typing import Any

APP_SECRET = "the-app's-secret"
VERIFY_TOKEN = "the-verify-token"
ACCOUNT = "102290129340398"
NUMBER = "1065"
"""The number of the deployments in tests."""


def metadata(number: str = NUMBER) -> dict[str, str]:
    return {"display_phone_number": "15550783881", "phone_number_id": number}


def status(kind: str = "delivered", message_id: str = "wamid.1", **more: Any) -> dict[str, Any]:
    """One element of `statuses`; `more` replaces fields, None leaves one out."""
    fields = {
        "id": message_id,
        "status": kind,
        "timestamp": "1795176000",
        "recipient_id": "12015550100",
        **more,
    }
    return {name: value for name, value in fields.items() if value is not None}


def failed(code: Any = 131049, message_id: str = "wamid.1", **more: Any) -> dict[str, Any]:
    """A `failed` status as in Meta's documentation."""
    error = {
        "code": code,
        "title": "This message was not delivered to maintain healthy ecosystem engagement.",
        "message": "This message was not delivered to maintain healthy ecosystem engagement.",
        "error_data": {"details": "In order to maintain a healthy ecosystem engagement, …"},
        "href": "/documentation/business-messaging/whatsapp/support/error-codes",
    }
    return status("failed", message_id, errors=[error], **more)


def messages_value(number: str = NUMBER, **lists: Any) -> dict[str, Any]:
    """A value of the field `messages`: `statuses=[…]`, `messages=[…]`."""
    return {"messaging_product": "whatsapp", "metadata": metadata(number), **lists}


def change(value: Any, field: str = "messages") -> dict[str, Any]:
    return {"value": value, "field": field}


def post(*changes: Any, account: str = ACCOUNT, time: int | None = None) -> bytes:
    """The body of one POST; with a `time` where Meta has one: in news of accounts."""
    entry = {"id": account, "changes": list(changes)} | ({} if time is None else {"time": time})
    return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()


def signature(body: bytes, secret: str = APP_SECRET) -> dict[str, str]:
    """The header with which Meta sends it."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {"X-Hub-Signature-256": f"sha256={digest}", "Content-Type": "application/json"}
