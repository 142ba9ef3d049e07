"""The bodies of the webhooks that the simulator sends, in Meta's shapes (v26.0).

Source: Meta's documentation, webhooks/reference/messages/status, …/text, …/button and
webhooks/reference/user_preferences. Since v24.0 a status has no `conversation`; a timestamp is text
in a message webhook and a number among the preferences; `contacts` is absent where a send failed.
"""

import base64
import hashlib
import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from shared.channels.simulator_checks import whatsapp_id
from shared.channels.simulator_mailbox import Received
from shared.channels.stories import STATUSES, Kind, Step, Story

ACCOUNT = "200000000000001"  # the WhatsApp Business Account of every simulated number
_CODES = "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/"


@dataclass(frozen=True, slots=True)
class Update:
    """One thing to report: which number it is about, in which list of which field it stands."""

    phone_number_id: str
    field: str
    part: str
    item: Mapping[str, Any]
    contact: Mapping[str, Any] | None


def update(call: Received, story: Story, step: Step, at: float) -> Update:
    """The update that reports a step of a message's story; `at` is seconds since 1970."""
    match step.kind:
        case kind if kind in STATUSES:
            field, part, item = "messages", "statuses", _status(call, story, step, at)
        case Kind.STOP:
            field = part = "user_preferences"
            item = _preference(call, at)
        case _:
            field, part, item = "messages", "messages", _inbound(call, step, at)
    contact = None if step.kind is Kind.FAILED else _contact(call, story)
    return Update(call.phone_number_id, field, part, item, contact)


def envelope(updates: Iterable[Update], account: str = ACCOUNT) -> dict[str, Any]:
    """A POST's body: neighbours about the same number and of the same kind share a change."""

    def kind(each: Update) -> tuple[str, str, str]:
        return each.phone_number_id, each.field, each.part

    return wrapped([_change(list(group)) for _, group in groupby(updates, kind)], account)


def wrapped(changes: Sequence[Mapping[str, Any]], account: str = ACCOUNT) -> dict[str, Any]:
    """Changes as one POST carries them."""
    entry = {"id": account, "changes": list(changes)}
    return {"object": "whatsapp_business_account", "entry": [entry]}


def encoded(body: Mapping[str, Any]) -> bytes:
    """As Meta writes JSON: without blanks, and everything beyond ASCII escaped."""
    return json.dumps(body, separators=(",", ":")).encode()


def display_number(phone_number_id: str) -> str:
    """The digits of a simulated number."""
    return f"1555{phone_number_id[-7:]:0>7}"


def _change(group: Sequence[Update]) -> dict[str, Any]:
    first = group[0]
    number = {
        "display_phone_number": display_number(first.phone_number_id),
        "phone_number_id": first.phone_number_id,
    }
    value: dict[str, Any] = {"messaging_product": "whatsapp", "metadata": number}
    contacts = {json.dumps(u.contact): u.contact for u in group if u.contact is not None}
    if contacts:
        value["contacts"] = list(contacts.values())
    value[first.part] = [u.item for u in group]
    return {"field": first.field, "value": value}


def _status(call: Received, story: Story, step: Step, at: float) -> dict[str, Any]:
    status: dict[str, Any] = {
        "id": call.message_id,
        "status": step.kind.value,
        "timestamp": str(int(at)),
    }
    if story.phone:
        status["recipient_id"] = whatsapp_id(call.phone)
    else:
        status["recipient_user_id"] = _user_id(call.phone)
    if story.opaque and call.opaque:
        status["biz_opaque_callback_data"] = call.opaque
    if step.kind in (Kind.SENT, Kind.DELIVERED):
        status["pricing"] = {
            "billable": True,
            "pricing_model": "PMP",
            "type": "regular",
            "category": "marketing",
        }
    if step.kind is Kind.FAILED:
        status["errors"] = [_error(step)]
    return status


def _error(step: Step) -> dict[str, Any]:
    return {
        "code": step.code,
        "title": step.title,
        "message": step.title,
        "error_data": {"details": f"{step.title} (simulated)"},
        "href": _CODES,
    }


def _inbound(call: Received, step: Step, at: float) -> dict[str, Any]:
    message: dict[str, Any] = {
        "from": whatsapp_id(call.phone),
        "id": _answer_id(call, step),
        "timestamp": str(int(at)),
    }
    if step.context:
        own = display_number(call.phone_number_id)
        message["context"] = {"from": own, "id": call.message_id}
    if step.kind is Kind.BUTTON:
        return message | {"type": "button", "button": {"payload": step.text, "text": step.text}}
    return message | {"type": "text", "text": {"body": step.text}}


def _preference(call: Received, at: float) -> dict[str, Any]:
    return {
        "wa_id": whatsapp_id(call.phone),
        "detail": "User requested to stop marketing messages",
        "category": "marketing_messages",
        "value": "stop",
        "timestamp": int(at),
    }


def _contact(call: Received, story: Story) -> dict[str, Any]:
    profile = {"name": f"Person {call.phone[-4:]}"}
    if story.phone:
        return {"profile": profile, "wa_id": whatsapp_id(call.phone)}
    return {"profile": profile, "user_id": _user_id(call.phone)}


def _user_id(phone: str) -> str:
    """Meta's id of a person, scoped to the business, for whom no phone is shown."""
    return f"US.{zlib.crc32(phone.encode()):014d}"


def _answer_id(call: Received, step: Step) -> str:
    digest = hashlib.blake2b(f"{call.message_id} {step}".encode(), digest_size=24).digest()
    return "wamid." + base64.b64encode(digest).decode()
