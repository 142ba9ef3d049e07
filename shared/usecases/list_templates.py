"""Which templates a sender has at Meta: its WhatsApp Business Account's."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from shared.domain.message_template import MessageTemplate, TemplateList
from shared.domain.sender import Sender
from shared.domain.template_errors import AccountUnknownError
from shared.ports import Clock
from shared.usecases.sender_ports import SenderStore

KEPT = timedelta(seconds=60)
"""How long a process believes what Meta said: it may be asked 200 times an hour by default."""

_ACCOUNTS_KEPT = 100


@dataclass(frozen=True, slots=True)
class Access:
    """With what Meta is asked about a sender."""

    token: str
    account: str | None  # the id of its WhatsApp Business Account

    def __repr__(self) -> str:  # the token must not reach a log by accident
        return f"Access({self.account})"


class TemplateDirectory(Protocol):
    """The templates that Meta has."""

    def list(self, account: str, token: str, name: str | None = None) -> TemplateList:
        """All of an account, or those that are like `name` in Meta's eyes.

        Raises TemplatesRefusedError, ProviderUnavailableError.
        """
        ...


class Remembered:
    """The same directory, asked once a minute for each account."""

    def __init__(self, directory: TemplateDirectory, clock: Clock) -> None:
        self._directory = directory
        self._clock = clock
        self._known: dict[tuple[str, str, str | None], tuple[datetime, TemplateList]] = {}

    def list(
        self, account: str, token: str, name: str | None = None
    ) -> tuple[TemplateList, datetime]:
        """What Meta said, and when."""
        now, asked = self._clock.now(), (account, token, name)
        if asked not in self._known or now - self._known[asked][0] >= KEPT:
            found = self._directory.list(account, token, name)
            fresh = {k: v for k, v in self._known.items() if now - v[0] < KEPT}
            self._known = dict(list(fresh.items())[-_ACCOUNTS_KEPT:]) | {asked: (now, found)}
        as_of, found = self._known[asked]
        return found, as_of


class TemplatePorts(Protocol):
    """What listing templates needs, of one tenant."""

    @property
    def senders(self) -> SenderStore: ...

    @property
    def templates(self) -> Remembered: ...

    def access_of(self, sender: Sender) -> Access:
        """Raises SenderUnusableError, StoreUnavailableError."""
        ...


@dataclass(frozen=True, slots=True)
class Listed:
    """The templates that were asked for, as of an instant; `truncated` if there may be more."""

    templates: list[MessageTemplate]
    truncated: bool
    as_of: datetime


def list_templates(
    ports: TemplatePorts, sender_id: str, status: str | None = None, name: str | None = None
) -> Listed:
    """Those of a status, and with `name` in their names (in any case), by name and language.

    Raises SenderNotFoundError, SenderUnusableError, AccountUnknownError, TemplatesRefusedError,
    ProviderUnavailableError, StoreUnavailableError.
    """
    access = ports.access_of(ports.senders.registered(sender_id))
    if access.account is None:
        raise AccountUnknownError(sender_id)
    found, as_of = ports.templates.list(access.account, access.token)
    if found.truncated and name:  # what is meant may be among those that are cut off
        found, as_of = ports.templates.list(access.account, access.token, name)
    wanted = [
        each
        for each in found.templates
        if status in (None, each.status) and (name or "").casefold() in each.name.casefold()
    ]
    return Listed(sorted(wanted, key=lambda t: (t.name, t.language)), found.truncated, as_of)
