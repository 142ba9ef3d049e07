"""The Lambda that tells what happens: the tables' streams in, events out, and who listens.

| event | what happens | answer |
|---|---|---|
| records of a table's stream | what they say is told to the bus and to the connections | – |
| `$connect` of the WebSocket API | a ticket is redeemed | 200, or 401 |
| `$disconnect` | the connection is forgotten | 200 |
| `$default`: a client's message | it is answered on the connection | 200 |
"""

import logging
from functools import lru_cache
from typing import Any

from functions.live.ports import Ports
from functions.wiring import services
from shared.domain.access import DEFAULT_TENANT
from shared.dynamo.stream import news_of
from shared.usecases.listen import answer, connect, disconnect
from shared.usecases.tell import tell

logging.getLogger().setLevel(logging.INFO)
log = logging.getLogger(__name__)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """See the table of the module."""
    if "Records" in event:
        told = tell(_ports(), news_of(event["Records"]))
        log.info("told", extra={"event": "live", "records": len(event["Records"]), "events": told})
        return {}
    connection_id = str(event["requestContext"]["connectionId"])
    match event["requestContext"]["routeKey"]:
        case "$connect":
            ticket = (event.get("queryStringParameters") or {}).get("ticket") or ""
            let_in = connect(_ports(), connection_id, str(ticket))
            who = {"connectionId": connection_id, "letIn": let_in}
            log.info("somebody connects", extra={"event": "live_connect", **who})
            if not let_in:
                return {"statusCode": 401}
        case "$disconnect":
            disconnect(_ports(), connection_id)
        case _:
            answer(_ports(), connection_id, str(event.get("body") or ""))
    return {"statusCode": 200}


@lru_cache(maxsize=1)
def _ports() -> Ports:
    return Ports(services(DEFAULT_TENANT))
