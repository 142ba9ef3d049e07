"""From settings to a client: where the API is, and with which token.

`CAMPAIGNS_URL` and `CAMPAIGNS_TOKEN` win over the stored login. A stored token is renewed when it
is about to end, and is only sent where it is from.
"""

import base64
import json
import os
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import httpx

from campaign_client import Client
from campaign_client.transport import Token, address
from cli import cognito, login
from cli.exits import CliError, Exit, not_signed_in
from cli.login import Login
from cli.words import now

LAPTOP = "http://127.0.0.1:8000"
_EARLY = 60.0  # seconds before its end that a token is renewed
_HOW = "On this machine: campaigns login --local. On AWS: campaigns login --url … --client-id …"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the API is and with what; `source` says where that is from."""

    url: str
    token: Token
    source: str


def connect() -> Client:
    """The client for this call. Raises CliError, ClientError."""
    found = place()
    return Client(found.url, found.token)


def place() -> Place:
    """Where to. Raises CliError: nobody is signed in; ClientError: the address is none."""
    url, token = os.environ.get("CAMPAIGNS_URL"), os.environ.get("CAMPAIGNS_TOKEN")
    stored = None if url and token else login.load()
    if url is None and stored is None:
        raise not_signed_in(f"Nobody is signed in. {_HOW}")
    where = address(url or (stored.url if stored else ""))
    if token:
        return Place(where, token, "CAMPAIGNS_TOKEN")
    if stored is None or stored.url != where:
        raise not_signed_in(f"Nobody is signed in at {where}. {_HOW}")
    return Place(where, Renewing(stored), str(login.path()))


class Renewing:
    """The stored token, and the next one when it is about to end."""

    def __init__(self, stored: Login) -> None:
        self._login = stored

    def __call__(self) -> str:
        """A token that is good for a minute at least. Raises CliError."""
        if self._login.expires_at - _EARLY < now().timestamp():
            self._login = renewed(self._login)
            login.save(self._login)
        return self._login.token


def renewed(old: Login) -> Login:
    """The same person with a new token. Raises CliError."""
    if old.tenant and old.role:
        return local_login(old.url, old.tenant, old.role)
    if not (old.client_id and old.region and old.refresh_token):
        raise not_signed_in(f"The token has ended. {_HOW}")
    try:
        fresh = cognito.refresh(cognito.Pool(old.region, old.client_id), old.refresh_token)
    except CliError as error:
        if error.exit_code is Exit.NOT_SIGNED_IN:
            raise not_signed_in(f"{error.message} Sign in again: campaigns login.") from None
        raise
    return replace(
        old,
        token=fresh.access,
        expires_at=fresh.expires_at,
        refresh_token=fresh.refresh or old.refresh_token,
    )


def local_login(url: str, tenant: str, role: str) -> Login:
    """A token that the laptop runtime hands out. Raises CliError, ClientError."""
    where = address(url)
    try:
        with httpx.Client(timeout=5.0, trust_env=False) as http:
            response = http.get(f"{where}/local/token", params={"tenant": tenant, "role": role})
            answer = response.json()
    except httpx.HTTPError as error:
        words = f"{where} can't be reached ({error}). Is it running? make run starts it."
        raise CliError(Exit.NOT_REACHABLE, "NOT_REACHABLE", words) from None
    except ValueError:
        answer = {}
    if response.is_success and isinstance(answer, dict) and "token" in answer:
        ends = datetime.fromisoformat(answer["expiresAt"]).timestamp()
        return Login(url=where, token=answer["token"], expires_at=ends, tenant=tenant, role=role)
    refused = answer.get("error", {}) if isinstance(answer, dict) else {}
    words = refused.get("message") or f"{where} hands out no tokens: it is no laptop runtime."
    raise not_signed_in(words)


def claims(token: str) -> dict[str, Any]:
    """What a token says of itself, unverified; empty if it can't be read."""
    try:
        middle = token.split(".")[1]
        found = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    except (IndexError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def identity(token: str) -> list[tuple[str, str]]:
    """The tenants and roles that a token names."""
    said = claims(token)
    groups = said.get("cognito:groups", [])
    scopes = [
        scope.rpartition("/")[2]
        for scope in str(said.get("scope", "")).split()
        if scope.startswith("campaign-executor/")
    ]
    names = [*(groups if isinstance(groups, list) else []), *scopes]
    parted = (str(name).rpartition(":") for name in names)
    return [(tenant, role) for tenant, _, role in parted if tenant]
