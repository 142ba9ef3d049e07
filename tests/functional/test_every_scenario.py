"""Every scenario of the simulator in one campaign, over real HTTP."""

from datetime import timedelta

from functions.wiring import Services
from shared.channels.scenarios import ACCEPTED, BY_NAME, SCENARIOS
from shared.channels.simulator import TOKEN, Simulator
from shared.channels.whatsapp import WhatsAppChannel
from shared.domain.campaign import Action, CampaignStatus
from shared.domain.recipient import RecipientStatus
from tests.support.campaigns import act, assert_adds_up, everybody, running
from tests.support.edges import ManualClock
from tests.support.processes import finish

S, C = RecipientStatus, CampaignStatus

LATER = (
    *("silent", "delivered-only", "read-first", "no-opaque", "no-phone", "failed-first"),
    *("late-undeliverable", "late-opted-out", "late-user-limit", "late-experiment"),
    *("failed-after-delivered", "late-unavailable-once"),
    *("replies", "replies-elsewhere", "stop-text", "stop-button", "stop-preference"),
)
"""What is special of these comes by webhook."""

ENDS = {
    "accepted": (S.SENT, 1, None),
    "held": (S.HELD, 1, "HELD"),
    "held-delivered": (S.HELD, 1, "HELD"),
    "held-dropped": (S.HELD, 1, "HELD"),
    "message-paused": (S.HELD, 1, "PAUSED"),
    "undeliverable": (S.FAILED, 1, "131026"),
    "opted-out": (S.FAILED, 1, "131050"),
    "user-limit": (S.FAILED, 3, "131049"),
    "experiment": (S.FAILED, 1, "130472"),
    "parameter-mismatch": (S.FAILED, 1, "132000"),
    "throttled-once": (S.SENT, 1, None),
    "throttled-a-while": (S.SENT, 1, None),
    "unavailable-once": (S.SENT, 2, None),
    "pair-limit-once": (S.SENT, 2, None),
    "something-wrong": (S.UNCONFIRMED, 1, "131000"),
    "reply-lost": (S.UNCONFIRMED, 1, "REPLY_LOST"),
    "no-answer": (S.UNCONFIRMED, 1, "REPLY_LOST"),
    "unreadable": (S.UNCONFIRMED, 1, "REPLY_UNREADABLE"),
    "lost-before": (S.UNCONFIRMED, 1, "REPLY_LOST"),
    "bad-gateway": (S.UNCONFIRMED, 1, "HTTP_502"),
    "template-missing": (S.PENDING, 0, "132001"),
    "template-paused": (S.PENDING, 0, "132015"),
    "token-expired": (S.PENDING, 0, "190"),
    "account-locked": (S.PENDING, 0, "131031"),
} | dict.fromkeys(LATER, (S.SENT, 1, None))
"""How each scenario ends as long as no webhook has come: state, attempts, code."""

FOR_A_PERSON = ["template-missing", "template-paused", "token-expired", "account-locked"]
"""These pause the campaign for as long as they last."""


def test_every_scenario_in_one_campaign_over_real_http_ends_as_its_row_says(
    services: Services,
) -> None:
    people = {scenario.phone(7): scenario.name for scenario in SCENARIOS}
    services.clock = ManualClock()
    with Simulator(throttle_seconds=0.05) as meta:
        services.channel = WhatsAppChannel(meta.url, "v26.0", "1", TOKEN, read_timeout=0.3)
        campaign_id = running(services, list(people))

        send_and_resume_until_only_they_are_left(services, campaign_id)

        assert endings(services, campaign_id, people) == ENDS
        assert_adds_up(services, campaign_id, len(people))
        assert set(meta.accepted_per_phone().values()) == {1}
        may_have_gone_out = {S.SENT, S.HELD, S.UNCONFIRMED}
        accepted = {people[phone] for phone in meta.accepted_per_phone()}
        assert accepted <= {name for name, end in ENDS.items() if end[0] in may_have_gone_out}

        for name in FOR_A_PERSON:  # a person has put it right
            meta.script(BY_NAME[name].phone(7), ACCEPTED)
        if services.campaigns.get(campaign_id).status is C.PAUSED:
            act(services, campaign_id, Action.RESUME)
        finish(services, campaign_id)

        mended = dict.fromkeys(FOR_A_PERSON, (S.SENT, 1, None))
        assert endings(services, campaign_id, people) == ENDS | mended
        assert_adds_up(services, campaign_id, len(people))
        assert set(meta.accepted_per_phone().values()) == {1}


def send_and_resume_until_only_they_are_left(services: Services, campaign_id: str) -> None:
    """A person resumes whatever the reason, until nobody waits but those whom it does not help."""
    for _ in range(40):
        finish(services, campaign_id)
        everyone = everybody(services, campaign_id).values()
        waiting = [r for r in everyone if r.status is S.PENDING]
        if len(waiting) == len(FOR_A_PERSON) and all(r.error_code for r in waiting):
            return
        services.clock.advance(timedelta(hours=5))
        act(services, campaign_id, Action.RESUME)
    raise AssertionError("the campaign does not come to rest")


def endings(
    services: Services, campaign_id: str, people: dict[str, str]
) -> dict[str, tuple[RecipientStatus, int, str | None]]:
    """State, attempts and code by the name of the scenario."""
    return {
        people[r.phone]: (r.status, r.attempts, r.error_code)
        for r in everybody(services, campaign_id).values()
    }
