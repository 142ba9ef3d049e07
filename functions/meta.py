"""How Meta is reached for one tenant: tokens, and what is built with them when it is used."""

import contextlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

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
from shared.ports import Channel

if TYPE_CHECKING:
    from shared.usecases.list_templates import Access, Remembered
    from shared.usecases.sender_ports import SecretStore

DEFAULT_PREFIX = "campaign-executor/"
"""Names of senders' secrets begin with it, unless SENDER_SECRETS_PREFIX says otherwise."""

SECRET_LIFETIME = timedelta(minutes=5)
"""How long a process uses what it read from Secrets Manager."""


class Meta(Stores):
    """What speaks with Meta. Raises SettingsError naming what is missing."""

    def __init__(self, environment: Mapping[str, str], tenant_id: str) -> None:
        super().__init__(environment, tenant_id)
        self._channels: dict[str, tuple[datetime, Channel]] = {}  # by sender, with their birth
        self._channel_made_at: datetime | None = None

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
            token = self._token(sender.sender_id)
            channel = self._whatsapp(self.graph, sender.phone_number_id, token)
            self._channels[sender.sender_id] = self.clock.now(), channel
        return self._channels[sender.sender_id][1]

    def access_of(self, sender: Sender) -> "Access":
        """See `shared.usecases.list_templates.TemplatePorts`."""
        from shared.usecases.list_templates import Access

        if sender.sender_id != DEFAULT_SENDER:
            return Access(self._token(sender.sender_id), sender.business_account_id)
        known = self._with_secret()
        account = known.get("META_BUSINESS_ACCOUNT_ID", "").strip()
        token = load_whatsapp_settings(known).access_token
        return Access(token, account or sender.business_account_id)

    @cached_property
    def templates(self) -> "Remembered":
        """What Meta has of templates, asked once a minute."""
        from shared.channels.templates import GraphTemplates
        from shared.usecases.list_templates import Remembered

        return Remembered(GraphTemplates(self.graph.url, self.graph.version), self.clock)

    def _token(self, sender_id: str) -> str:
        """A registered sender's. Raises SenderUnusableError, StoreUnavailableError."""
        token = self.secrets.get(sender_id)
        if token is None:
            raise SenderUnusableError(
                f"The access token of {sender_id} is not there. Give it a new one "
                "(PATCH /api/senders/{id}), then resume."
            )
        return token

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

    def _with_secret(self) -> Mapping[str, str]:
        """The environment, and below it what Secrets Manager holds under META_SECRET_ID."""
        secret_id = self._environment.get("META_SECRET_ID")
        if not secret_id:
            return self._environment
        with contextlib.closing(self._session.client("secretsmanager")) as client:
            held = json.loads(client.get_secret_value(SecretId=secret_id)["SecretString"])
        return {**held, **{name: value for name, value in self._environment.items() if value}}
