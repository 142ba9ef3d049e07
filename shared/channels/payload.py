"""The body of a WhatsApp template message."""

import json
from typing import Any

from shared.domain.template import ButtonParam
from shared.ports import Message

_BUTTON_FIELDS = {
    "quick_reply": ("payload", "payload"),
    "copy_code": ("coupon_code", "coupon_code"),
}


def payload(message: Message) -> bytes:
    """The body of one message: pure ASCII JSON, only with components that have variables.

    The plus sign is Meta's own advice: without it the country may be guessed.
    """
    template: dict[str, Any] = {
        "name": message.template_name,
        "language": {"code": message.template_language},
    }
    if components := _components(message):
        template["components"] = components
    return json.dumps(
        {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": f"+{message.to}",
            "type": "template",
            "biz_opaque_callback_data": message.opaque,
            "template": template,
        },
        separators=(",", ":"),
    ).encode()


def _components(message: Message) -> list[dict[str, Any]]:
    parameters = message.parameters
    components: list[dict[str, Any]] = []
    if parameters.header is not None:
        components.append({"type": "header", "parameters": [_text(parameters.header)]})
    body = [_text(text) for text in parameters.body] or [
        {"type": "text", "parameter_name": name, "text": text}
        for name, text in parameters.named_body.items()
    ]
    if body:
        components.append({"type": "body", "parameters": body})
    components.extend(_button(button) for button in parameters.buttons)
    return components


def _text(text: str) -> dict[str, str]:
    return {"type": "text", "text": text}


def _button(button: ButtonParam) -> dict[str, Any]:
    kind, field = _BUTTON_FIELDS.get(button.sub_type, ("text", "text"))
    return {
        "type": "button",
        "sub_type": button.sub_type,
        "index": str(button.index),
        "parameters": [{"type": kind, field: button.text}],
    }
