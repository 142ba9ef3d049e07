"""Writes to the clients of API Gateway's WebSocket API, through its management interface."""

import logging
from collections.abc import Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

log = logging.getLogger(__name__)


class Sockets:
    """See `shared.usecases.live_ports.Sockets`."""

    def __init__(self, client: Any) -> None:
        """`client`: of `apigatewaymanagementapi`, with the API's own address as endpoint."""
        self._client = client

    def post(self, connection_id: str, texts: Sequence[str]) -> bool:
        """One call for each. What fails is not tried for long: a client that misses something
        comes back and catches up."""
        try:
            for text in texts:
                self._client.post_to_connection(ConnectionId=connection_id, Data=text.encode())
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 410:
                return False
            self._missed(error)
        except BotoCoreError as error:
            self._missed(error)
        return True

    def _missed(self, error: Exception) -> None:
        log.warning("a client could not be written to: %s", error, extra={"event": "live_missed"})
