"""Meta's error codes as one table: what each means to the send protocol, and what people can do.

Codes and meanings are those of the Cloud API's error reference (read in 2026); which kind a code
is, is a judgement from its "possible solutions". The HTTP status is no contract there, so it only
decides where the code is unknown.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.domain.outcome import Outcome, OutcomeKind

MAX_MESSAGE = 500
"""Characters of an outcome's message; it is stored with the recipient."""


@dataclass(frozen=True, slots=True)
class Row:
    """What one code means. `words` say what to do; the delay is the provider's own, in seconds."""

    code: int
    kind: OutcomeKind
    words: str
    delay_seconds: float | None = None
    shared_fault: bool = False
    suppress: bool = False


def _throttled(code: int, words: str, delay_seconds: float | None = None) -> Row:
    return Row(code, OutcomeKind.THROTTLED, words, delay_seconds)


def _retry(code: int, words: str, delay_seconds: float | None = None) -> Row:
    return Row(code, OutcomeKind.RETRY, words, delay_seconds)


def _rejected(code: int, words: str, *, suppress: bool = False) -> Row:
    return Row(code, OutcomeKind.REJECTED, words, suppress=suppress)


def _shared(code: int, words: str) -> Row:
    return Row(code, OutcomeKind.REJECTED, words, shared_fault=True)


def _campaign(code: int, words: str, delay_seconds: float | None = None) -> Row:
    return Row(code, OutcomeKind.CAMPAIGN_ERROR, words, delay_seconds)


def _sender(code: int, words: str) -> Row:
    return Row(code, OutcomeKind.SENDER_ERROR, words)


_PARAMETERS = (
    "Compare the campaign's parameters with the template in WhatsApp Manager. Those of an uploaded "
    "list are fixed: change the template there, or begin a new campaign."
)
_REGISTER = "Register the phone number with the Cloud API again, then resume."
_TOKEN = (
    "Give the sender a valid token (META_ACCESS_TOKEN for the deployment's own), "  # noqa: S105
    "then resume."
)
_PERMISSION = (
    "Give the token's system user the permission whatsapp_business_messaging on this account, "
    "then resume."
)
_MARKETING_API = "Meta wants this template on its Marketing Messages API, which is not used here."
_LATER = "Meta's service has a problem; it is tried again."

ROWS: tuple[Row, ...] = (
    # Too fast: the sender waits, nobody loses an attempt.
    _throttled(4, "The app calls Meta too often; the sender waits.", 300),
    _throttled(80007, "The account calls Meta too often; the sender waits.", 300),
    _throttled(130429, "The number sends faster than Meta allows: lower the campaign's pace."),
    _throttled(131057, "Meta is upgrading or maintaining the number; the sender waits.", 120),
    # Surely refused, and worth another try.
    _retry(1, "Meta couldn't handle the request; it is tried again."),
    _retry(2, _LATER),
    _retry(131016, _LATER),
    _retry(133004, _LATER),
    # Meta's rule is 4^X seconds for X = 0, 1, 2; 6 seconds is its steady rate per pair.
    _retry(131056, "Too many messages to this person in a short time; it is tried again.", 6),
    # The only code that leaves open whether the message went out.
    Row(
        131000, OutcomeKind.UNKNOWN, "Meta failed in the middle: it may have gone out all the same."
    ),
    # One person.
    Row(
        131049,
        OutcomeKind.DEFER,
        "This person got as much marketing as Meta allows; not tried again for a day.",
    ),
    _rejected(131050, "This person asked for no more marketing messages.", suppress=True),
    _rejected(
        131026,
        "Not on WhatsApp, an app that is too old, or its terms not accepted: check the number.",
    ),
    _rejected(130472, "Meta keeps this person out of marketing for an experiment; don't retry."),
    _rejected(131047, "The last message of this person is over 24 hours old: use a template."),
    _rejected(131021, "The recipient is the sender's own number: take it off the list."),
    _rejected(130403, "This person is blocked by the business: unblock before writing."),
    _rejected(131062, "This kind of message needs the phone number, not a user id."),
    _rejected(137000, "The person's identity key has changed: confirm who it is."),
    _rejected(132005, "The text is too long with this person's values: shorten them."),
    # Looks like one person's fault, but alike for many it is the campaign's or the account's.
    _shared(131030, "A test number writes only to its allow-list: add the recipient, or go live."),
    _shared(130497, "The account may not write to this country."),
    _shared(100, "Meta refused a parameter; also check META_PHONE_NUMBER_ID."),
    _shared(131008, f"A required value is missing. {_PARAMETERS}"),
    _shared(131009, f"A value is not valid, which can be the phone number. {_PARAMETERS}"),
    _shared(131052, "Media could not be downloaded."),
    _shared(132000, f"The number of parameters is wrong. {_PARAMETERS}"),
    _shared(132012, f"A parameter has the wrong format. {_PARAMETERS}"),
    _shared(132018, f"A parameter breaks Meta's rules. {_PARAMETERS}"),
    _shared(135000, f"Meta refused the message without a reason. {_PARAMETERS}"),
    # Nobody of this campaign can be written to.
    _campaign(131051, "Meta does not support this type of message."),
    _campaign(131053, "Meta can't use the template's media: upload it again."),
    _campaign(132001, "No approved template has this name and language: check both."),
    _campaign(132007, "The template breaks Meta's content rules: edit it and have it approved."),
    _campaign(132015, "Meta paused the template for low quality: resume when it is active again."),
    _campaign(132016, "Meta disabled the template for good: use another one."),
    _campaign(132068, "The template's flow is blocked: correct the flow."),
    _campaign(132069, "The template's flow is throttled to 10 messages an hour.", 3600),
    _campaign(131063, f"Marketing is switched off on the Cloud API. {_MARKETING_API}"),
    _campaign(131061, f"The template has a maximum price. {_MARKETING_API}"),
    _campaign(131055, "Only marketing templates may use the Marketing Messages API."),
    _campaign(134100, "Only marketing templates may use the Marketing Messages API."),
    _campaign(134101, "Meta is still preparing the template: resume in ten minutes.", 600),
    _campaign(134102, "Meta can't offer the template on this API: use another one."),
    # Nothing from this sender can leave until a person acts.
    _sender(
        131048, "Too many people blocked or reported this number: find out why before resuming."
    ),
    _sender(131064, "Meta limits the account for wrongly classified templates: correct them."),
    _sender(133016, "The number was registered too often: wait 72 hours."),
    _sender(131042, "Payment problem: check the payment method in WhatsApp Manager, then resume."),
    _sender(131031, "Meta locked the account: see its Business Support home."),
    _sender(368, "Meta blocked the account for a while for breaking its policies."),
    _sender(131005, _PERMISSION),
    _sender(10, _PERMISSION),
    _sender(3, _PERMISSION),
    _sender(0, _TOKEN),
    _sender(190, _TOKEN),
    _sender(33, "The business phone number was deleted: configure another one."),
    _sender(131045, _REGISTER),
    _sender(133010, _REGISTER),
    _sender(131037, "The display name must be approved before this number can send."),
    _sender(133000, _REGISTER),
    _sender(133005, _REGISTER),
    _sender(133006, _REGISTER),
    _sender(133008, _REGISTER),
    _sender(133009, _REGISTER),
    _sender(133015, _REGISTER),
    _sender(134011, "Accept the payments terms in WhatsApp Manager, then resume."),
)

_BY_CODE: Mapping[int, Row] = {row.code: row for row in ROWS} | {
    code: _sender(code, _PERMISSION) for code in range(200, 300)
}


def row_of(code: str) -> Row | None:
    """The row of a code as recipients have it; None if it is not in the table."""
    return _BY_CODE.get(int(code)) if code.isascii() and code.isdigit() else None


def classify(http_status: int, error: object) -> Outcome:
    """The outcome of a refused call, from the `error` object of Meta's answer.

    Never raises, whatever `error` holds: the code may be text, `error_data` may be text, or all of
    it missing. An unknown code is a retry where Meta says it is transient, in doubt where the
    server failed, and otherwise this recipient's fault, or the campaign's if many fail alike.
    """
    fields = error if isinstance(error, Mapping) else {}
    code = _code(fields.get("code"))
    row = _default(http_status, fields) if code is None else _BY_CODE.get(code)
    if row is None:
        row = _unknown_code(http_status, fields)
    return Outcome(
        row.kind,
        code=f"HTTP_{http_status}" if code is None else str(code),
        message=_message(fields, row.words),
        delay_seconds=row.delay_seconds,
        shared_fault=row.shared_fault,
        suppress=row.suppress,
    )


def _unknown_code(http_status: int, fields: Mapping[str, Any]) -> Row:
    if http_status >= 500:
        return Row(-1, OutcomeKind.UNKNOWN, "Meta failed: it may have gone out all the same.")
    if fields.get("is_transient") is True:
        return _retry(-1, _LATER)
    return _shared(-1, "Look this code up in Meta's error reference.")


def _default(http_status: int, fields: Mapping[str, Any]) -> Row:
    """No code: this is hardly Meta's API speaking, but a gateway, a proxy or a wrong address."""
    if http_status == 429:
        return _throttled(-1, "Too many calls; the sender waits.")
    if http_status in (401, 403, 404, 407) or 300 <= http_status < 400:
        return _sender(
            -1, "This is not Meta's answer: check META_GRAPH_URL and the network between."
        )
    if 400 <= http_status < 500:
        return _retry(-1, "Refused on the way to Meta; it is tried again.")
    return _unknown_code(http_status, fields)


def _code(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, str) and len(value) < 20:
        try:
            return int(value)
        except ValueError:
            return None
    return None


def _message(fields: Mapping[str, Any], words: str) -> str:
    """The provider's details, else its message, and what we know to be useful beyond them."""
    data = fields.get("error_data")
    details = data.get("details") if isinstance(data, Mapping) else data
    said = next(
        (
            " ".join(text.split())
            for text in (details, fields.get("message"), fields.get("title"))
            if isinstance(text, str) and text.strip()
        ),
        "",
    )
    if not said:
        return words
    stop = "" if said.endswith((".", "!", "?")) else "."
    room = MAX_MESSAGE - len(words) - 2
    return f"{said[:room]}{stop} {words}"
