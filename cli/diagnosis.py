"""What `campaigns doctor` looks at, from the outside in: what stops the work comes first."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime

from campaign_client import ApiError, Client, ClientError
from cli import login
from cli.connection import Place, claims, identity, place
from cli.documents import Check
from cli.exits import CliError, Exit, of_client
from cli.words import now, number, span, until

Found = tuple[Check, Exit]
"""A check, and the exit code if it is wrong."""

_RECENT = 50


def diagnose() -> list[Found]:
    """All checks that make sense; after one that stops the others there are none."""
    return list(_checks())


def _checks() -> Iterator[Found]:
    try:
        where = place()
        yield _ok("settings", f"{where.url}, with the token of {where.source}")
    except (CliError, ClientError) as error:
        yield _wrong("settings", error)
        return
    if login.path().exists() and not login.is_private():
        yield _check(
            "credentials",
            "warning",
            f"{login.path()} can be read by others",
            f"chmod 600 {login.path()}",
        )
    try:
        token = where.token if isinstance(where.token, str) else where.token()
    except (CliError, ClientError) as error:
        yield _wrong("token", error)
        return
    with Client(where.url, token) as client:
        reachable = _connection(client, where)
        yield reachable
        if reachable[0]["state"] == "wrong":
            return
        yield _token(token)
        try:
            yield from _senders(client)
            yield _quota(client)
            yield _campaigns(client)
        except ClientError as error:
            yield _wrong("api", error)


def _connection(client: Client, where: Place) -> Found:
    begin = time.perf_counter()
    try:
        client.quota()
    except ApiError as error:
        if error.status in (403, 404, 409):  # it answers; the checks below say more
            return _ok("connection", f"{where.url} answers")
        name = "token" if error.status == 401 else "connection"
        return _wrong(name, error)
    except ClientError as error:
        mend = "Is it running? make run starts the laptop's." if "127.0.0.1" in where.url else None
        return _wrong("connection", error, mend)
    took = (time.perf_counter() - begin) * 1000
    return _ok("connection", f"{where.url} answers in {took:.0f} ms")


def _token(token: str) -> Found:
    roles = identity(token)
    ends = claims(token).get("exp")
    left = ""
    if isinstance(ends, (int, float)):
        seconds = (datetime.fromtimestamp(ends, UTC) - now()).total_seconds()
        left = f", good for {span(seconds)}" if seconds > 0 else ", ended"
    if not roles:
        return _check(
            "token",
            "warning",
            f"It names no role{left}",
            "An administrator must put you into a group: tenant:role.",
        )
    if len({tenant for tenant, _ in roles}) > 1:
        named = ", ".join(tenant for tenant, _ in roles)
        return _check(
            "token", "wrong", f"It names several tenants: {named}", "Leave all groups but one's."
        )
    names = ", ".join(role for _, role in roles)
    return _ok("token", f"{names} of {roles[0][0]}{left}")


def _senders(client: Client) -> Iterator[Found]:
    senders = client.senders.all()
    if not senders:
        yield _check("sender", "wrong", "There is none", "campaigns senders add PHONE_NUMBER_ID")
        return
    if not any(one["default"] for one in senders):
        yield _check("sender", "warning", "None is the default one", "Name one: create --sender")
    for one in senders:
        name = f"sender {one['name'] or one['senderId']}"
        if one["stopped"]:
            yield _check(
                name,
                "wrong",
                f"It is stopped: {one['stopReason'] or 'no reason is known'}",
                f"When that is mended: campaigns senders release {one['senderId']}",
            )
            continue
        try:
            one = client.senders.check(one["senderId"])
        except ApiError as error:
            # 403: this role may not ask. SENDER_FIXED: that of the environment has no check.
            if error.status != 403 and error.code != "SENDER_FIXED":
                yield _wrong(name, error)
                continue
        words = "It can send" if one["quality"] is None else f"Quality {one['quality']}"
        low = (one["quality"] or "").upper() in ("RED", "LOW")
        mend = "Send less, and only to those who want it: Meta lowers the limit." if low else None
        limit = f", {number(one['limitInForce'])} conversations a day"
        yield _check(name, "warning" if low else "ok", words + limit, mend)


def _quota(client: Client) -> Found:
    found = client.quota()
    words = f"{number(found['used'])} of {number(found['limit'])} used"
    if found["remaining"] > 0:
        return _ok("cap", words)
    return _check(
        "cap",
        "warning",
        f"{words}: nothing leaves before {until(found['resetsAt'])}",
        "Wait: campaigns go on by themselves.",
    )


def _campaigns(client: Client) -> Found:
    """Templates that Meta does not take show in campaigns that stand still for them."""
    page = client.campaigns.page(status="PAUSED", limit=_RECENT)["campaigns"]
    stuck = [one for one in page if one["pauseCause"] not in (None, "PERSON", "DAILY_LIMIT")]
    if not stuck:
        return _ok("templates", "No campaign stands still for its template or its sender")
    one = stuck[0]
    return _check(
        "templates",
        "warning",
        f"{len(stuck)} campaigns stand still; {one['name']!r}"
        f" ({one['templateName']}): {one['pausedReason']}",
        f"When that is mended: campaigns resume {one['campaignId']}",
    )


def _ok(name: str, words: str) -> Found:
    return _check(name, "ok", words, None)


def _check(name: str, state: str, words: str, mend: str | None) -> Found:
    found: Check = {"name": name, "state": state, "words": words, "mend": mend}
    return found, Exit.REFUSED


def _wrong(name: str, error: CliError | ClientError, mend: str | None = None) -> Found:
    known = of_client(error) if isinstance(error, ClientError) else error
    found: Check = {"name": name, "state": "wrong", "words": known.message, "mend": mend}
    return found, known.exit_code
