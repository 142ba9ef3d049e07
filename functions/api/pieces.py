"""Answers that are CSV, a piece at a time."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from aws_lambda_powertools.event_handler import Response

from functions import wiring
from functions.api.app import app
from functions.api.request import deadline

if TYPE_CHECKING:
    from shared.http.csv_export import Piece

EXPORT_LIMIT = timedelta(seconds=20)
"""How long one piece of a CSV is read."""

_TIME_TO_ANSWER = timedelta(seconds=5)


def in_time(use: wiring.Services) -> Callable[[], bool]:
    """Whether there is time to read on for the piece that begins now."""
    now = use.clock.now()
    until = min(now + EXPORT_LIMIT, deadline(now, app.lambda_context) - _TIME_TO_ANSWER)
    return lambda: use.clock.now() < until


def csv_answer(part: "Piece", name: str, filters: Sequence[str]) -> Response[str]:
    """200 if it is all there is, else 206 and a `Link` to the next, with the same filters."""
    headers: dict[str, str | list[str]] = {
        "Content-Disposition": f'attachment; filename="{name}"',
    }
    if part.cursor:
        event = app.current_event
        asked = event.query_string_parameters
        query = {name: asked[name] for name in filters if name in asked} | {"cursor": part.cursor}
        headers["Link"] = f'<{quote(event.path)}?{urlencode(query)}>; rel="next"'
    return Response(
        status_code=206 if part.cursor else 200,
        content_type="text/csv; charset=utf-8",
        body=part.content,
        headers=headers,
    )
