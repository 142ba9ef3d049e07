"""The templates of every simulated account: what Meta lists, in Meta's shape.

The end of the account's id chooses what is answered (see docs/simulator.md).
"""

from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qs

from shared.channels.simulator_checks import Refused, check_token, json_reply, refusal
from shared.channels.simulator_http import Reply, Request

TEMPLATES: tuple[dict[str, Any], ...] = (
    {
        "id": "500000000000001",
        "name": "order_update",
        "language": "en_US",
        "status": "APPROVED",
        "category": "UTILITY",
        "parameter_format": "POSITIONAL",
        "quality_score": {"score": "GREEN"},
        "components": [
            {
                "type": "BODY",
                "text": "Hello {{1}}, your order {{2}} is on its way.",
                "example": {"body_text": [["Ana", "A-1"]]},
            }
        ],
    },
    {
        "id": "500000000000002",
        "name": "spring_sale",
        "language": "en_US",
        "status": "APPROVED",
        "category": "MARKETING",
        "parameter_format": "POSITIONAL",
        "quality_score": {"score": "GREEN"},
        "components": [
            {
                "type": "HEADER",
                "format": "TEXT",
                "text": "Spring is here, {{1}}!",
                "example": {"header_text": ["Ana"]},
            },
            {
                "type": "BODY",
                "text": "All week long {{1}} % off everything.\nYour code: {{2}}",
                "example": {"body_text": [["20", "SPRING"]]},
            },
            {"type": "FOOTER", "text": "Reply STOP and we will not write again."},
            {
                "type": "BUTTONS",
                "buttons": [
                    {
                        "type": "URL",
                        "text": "To the shop",
                        "url": "https://shop.example.com/{{1}}",
                        "example": ["https://shop.example.com/spring"],
                    },
                    {"type": "QUICK_REPLY", "text": "Unsubscribe"},
                ],
            },
        ],
    },
    {
        "id": "500000000000003",
        "name": "appointment_reminder",
        "language": "en_US",
        "status": "APPROVED",
        "category": "UTILITY",
        "parameter_format": "NAMED",
        "quality_score": {"score": "UNKNOWN"},
        "components": [
            {
                "type": "BODY",
                "text": "Hello {{first_name}}, we expect you on {{day}} at {{time}}.",
                "example": {
                    "body_text_named_params": [
                        {"param_name": "first_name", "example": "Ana"},
                        {"param_name": "day", "example": "Monday"},
                        {"param_name": "time", "example": "9:30"},
                    ]
                },
            }
        ],
    },
    {
        "id": "500000000000004",
        "name": "winter_sale",
        "language": "en_US",
        "status": "PAUSED",
        "category": "MARKETING",
        "parameter_format": "POSITIONAL",
        "quality_score": {"score": "RED"},
        "components": [
            {"type": "HEADER", "format": "IMAGE", "example": {"header_handle": ["https://…"]}},
            {"type": "BODY", "text": "The last days of our winter sale."},
        ],
    },
)

MANY = {"0300": 300, "1200": 1200}
"""How many templates an account has whose id ends so."""

_TROUBLE = {
    "0404": Refused(
        400,
        100,
        "Unsupported get request. The object does not exist, or the token lacks permission",
        "Check the id of the account.",
        "GraphMethodException",
    ),
    "0429": Refused(400, 80008, "There have been too many calls", "Wait a bit and try again."),
    "0503": Refused(503, 2, "Service temporarily unavailable", "Try again."),
}


def templates_reply(account: str, request: Request, tokens: Iterable[str | None]) -> Reply:
    """One page of an account's templates, as `limit`, `after` and `name` of the query ask.

    With the token of any number: all of them are of every account.
    """
    given = request.headers.get("authorization")
    checked = [check_token(given, token) for token in tokens]
    if refused := _TROUBLE.get(account[-4:]) if None in checked else checked[0]:
        return refusal(refused)
    query = request.target.partition("?")[2]
    asked = {name: values[-1] for name, values in parse_qs(query).items()}
    found = [each for each in _all_of(account) if asked.get("name", "") in each["name"]]
    limit, start = int(asked.get("limit", "25")), int(asked.get("after", "0"))
    end = start + limit
    page: dict[str, Any] = {"data": found[start:end]}
    if page["data"]:
        page["paging"] = {"cursors": {"before": str(start), "after": str(end)}}
    if end < len(found):
        page["paging"]["next"] = f"https://graph.facebook.com/next?after={end}"
    return json_reply(200, page)


def _all_of(account: str) -> list[dict[str, Any]]:
    """The four samples; more of the first one where an account has many."""
    count = MANY.get(account[-4:], len(TEMPLATES))
    more = range(len(TEMPLATES), count)
    return [*TEMPLATES, *(TEMPLATES[0] | {"name": f"order_update_{n:04d}"} for n in more)]
