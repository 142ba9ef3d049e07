"""Requests over HTTP: with a token, tried again when that is safe, failures as exceptions.

What is tried again: connections that did not come about, and answers 429, 502, 503 and 504. A POST
carries an `Idempotency-Key`, the same at every try, so that the API does it once. A DELETE whose
answer is lost is not repeated: it may have been done.
"""

import random
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from campaign_client.errors import ApiError, ClientError, NotReachableError

CONNECT_SECONDS: Final = 5.0
ANSWER_SECONDS: Final = 35.0
"""A little more than the 30 seconds that API Gateway gives a route."""

TRIES: Final = 4
TRIES_IN_USE: Final = 18
LONGEST_WAIT: Final = 30.0
_FIRST_WAIT: Final = 0.2
_TRY_AGAIN: Final = frozenset({429, 502, 503, 504})
_IN_USE: Final = "IDEMPOTENCY_KEY_IN_USE"
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})

Token = str | Callable[[], str]
Query = Mapping[str, str | int | bool | None]


def address(url: str) -> str:
    """The address without a slash at its end. Raises ClientError if no token may be sent there."""
    try:
        parts = urlsplit(url)
        port_is_fine = parts.port is None or parts.port > 0
    except ValueError:
        parts, port_is_fine = urlsplit(""), False
    if parts.scheme not in ("http", "https") or not parts.hostname or not port_is_fine:
        raise ClientError(f"{url!r} is no address of the API: give one such as https://host.")
    if parts.username or parts.query or parts.fragment:
        raise ClientError("The address of the API must have no user, no ? and no #.")
    if parts.scheme == "http" and not is_loopback(url):
        raise ClientError(
            f"{url} has no encryption: a token would be readable on its way. Take https://."
        )
    return url.rstrip("/")


def is_loopback(url: str) -> bool:
    """Whether it is this machine."""
    return urlsplit(url).hostname in _LOOPBACK


class Transport:
    """One address and one token. All calls raise ApiError or NotReachableError."""

    def __init__(
        self, url: str, token: Token, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        """`token` is the token itself, or is asked for it before each request."""
        self.url = address(url)
        self._token = token
        self._sleep = sleep
        self._http = httpx.Client(
            base_url=self.url,
            timeout=httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS),
            trust_env=not is_loopback(url),  # a proxy does not lead back to this machine
            headers={"Accept": "application/json", "User-Agent": "campaigns"},
        )

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def get(self, path: str, query: Query | None = None) -> dict[str, Any]:
        """Something to look at."""
        return _object(self._try("GET", path, params=_texts(query)))

    def post(
        self,
        path: str,
        body: Mapping[str, Any] | None = None,
        file: tuple[str, bytes] | None = None,
    ) -> dict[str, Any]:
        """An order, done once. `file`: name and content of a CSV."""
        if file is not None:
            return _object(self._try("POST", path, files={"file": (*file, "text/csv")}))
        return _object(self._try("POST", path, json=body if body is not None else {}))

    def patch(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """A change, which can be repeated."""
        return _object(self._try("PATCH", path, json=body))

    def delete(self, path: str) -> dict[str, Any]:
        """A removal."""
        return _object(self._try("DELETE", path))

    def pieces(self, path: str, query: Query | None = None) -> Iterator[str]:
        """A CSV of any size, one piece after the other: a `Link` leads to the next."""
        response = self._try("GET", path, params=_texts(query))
        while True:
            yield response.text
            following = response.links.get("next", {}).get("url")
            if following is None:
                return
            if not following.startswith("/") or following.startswith("//"):
                raise ApiError(200, "UNEXPECTED_ANSWER", "The next piece is on another host.")
            response = self._try("GET", following)

    def pages(self, path: str, name: str, query: Query) -> Iterator[dict[str, Any]]:
        """Everything of a list, page by page; `name` is the list's field."""
        cursor: str | None = None
        while True:
            answer = self.get(path, {**query, "cursor": cursor})
            yield from answer[name]
            cursor = answer["nextCursor"]
            if cursor is None:
                return

    def _try(self, method: str, path: str, **content: Any) -> httpx.Response:
        headers = {"Idempotency-Key": str(uuid.uuid4())} if method == "POST" else {}
        for number in count(1):
            wanted = None
            try:
                response = self._send(method, path, headers, content)
            except httpx.TransportError as error:
                if number >= TRIES or not _repeatable(method, error):
                    raise NotReachableError(self._words(error)) from None
            else:
                if response.is_success:
                    return response
                failure = _failure(response)
                if number >= _tries(method, failure):
                    raise failure
                wanted = response.headers.get("Retry-After")
            self._sleep(_pause(number, wanted))
        raise AssertionError("counting does not end")

    def _send(
        self, method: str, path: str, headers: Mapping[str, str], content: Mapping[str, Any]
    ) -> httpx.Response:
        token = self._token if isinstance(self._token, str) else self._token()
        return self._http.request(
            method, path, headers={**headers, "Authorization": f"Bearer {token}"}, **content
        )

    def _words(self, error: httpx.TransportError) -> str:
        if isinstance(error, httpx.TimeoutException):
            return f"{self.url} did not answer in time."
        return f"{self.url} can't be reached ({error or type(error).__name__})."


def _repeatable(method: str, error: httpx.TransportError) -> bool:
    """Whether a request that got no answer may be sent again."""
    never_left = isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout))
    return never_left or method in ("GET", "POST", "PATCH")


def _tries(method: str, failure: ApiError) -> int:
    """How often a request is sent that is refused like this."""
    if failure.code == _IN_USE:  # an earlier try is still being done: its answer is waited for
        return TRIES_IN_USE
    return TRIES if failure.status in _TRY_AGAIN and method != "DELETE" else 1


def _pause(number: int, wanted: str | None) -> float:
    """Seconds before the next try: what the server wants, else twice as long each time."""
    if wanted is not None and wanted.isascii() and wanted.isdigit():
        return min(float(wanted), LONGEST_WAIT)
    return float(_FIRST_WAIT * 2 ** (number - 1) * random.uniform(0.75, 1.25))  # noqa: S311


def _texts(query: Query | None) -> dict[str, str]:
    """As in an address: without what is None."""
    given = {} if query is None else query
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in given.items()
        if value is not None
    }


def _object(response: httpx.Response) -> dict[str, Any]:
    try:
        answer = response.json()
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise ApiError(
            response.status_code,
            "UNEXPECTED_ANSWER",
            f"{response.url.host} did not answer as Campaign Executor does. Is the address right?",
        )
    answer.pop("success", None)
    return answer


def _failure(response: httpx.Response) -> ApiError:
    """The API's own words; those of API Gateway where it answers by itself."""
    status = response.status_code
    try:
        answer = response.json()
    except ValueError:
        answer = {}
    error = answer.get("error") if isinstance(answer, dict) else None
    if isinstance(error, dict) and isinstance(error.get("code"), str):
        details = error.get("details")
        words = str(error.get("message", ""))
        return ApiError(status, error["code"], words, details if isinstance(details, list) else [])
    if status == 401:
        return ApiError(status, "UNAUTHORIZED", "The token is not valid any more. Log in again.")
    if isinstance(answer, dict) and isinstance(answer.get("message"), str):
        return ApiError(status, f"HTTP_{status}", answer["message"])
    return ApiError(
        status,
        "UNEXPECTED_ANSWER",
        f"{response.url.host} answered {status}, not as Campaign Executor does."
        " Is the address right?",
    )
