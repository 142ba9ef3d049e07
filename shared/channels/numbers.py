"""Meta's own description of a WhatsApp number: is the token good, and how much may be sent."""

import httpx

from shared.domain.errors import NumberRefusedError, ProviderUnavailableError
from shared.domain.sender import NumberFacts

_FIELDS = (
    "display_phone_number,verified_name,quality_rating,throughput,"
    "whatsapp_business_manager_messaging_limit,health_status"
)
_SECONDS = 8.0


class GraphNumbers:
    """`GET {graph_url}/{version}/{phone_number_id}?fields=…`, once per `look_up`, in 8 seconds."""

    def __init__(self, graph_url: str, version: str) -> None:
        self._url = f"{graph_url.rstrip('/')}/{version}"

    def look_up(self, phone_number_id: str, token: str) -> NumberFacts:
        """See `shared.usecases.sender_ports.NumberDirectory`."""
        try:
            answer = httpx.get(
                f"{self._url}/{phone_number_id}",
                params={"fields": _FIELDS},
                headers={"Authorization": f"Bearer {token}"},
                timeout=_SECONDS,
                trust_env=False,
            )
            body = answer.json()
        except (httpx.HTTPError, ValueError):
            # Its words may hold the request, and the request holds the token.
            raise ProviderUnavailableError(
                "Meta could not be reached to check the number. Nothing was changed; try again."
            ) from None
        if answer.status_code >= 500 or not isinstance(body, dict):
            raise ProviderUnavailableError(
                "Meta could not answer just now. Nothing was changed; try again."
            )
        if "error" in body or not answer.is_success:
            raise NumberRefusedError(_words(body.get("error")))
        return _facts(body)


def _words(error: object) -> str:
    match error:
        case {"code": code, "message": str(message)}:
            said = f"{message} (code {code})"
        case _:
            said = "no reason given"
    return (
        f"Meta refused the number: {said}. Check phoneNumberId, and that accessToken belongs to a "
        "system user with whatsapp_business_messaging and whatsapp_business_management for it."
    )


def _facts(body: dict[str, object]) -> NumberFacts:
    throughput, health = body.get("throughput"), body.get("health_status")
    return NumberFacts(
        display_number=_text(body.get("display_phone_number")),
        verified_name=_text(body.get("verified_name")),
        quality=_text(body.get("quality_rating")),
        messaging_limit=_text(body.get("whatsapp_business_manager_messaging_limit")),
        throughput=_text(throughput.get("level")) if isinstance(throughput, dict) else None,
        can_send=_text(health.get("can_send_message")) if isinstance(health, dict) else None,
    )


def _text(value: object) -> str | None:
    """Meta's own words, whatever it may add; nothing that could not be shown in one line."""
    return str(value)[:100] if value else None
