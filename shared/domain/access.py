"""Who asks, and what they may do."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

DEFAULT_TENANT = "default"
"""The tenant whose default sender the environment's `META_*` variables describe."""

_TENANT = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)


def is_tenant_id(text: str) -> bool:
    """1 to 63 of a-z, 0-9 and hyphens inside: it becomes part of keys, names and URLs."""
    return _TENANT.fullmatch(text) is not None


class Role(StrEnum):
    """What somebody is to their tenant."""

    ORG_ADMIN = "org_admin"
    AGENT = "agent"
    VIEWER = "viewer"
    SERVICE = "service"


class Permission(StrEnum):
    """What an operation of the API needs."""

    READ = "read"  # look at everything of the tenant
    EDIT = "edit"  # create campaigns, change them, add recipients
    CONTROL = "control"  # start, pause, resume, cancel
    EXECUTE = "execute"  # send the next batch now
    ADMINISTER = "administer"  # delete, erase people, register and change senders


GRANTS: Mapping[Role, frozenset[Permission]] = {
    Role.ORG_ADMIN: frozenset(Permission),
    Role.AGENT: frozenset({Permission.READ, Permission.EDIT, Permission.CONTROL}),
    Role.VIEWER: frozenset({Permission.READ}),
    Role.SERVICE: frozenset({Permission.READ, Permission.EXECUTE}),
}
"""What each role may do."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did something, as histories name them; the role tells people from machines."""

    subject: str
    role: str


SYSTEM = Actor("system", "system")
"""The actor of what nobody asked for: the system decided it."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: taken from a verified token, from nothing else."""

    subject: str
    tenant_id: str
    role: Role

    @property
    def actor(self) -> Actor:
        """The same for a history, which is the tenant's own."""
        return Actor(self.subject, self.role.value)

    def may(self, permission: Permission) -> bool:
        """Whether the role includes it."""
        return permission in GRANTS[self.role]
