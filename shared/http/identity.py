"""From the claims of a verified token to who asks.

A person's token names groups, a machine's names scopes; both carry `{tenant}:{role}`:

| token | claim | example |
|---|---|---|
| of a person (Cognito user pool) | `cognito:groups` | `["acme:agent"]` |
| of a machine (client credentials) | `scope` | `campaign-executor/acme:service` |

API Gateway hands a list over as text, `[acme:agent other]`. Names have no blanks that could forge
an entry: Cognito allows none, neither in a group's name nor in a scope's.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from shared.domain.access import Principal, Role, is_tenant_id
from shared.http.errors import ForbiddenError, UnauthorizedError

SCOPE_PREFIX = "campaign-executor/"
"""The resource server whose scopes name tenants and roles."""

_STRONGEST_FIRST = (Role.ORG_ADMIN, Role.AGENT, Role.VIEWER)


def principal(claims: Mapping[str, Any]) -> Principal:
    """Who asks. Raises UnauthorizedError without a token, ForbiddenError without one tenant.

    Nobody belongs to two tenants at once: which of them a request is for would be a guess.
    """
    subject = claims.get("sub")
    if not subject:
        raise UnauthorizedError
    granted = list(_granted(claims))
    tenants = {tenant for tenant, _ in granted}
    if not granted:
        raise ForbiddenError("You belong to no organisation yet. Ask your administrator.")
    if len(tenants) > 1:
        raise ForbiddenError(
            "You belong to more than one organisation, so it is not clear which one you mean. "
            "Ask your administrator for an account for each."
        )
    return Principal(str(subject), tenants.pop(), _strongest(role for _, role in granted))


def _granted(claims: Mapping[str, Any]) -> Iterator[tuple[str, Role]]:
    for name in _names(claims.get("cognito:groups")):
        tenant, _, role = name.partition(":")
        if is_tenant_id(tenant) and role in set(_STRONGEST_FIRST):
            yield tenant, Role(role)
    for name in _names(claims.get("scope")):
        tenant, _, role = name.removeprefix(SCOPE_PREFIX).partition(":")
        if name.startswith(SCOPE_PREFIX) and is_tenant_id(tenant) and role == Role.SERVICE:
            yield tenant, Role.SERVICE


def _names(claim: Any) -> list[str]:
    if isinstance(claim, list):
        return [str(name) for name in claim]
    return str(claim or "").removeprefix("[").removesuffix("]").split()


def _strongest(roles: Iterable[Role]) -> Role:
    held = set(roles)
    return next((role for role in _STRONGEST_FIRST if role in held), Role.SERVICE)
