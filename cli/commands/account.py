"""Signing in and out, and whether all is well: login, logout, doctor."""

import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from campaign_client.transport import address
from cli import cognito, login, output
from cli.connection import LAPTOP, identity, local_login
from cli.diagnosis import diagnose
from cli.exits import CliError, usage
from cli.login import Login
from cli.options import AsJson
from cli.prompts import secret


def log_in(
    local: Annotated[
        bool, typer.Option("--local", help="To the laptop runtime, which hands out tokens.")
    ] = False,
    url: Annotated[
        str | None, typer.Option("--url", help="Where the API is.", envvar="CAMPAIGNS_URL")
    ] = None,
    tenant: Annotated[str, typer.Option("--tenant", help="With --local.")] = "default",
    role: Annotated[
        str, typer.Option("--role", help="With --local: org_admin, agent, viewer.")
    ] = "org_admin",
    client_id: Annotated[
        str | None, typer.Option("--client-id", help="The stack's output UserPoolClientId.")
    ] = None,
    region: Annotated[
        str | None, typer.Option("--region", help="Of the user pool; else that of the address.")
    ] = None,
    user: Annotated[str | None, typer.Option("--user", help="Your e-mail address.")] = None,
    from_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Sign in. On AWS the address and the client id are asked for once."""
    if local:
        fresh = local_login(url or LAPTOP, tenant, role)
    else:
        fresh = _cognito_login(_known(), url, client_id, region, user, from_stdin)
    login.save(fresh)
    named = identity(fresh.token)
    who = named[0] if named else (None, None)
    ends = datetime.fromtimestamp(fresh.expires_at, UTC).isoformat(timespec="milliseconds")
    if as_json:
        return output.document(
            {"url": fresh.url, "tenant": who[0], "role": who[1], "expiresAt": _zulu(ends)}
        )
    if not named:
        output.say("You are in no group: an administrator must give you a role (docs/access.md).")
    return output.line(f"Signed in at {fresh.url}" + (f" as {who[1]} of {who[0]}" if named else ""))


def log_out(as_json: AsJson = False) -> None:
    """Forget the stored login."""
    gone = login.forget()
    if as_json:
        return output.document({"signedOut": gone})
    return output.line("Signed out" if gone else "Nobody was signed in")


def doctor(as_json: AsJson = False) -> None:
    """Look whether all is well: settings, connection, token, senders, cap, templates."""
    found = diagnose()
    ok = all(check["state"] != "wrong" for check, _ in found)
    if as_json:
        output.document({"ok": ok, "checks": [check for check, _ in found]})
    else:
        rows = ((c["name"], c["state"], c["words"], c["mend"] or "") for c, _ in found)
        output.table(("CHECK", "STATE", "WHAT", "HOW TO MEND IT"), rows, "")
    codes = [code for check, code in found if check["state"] == "wrong"]
    if codes:
        raise typer.Exit(int(codes[0]))


def _known() -> Login | None:
    """The login that was there before; its address and client id are kept."""
    try:
        return login.load()
    except CliError:
        return None


def _cognito_login(
    before: Login | None,
    url: str | None,
    client_id: str | None,
    region: str | None,
    user: str | None,
    from_stdin: bool,
) -> Login:
    known = before if before and before.client_id and url in (None, before.url) else None
    url = url or (known.url if known else None)
    client_id = client_id or (known.client_id if known else None)
    if not url or not client_id:
        raise usage(
            "On AWS: campaigns login --url (the output ApiUrl) --client-id (UserPoolClientId)."
            " On this machine: campaigns login --local"
        )
    where = address(url)
    region = region or (known.region if known else None) or cognito.region_of(where)
    if not region:
        raise usage(f"{where} does not show its region: add --region, such as eu-west-1.")
    user = user or (known.user if known else None) or _ask_user()
    password = sys.stdin.readline().rstrip("\r\n") if from_stdin else _password()
    got = cognito.sign_in(cognito.Pool(region, client_id), user, password, _ask)
    return Login(
        url=where,
        token=got.access,
        expires_at=got.expires_at,
        client_id=client_id,
        region=region,
        user=user,
        refresh_token=got.refresh,
    )


def _ask_user() -> str:
    if not sys.stdin.isatty():
        raise usage("Who signs in? Add --user.")
    return str(typer.prompt("E-mail address", err=True))


def _password() -> str:
    return secret("Password", "--password-stdin")


def _ask(question: str) -> str:
    return secret(question, "another way: this needs a terminal")


def _zulu(instant: str) -> str:
    return instant.replace("+00:00", "Z")
