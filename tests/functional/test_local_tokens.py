"""The laptop's door: tokens that are good, and every kind that is not, over real HTTP."""

import base64
import json
import os
import socket
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from local.environment import Function, FunctionSettings
from local.gateway import Gateway, listen
from local.tokens import AUDIENCE, ISSUER, Tokens

HANDLER = "tests.functional.local_handlers:echo"
Forge = Callable[..., str]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def client(folder: Path) -> Iterator[httpx.Client]:
    function = Function(FunctionSettings("f", HANDLER, 5), os.environ)
    gateway = Gateway(function, listen(0), Tokens(folder))
    with httpx.Client(base_url=gateway.url, timeout=10) as http:
        yield http
    gateway.stop()
    function.stop(1)


@pytest.fixture(scope="module")
def key(folder: Path, client: httpx.Client) -> Any:
    pem = (folder / "token-key.pem").read_bytes()
    return serialization.load_pem_private_key(pem, password=None)


def claims(**changes: Any) -> dict[str, Any]:
    """What a good token says, with changes; None takes a claim away."""
    now = int(time.time())
    good = {"iss": ISSUER, "sub": "p", "client_id": AUDIENCE, "iat": now, "exp": now + 60}
    good |= {"cognito:groups": ["default:viewer"]} | changes
    return {name: value for name, value in good.items() if value is not None}


def asked(client: httpx.Client, token: str) -> httpx.Response:
    return client.get("/api/campaigns", headers={"Authorization": f"Bearer {token}"})


def b64(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


@pytest.mark.parametrize(
    ("query", "groups", "scope"),
    [
        ("", "[default:org_admin]", None),
        ("?tenant=acme&role=viewer", "[acme:viewer]", None),
        ("?tenant=a-1&role=service", None, "campaign-executor/a-1:service"),
    ],
)
def test_a_token_from_here_reaches_the_handler_with_its_claims(
    client: httpx.Client, query: str, groups: str | None, scope: str | None
) -> None:
    issued = client.get(f"/local/token{query}")
    assert issued.headers["cache-control"] == "no-store"

    answer = asked(client, issued.json()["token"]).json()["answer"]

    found = answer["event"]["requestContext"]["authorizer"]["jwt"]["claims"]
    assert (found.get("cognito:groups"), found.get("scope")) == (groups, scope)
    assert found["iss"] == ISSUER
    assert all(isinstance(value, str) for value in found.values())


@pytest.mark.parametrize(
    "query",
    ["?tenant=Acme", "?tenant=", "?tenant=a%23b", "?tenant=%D0%B0cme", "?role=root", "?role="],
)
def test_a_token_for_what_can_not_be_is_refused_in_words(client: httpx.Client, query: str) -> None:
    answer = client.get(f"/local/token{query}")

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "VALIDATION_FAILED"


@pytest.mark.parametrize("header", ["bearer {}", "BEARER {}", "Bearer   {}"])
def test_the_scheme_is_read_as_http_has_it(client: httpx.Client, key: Any, header: str) -> None:
    token = jwt.encode(claims(), key, "RS256")

    answer = client.get("/api/campaigns", headers={"Authorization": header.format(token)})

    assert answer.status_code == 200


def test_claims_are_handed_over_in_api_gateways_form(client: httpx.Client, key: Any) -> None:
    """AWS: lists become `[a b]`, numbers and truth values text."""
    more = {"cognito:groups": ["a", "b"], "email_verified": True, "auth_time": 7, "exp": 2**40}
    answer = asked(client, jwt.encode(claims(**more), key, "RS256")).json()["answer"]

    found = answer["event"]["requestContext"]["authorizer"]["jwt"]["claims"]
    assert {name: found[name] for name in more} == {
        "cognito:groups": "[a b]",
        "email_verified": "true",
        "auth_time": "7",
        "exp": "1099511627776",
    }


@pytest.mark.parametrize(
    "lines",
    [
        b"Authorization : Bearer %s",
        b"Authorization\x00: Bearer %s",
        b"X: y\rAuthorization: Bearer %s",
        b"Authorization: Bearer %s\x00",
        b"X-Authorization: Bearer %s",
        b"X: Authorization: Bearer %s",
        b"Proxy-Authorization: Bearer %s",
        b"Cookie: Authorization=%s",
        b"Authorization: Bearer\r\n\t%s, Bearer x",
    ],
)
def test_no_spelling_of_a_header_smuggles_a_token_in(
    client: httpx.Client, key: Any, lines: bytes
) -> None:
    """Over a bare socket, because no HTTP library would send these."""
    token = jwt.encode(claims(), key, "RS256").encode()
    request = b"GET /api/campaigns HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n%s\r\n\r\n"

    with socket.create_connection(("127.0.0.1", client.base_url.port or 0), 10) as connection:
        connection.sendall(request % (lines % token))
        answer = connection.makefile("rb").read()

    assert answer.split()[1] in (b"400", b"401"), answer
    assert b'"answer"' not in answer


def test_a_token_is_handed_out_to_get_only(client: httpx.Client) -> None:
    assert client.post("/local/token").status_code == 405


@pytest.mark.parametrize("path", ["/swagger", "/openapi.json"])
def test_the_description_needs_no_token(client: httpx.Client, path: str) -> None:
    answer = client.get(path)

    assert "authorizer" not in answer.json()["answer"]["event"]["requestContext"]


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Basic dXNlcjpwYXNz", "Bearer nonsense", "Bearer a.b.c", "Token x"],
)
def test_without_a_token_nobody_reaches_the_handler(client: httpx.Client, header: str) -> None:
    answer = client.get("/api/campaigns", headers={"Authorization": header})

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["error"]["code"] == "UNAUTHORIZED"
    assert "answer" not in answer.json()


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": 1},
        {"exp": None},
        {"nbf": int(time.time()) + 3600},
        {"iat": int(time.time()) + 3600},
        {"iss": "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_other"},
        {"iss": None},
        {"client_id": "another"},
        {"client_id": None},
        {"aud": "another"},
        {"aud": ["another"], "client_id": AUDIENCE},
        {"sub": None},
    ],
)
def test_a_token_of_ours_that_does_not_hold_is_refused(
    client: httpx.Client, key: Any, changes: dict[str, Any]
) -> None:
    assert asked(client, jwt.encode(claims(), key, "RS256")).status_code == 200

    assert asked(client, jwt.encode(claims(**changes), key, "RS256")).status_code == 401


def test_a_forged_token_is_refused_however_it_was_forged(client: httpx.Client, key: Any) -> None:
    good = jwt.encode(claims(), key, "RS256")
    head, body, signature = good.split(".")
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    another = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    admin = b64(claims(**{"cognito:groups": ["default:org_admin"]}))
    hs256 = f"{b64({'alg': 'HS256', 'typ': 'JWT'})}.{body}"
    by_public_key = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    forged = [
        jwt.encode(claims(), another, "RS256"),
        jwt.encode(claims(), None, "none"),
        f"{b64({'alg': 'none'})}.{body}.",
        f"{head}.{admin}.{signature}",
        f"{head}.{body}.{signature[:-4]}AAAA",
        f"{head}.{body}.",
        f"{hs256}.{b64(by_public_key.sign(hs256.encode(), public))}",
        jwt.encode(claims(), key, "PS256"),
        f"{good}, Bearer {good}",
        f"{good} {good}",
    ]

    assert [asked(client, token).status_code for token in forged] == [401] * len(forged)
    twice = [("Authorization", f"Bearer {good}"), ("Authorization", f"Bearer {good}")]
    assert client.get("/api/campaigns", headers=twice).status_code == 401


def test_the_key_is_kept_and_nobody_else_can_read_it(folder: Path, key: Any) -> None:
    path = folder / "token-key.pem"

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    token = Tokens(folder).issue("default", "viewer").token
    assert Tokens(folder).claims(f"Bearer {token}")["sub"] == "viewer@default"
