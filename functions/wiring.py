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
from typing import Any

from shared.config import Settings, load_settings, load_whatsapp_settings
from shared.domain.access import DEFAULT_TENANT
from shared.dynamo.keys import Keys
from shared.ports import (
    BatchQueue,
    BoundaryStore,
    CampaignStore,
    Chance,
    Channel,
    Clock,
    ContactStore,
    QuotaStore,
    RecipientStore,
    Schedule,
    SenderStore,
)
from shared.system import SystemChance, SystemClock

SECRET_LIFETIME = timedelta(minutes=5)
"""How long a process uses what it read from Secrets Manager."""


class Services:
    """Everything that a handler can need for one tenant. Raises SettingsError, named by variable.

    The stores are the tenant's own; `schedule` and `queue` are for the tick, which looks at all.
    """

    def __init__(self, environment: Mapping[str, str], tenant_id: str) -> None:
        self._environment = environment
        self._keys = Keys(tenant_id)
        self._others: dict[str, Services] = {}
        self.clock: Clock = SystemClock()
        self.chance: Chance = SystemChance()
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

    @cached_property
    def settings(self) -> Settings:
        return load_settings(self._environment)

    @cached_property
    def campaigns(self) -> CampaignStore:
        from shared.dynamo.campaigns import CampaignStore as Store

        table = self.settings.campaigns_table
        return Store(self._keys, self._dynamodb, self._transactor, self.clock, self.chance, table)

    @cached_property
    def recipients(self) -> RecipientStore:
        from shared.dynamo.recipients import RecipientStore as Store

        settings = self.settings
        return Store(
            self._keys,
            self._dynamodb,
            self._transactor,
            self.clock,
            settings.recipients_table,
            settings.campaigns_table,
        )

    @cached_property
    def boundaries(self) -> BoundaryStore:
        from shared.dynamo.boundaries import BoundaryStore as Store

        settings = self.settings
        return Store(
            self._keys,
            self._dynamodb,
            self._transactor,
            settings.campaigns_table,
            settings.recipients_table,
            settings.whatsapp_table,
        )

    @cached_property
    def quota(self) -> QuotaStore:
        from shared.dynamo.quota import QuotaStore as Store

        settings = self.settings
        return Store(self._keys, self._dynamodb, settings.whatsapp_table, settings.campaigns_table)

    @cached_property
    def senders(self) -> SenderStore:
        from shared.dynamo.senders import SenderStore as Store

        table = self.settings.whatsapp_table
        return Store(self._keys, self._dynamodb, self._transactor, self.clock, table)

    @cached_property
    def contacts(self) -> ContactStore:
        from shared.dynamo.senders import ContactStore as Store

        return Store(self._keys, self._dynamodb, self.settings.whatsapp_table)

    @cached_property
    def channel(self) -> Channel:
        from shared.channels.whatsapp import WhatsAppChannel

        settings = load_whatsapp_settings(self._with_secret())
        self._channel_made_at = self.clock.now()
        return WhatsAppChannel(
            graph_url=settings.graph_url,
            version=settings.graph_version,
            phone_number_id=settings.phone_number_id,
            access_token=settings.access_token,
        )

    @cached_property
    def schedule(self) -> Schedule:
        from shared.dynamo.schedule import Schedule as Store

        return Store(self._dynamodb, self.settings.campaigns_table)

    @cached_property
    def queue(self) -> BatchQueue:
        from shared.config import load_queue_url
        from shared.sqs import BatchQueue as Queue

        return Queue(self._sqs, load_queue_url(self._environment))

    @cached_property
    def _session(self) -> Any:
        import boto3

        return boto3.Session()

    @cached_property
    def _sqs(self) -> Any:
        return self._session.client("sqs")

    @cached_property
    def _dynamodb(self) -> Any:
        from shared.dynamo.client import dynamodb_client

        return dynamodb_client(self._session)

    @cached_property
    def _transactor(self) -> Any:
        from shared.dynamo.transaction import Transactor

        return Transactor(self._dynamodb, self.clock, self.chance)

    def refresh(self) -> None:
        """Let a channel go whose secret may have changed; the next use reads the secret anew.

        Lambda keeps a process for hours, and a token that was replaced must hold before that.
        """
        made = self._channel_made_at
        if not made or not self._environment.get("META_SECRET_ID"):
            return
        if self.clock.now() - made >= SECRET_LIFETIME:
            self.__dict__.pop("channel").close()
            self._channel_made_at = None

    def close(self) -> None:
        """Close the connections that were opened. Lambda never does; a test or a laptop may."""
        for name in ("_dynamodb", "_sqs", "channel"):
            if name in self.__dict__:
                self.__dict__[name].close()

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
