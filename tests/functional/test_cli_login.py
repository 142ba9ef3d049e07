"""`campaigns login` with Amazon Cognito, as the emulator has it."""

import json
import stat
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from cli import cognito
from cli.connection import identity
from cli.exits import CliError, Exit
from tests.support.command_line import CommandLine
from tests.support.scripted_server import Answer, scripted_server

USER, PASSWORD = "ana@example.com", "Correct-horse-7"
URL = "https://abc123.execute-api.eu-west-1.amazonaws.com"


@dataclass
class Pool:
    """A user pool with Ana, who is an agent of acme."""

    emulator: Any
    pool_id: str
    client_id: str

    def invite(self, user: str, password: str) -> None:
        """Somebody with a temporary password."""
        self.emulator.admin_create_user(
            UserPoolId=self.pool_id,
            Username=user,
            TemporaryPassword=password,
            MessageAction="SUPPRESS",
        )


@pytest.fixture(scope="module")
def pool(ministack: str, aws: boto3.Session) -> Pool:
    emulator = aws.client("cognito-idp", endpoint_url=ministack)
    pool_id = emulator.create_user_pool(PoolName="p")["UserPool"]["Id"]
    client_id = emulator.create_user_pool_client(
        UserPoolId=pool_id,
        ClientName="c",
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    )["UserPoolClient"]["ClientId"]
    pool = Pool(emulator, pool_id, client_id)
    pool.invite(USER, "Temporary-1")
    emulator.admin_set_user_password(
        UserPoolId=pool_id, Username=USER, Password=PASSWORD, Permanent=True
    )
    emulator.create_group(UserPoolId=pool_id, GroupName="acme:agent")
    emulator.admin_add_user_to_group(UserPoolId=pool_id, Username=USER, GroupName="acme:agent")
    return pool


@pytest.fixture
def cli(ministack: str, tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path, AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER=ministack)


def signed_in(cli: CommandLine, pool: Pool) -> dict[str, Any]:
    arguments = ("login", "--url", URL, "--client-id", pool.client_id, "--user", USER)
    return dict(cli.told(*arguments, "--password-stdin", typed=f"{PASSWORD}\n"))


def kept(cli: CommandLine) -> Path:
    return cli.home / "config" / "campaigns" / "credentials.json"


def test_a_person_signs_in_and_is_remembered(cli: CommandLine, pool: Pool) -> None:
    told = signed_in(cli, pool)

    assert (told["url"], told["tenant"], told["role"]) == (URL, "acme", "agent")
    stored = json.loads(kept(cli).read_text())
    assert stored["region"] == "eu-west-1"  # it is in the address
    assert PASSWORD not in kept(cli).read_text()
    assert stat.S_IMODE(kept(cli).stat().st_mode) == 0o600
    again = cli("login", "--password-stdin", typed=f"{PASSWORD}\n")
    assert (again.code, again.out) == (0, f"Signed in at {URL} as agent of acme\n")
    assert stored["token"][:20] not in again.out + again.err


def test_a_wrong_password_is_refused_and_the_login_before_stays(
    cli: CommandLine, pool: Pool
) -> None:
    signed_in(cli, pool)
    before = kept(cli).read_text()

    ended = cli("login", "--password-stdin", typed="wrong\n")

    assert (ended.code, ended.out) == (4, "")
    assert ended.err.startswith("Cognito refuses: ")
    assert kept(cli).read_text() == before


def test_a_password_is_typed_or_read_and_never_an_argument(cli: CommandLine, pool: Pool) -> None:
    ended = cli("login", "--url", URL, "--client-id", pool.client_id, "--user", USER)

    assert (ended.code, "Take --password-stdin" in ended.err) == (2, True)
    assert "--password " not in cli("login", "--help").out


def test_what_is_missing_is_said(cli: CommandLine) -> None:
    assert "--client-id" in cli("login").err
    own = ("login", "--url", "https://api.example.com", "--client-id", "x", "--user", "u")
    ended = cli(*own, "--password-stdin", typed="p\n")
    assert (ended.code, "add --region" in ended.err) == (2, True)


def test_a_token_that_ends_is_renewed_with_the_refresh_token(cli: CommandLine, pool: Pool) -> None:
    signed_in(cli, pool)
    before = json.loads(kept(cli).read_text())
    ended = before | {"token": "old", "expires_at": time.time(), "url": "http://127.0.0.1:9"}
    kept(cli).write_text(json.dumps(ended))

    assert cli("list").code == 3  # nobody is at that address, but there was a token to take there

    after = json.loads(kept(cli).read_text())
    assert identity(after["token"]) == [("acme", "agent")]
    assert after["refresh_token"] == before["refresh_token"]
    assert after["expires_at"] > time.time() + 600


def test_a_refresh_token_that_is_good_no_more_leads_to_a_new_login(
    cli: CommandLine, pool: Pool
) -> None:
    signed_in(cli, pool)
    stored = json.loads(kept(cli).read_text())
    kept(cli).write_text(json.dumps(stored | {"expires_at": 0, "refresh_token": "gone"}))

    ended = cli("list")

    assert (ended.code, ended.out) == (4, "")
    assert "Sign in again: campaigns login." in ended.err


def test_who_was_invited_chooses_a_password(
    pool: Pool, ministack: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", ministack)
    pool.invite("new@example.com", "Temporary-1")
    where, asked = cognito.Pool("eu-west-1", pool.client_id), []

    def answer(question: str) -> str:
        asked.append(question)
        return "Chosen-by-me-1"

    tokens = cognito.sign_in(where, "new@example.com", "Temporary-1", answer)

    assert len(asked) == 1
    assert "New password" in asked[0]
    assert tokens.access
    assert cognito.sign_in(where, "new@example.com", "Chosen-by-me-1", answer).refresh


def test_a_code_of_an_authenticator_app_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    challenge = {"ChallengeName": "SOFTWARE_TOKEN_MFA", "Session": "s", "ChallengeParameters": {}}
    result = {"AccessToken": "a", "ExpiresIn": 3600, "RefreshToken": "r"}
    with scripted_server() as server:
        server.answers = [Answer(200, challenge), Answer(200, {"AuthenticationResult": result})]
        monkeypatch.setenv("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", server.url)

        tokens = cognito.sign_in(cognito.Pool("eu-west-1", "c"), "u", "p", lambda _: "123456")

    assert (tokens.access, tokens.refresh) == ("a", "r")
    second = json.loads(server.asked[1].body)
    assert second["ChallengeResponses"] == {"USERNAME": "u", "SOFTWARE_TOKEN_MFA_CODE": "123456"}
    assert second["Session"] == "s"
    target = server.asked[1].headers["x-amz-target"]
    assert target == "AWSCognitoIdentityProviderService.RespondToAuthChallenge"


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, {"ChallengeName": "SMS_MFA", "Session": "s"}),
        Answer(200, {}),
        Answer(200, []),
        Answer(200, "<html>"),
        Answer(200, {"AuthenticationResult": {"AccessToken": "a"}}),
        Answer(400, {"__type": "x#PasswordResetRequiredException"}),
    ],
)
def test_what_it_can_not_do_is_said(answer: Answer, monkeypatch: pytest.MonkeyPatch) -> None:
    with scripted_server() as server:
        server.answers = [answer]
        monkeypatch.setenv("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", server.url)
        with pytest.raises(CliError) as caught:
            cognito.sign_in(cognito.Pool("eu-west-1", "c"), "u", "p", lambda _: "")

    assert caught.value.exit_code is Exit.NOT_SIGNED_IN


def test_without_cognito_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", "http://127.0.0.1:9")

    with pytest.raises(CliError) as caught:
        cognito.sign_in(cognito.Pool("eu-west-1", "c"), "u", "p", lambda _: "")

    assert caught.value.exit_code is Exit.NOT_REACHABLE


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"url": 1}', '{"nope": 1}', "\x00"])
def test_a_damaged_file_is_said_and_mended_by_a_new_login(
    cli: CommandLine, pool: Pool, text: str
) -> None:
    kept(cli).parent.mkdir(parents=True)
    kept(cli).write_text(text)

    ended = cli("list")

    assert (ended.code, "Delete it" in ended.err) == (4, True)
    if text == "{}":
        signed_in(cli, pool)
