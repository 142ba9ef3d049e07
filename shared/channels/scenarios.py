"""Magic phone numbers: the last seven digits choose what the simulator does.

`555 01xx` is reserved for fiction in North America, so no real number is special by surprise, and
neither are consecutive numbers of a large test. `SCENARIOS` is the only place that lists them.
"""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from shared.channels.scenario import Lasts, Scenario, Wire
from shared.channels.stories import (
    DELIVERED,
    NOTHING,
    READ,
    SENT,
    STOP,
    USUAL,
    Story,
    answered,
    button,
    failed,
    text,
)

ALWAYS, ONCE = Lasts.ALWAYS, Lasts.ONCE
_READ = (SENT, DELIVERED, READ)
_THANKS = "Thank you!"

ACCEPTED = Scenario("accepted", None, "accepted", accepted=True)


def _taken(name: str, ending: str, words: str, story: Story, **more: Any) -> Scenario:
    """Meta takes the message; what became of it comes later."""
    return Scenario(name, ending, words, accepted=True, story=story, **more)


def _refused(
    name: str, ending: str, words: str, status: int, code: int, title: str, lasts: Lasts = ALWAYS
) -> Scenario:
    """Meta does not take the message, and says why."""
    return Scenario(name, ending, words, status=status, code=code, title=title, lasts=lasts)


_UNDELIVERABLE = "Message undeliverable"
_OPTED_OUT = "User has stopped receipt of marketing messages from this business"
_USER_LIMIT = "This message was not delivered to maintain healthy ecosystem engagement"
_EXPERIMENT = "User's number is part of an experiment"
_WRONG, _UNAVAILABLE = "Something went wrong", "Service unavailable"
_PAUSED = "Template is paused"
_HELD = "held_for_quality_assessment"

SCENARIOS: tuple[Scenario, ...] = (
    ACCEPTED,
    _taken("held", "5550150", "accepted, held for a quality check", NOTHING, message_status=_HELD),
    _taken(
        "message-paused",
        "5550151",
        'accepted with message status "paused"',
        NOTHING,
        message_status="paused",
    ),
    _taken(
        "held-delivered", "5550152", "held, and sent after all", Story(_READ), message_status=_HELD
    ),
    _taken(
        "held-dropped",
        "5550153",
        "held, and dropped: stops the campaign",
        Story((failed(132015, _PAUSED),)),
        message_status=_HELD,
    ),
    _taken("silent", "5550154", "nothing is heard of it", NOTHING),
    _taken("delivered-only", "5550155", "one update is missing", Story((DELIVERED,))),
    _taken(
        "read-first",
        "5550156",
        "two updates in the wrong order",
        Story((SENT, replace(DELIVERED, late=True), READ)),
    ),
    _taken("no-opaque", "5550157", "only the message id tells whose", Story(_READ, opaque=False)),
    _taken("no-phone", "5550158", "a person with a user name", Story(_READ, phone=False)),
    _taken(
        "failed-first",
        "5550159",
        "failed on one device, not on another",
        Story((SENT, failed(131026, _UNDELIVERABLE), DELIVERED)),
    ),
    _refused("undeliverable", "5550160", "not on WhatsApp", 400, 131026, _UNDELIVERABLE),
    _refused("opted-out", "5550161", "asked for no more marketing", 400, 131050, _OPTED_OUT),
    _refused("user-limit", "5550162", "got enough marketing today", 400, 131049, _USER_LIMIT),
    _refused("experiment", "5550163", "is part of an experiment", 400, 130472, _EXPERIMENT),
    _refused(
        "parameter-mismatch",
        "5550164",
        "wrong number of parameters",
        400,
        132000,
        "Number of parameters does not match the expected number of params",
    ),
    _taken(
        "late-undeliverable",
        "5550165",
        "not on WhatsApp, says Meta later",
        Story((SENT, failed(131026, _UNDELIVERABLE))),
    ),
    _taken(
        "late-opted-out",
        "5550166",
        "no more marketing, says Meta later",
        Story((SENT, failed(131050, _OPTED_OUT))),
    ),
    _taken(
        "late-user-limit",
        "5550167",
        "enough marketing today, says Meta later",
        Story((SENT, failed(131049, _USER_LIMIT))),
    ),
    _taken(
        "late-experiment",
        "5550168",
        "an experiment, says Meta later",
        Story((SENT, failed(130472, _EXPERIMENT))),
    ),
    _taken(
        "failed-after-delivered",
        "5550169",
        "delivered, and yet a failure",
        Story((SENT, DELIVERED, failed(131000, _WRONG))),
    ),
    _refused("throttled-once", "5550170", "too fast, once", 400, 130429, "Rate limit hit", ONCE),
    _refused(
        "throttled-a-while",
        "5550171",
        "too fast, for some seconds",
        400,
        130429,
        "Rate limit hit",
        Lasts.A_WHILE,
    ),
    _refused(
        "unavailable-once", "5550172", "service unavailable, once", 500, 131016, _UNAVAILABLE, ONCE
    ),
    _refused(
        "pair-limit-once",
        "5550173",
        "too fast to one person, once",
        400,
        131056,
        "(Business Account, Consumer Account) pair rate limit hit",
        ONCE,
    ),
    _taken(
        "late-unavailable-once",
        "5550174",
        "not delivered, once: to be tried again",
        Story((SENT, failed(131016, _UNAVAILABLE))),
        lasts=ONCE,
    ),
    _taken("replies", "5550175", "answers the message", answered(text(_THANKS))),
    _taken(
        "replies-elsewhere",
        "5550176",
        "answers, but to no message",
        answered(text(_THANKS, context=False)),
    ),
    _taken("stop-text", "5550177", "opts out by a word", answered(text("STOP"))),
    _taken("stop-button", "5550178", "opts out by a button", answered(button("Unsubscribe"))),
    _taken("stop-preference", "5550179", "opts out in WhatsApp's settings", answered(STOP)),
    Scenario(
        "something-wrong",
        "5550180",
        "an error, though it went out",
        accepted=True,
        status=500,
        code=131000,
        title=_WRONG,
    ),
    _taken("reply-lost", "5550181", "accepted, the reply is lost", USUAL, wire=Wire.CUT),
    _taken("no-answer", "5550182", "accepted, but no answer comes", USUAL, wire=Wire.SILENCE),
    _taken("unreadable", "5550183", "accepted, the reply is unreadable", USUAL, wire=Wire.GARBAGE),
    Scenario("lost-before", "5550184", "connection lost, not accepted", wire=Wire.CUT),
    Scenario(
        "bad-gateway", "5550185", "a gateway's HTML page, not accepted", status=502, wire=Wire.HTML
    ),
    _refused(
        "template-missing",
        "5550190",
        "template not found: stops the campaign",
        404,
        132001,
        "Template name does not exist in the translation",
    ),
    _refused(
        "template-paused", "5550191", "template paused: stops the campaign", 400, 132015, _PAUSED
    ),
    _refused(
        "token-expired",
        "5550192",
        "token expired: stops the sender",
        401,
        190,
        "Error validating access token: Session has expired",
    ),
    _refused(
        "account-locked",
        "5550193",
        "account locked: stops the sender",
        403,
        131031,
        "Business account has been locked",
    ),
)

BY_NAME: Mapping[str, Scenario] = MappingProxyType({s.name: s for s in SCENARIOS})

_BY_ENDING = {s.ending: s for s in SCENARIOS}


def scenario_of(phone: str) -> Scenario:
    """What a phone number (with or without the plus sign) stands for."""
    return _BY_ENDING.get(phone[-7:], ACCEPTED)


def markdown_table() -> str:
    """The table for people; docs/simulator.md shows it."""
    lines = [
        "| last digits | name | what happens | reply | went out | webhooks |",
        "|---|---|---|---|---|---|",
    ]
    for s in SCENARIOS:
        ending = f"{s.ending[:3]} {s.ending[3:]}" if s.ending else "any other"
        went = "yes" if s.accepted else "no" if s.lasts is ALWAYS else "no, then yes"
        cells = (ending, f"`{s.name}`", s.words, _reply_words(s), went, _story_words(s))
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _reply_words(scenario: Scenario) -> str:
    if scenario.wire in (Wire.CUT, Wire.SILENCE):
        return "none"
    return str(scenario.status) if scenario.code is None else f"{scenario.status} / {scenario.code}"


def _story_words(scenario: Scenario) -> str:
    if not scenario.accepted and scenario.lasts is ALWAYS:
        return str(NOTHING)
    return str(scenario.story) + (", once" if scenario.accepted and scenario.lasts is ONCE else "")
