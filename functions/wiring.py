"""Puts ports and adapters together, once per process and only what is used.

Nothing is built at import: a cold start pays for the stores when the first request needs them, and
only a function that sends pays for the HTTP client and reads the secret.
"""

import os
from collections.abc import Mapping
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from functions.meta import Meta
from shared.domain.access import DEFAULT_TENANT
from shared.ports import BatchQueue

if TYPE_CHECKING:
    from shared.files import Files
    from shared.http.idempotency import Once
    from shared.sqs import ImportQueue, MessageQueue
    from shared.usecases.endpoint_ports import EndpointStore
    from shared.usecases.send_trial import TrialStore

_OPENED = ("_dynamodb", "_sqs", "files", "channel")


class Services(Meta):
    """Everything a handler can need for one tenant. Raises SettingsError naming what is missing.

    The stores are the tenant's own; `schedule` and `queue` are for the tick, which looks at all.
    """

    def __init__(self, environment: Mapping[str, str], tenant_id: str) -> None:
        super().__init__(environment, tenant_id)
        self._others: dict[str, Services] = {}

    def tenant(self, tenant_id: str) -> "Services":
        """The same for another tenant; settings, clock and clients are shared."""
        if tenant_id == self._keys.tenant_id:
            return self
        if tenant_id not in self._others:
            other = Services(self._environment, tenant_id)
            other.clock, other.chance = self.clock, self.chance
            other.__dict__ |= {
                "settings": self.settings,
                "_session": self._session,
                "_dynamodb": self._dynamodb,
            }
            self._others[tenant_id] = other
        return self._others[tenant_id]

    @property
    def once(self) -> "Once":
        """The answers that were given under an Idempotency-Key."""
        from shared.http.idempotency import Once

        return Once(self._dynamodb, self.settings.whatsapp_table, self._keys.idempotency)

    @property
    def live_url(self) -> str:
        """Where clients connect to listen."""
        from shared.config import load_live_url

        return load_live_url(self._environment)

    @cached_property
    def queue(self) -> BatchQueue:
        from shared.config import load_queue_url
        from shared.sqs import BatchQueue as Queue

        return Queue(self._sqs, load_queue_url(self._environment))

    @cached_property
    def updates(self) -> "MessageQueue":
        """What Meta told, until it is worked on; the queue of all tenants."""
        from shared.config import load_updates_queue_url
        from shared.sqs import MessageQueue

        return MessageQueue(self._sqs, load_updates_queue_url(self._environment))

    @cached_property
    def endpoints(self) -> "EndpointStore":
        """Where the tenant's other systems listen."""
        from shared.dynamo.endpoints import EndpointStore as Store

        table = self.settings.whatsapp_table
        return Store(self._keys, self._dynamodb, self._transactor, self.clock, table)

    @cached_property
    def trials(self) -> "TrialStore":
        """Test sends."""
        from shared.dynamo.trials import TrialStore as Store

        settings = self.settings
        return Store(
            self._keys,
            self._transactor,
            self._history,
            settings.campaigns_table,
            settings.whatsapp_table,
        )

    @property
    def has_outgoing(self) -> bool:
        """Whether this process hands events to endpoints."""
        from shared.config import load_outgoing_queue_url

        return bool(load_outgoing_queue_url(self._environment))

    @cached_property
    def outgoing(self) -> "MessageQueue":
        """Deliveries to other systems' endpoints; the queue of all tenants."""
        from shared.config import load_outgoing_queue_url
        from shared.sqs import MessageQueue

        return MessageQueue(self._sqs, load_outgoing_queue_url(self._environment) or "")

    @property
    def loopback(self) -> bool:
        """Whether endpoints may be on this machine: on a laptop only."""
        from shared.config import load_webhook_loopback

        return load_webhook_loopback(self._environment)

    @cached_property
    def import_queue(self) -> "ImportQueue":
        """What imports need to have done; the queue of all tenants."""
        from shared.config import load_import_queue_url
        from shared.sqs import ImportQueue

        return ImportQueue(self._sqs, load_import_queue_url(self._environment))

    @cached_property
    def files(self) -> "Files":
        """Uploaded lists, and the reports about them."""
        from shared.config import load_lists_bucket
        from shared.files import Files, s3_client

        bucket = load_lists_bucket(self._environment)
        return Files(s3_client(self._session), bucket, self._keys.tenant_id)

    @cached_property
    def _sqs(self) -> Any:
        from shared.sqs import sqs_client

        return sqs_client(self._session)

    def close(self) -> None:
        """Close the connections that were opened. Lambda never does; a test or a laptop may."""
        for name in _OPENED:
            if name in self.__dict__:
                self.__dict__[name].close()
        for _, channel in self._channels.values():
            channel.close()
        for other in self._others.values():
            other.close()


def services(tenant_id: str) -> Services:
    """This process's services of a tenant, with secrets not older than `SECRET_LIFETIME`."""
    own = _process().tenant(tenant_id)
    own.refresh()
    return own


@lru_cache(maxsize=1)
def _process() -> Services:
    return Services(os.environ, DEFAULT_TENANT)
