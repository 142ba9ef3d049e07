"""Puts ports and adapters together, once per process and only what is used.

Nothing is built at import: a cold start pays for the stores when the first request needs them, and
only a function that sends pays for the HTTP client and reads the secret.
"""

import contextlib
import json
import os
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from functions.stores import Stores
from shared.config import (
    GraphSettings,
    load_graph_settings,
    load_whatsapp_settings,
)
from shared.domain.access import DEFAULT_TENANT
from shared.domain.campaign import DEFAULT_SENDER
from shared.domain.errors import SenderUnusableError
from shared.domain.sender import Sender
from shared.ports import BatchQueue, Channel

if TYPE_CHECKING:
    from shared.files import Files
    from shared.http.idempotency import Once
    from shared.sqs import ImportQueue, UpdateQueue
    from shared.usecases.endpoint_ports import EndpointStore
    from shared.usecases.sender_ports import SecretStore

DEFAULT_PREFIX = "campaign-executor/"
"""Names of senders' secrets begin with it, unless SENDER_SECRETS_PREFIX says otherwise."""

_OPENED = ("_dynamodb", "_sqs", "updates", "outgoing", "import_queue", "files", "channel")

SECRET_LIFETIME = timedelta(minutes=5)
"""How long a process uses what it read from Secrets Manager."""


class Services(Stores):
    """Everything a handler can need for one tenant. Raises SettingsError naming what is missing.

    The stores are the tenant's own; `schedule` and `queue` are for the tick, which looks at all.
    """

    def __init__(self, environment: Mapping[str, str], tenant_id: str) -> None:
        super().__init__(environment, tenant_id)
        self._others: dict[str, Services] = {}
        self._channels: dict[str, tuple[datetime, Channel]] = {}  # by sender, with their birth
        self._channel_made_at: datetime | None = None

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
    def graph(self) -> GraphSettings:
        return load_graph_settings(self._environment)

    def channel_of(self, sender: Sender) -> Channel:
        """What sends from this number. Raises SenderUnusableError, StoreUnavailableError."""
        if sender.sender_id == DEFAULT_SENDER:
            return self.channel
        if sender.phone_number_id is None:
            raise SenderUnusableError(
                f"The sender {sender.sender_id} is gone: cancel the campaign."
            )
        if sender.sender_id not in self._channels:
            token = self.secrets.get(sender.sender_id)
            if token is None:
                raise SenderUnusableError(
                    f"The access token of {sender.sender_id} is not there. Give it a new one "
                    "(PATCH /api/senders/{id}), then resume."
                )
            channel = self._whatsapp(self.graph, sender.phone_number_id, token)
            self._channels[sender.sender_id] = self.clock.now(), channel
        return self._channels[sender.sender_id][1]

    @cached_property
    def channel(self) -> Channel:
        """The environment's number: the sender `default`, which only the default tenant has."""
        if self._keys.tenant_id != DEFAULT_TENANT:
            raise SenderUnusableError("There is no such sender. Register one with /api/senders.")
        settings = load_whatsapp_settings(self._with_secret())
        self._channel_made_at = self.clock.now()
        return self._whatsapp(settings.graph, settings.phone_number_id, settings.access_token)

    def _whatsapp(self, graph: GraphSettings, phone_number_id: str, token: str) -> Channel:
        from shared.channels.whatsapp import WhatsAppChannel

        return WhatsAppChannel(
            graph_url=graph.url,
            version=graph.version,
            phone_number_id=phone_number_id,
            access_token=token,
        )

    @cached_property
    def secrets(self) -> "SecretStore":
        """The access tokens of the tenant's registered senders."""
        from shared.secrets import AwsSecrets, FileSecrets

        tenant_id = self._keys.tenant_id
        if folder := self._environment.get("SENDER_SECRETS_DIR"):
            return FileSecrets(Path(folder), tenant_id)
        prefix = self._environment.get("SENDER_SECRETS_PREFIX") or DEFAULT_PREFIX
        return AwsSecrets(self._session.client("secretsmanager"), prefix, tenant_id)

    @property
    def own_number(self) -> str | None:
        """The phone-number id of the sender `default`."""
        return self._with_secret().get("META_PHONE_NUMBER_ID")

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
    def updates(self) -> "UpdateQueue":
        """What Meta told, until it is worked on; the queue of all tenants."""
        from shared.config import load_updates_queue_url
        from shared.sqs import UpdateQueue, sqs_client

        url = load_updates_queue_url(self._environment)
        return UpdateQueue(sqs_client(self._session), url)

    @cached_property
    def endpoints(self) -> "EndpointStore":
        """Where the tenant's other systems listen."""
        from shared.dynamo.endpoints import EndpointStore as Store

        table = self.settings.whatsapp_table
        return Store(self._keys, self._dynamodb, self._transactor, self.clock, table)

    @property
    def has_outgoing(self) -> bool:
        """Whether this process hands events to endpoints."""
        from shared.config import load_outgoing_queue_url

        return bool(load_outgoing_queue_url(self._environment))

    @cached_property
    def outgoing(self) -> "UpdateQueue":
        """Deliveries to other systems' endpoints; the queue of all tenants."""
        from shared.config import load_outgoing_queue_url
        from shared.sqs import UpdateQueue, sqs_client

        return UpdateQueue(
            sqs_client(self._session), load_outgoing_queue_url(self._environment) or ""
        )

    @property
    def loopback(self) -> bool:
        """Whether endpoints may be on this machine: on a laptop only."""
        from shared.config import load_webhook_loopback

        return load_webhook_loopback(self._environment)

    @cached_property
    def import_queue(self) -> "ImportQueue":
        """What imports need to have done; the queue of all tenants."""
        from shared.config import load_import_queue_url
        from shared.sqs import ImportQueue, sqs_client

        return ImportQueue(sqs_client(self._session), load_import_queue_url(self._environment))

    @cached_property
    def files(self) -> "Files":
        """Uploaded lists, and the reports about them."""
        from shared.config import load_lists_bucket
        from shared.files import Files, s3_client

        bucket = load_lists_bucket(self._environment)
        return Files(s3_client(self._session), bucket, self._keys.tenant_id)

    @cached_property
    def _sqs(self) -> Any:
        return self._session.client("sqs")

    def refresh(self) -> None:
        """Let channels go whose secret may have changed; the next use reads the secret anew.

        Lambda keeps a process for hours, and a token that was replaced must hold before that.
        """
        now, made = self.clock.now(), self._channel_made_at
        if made and self._environment.get("META_SECRET_ID") and now - made >= SECRET_LIFETIME:
            self.__dict__.pop("channel").close()
            self._channel_made_at = None
        for sender_id, (born, channel) in list(self._channels.items()):
            if now - born >= SECRET_LIFETIME:
                del self._channels[sender_id]
                channel.close()

    def close(self) -> None:
        """Close the connections that were opened. Lambda never does; a test or a laptop may."""
        for name in _OPENED:
            if name in self.__dict__:
                self.__dict__[name].close()
        for _, channel in self._channels.values():
            channel.close()
        for other in self._others.values():
            other.close()

    def _with_secret(self) -> Mapping[str, str]:
        """The environment, and below it what Secrets Manager holds under META_SECRET_ID."""
        secret_id = self._environment.get("META_SECRET_ID")
        if not secret_id:
            return self._environment
        with contextlib.closing(self._session.client("secretsmanager")) as client:
            held = json.loads(client.get_secret_value(SecretId=secret_id)["SecretString"])
        return {**held, **{name: value for name, value in self._environment.items() if value}}


def services(tenant_id: str) -> Services:
    """This process's services of a tenant, with secrets not older than `SECRET_LIFETIME`."""
    own = _process().tenant(tenant_id)
    own.refresh()
    return own


@lru_cache(maxsize=1)
def _process() -> Services:
    return Services(os.environ, DEFAULT_TENANT)
