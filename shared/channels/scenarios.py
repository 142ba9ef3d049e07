"""Magic phone numbers: the last seven digits choose what the simulator does.

`555 01xx` is reserved for fiction in North America, so no real number is special by surprise, and
neither are consecutive numbers of a large test. `SCENARIOS` is the only place that lists them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

_ORDINARY_ENDINGS = 50  # 555 0100 to 555 0149 are accepted like any other number
_AREA_CODES = range(201, 1000)


class Lasts(StrEnum):
    """How long a phone's special answer lasts; afterwards its messages are accepted."""

    ALWAYS = "always"
    ONCE = "once"  # the first call only
    A_WHILE = "a while"  # the simulator's `throttle_seconds` from the first call on


class Wire(StrEnum):
    """What happens to the reply on its way back."""

    REPLY = "reply"
    CUT = "cut"  # the connection is reset before any of it
    SILENCE = "silence"  # nothing comes until the client gives up
    GARBAGE = "garbage"  # the right status with a body that is no JSON
    HTML = "html"  # the error page of a gateway in between


@dataclass(frozen=True, slots=True)
class Scenario:
    """One kind of outcome. `accepted` is what the provider did, whatever the client gets to see."""

    name: str
    ending: str | None  # the last seven digits; None: every other number
    words: str
    accepted: bool = False
    status: int = 200
    code: int | None = None
    title: str = ""
    message_status: str = "accepted"
    lasts: Lasts = Lasts.ALWAYS
    wire: Wire = Wire.REPLY

    def phone(self, n: int = 0) -> str:
        """The n-th number with this outcome, from 0, without the plus sign.

        Raises ValueError past the last one (798 for special outcomes).
        """
        area, ending = (n, self.ending)
        if ending is None:
            area, ordinary = divmod(n, _ORDINARY_ENDINGS)
            ending = f"55501{ordinary:02d}"
        if not 0 <= area < len(_AREA_CODES):
            raise ValueError(f"{self.name} has no phone number {n}")
        return f"1{_AREA_CODES[area]}{ending}"


ACCEPTED = Scenario("accepted", None, "accepted", accepted=True)

SCENARIOS: tuple[Scenario, ...] = (
    ACCEPTED,
    Scenario(
        "held",
        "5550150",
        "accepted, held for a quality check",
        accepted=True,
        message_status="held_for_quality_assessment",
    ),
    Scenario(
        "message-paused",
        "5550151",
        'accepted with message status "paused"',
        accepted=True,
        message_status="paused",
    ),
    Scenario(
        "undeliverable",
        "5550160",
        "not on WhatsApp",
        status=400,
        code=131026,
        title="Message undeliverable",
    ),
    Scenario(
        "opted-out",
        "5550161",
        "asked for no more marketing",
        status=400,
        code=131050,
        title="User has stopped receipt of marketing messages from this business",
    ),
    Scenario(
        "user-limit",
        "5550162",
        "got enough marketing today",
        status=400,
        code=131049,
        title="This message was not delivered to maintain healthy ecosystem engagement",
    ),
    Scenario(
        "experiment",
        "5550163",
        "is part of an experiment",
        status=400,
        code=130472,
        title="User's number is part of an experiment",
    ),
    Scenario(
        "parameter-mismatch",
        "5550164",
        "wrong number of parameters",
        status=400,
        code=132000,
        title="Number of parameters does not match the expected number of params",
    ),
    Scenario(
        "throttled-once",
        "5550170",
        "too fast, once",
        status=400,
        code=130429,
        title="Rate limit hit",
        lasts=Lasts.ONCE,
    ),
    Scenario(
        "throttled-a-while",
        "5550171",
        "too fast, for some seconds",
        status=400,
        code=130429,
        title="Rate limit hit",
        lasts=Lasts.A_WHILE,
    ),
    Scenario(
        "unavailable-once",
        "5550172",
        "service unavailable, once",
        status=500,
        code=131016,
        title="Service unavailable",
        lasts=Lasts.ONCE,
    ),
    Scenario(
        "pair-limit-once",
        "5550173",
        "too fast to one person, once",
        status=400,
        code=131056,
        title="(Business Account, Consumer Account) pair rate limit hit",
        lasts=Lasts.ONCE,
    ),
    Scenario(
        "something-wrong",
        "5550180",
        "an error, though it went out",
        accepted=True,
        status=500,
        code=131000,
        title="Something went wrong",
    ),
    Scenario("reply-lost", "5550181", "accepted, the reply is lost", accepted=True, wire=Wire.CUT),
    Scenario(
        "no-answer", "5550182", "accepted, but no answer comes", accepted=True, wire=Wire.SILENCE
    ),
    Scenario(
        "unreadable",
        "5550183",
        "accepted, the reply is unreadable",
        accepted=True,
        wire=Wire.GARBAGE,
    ),
    Scenario("lost-before", "5550184", "connection lost, not accepted", wire=Wire.CUT),
    Scenario(
        "bad-gateway", "5550185", "a gateway's HTML page, not accepted", status=502, wire=Wire.HTML
    ),
    Scenario(
        "template-missing",
        "5550190",
        "template not found: stops the campaign",
        status=404,
        code=132001,
        title="Template name does not exist in the translation",
    ),
    Scenario(
        "template-paused",
        "5550191",
        "template paused: stops the campaign",
        status=400,
        code=132015,
        title="Template is paused",
    ),
    Scenario(
        "token-expired",
        "5550192",
        "token expired: stops the sender",
        status=401,
        code=190,
        title="Error validating access token: Session has expired",
    ),
    Scenario(
        "account-locked",
        "5550193",
        "account locked: stops the sender",
        status=403,
        code=131031,
        title="Business account has been locked",
    ),
)

BY_NAME: Mapping[str, Scenario] = MappingProxyType({s.name: s for s in SCENARIOS})

_BY_ENDING = {s.ending: s for s in SCENARIOS}


def scenario_of(phone: str) -> Scenario:
    """What a phone number (with or without the plus sign) stands for."""
    return _BY_ENDING.get(phone[-7:], ACCEPTED)


def markdown_table() -> str:
    """The table for people; the README and the simulator's docstring show it."""
    lines = [
        "| last digits | name | what happens | reply | went out |",
        "|---|---|---|---|---|",
    ]
    for s in SCENARIOS:
        ending = f"{s.ending[:3]} {s.ending[3:]}" if s.ending else "any other"
        once = "" if s.lasts is Lasts.ALWAYS else ", then yes"
        went = ("yes" if s.accepted else "no") + once
        lines.append(f"| {ending} | `{s.name}` | {s.words} | {_reply_words(s)} | {went} |")
    return "\n".join(lines)


def _reply_words(scenario: Scenario) -> str:
    if scenario.wire in (Wire.CUT, Wire.SILENCE):
        return "none"
    return str(scenario.status) if scenario.code is None else f"{scenario.status} / {scenario.code}"
