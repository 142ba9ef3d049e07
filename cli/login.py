"""Who is signed in where: a file that only its owner can read.

The file is `credentials.json` in the user's configuration folder (`~/.config/campaigns` on Linux).
Its token is sent to the address that it is from, and to no other.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import typer

from cli.exits import CliError, Exit

_PRIVATE = 0o600


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A token and how to get the next one; `expires_at` in seconds since 1970.

    Either of the laptop (`tenant`, `role`) or of Cognito (`client_id`, `region`, `user`).
    """

    url: str
    token: str
    expires_at: float
    tenant: str | None = None
    role: str | None = None
    client_id: str | None = None
    region: str | None = None
    user: str | None = None
    refresh_token: str | None = None


def path() -> Path:
    """Where the file is."""
    return Path(typer.get_app_dir("campaigns")) / "credentials.json"


def load() -> Login | None:
    """Who is signed in; None is nobody. Raises CliError if the file can't be used."""
    try:
        stored = json.loads(path().read_text("utf-8"))
        return _login(stored)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError):
        raise CliError(
            Exit.NOT_SIGNED_IN,
            "CREDENTIALS_UNREADABLE",
            f"{path()} can't be read. Delete it, and sign in again with campaigns login.",
        ) from None


def save(login: Login) -> None:
    """Keep it: whole or not at all, and readable by nobody else at any moment."""
    target = path()
    fresh = target.with_name(f"credentials.{os.getpid()}.new")
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _PRIVATE), "w") as new:
            json.dump({k: v for k, v in asdict(login).items() if v is not None}, new)
        fresh.replace(target)
    except OSError as error:
        raise CliError(
            Exit.USAGE, "CREDENTIALS_UNWRITABLE", f"{target} can't be written: {error.strerror}."
        ) from None


def forget() -> bool:
    """Sign out; whether anybody was signed in."""
    try:
        path().unlink()
    except FileNotFoundError:
        return False
    return True


def is_private() -> bool:
    """Whether nobody else can read the file (always so on Windows, where folders are private)."""
    return os.name == "nt" or not path().stat().st_mode & 0o077


def _login(stored: Mapping[str, Any]) -> Login:
    login = Login(**stored)
    if not (isinstance(login.url, str) and isinstance(login.token, str)):
        raise TypeError("url and token must be texts")
    if not isinstance(login.expires_at, (int, float)):
        raise TypeError("expires_at must be a number")
    return login
