"""What can go wrong in a call."""

from collections.abc import Mapping, Sequence
from typing import Any


class ClientError(Exception):
    """Base of all errors of this client; `message` says what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotReachableError(ClientError):
    """No answer, after all tries: the address is wrong, the network or the server is down."""


class ApiError(ClientError):
    """The API refused.

    `status` is HTTP's, `code` is for programs (`CAMPAIGN_NOT_FOUND`), `details` name the fields of
    the request that are wrong.
    """

    def __init__(
        self, status: int, code: str, message: str, details: Sequence[Mapping[str, Any]] = ()
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.details = list(details)

    def __str__(self) -> str:
        return f"{self.status} {self.code}: {self.message}"
