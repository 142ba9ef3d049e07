"""Who may call: tokens as Cognito signs them, verified as API Gateway's JWT authorizer does.

On the laptop nobody logs in: whoever reaches this machine's loopback may ask for a token of any
tenant and role. What it shows to the API is then checked as strictly as on AWS.
"""

import json
import os
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from local.failure import LocalError
from shared.domain.access import Role, is_tenant_id
from shared.http.identity import SCOPE_PREFIX

ISSUER = "urn:campaign-executor:laptop"
AUDIENCE = "laptop"
LIFETIME = 3600  # seconds, as the stack's user pool has it

_ALGORITHM = "RS256"  # the only family that API Gateway takes, and the one that Cognito uses


class TokenError(Exception):
    """The request has no token that can be trusted; the message says why."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A token, and when it ends (seconds since 1970)."""

    token: str
    expires: int


class Tokens:
    """Issues tokens and verifies them, with one RSA key that is kept in the data folder."""

    def __init__(self, folder: Path) -> None:
        """Read the key, or make one. Raises LocalError if the folder can't be used."""
        try:
            self._private = _kept_key(folder / "token-key.pem")
        except (OSError, ValueError, TypeError) as error:
            raise LocalError(
                f"The key of the local tokens in {folder} can't be used ({error}):"
                " delete token-key.pem, and a new one is made."
            ) from None
        self._public = self._private.public_key()

    def issue(self, tenant_id: str, role: str) -> Issued:
        """A token for one tenant and role. Raises TokenError in words if there is no such."""
        if not is_tenant_id(tenant_id):
            raise TokenError(
                "tenant must be 1 to 63 characters of a-z, 0-9 and hyphens, not at an end."
            )
        if role not in set(Role):
            raise TokenError(f"role must be one of {', '.join(Role)}.")
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": ISSUER,
            "sub": f"{role}@{tenant_id}",
            "client_id": AUDIENCE,  # Cognito's access tokens have this in place of `aud`
            "token_use": "access",
            "iat": now,
            "exp": now + LIFETIME,
            "jti": str(uuid.uuid4()),
        }
        if role == Role.SERVICE:
            claims["scope"] = f"{SCOPE_PREFIX}{tenant_id}:{role}"
        else:
            claims["cognito:groups"] = [f"{tenant_id}:{role}"]
        return Issued(jwt.encode(claims, self._private, _ALGORITHM), claims["exp"])

    def claims(self, authorization: str) -> Mapping[str, str]:
        """The claims of `Bearer {token}`, as API Gateway hands them over. Raises TokenError.

        Checked: one signature by our key with RS256, issuer, audience, expiry, not before.
        """
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise TokenError("Send a token: Authorization: Bearer … (GET /local/token has one).")
        try:
            claims: dict[str, Any] = jwt.decode(
                token.strip(),
                self._public,
                algorithms=[_ALGORITHM],
                issuer=ISSUER,
                options={"require": ["exp", "iss", "sub"], "verify_aud": False},
            )
        except jwt.InvalidTokenError as error:
            raise TokenError(f"The token is not valid: {error}.") from None
        audience = claims.get("aud", claims.get("client_id"))
        if AUDIENCE not in (audience if isinstance(audience, list) else [audience]):
            raise TokenError("The token is not valid: it is for another audience.")
        return {name: _as_text(value) for name, value in claims.items()}


def _as_text(value: Any) -> str:
    """API Gateway's own form: lists as `[a b]`, numbers and truth values as in JSON."""
    if isinstance(value, list):
        return f"[{' '.join(map(_as_text, value))}]"
    return value if isinstance(value, str) else json.dumps(value)


def _kept_key(path: Path) -> rsa.RSAPrivateKey:
    if not path.exists():
        _keep(rsa.generate_private_key(public_exponent=65537, key_size=2048), path)
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("it is no RSA key")
    return key


def _keep(key: rsa.RSAPrivateKey, path: Path) -> None:
    """Whole or not at all, and readable by nobody else at any moment."""
    text = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    fresh = path.with_suffix(".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
