"""Who asks, and what they may do."""

import re
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


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: taken from a verified token, from nothing else."""

    subject: str
    tenant_id: str
    role: Role
