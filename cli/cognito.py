"""Signing in with Amazon Cognito, by its own HTTPS interface: no AWS account, no AWS library.

`InitiateAuth` with USER_PASSWORD_AUTH, its challenges NEW_PASSWORD_REQUIRED (who was invited with a
temporary password) and SOFTWARE_TOKEN_MFA (a code of an authenticator app), and REFRESH_TOKEN_AUTH.
Source: the API reference of Amazon Cognito user pools.
"""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx

from campaign_client.transport import address, is_loopback
from cli.exits import CliError, Exit, not_signed_in
from cli.words import now

_SECONDS: Final = 15.0
_TARGET: Final = "AWSCognitoIdentityProviderService"
_REGION = re.compile(r"\.execute-api\.([a-z0-9-]+)\.amazonaws\.com", re.ASCII)

Ask = Callable[[str], str]
"""Asks a person for something that is not shown."""


@dataclass(frozen=True, slots=True)
class Pool:
    """Where people sign in: an app client of a user pool."""

    region: str
    client_id: str


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a sign-in gives; the refresh token is None if the one that was used stays good."""

    access: str
    expires_at: float
    refresh: str | None


def region_of(url: str) -> str | None:
    """The region of an API Gateway address; None if it has a name of its own."""
    found = _REGION.search(url)
    return found[1] if found else None


def sign_in(pool: Pool, user: str, password: str, ask: Ask) -> Tokens:
    """Tokens for a person. Raises CliError."""
    answer = _call(
        pool,
        "InitiateAuth",
        {
            "AuthFlow": "USER_PASSWORD_AUTH",
            "ClientId": pool.client_id,
            "AuthParameters": {"USERNAME": user, "PASSWORD": password},
        },
    )
    while "ChallengeName" in answer:
        challenge = str(answer["ChallengeName"])
        answer = _call(
            pool,
            "RespondToAuthChallenge",
            {
                "ChallengeName": challenge,
                "ClientId": pool.client_id,
                "Session": answer.get("Session"),
                "ChallengeResponses": {"USERNAME": user} | _response(challenge, ask),
            },
        )
    return _tokens(answer)


def refresh(pool: Pool, token: str) -> Tokens:
    """New tokens without a person. Raises CliError."""
    parameters = {"REFRESH_TOKEN": token}
    return _tokens(
        _call(
            pool,
            "InitiateAuth",
            {
                "AuthFlow": "REFRESH_TOKEN_AUTH",
                "ClientId": pool.client_id,
                "AuthParameters": parameters,
            },
        )
    )


def _response(challenge: str, ask: Ask) -> dict[str, str]:
    if challenge == "NEW_PASSWORD_REQUIRED":
        return {"NEW_PASSWORD": ask("New password (the one you have is temporary)")}
    if challenge == "SOFTWARE_TOKEN_MFA":
        return {"SOFTWARE_TOKEN_MFA_CODE": ask("Code of your authenticator app")}
    raise not_signed_in(
        f"Cognito asks for {challenge}, which this program can't do. Sign in elsewhere, and set"
        " CAMPAIGNS_TOKEN."
    )


def _tokens(answer: Mapping[str, Any]) -> Tokens:
    try:
        result = answer["AuthenticationResult"]
        ends = now().timestamp() + int(result["ExpiresIn"])
        return Tokens(str(result["AccessToken"]), ends, result.get("RefreshToken"))
    except (KeyError, TypeError, ValueError):
        raise not_signed_in("Cognito's answer can't be understood.") from None


def _call(pool: Pool, operation: str, body: Mapping[str, Any]) -> dict[str, Any]:
    # The variable is AWS's own, for this one service.
    other = os.environ.get("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER")
    url = address(other or f"https://cognito-idp.{pool.region}.amazonaws.com")
    headers = {
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": f"{_TARGET}.{operation}",
    }
    try:
        with httpx.Client(timeout=_SECONDS, trust_env=not is_loopback(url)) as http:
            response = http.post(f"{url}/", json=body, headers=headers)
            answer = response.json()
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise CliError(Exit.NOT_REACHABLE, "NOT_REACHABLE", f"{url}: {error}.") from None
    except ValueError:
        raise not_signed_in(f"{url} does not answer as Cognito does.") from None
    if not isinstance(answer, dict):
        raise not_signed_in(f"{url} does not answer as Cognito does.")
    if not response.is_success:
        kind = str(answer.get("__type", "")).rpartition("#")[2]
        words = answer.get("message") or answer.get("Message") or kind or "no reason given"
        raise not_signed_in(f"Cognito refuses: {words}")
    return answer
