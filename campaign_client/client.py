"""The client: one address, one token, and the calls in groups."""

import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast
from urllib.parse import quote

from campaign_client import account_types as account
from campaign_client import people_types as people
from campaign_client import template_types as types
from campaign_client.campaigns import PAGE, Campaigns
from campaign_client.imports import Imports
from campaign_client.transport import Token, Transport

MOST_PHONES = 1000
"""Of one call about the suppression list, as the API has it."""


class Client:
    """Use it in a `with` block, or `close()` it. All calls raise ApiError, NotReachableError."""

    def __init__(
        self, url: str, token: Token, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        """`token` is the token itself, or a function that is asked for it before each request.

        Raises ClientError if the address is none, or has no encryption and is not this machine.
        """
        self._http = Transport(url, token, sleep=sleep)
        self.campaigns = Campaigns(self._http)
        self.imports = Imports(self._http, sleep)
        self.senders = Senders(self._http)
        self.suppressions = Suppressions(self._http)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def quota(self, sender_id: str | None = None) -> account.Quota:
        """The daily cap of a sender, or of the default one."""
        return cast(account.Quota, self._http.get("/api/quota", {"senderId": sender_id}))

    def overview(self, days: int = 30) -> account.Overview:
        """All campaigns of the last days together."""
        return cast(account.Overview, self._http.get("/api/analytics/overview", {"days": days}))

    def description(self) -> dict[str, Any]:
        """The API's own OpenAPI document."""
        return self._http.get("/openapi.json")


class Senders:
    """`client.senders`: the numbers to send from."""

    def __init__(self, transport: Transport) -> None:
        self._http = transport

    def all(self) -> list[account.Sender]:
        """All, in order of registration."""
        return cast(list[account.Sender], self._http.get("/api/senders")["senders"])

    def templates(
        self, sender_id: str, *, status: str | None = None, name: str | None = None
    ) -> types.TemplateList:
        """What Meta has of its account; `status`: such as APPROVED, `name`: a part of theirs."""
        query = {"status": status, "name": name}
        found = self._http.get(f"{_sender_path(sender_id)}/templates", query)
        return cast(types.TemplateList, found)

    def add(self, sender: account.NewSender) -> account.Sender:
        """Register a number; Meta is asked first."""
        return _sender(self._http.post("/api/senders", dict(sender)))

    def check(self, sender_id: str) -> account.Sender:
        """Ask Meta about it again."""
        return _sender(self._http.post(f"{_sender_path(sender_id)}/check"))

    def release(self, sender_id: str) -> account.Sender:
        """Let a stopped one try again."""
        return _sender(self._http.post(f"{_sender_path(sender_id)}/release"))

    def remove(self, sender_id: str) -> account.SenderRemoved:
        """Forget it and its token."""
        return cast(account.SenderRemoved, self._http.delete(_sender_path(sender_id)))


class Suppressions:
    """`client.suppressions`: who is not written to."""

    def __init__(self, transport: Transport) -> None:
        self._http = transport

    def all(self, *, phone: str | None = None) -> Iterator[people.Suppression]:
        """Everybody, in order of phone; `phone` is the beginning of one."""
        query = {"phone": phone, "limit": PAGE}
        found = self._http.pages("/api/suppressions", "suppressions", query)
        return cast(Iterator[people.Suppression], found)

    def add(self, phones: Iterable[str], reason: str | None = None) -> people.SuppressionsAdded:
        """Put people on the list; any number of them."""
        why = {} if reason is None else {"reason": reason}
        done: people.SuppressionsAdded = {"added": 0, "already": 0}
        for some in _thousands(phones):
            answer = self._http.post("/api/suppressions", {"phones": some, **why})
            done["added"] += answer["added"]
            done["already"] += answer["already"]
        return done

    def remove(self, phones: Iterable[str]) -> people.SuppressionsRemoved:
        """Take people off the list; any number of them."""
        done: people.SuppressionsRemoved = {"removed": 0, "unknown": 0}
        for some in _thousands(phones):
            answer = self._http.post("/api/suppressions/remove", {"phones": some})
            done["removed"] += answer["removed"]
            done["unknown"] += answer["unknown"]
        return done

    def load(self, path: Path) -> people.SuppressionsImported:
        """Put the people of a CSV file on the list, of 4.4 MB at most. It can be repeated."""
        file, inserted = (path.name, path.read_bytes()), 0
        while True:
            answer = self._http.post("/api/suppressions/import", file=file)
            inserted += answer["inserted"]
            if not answer["more"]:
                return cast(people.SuppressionsImported, {**answer, "inserted": inserted})

    def export(self, *, phone: str | None = None) -> Iterator[str]:
        """The list as CSV, in pieces that are the whole file after each other."""
        return self._http.pieces("/api/suppressions.csv", {"phone": phone})


def _sender(answer: dict[str, Any]) -> account.Sender:
    return cast(account.Sender, answer["sender"])


def _sender_path(sender_id: str) -> str:
    return f"/api/senders/{quote(sender_id, safe='')}"


def _thousands(phones: Iterable[str]) -> Iterator[list[str]]:
    given = list(phones)
    for start in range(0, len(given), MOST_PHONES):
        yield given[start : start + MOST_PHONES]
