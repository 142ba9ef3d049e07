"""A deployment whose events go to other systems: the queue and the time are in the test's hand."""

import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from functions.outgoing.handler import take
from functions.outgoing.ports import Ports
from functions.wiring import Services
from shared.domain.instants import to_text
from shared.domain.live import LiveEvent
from shared.post import Post
from shared.usecases.hand_out import Outbox
from tests.support.api_calls import JSON, Reply, as_role, gateway_event, invoke
from tests.support.edges import ManualClock
from tests.support.updates import PutBack, record

PATH = "/api/webhook-endpoints"
TIMEOUT = 0.4
"""Seconds that a delivery may take."""


class Systems:
    """What hands events out and delivers them; `queue` has what is to be delivered, and when."""

    def __init__(self, services: Services, folder: Path) -> None:
        services._environment |= {  # type: ignore[operator]
            "SENDER_SECRETS_DIR": str(folder),
            "WEBHOOK_LOOPBACK": "1",
        }
        self.services = services
        self.clock: ManualClock = services.clock  # type: ignore[assignment]
        self.queue = PutBack()
        services.outgoing = self.queue  # type: ignore[misc, assignment]
        self.ports = Ports(services)
        self.ports.post = Post(True, seconds=TIMEOUT)  # type: ignore[misc]
        self.outbox = Outbox(
            lambda tenant_id: services.tenant(tenant_id).endpoints,
            self.queue,
            services.clock,
            services.chance,
        )

    def ask(self, method: str, path: str = "", value: Any = None, tenant: str = "default") -> Reply:
        """What an administrator is answered."""
        body = None if value is None else json.dumps(value).encode()
        claims = as_role("org_admin", tenant)
        return invoke(
            gateway_event(method, PATH + path, body=body, content_type=JSON, claims=claims)
        )

    def register(self, url: str, *events: str, tenant: str = "default") -> tuple[str, str]:
        """An endpoint's id and its secret."""
        reply = self.ask("POST", "", {"url": url, "events": list(events) or ["*"]}, tenant)
        assert reply.status == 201, reply.body
        return str(reply.body["endpoint"]["endpointId"]), str(reply.body["secret"])

    def shown(self, endpoint_id: str) -> dict[str, Any]:
        """An endpoint as its owner sees it."""
        found = self.ask("GET").body["endpoints"]
        return {each["endpointId"]: each for each in found}[endpoint_id]

    def happens(self, *kinds: str, tenant: str = "default") -> None:
        """Events of these types are told."""
        self.outbox.put([self.event(kind, tenant) for kind in kinds])

    def event(self, kind: str, tenant: str = "default") -> LiveEvent:
        now = self.clock.now()
        return LiveEvent(f"{to_text(now)}#{kind}", kind, now, tenant, "cmp_1", {"reason": "ä"})

    def work(self, extra: Sequence[str] = ()) -> list[str]:
        """Deliver all that is due as one batch; the bodies of the messages that failed.

        What is put back is on `queue` again, with the delay counted from now.
        """
        due = [*(message for _, message in self.queue.messages), *extra]
        self.queue.messages.clear()
        records = [record(message, self.clock.now()) for message in due]
        failed = set(take(self.ports, records))
        return [each["body"] for each in records if each["messageId"] in failed]

    def wait(self) -> int:
        """Let the time pass until the first message is due again; the seconds."""
        seconds = min(delay for delay, _ in self.queue.messages)
        self.clock.advance(timedelta(seconds=seconds))
        return seconds
