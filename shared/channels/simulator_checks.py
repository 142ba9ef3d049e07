"""What Meta's endpoint refuses before it looks at the recipient, and how its answers look."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from shared.channels.scenario import Scenario, Wire
from shared.channels.simulator_http import Reply
from shared.domain.phone import equivalent

MAX_OPAQUE = 512
MAX_TEXT = 1024

_TO = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
_PARAMETERS = {"header", "body", "button"}
_BUTTON_TEXTS = {"text": "text", "payload": "payload", "coupon_code": "coupon_code"}


@dataclass(frozen=True, slots=True)
class Refused:
    """An answer in Meta's error shape."""

    status: int
    code: int
    title: str
    details: str
    kind: str = "OAuthException"

    def body(self) -> bytes:
        """`{"error": …}` as Meta writes it."""
        error = {
            "message": f"(#{self.code}) {self.title}",
            "type": self.kind,
            "code": self.code,
            "error_data": {"messaging_product": "whatsapp", "details": self.details},
            "fbtrace_id": "ASimulatorHasNoTrace",
        }
        return json.dumps({"error": error}).encode()


def accepted_body(to: str, message_id: str, message_status: str) -> bytes:
    """The answer to a message that was taken; `wa_id` is the number as WhatsApp knows it."""
    return json.dumps(
        {
            "messaging_product": "whatsapp",
            "contacts": [{"input": to, "wa_id": whatsapp_id(to.lstrip("+"))}],
            "messages": [{"id": message_id, "message_status": message_status}],
        }
    ).encode()


def whatsapp_id(phone: str) -> str:
    """Under which number WhatsApp knows a phone: for Brazil, Mexico, Argentina often another.

    The short one, as older accounts have it; in Brazil only for area codes from 31 on.
    """
    other = equivalent(phone)
    if other is None or (phone.startswith("55") and phone[2:4] < "31"):
        return phone
    return min(phone, other, key=len)


def json_reply(status: int, content: object) -> Reply:
    """An answer of the simulator's own pages."""
    return Reply(status, json.dumps(content).encode())


def refusal(refused: Refused, delay: float = 0.0) -> Reply:
    """Meta's answer to what it does not take."""
    return Reply(refused.status, refused.body(), delay=delay)


def scenario_reply(scenario: Scenario, to: str, message_id: str, delay: float) -> Reply:
    """What a scenario answers, and what happens to it on the way."""
    match scenario:
        case Scenario(wire=Wire.HTML):
            page = f"<html><body><h1>{scenario.status} Bad Gateway</h1></body></html>"
            return Reply(scenario.status, page.encode(), "text/html", delay)
        case Scenario(wire=Wire.GARBAGE):
            return Reply(scenario.status, b'{"messages":[{"id', delay=delay)
        case Scenario(code=int(code)):
            refused = Refused(scenario.status, code, scenario.title, scenario.words)
            return Reply(scenario.status, refused.body(), delay=delay, wire=scenario.wire)
    body = accepted_body(to, message_id, scenario.message_status)
    return Reply(scenario.status, body, delay=delay, wire=scenario.wire)


def number_facts(phone_number_id: str) -> dict[str, Any]:
    """A number as Meta describes it; with an id that ends in 0250, the lowest tier."""
    return {
        "id": phone_number_id,
        "display_phone_number": f"+1 555-{phone_number_id[-7:-4]}-{phone_number_id[-4:]}",
        "verified_name": "Simulated Shop",
        "quality_rating": "GREEN",
        "throughput": {"level": "STANDARD"},
        "whatsapp_business_manager_messaging_limit": (
            "TIER_250" if phone_number_id.endswith("0250") else "TIER_2K"
        ),
        "health_status": {"can_send_message": "AVAILABLE"},
    }


def check_token(authorization: str | None, token: str | None) -> Refused | None:
    """The bearer token; `token` None lets every one pass, but not the lack of one."""
    scheme, _, given = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not given.strip():
        return Refused(403, 200, "Provide valid app ID", "No access token was sent.")
    if token is not None and given.strip() != token:
        return Refused(
            401,
            190,
            "Invalid OAuth access token - Cannot parse access token",
            "The access token is not the one of this phone number.",
        )
    return None


def check_message(message: Mapping[str, Any]) -> Refused | None:
    """The shape of a message: the first thing that Meta would refuse, None if nothing."""
    return next(_faults(message), None)


def _faults(message: Mapping[str, Any]) -> Iterator[Refused]:
    if message.get("messaging_product") != "whatsapp":
        yield _invalid(100, "The parameter messaging_product is required and must be whatsapp.")
    if message.get("recipient_type", "individual") != "individual":
        yield _invalid(100, "recipient_type must be individual.")
    to = message.get("to")
    if not to:
        yield _missing("to")
    elif not isinstance(to, str) or not _TO.fullmatch(to):
        # Meta would guess a country for a number without the plus sign: a bug worth finding here.
        yield _value("to must be a phone number with its plus sign and country code.")
    opaque = message.get("biz_opaque_callback_data", "")
    if not isinstance(opaque, str) or len(opaque) > MAX_OPAQUE:
        yield _invalid(
            100, f"biz_opaque_callback_data is a text of at most {MAX_OPAQUE} characters."
        )
    match message.get("type", "text"):
        case "template":
            yield from _template_faults(message.get("template"))
        case "text":
            yield Refused(400, 131047, "Re-engagement message", "No conversation is open.")
        case _:
            yield Refused(400, 131051, "Unsupported message type", "Only templates are simulated.")


def _template_faults(template: object) -> Iterator[Refused]:
    if not isinstance(template, dict):
        yield _missing("template")
        return
    if not _is_text(template.get("name")):
        yield _missing("template.name")
    language = template.get("language")
    if not isinstance(language, dict) or not _is_text(language.get("code")):
        yield _missing("template.language.code")
    components = template.get("components", [])
    if not isinstance(components, list):
        yield _value("template.components must be a list.")
        return
    for component in components:
        yield from _component_faults(component)


def _component_faults(component: object) -> Iterator[Refused]:
    if not isinstance(component, dict) or str(component.get("type")).lower() not in _PARAMETERS:
        yield _value("A component's type is header, body or button.")
        return
    if str(component["type"]).lower() == "button" and not (
        str(component.get("index", "")).isdigit() and _is_text(component.get("sub_type"))
    ):
        yield _value("A button component needs index and sub_type.")
    parameters = component.get("parameters")
    if not isinstance(parameters, list) or not parameters:
        yield _format("A component needs its parameters.")
        return
    for parameter in parameters:
        yield from _parameter_faults(parameter)
    named = {isinstance(p, dict) and "parameter_name" in p for p in parameters}
    if len(named) > 1:
        yield _format("Parameters are all named or all positional.")


def _parameter_faults(parameter: object) -> Iterator[Refused]:
    kind = parameter.get("type") if isinstance(parameter, dict) else None
    if not isinstance(parameter, dict) or kind not in _BUTTON_TEXTS:
        yield _format("Parameters of type text, payload and coupon_code are simulated.")
        return
    text = parameter.get(_BUTTON_TEXTS[str(kind)])
    if not _is_text(text):
        yield _missing("the text of a parameter")
    elif len(str(text)) > MAX_TEXT:
        yield Refused(400, 132005, "Translated text too long", f"At most {MAX_TEXT} characters.")
    elif re.search(r"[\n\t]| {5}", str(text)):
        yield Refused(
            400,
            132018,
            "Template parameter validation failed",
            "Param text cannot have new-line/tab characters or more than 4 consecutive spaces",
        )


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _invalid(code: int, details: str) -> Refused:
    return Refused(400, code, "Invalid parameter", details)


def _missing(name: str) -> Refused:
    return Refused(400, 131008, "Required parameter is missing", f"Missing: {name}.")


def _value(details: str) -> Refused:
    return Refused(400, 131009, "Parameter value is not valid", details)


def _format(details: str) -> Refused:
    return Refused(400, 132012, "Parameter format does not match", details)
