"""Brings the simulator's updates to a webhook: signed, late, twice, in bursts, until it says 200.

One thread, beside the endpoint: whatever the webhook does, no send waits for it.
"""

import contextlib
import hashlib
import heapq
import hmac
import json
import socket
import threading
import time
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from math import ceil
from typing import Any
from urllib.parse import urlsplit

from shared.channels.scenario import Scenario
from shared.channels.simulator_checks import Refused, json_reply, refusal
from shared.channels.simulator_http import Reply, Request
from shared.channels.simulator_mailbox import Received
from shared.channels.simulator_updates import Update, encoded, envelope, update, wrapped
from shared.channels.stories import Delivery, plan

_TIMEOUT = 10.0  # seconds that the webhook may take
_MOST_RETRY = 60.0  # seconds between two tries
_REMEMBERED = 100  # POSTs


@dataclass(frozen=True, slots=True)
class Letter:
    """One POST: how often it was tried, and what the webhook last answered (None: nothing)."""

    body: bytes
    tries: int = 0
    status: int | None = None
    answer: str = ""


class Postman:
    """Follows messages and reports what becomes of them.

    Guarantee: which updates a message has, in which order, twice or not, depends on `seed`, the
    phone and how many messages it had before, on nothing else. `app_secret` is the key of the
    signature. Raises ValueError if `url` is not one of HTTP.
    """

    def __init__(self, url: str, app_secret: str, delivery: Delivery, seed: int) -> None:
        self._url = urlsplit(url)
        if self._url.scheme not in ("http", "https") or not self._url.hostname:
            raise ValueError(f"The webhook must be an http or https URL, not {url!r}.")
        self._key, self._delivery, self._seed = app_secret.encode(), delivery, seed
        self._changed = threading.Condition()
        self._updates: list[tuple[float, int, Update]] = []
        self._retries: list[tuple[float, int, Letter]] = []
        self._put = 0
        self._messages: Counter[str] = Counter()
        self._posted: deque[Letter] = deque(maxlen=_REMEMBERED)
        self._open: set[HTTPConnection] = set()
        self._busy = self._stopping = False
        self._thread = threading.Thread(target=self._work, name="simulator-webhooks", daemon=True)

    def start(self) -> None:
        """Deliver from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Deliver nothing more, and break off what is on its way."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
            on_the_way = list(self._open)
        for connection in on_the_way:
            if connection.sock is not None:
                with contextlib.suppress(OSError):
                    connection.sock.shutdown(socket.SHUT_RDWR)
        if self._thread.is_alive():
            self._thread.join(1)  # an attempt to connect can't be broken off

    @property
    def waiting(self) -> int:
        """Updates and POSTs that are still to be delivered, with the one on its way."""
        with self._changed:
            return len(self._updates) + len(self._retries) + self._busy

    @property
    def posted(self) -> list[Letter]:
        """The last hundred tries of POSTs, oldest first."""
        with self._changed:
            return list(self._posted)

    def follow(self, call: Received, scenario: Scenario) -> None:
        """Put the story of a message that was accepted just now on the agenda."""
        now, wall = time.monotonic(), time.time()
        with self._changed:
            self._messages[call.phone] += 1
            name = f"{self._seed} {call.phone} {self._messages[call.phone]}"

        def dice(what: str) -> float:
            digest = hashlib.blake2b(f"{name} {what}".encode(), digest_size=8).digest()
            return int.from_bytes(digest) / 2**64

        planned = plan(scenario.story, self._delivery, dice)
        items = [
            (self._together(now + p.leaves), update(call, scenario.story, p.step, wall + p.happens))
            for p in planned
        ]
        with self._changed:
            for due, item in items:
                self._put += 1
                heapq.heappush(self._updates, (due, self._put, item))
            self._changed.notify()

    def send(self, field: str, value: Mapping[str, Any]) -> Letter:
        """Bring a change at once, in this thread and once; what became of it."""
        return self._try(Letter(encoded(wrapped([{"field": field, "value": dict(value)}]))))

    def _together(self, due: float) -> float:
        gather = self._delivery.gather
        return ceil(due / gather) * gather if gather else due

    def _work(self) -> None:
        while (letter := self._next()) is not None:
            letter = self._try(letter)
            with self._changed:
                self._busy = False
                if letter.status != 200:
                    wait = min(_MOST_RETRY, self._delivery.retry * 2 ** min(letter.tries - 1, 16))
                    self._put += 1
                    heapq.heappush(self._retries, (time.monotonic() + wait, self._put, letter))

    def _next(self) -> Letter | None:
        """What to bring next, as soon as it is due; None when it is over."""
        with self._changed:
            while not self._stopping:
                now = time.monotonic()
                self._busy = True  # from here to the answer, or until nothing is found to be due
                if self._retries and self._retries[0][0] <= now:
                    return heapq.heappop(self._retries)[2]
                due = self._due(now)
                if due:
                    break
                self._busy = False
                self._changed.wait(self._pause(now))
            else:
                return None
        return Letter(encoded(envelope(due)))

    def _due(self, now: float) -> list[Update]:
        due: list[Update] = []
        while self._updates and self._updates[0][0] <= now and len(due) < self._delivery.batch:
            due.append(heapq.heappop(self._updates)[2])
        return due

    def _pause(self, now: float) -> float | None:
        """Seconds until something is due; None: until there is something at all."""
        dues = [queue[0][0] for queue in (self._updates, self._retries) if queue]
        return max(0.0, min(dues) - now) if dues else None

    def _try(self, letter: Letter) -> Letter:
        status, answer = self._post(letter.body)
        letter = replace(letter, tries=letter.tries + 1, status=status, answer=answer)
        with self._changed:
            self._posted.append(letter)
        return letter

    def _post(self, body: bytes) -> tuple[int | None, str]:
        kind = HTTPSConnection if self._url.scheme == "https" else HTTPConnection
        connection = kind(self._url.netloc, timeout=_TIMEOUT)
        with self._changed:
            if self._stopping:
                return None, ""
            self._open.add(connection)
        path = self._url.path or "/"
        target = f"{path}?{self._url.query}" if self._url.query else path
        signature = hmac.new(self._key, body, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "facebookexternalua",
            "X-Hub-Signature-256": f"sha256={signature}",
        }
        try:
            connection.request("POST", target, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read(1000).decode(errors="replace")
        except (OSError, HTTPException) as fault:
            return None, f"{type(fault).__name__}: {fault}"
        finally:
            connection.close()
            with self._changed:
                self._open.discard(connection)


def webhooks_page(postman: Postman | None, request: Request) -> Reply:
    """`GET` lists the last POSTs; `POST {"field": …, "value": {…}}` brings any change at once."""
    if postman is None:
        details = "The simulator was started without a webhook URL."
        return refusal(Refused(400, 100, "No webhook", details))
    if request.method == "GET":
        posts = [
            {"tries": p.tries, "status": p.status, "answer": p.answer, "body": json.loads(p.body)}
            for p in postman.posted
        ]
        return json_reply(200, {"waiting": postman.waiting, "posts": posts})
    try:
        change = json.loads(request.body)
    except (ValueError, RecursionError):
        change = None
    match change:
        case {"field": str(field), "value": dict(value)} if len(change) == 2:
            brought = postman.send(field, value)
            reached = brought.status is not None
            answer = {"status": brought.status, "answer": brought.answer}
            return json_reply(200 if reached else 502, answer)
    details = 'Send one change: {"field": "…", "value": {…}}.'
    return refusal(Refused(400, 100, "Invalid parameter", details))
