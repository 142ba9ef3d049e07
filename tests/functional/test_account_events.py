"""News of templates, numbers and accounts: who stops, who goes on, who is told, in any order."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from functions.wiring import Services
from shared.channels.webhook_account import parse
from shared.domain.access import DEFAULT_TENANT
from shared.domain.campaign import DEFAULT_SENDER, Action, CampaignStatus, PauseCause
from shared.domain.errors import CampaignNotRunningError, StoreUnavailableError
from shared.domain.outcome import Outcome, OutcomeKind
from shared.domain.sender import NumberFacts, Owner, Sender
from shared.http.sender_models import sender_answer
from shared.usecases.account_events import take_account_news
from tests.support.campaigns import act, batch, new_campaign, phones, running
from tests.support.edges import NOON, Killed, Life, Mortal
from tests.support.executor import capped
from tests.support.meta_webhooks import change, messages_value, post, status
from tests.support.processes import history, process, tick_now
from tests.support.updates import PutBack, take

C = CampaignStatus
WABA, NUMBER, DIGITS = "102290129340397", "106540352242922", "15550783881"
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
PEOPLE = phones(12)
STATUS, UPDATE = "message_template_status_update", "account_update"
RESTRICTED = "RESTRICTED_BIZ_INITIATED_MESSAGING"


@pytest.fixture
def deployment(deployment: Services) -> Services:
    """A webhook has shown that the account has the deployment's own number."""
    deployment.accounts.learn(WABA, NUMBER, DIGITS)
    return deployment


def owner_of(number: str) -> Owner | None:
    return Owner(DEFAULT_TENANT, DEFAULT_SENDER) if number == NUMBER else None


def hear(services: Services, field: str, value: dict[str, Any], at: datetime = NOON) -> list[str]:
    """What Meta sends, as it sends it."""
    changes, unused = parse(field, value, at)
    assert unused == []
    return take_account_news(services, owner_of, WABA, changes)


def template(event: str, name: str = "hello", language: str = "en_US") -> dict[str, Any]:
    return {
        "event": event,
        "message_template_id": 1689556908129832,
        "message_template_name": name,
        "message_template_language": language,
        "reason": "NONE",
    }


def restriction(until: datetime | None = None) -> dict[str, Any]:
    info: dict[str, Any] = {"restriction_type": RESTRICTED}
    if until:
        info["expiration"] = int(until.timestamp())
    return {"event": "ACCOUNT_RESTRICTION", "restriction_info": [info]}


def paused_for(services: Services, campaign_id: str) -> PauseCause | None:
    campaign = services.campaigns.get(campaign_id)
    assert (campaign.status is C.PAUSED) is (campaign.pause_cause is not None)
    return campaign.pause_cause


def told(services: Services, campaign_id: str) -> list[str]:
    """What the history says beyond the campaign's own steps."""
    steps = ("CREATED", "STARTED", "PAUSED", "RESUMED", "CANCELLED")
    return [str(e.reason) for e in history(services, campaign_id) if e.what not in steps]


STOPS = {"PAUSED", "DISABLED", "REJECTED", "PENDING", "IN_APPEAL", "DELETED", "PENDING_DELETION"}


@pytest.mark.parametrize("event", sorted(STOPS | {"ARCHIVED"}))
def test_a_template_that_can_not_be_sent_pauses_its_campaigns_with_metas_words(
    deployment: Services, event: str
) -> None:
    campaign_id = running(deployment, PEOPLE)
    value = template(event) | {"other_info": {"title": "", "description": "People dislike it."}}

    assert hear(deployment, STATUS, value) == []

    assert paused_for(deployment, campaign_id) is PauseCause.TEMPLATE
    reason = deployment.campaigns.get(campaign_id).paused_reason
    assert reason is not None
    assert reason.endswith("People dislike it.")
    with pytest.raises(CampaignNotRunningError):
        batch(deployment, campaign_id)
    assert deployment.channel.calls == []


def test_campaigns_with_another_template_or_language_go_on(deployment: Services) -> None:
    others = [running(deployment, PEOPLE), running(deployment, PEOPLE, template_language="es")]

    hear(deployment, STATUS, template("PAUSED", name="other"))
    hear(deployment, STATUS, template("PAUSED", language="pt_BR"))

    assert [paused_for(deployment, each) for each in others] == [None, None]
    assert [told(deployment, each) for each in others] == [[], []]


def test_metas_spelling_of_a_language_is_ours(deployment: Services) -> None:
    campaign_id = running(deployment, PEOPLE)

    hear(deployment, STATUS, template("PAUSED", language="en-US"))

    assert paused_for(deployment, campaign_id) is PauseCause.TEMPLATE


def test_a_worker_in_the_middle_of_a_batch_claims_nobody_more(deployment: Services) -> None:
    campaign_id = running(deployment, PEOPLE)

    def news_in_the_middle(message: object) -> None:
        if len(deployment.channel.calls) == 2:
            hear(deployment, STATUS, template("PAUSED"))

    deployment.channel.answer = news_in_the_middle
    result = batch(deployment, campaign_id)

    assert result.paused
    assert len(deployment.channel.calls) == 5  # the group in hand is finished


@pytest.mark.parametrize("auto_resume", [False, True])
@pytest.mark.parametrize("event", ["APPROVED", "REINSTATED", "UNPAUSED"])
def test_a_template_that_may_be_sent_again_resumes_who_asked_for_it(
    deployment: Services, event: str, auto_resume: bool
) -> None:
    campaign_id = running(deployment, PEOPLE, auto_resume=auto_resume)
    hear(deployment, STATUS, template("PAUSED"))

    hear(deployment, STATUS, template(event), NOON + HOUR)

    status = deployment.campaigns.get(campaign_id).status
    assert status is (C.RUNNING if auto_resume else C.PAUSED)
    lines = told(deployment, campaign_id)
    if auto_resume:
        assert batch(deployment, campaign_id).tally.sent == 12
        assert lines == []
    else:
        (line,) = lines
        assert line.endswith("The campaign can be resumed.")


def test_a_pause_for_another_reason_does_not_end_with_an_approval(deployment: Services) -> None:
    by_hand = running(deployment, PEOPLE, auto_resume=True)
    act(deployment, by_hand, Action.PAUSE)

    hear(deployment, STATUS, template("APPROVED"))

    assert paused_for(deployment, by_hand) is PauseCause.PERSON
    assert told(deployment, by_hand) == ["Meta approved the template."]


def test_a_refused_call_pauses_for_the_template_too_and_the_approval_ends_it(
    deployment: Services,
) -> None:
    campaign_id = running(deployment, PEOPLE, auto_resume=True)
    refusal = Outcome(OutcomeKind.CAMPAIGN_ERROR, code="132015", message="paused")
    deployment.channel.answer = lambda message: refusal
    assert batch(deployment, campaign_id).paused
    assert paused_for(deployment, campaign_id) is PauseCause.TEMPLATE

    hear(deployment, STATUS, template("APPROVED"))

    assert paused_for(deployment, campaign_id) is None


ORDER = [("PAUSED", 1), ("APPROVED", 2), ("PAUSED", 3), ("APPROVED", 4), ("FLAGGED", 5)]


@pytest.mark.parametrize("arrival", [*permutations(ORDER[1:4]), ORDER, ORDER[::-1]])
def test_only_metas_instants_decide_whatever_the_order_and_however_often(
    deployment: Services, arrival: Iterable[tuple[str, int]]
) -> None:
    campaign_id = running(deployment, PEOPLE, auto_resume=True)
    deployment.clock.advance(HOUR)

    for event, minute in arrival:
        for _ in range(2):
            hear(deployment, STATUS, template(event), NOON + minute * MINUTE)

    assert paused_for(deployment, campaign_id) is None  # APPROVED is the latest that decides


def test_an_old_pause_does_not_stop_what_was_approved_since(deployment: Services) -> None:
    campaign_id = running(deployment, PEOPLE)
    hear(deployment, STATUS, template("APPROVED"), NOON + MINUTE)

    hear(deployment, STATUS, template("PAUSED"), NOON)

    assert paused_for(deployment, campaign_id) is None


def test_a_repetition_does_not_undo_what_a_person_did_since(deployment: Services) -> None:
    campaign_id = running(deployment, PEOPLE)
    hear(deployment, STATUS, template("PAUSED"))
    act(deployment, campaign_id, Action.RESUME)

    hear(deployment, STATUS, template("PAUSED"))

    assert paused_for(deployment, campaign_id) is None


def test_two_news_of_one_instant_end_alike_in_either_order(deployment: Services) -> None:
    ends = []
    for name, events in (("one", ("PAUSED", "APPROVED")), ("two", ("APPROVED", "PAUSED"))):
        campaign_id = running(deployment, PEOPLE, auto_resume=True)
        settings = deployment.campaigns.get(campaign_id)
        rename(deployment, settings.campaign_id, name)
        for event in events:
            hear(deployment, STATUS, template(event, name=name))
        ends.append(paused_for(deployment, campaign_id))

    assert ends[0] is ends[1]


def rename(services: Services, campaign_id: str, template_name: str) -> None:
    services._dynamodb.update_item(
        TableName=services.settings.campaigns_table,
        Key={"PK": {"S": f"CAMPAIGN#{campaign_id}"}, "SK": {"S": "METADATA"}},
        UpdateExpression="SET templateName = :name",
        ExpressionAttributeValues={":name": {"S": template_name}},
    )


@pytest.mark.parametrize("after_effect", [False, True])
def test_whoever_dies_at_any_step_the_repetition_ends_alike(
    deployment: Services, after_effect: bool
) -> None:
    steps = 0
    while True:
        steps += 1
        at = NOON + steps * MINUTE
        hear(deployment, UPDATE, {"event": "ACCOUNT_RECONNECTED"}, at)
        campaigns = [running(deployment, PEOPLE[:1]) for _ in range(2)]
        act(deployment, campaigns[1], Action.PAUSE)  # is only told
        life = Life(dies_at=steps, after_effect=after_effect)
        alive = survives(deployment, life, restriction(NOON + HOUR), at + SECOND)

        assert hear(deployment, UPDATE, restriction(NOON + HOUR), at + SECOND) == []

        assert deployment.senders.get(DEFAULT_SENDER).halted_until == NOON + HOUR
        assert [paused_for(deployment, each) for each in campaigns] == [
            PauseCause.SENDER_STOPPED,
            PauseCause.PERSON,
        ]
        assert [len(told(deployment, each)) for each in campaigns] == [0, 1]
        for each in campaigns:
            act(deployment, each, Action.CANCEL)
        if alive:
            break
    assert steps > 8


def survives(services: Services, life: Life, value: dict[str, Any], at: datetime) -> bool:
    """Another process hears of it, and may die."""
    other = process(services)
    for name in ("accounts", "campaigns", "senders", "history"):
        setattr(other, name, Mortal(life, getattr(services, name)))
    try:
        hear(other, UPDATE, value, at)
    except Killed:
        return False
    return True


def test_who_is_overtaken_between_knowing_and_doing_does_the_later(deployment: Services) -> None:
    campaign_id = running(deployment, PEOPLE, auto_resume=True)
    slow = process(deployment)
    pausing = slow.campaigns.pause

    def after_the_approval(*args: Any) -> bool:
        hear(deployment, STATUS, template("APPROVED"), NOON + MINUTE)
        return pausing(*args)

    slow.campaigns.pause = after_the_approval
    hear(slow, STATUS, template("PAUSED"))

    assert paused_for(deployment, campaign_id) is None


@pytest.mark.parametrize(
    ("field", "more", "words"),
    [
        (
            "message_template_quality_update",
            {"previous_quality_score": "GREEN", "new_quality_score": "RED"},
            "The template's quality went from GREEN to RED.",
        ),
        (
            "template_category_update",
            {"previous_category": "UTILITY", "new_category": "MARKETING"},
            "The template's category went from UTILITY to MARKETING, which changes its price.",
        ),
    ],
)
def test_what_changes_nothing_is_told_once_to_campaigns_under_way(
    deployment: Services, field: str, more: dict[str, Any], words: str
) -> None:
    under_way, draft = running(deployment, PEOPLE), new_campaign(deployment, PEOPLE)
    ended = running(deployment, PEOPLE)
    act(deployment, ended, Action.CANCEL)

    for _ in range(3):
        hear(deployment, field, template("") | more)

    assert told(deployment, under_way) == [words]
    assert told(deployment, draft) == []
    assert words not in told(deployment, ended)


def test_a_lower_limit_of_meta_lowers_the_cap_at_once(deployment: Services) -> None:
    campaign_id = running(deployment, PEOPLE)

    hear(
        deployment,
        "business_capability_update",
        {"max_daily_conversations_per_business": 7},
    )

    sender = deployment.senders.get(DEFAULT_SENDER)
    assert sender.facts.messaging_limit == "TIER_7"
    assert sender_answer(sender, None, daily_limit=200).limit_in_force == 7
    assert batch(deployment, campaign_id).tally.sent == 7
    assert paused_for(deployment, campaign_id) is PauseCause.DAILY_LIMIT
    assert "7/7" in str(deployment.campaigns.get(campaign_id).paused_reason)
    (line,) = told(deployment, campaign_id)
    assert "TIER_7" in line


def test_a_higher_limit_than_configured_changes_nothing_and_a_raise_wakes_who_waits(
    deployment: Services,
) -> None:
    limited = capped(deployment, 9)
    campaign_id = running(limited, PEOPLE)
    business = "business_capability_update"
    hear(limited, business, {"max_daily_conversations_per_business": 5})
    assert batch(limited, campaign_id).tally.sent == 5

    hear(limited, business, {"max_daily_conversations_per_business": "TIER_2K"}, NOON + HOUR)
    assert tick_now(limited).resumed == 1
    assert batch(limited, campaign_id).tally.sent == 4

    assert paused_for(limited, campaign_id) is PauseCause.DAILY_LIMIT


def test_an_older_limit_does_not_overwrite_a_newer(deployment: Services) -> None:
    business = "business_capability_update"
    hear(deployment, business, {"max_daily_conversations_per_business": -1}, NOON)

    before = NOON - MINUTE
    hear(deployment, business, {"max_daily_conversations_per_business": 250}, before)

    assert deployment.senders.get(DEFAULT_SENDER).facts.messaging_limit == "TIER_UNLIMITED"


def test_news_of_a_number_change_what_is_known_of_its_sender(deployment: Services) -> None:
    campaign_id = running(deployment, PEOPLE)
    field = "phone_number_quality_update"

    low = hear(deployment, field, {"display_phone_number": DIGITS, "event": "FLAGGED"})
    fast = {"display_phone_number": DIGITS, "event": "THROUGHPUT_UPGRADE"}
    hear(deployment, field, fast, NOON - MINUTE)
    other = hear(deployment, field, {"display_phone_number": "49301234567", "event": "FLAGGED"})

    facts = deployment.senders.get(DEFAULT_SENDER).facts
    assert (facts.quality, facts.throughput, facts.messaging_limit) == ("RED", "HIGH", None)
    assert len(told(deployment, campaign_id)) == 2
    assert (low, other) == ([], ["a number that is not known"])


def test_a_restricted_account_stops_its_senders_and_their_campaigns(deployment: Services) -> None:
    campaign_id = running(deployment, PEOPLE)

    hear(deployment, UPDATE, restriction(NOON + HOUR))

    sender = deployment.senders.get(DEFAULT_SENDER)
    assert (sender.halted, sender.halted_until) == (True, NOON + HOUR)
    shown = sender_answer(sender, None, daily_limit=200)
    assert (shown.stopped, shown.stopped_until) == (True, "2026-11-20T13:00:00.000Z")
    assert paused_for(deployment, campaign_id) is PauseCause.SENDER_STOPPED
    assert deployment.campaigns.get(campaign_id).resume_at is None
    later = running(deployment, PEOPLE)
    assert batch(deployment, later).paused
    assert deployment.channel.calls == []


def test_a_restriction_that_ends_lets_go_on_who_asked_for_it(deployment: Services) -> None:
    waits = running(deployment, PEOPLE)
    goes_on = running(deployment, PEOPLE, auto_resume=True)
    hear(deployment, UPDATE, restriction(NOON + HOUR))
    late = running(deployment, PEOPLE, auto_resume=True)
    assert batch(deployment, late).paused

    deployment.clock.jump(NOON + HOUR - MINUTE)
    assert tick_now(deployment).resumed == 0
    deployment.clock.jump(NOON + HOUR)
    assert tick_now(deployment).resumed == 2

    assert [paused_for(deployment, each) for each in (goes_on, late)] == [None, None]
    assert paused_for(deployment, waits) is PauseCause.SENDER_STOPPED
    assert batch(deployment, goes_on).tally.sent == 12


def test_a_restriction_that_is_made_longer_is_waited_for(deployment: Services) -> None:
    campaign_id = running(deployment, PEOPLE, auto_resume=True)
    hear(deployment, UPDATE, restriction(NOON + HOUR))

    hear(deployment, UPDATE, restriction(NOON + 3 * HOUR), NOON + MINUTE)

    deployment.clock.jump(NOON + 2 * HOUR)
    assert tick_now(deployment).resumed == 0
    deployment.clock.jump(NOON + 3 * HOUR)
    assert tick_now(deployment).resumed == 1
    assert paused_for(deployment, campaign_id) is None


def test_a_refusal_that_came_before_the_news_of_a_restriction_ends_with_it_too(
    deployment: Services,
) -> None:
    campaign_id = running(deployment, PEOPLE, auto_resume=True)
    locked = Outcome(OutcomeKind.SENDER_ERROR, code="131031", message="locked")
    deployment.channel.answer = lambda message: locked
    assert batch(deployment, campaign_id).paused
    hear(deployment, UPDATE, restriction(NOON + HOUR))

    deployment.clock.jump(NOON + HOUR)

    assert tick_now(deployment).resumed == 1
    assert paused_for(deployment, campaign_id) is None


def test_a_refusal_after_the_news_of_a_restriction_ends_with_it_too(deployment: Services) -> None:
    campaign_id = running(deployment, PEOPLE, auto_resume=True)

    def restricted_meanwhile(message: object) -> Outcome:
        hear(deployment, UPDATE, restriction(NOON + HOUR))
        return Outcome(OutcomeKind.SENDER_ERROR, code="368", message="blocked")

    deployment.channel.answer = restricted_meanwhile
    assert batch(deployment, campaign_id).paused

    deployment.clock.jump(NOON + HOUR)

    assert tick_now(deployment).resumed == 1


def test_after_the_end_of_a_restriction_a_new_campaign_just_sends(deployment: Services) -> None:
    hear(deployment, UPDATE, restriction(NOON + HOUR))

    deployment.clock.jump(NOON + HOUR)

    assert batch(deployment, running(deployment, PEOPLE)).tally.sent == 12


@pytest.mark.parametrize(
    ("bad", "good"),
    [
        (
            {"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": "DISABLE"}},
            {"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": "REINSTATE"}},
        ),
        ({"event": "ACCOUNT_OFFBOARDED"}, {"event": "ACCOUNT_RECONNECTED"}),
        ({"event": "ACCOUNT_DELETED"}, {"event": "ACCOUNT_RECONNECTED"}),
        (restriction(), {"event": "ACCOUNT_RECONNECTED"}),
    ],
)
def test_an_account_that_is_free_again_resumes_who_asked_for_it(
    deployment: Services, bad: dict[str, Any], good: dict[str, Any]
) -> None:
    waits = running(deployment, PEOPLE)
    goes_on = running(deployment, PEOPLE, auto_resume=True)
    hear(deployment, UPDATE, bad)
    assert {paused_for(deployment, each) for each in (waits, goes_on)} == {
        PauseCause.SENDER_STOPPED
    }

    hear(deployment, UPDATE, good, NOON + MINUTE)

    assert not deployment.senders.get(DEFAULT_SENDER).halted
    assert paused_for(deployment, goes_on) is None
    assert paused_for(deployment, waits) is PauseCause.SENDER_STOPPED
    (line,) = told(deployment, waits)
    assert line.endswith("The campaign can be resumed.")


@pytest.mark.parametrize(("code", "free"), [("131031", True), ("368", True), ("190", False)])
def test_a_free_account_ends_no_stop_for_another_reason(
    deployment: Services, code: str, free: bool
) -> None:
    campaign_id = running(deployment, PEOPLE, auto_resume=True)
    refusal = Outcome(OutcomeKind.SENDER_ERROR, code=code, message="no")
    deployment.channel.answer = lambda message: refusal
    assert batch(deployment, campaign_id).paused

    hear(deployment, UPDATE, {"event": "ACCOUNT_RECONNECTED"})

    assert deployment.senders.get(DEFAULT_SENDER).halted is not free
    assert (paused_for(deployment, campaign_id) is None) is free


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (UPDATE, {"event": "ACCOUNT_VIOLATION", "violation_info": {"violation_type": "SCAM"}}),
        (
            UPDATE,
            {"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": "SCHEDULE_FOR_DISABLE"}},
        ),
        ("account_alerts", {"alert_info": {"alert_type": "OBA", "alert_description": "No."}}),
    ],
)
def test_a_warning_is_told_and_stops_nobody(
    deployment: Services, field: str, value: dict[str, Any]
) -> None:
    campaign_id = running(deployment, PEOPLE)

    hear(deployment, field, value)

    assert len(told(deployment, campaign_id)) == 1
    assert batch(deployment, campaign_id).tally.sent == 12


def test_an_account_that_nobody_has_is_unused(deployment: Services) -> None:
    changes, _ = parse(STATUS, template("PAUSED"), NOON)
    campaign_id = running(deployment, PEOPLE)

    for account in ("999", "", "x" * 100):
        reasons = take_account_news(deployment, owner_of, account, changes)
        assert reasons == ["an account without numbers here"]
    assert take_account_news(deployment, lambda _: None, WABA, changes) == reasons
    assert paused_for(deployment, campaign_id) is None


def test_an_account_with_numbers_of_two_tenants_concerns_both_and_nobody_else(
    deployment: Services,
) -> None:
    acme = deployment.tenant("acme")
    acme.channel = deployment.channel
    acme.senders.add(Sender("snd_1", phone_number_id="222", facts=NumberFacts("+49 30 1")))
    deployment.senders.add(Sender("snd_2", phone_number_id="333", facts=NumberFacts("+49 30 2")))
    deployment.accounts.learn(WABA, "222", None)
    owners = {"222": Owner("acme", "snd_1")}
    own = running(deployment, PEOPLE)
    elsewhere = running(deployment, PEOPLE, sender_id="snd_2")  # of another account
    theirs = running(acme, PEOPLE, sender_id="snd_1")

    def find(number: str) -> Owner | None:
        return owners.get(number) or owner_of(number)

    changes, _ = parse(STATUS, template("PAUSED"), NOON)
    take_account_news(deployment, find, WABA, changes)
    number = {"display_phone_number": "49301", "event": "FLAGGED"}
    flagged, _ = parse("phone_number_quality_update", number, NOON)
    take_account_news(deployment, find, WABA, flagged)

    assert paused_for(deployment, own) is PauseCause.TEMPLATE
    assert paused_for(acme, theirs) is PauseCause.TEMPLATE
    assert paused_for(deployment, elsewhere) is None
    assert acme.senders.get("snd_1").facts.quality == "RED"
    assert deployment.senders.get(DEFAULT_SENDER).facts.quality is None


def test_a_sender_that_is_gone_does_not_come_back(deployment: Services) -> None:
    gone = Owner(DEFAULT_TENANT, "snd_gone")
    value = {"max_daily_conversations_per_business": 250}
    changes, _ = parse("business_capability_update", value, NOON)

    take_account_news(deployment, lambda _: gone, WABA, changes)

    assert deployment.senders.get("snd_gone") == Sender("snd_gone")


def posted(services: Services, field: str, value: dict[str, Any], at: datetime = NOON) -> list[str]:
    """The whole way: from Meta's POST over the queue; the ids of what failed."""
    return take(services, post(change(value, field), time=int(at.timestamp())))


@pytest.fixture
def door(deployment: Services) -> Services:
    """Nobody has told which numbers the account has; a status of some message comes."""
    deployment.updates = PutBack()  # type: ignore[misc, assignment]
    early = posted(deployment, STATUS, template("PAUSED"), NOON - HOUR)
    assert early == []
    assert take(deployment, post(change(messages_value(statuses=[status()])))) == []
    return deployment


def test_which_numbers_an_account_has_is_learned_from_webhooks_of_messages(door: Services) -> None:
    campaign_id = running(door, PEOPLE, auto_resume=True)

    assert posted(door, STATUS, template("PAUSED")) == []
    assert paused_for(door, campaign_id) is PauseCause.TEMPLATE
    assert posted(door, STATUS, template("APPROVED"), NOON + MINUTE) == []
    assert paused_for(door, campaign_id) is None

    low = {"display_phone_number": DIGITS, "event": "FLAGGED"}
    assert posted(door, "phone_number_quality_update", low) == []
    assert door.senders.get(DEFAULT_SENDER).facts.quality == "RED"
    assert reasons(door) == {"an account without numbers here": 1}


def test_metas_instant_travels_with_the_news(door: Services) -> None:
    door.clock.advance(HOUR)
    campaign_id = running(door, PEOPLE)

    posted(door, STATUS, template("APPROVED"), NOON + 2 * MINUTE)
    posted(door, STATUS, template("PAUSED"), NOON + MINUTE)

    assert paused_for(door, campaign_id) is None


def test_what_can_not_be_used_is_kept_for_a_look(door: Services) -> None:
    posted(door, STATUS, template("SOMETHING_NEW"))
    posted(door, UPDATE, {"event": "VOLUME_BASED_PRICING_TIER_UPDATE"})
    other = {"display_phone_number": "4930", "event": "FLAGGED"}
    posted(door, "phone_number_quality_update", other)

    assert reasons(door) == {
        "an account without numbers here": 1,
        "an event of a template that is not known": 1,
        "no news for campaigns": 1,
        "a number that is not known": 1,
    }


def test_news_that_can_not_be_written_come_again(door: Services) -> None:
    campaign_id = running(door, PEOPLE)
    body = post(change(template("PAUSED"), STATUS), change(restriction(), UPDATE))
    note = door.accounts.note
    door.accounts.note = out_of_order

    failed = take(door, body)
    assert len(failed) == 2
    door.accounts.note = note
    assert take(door, body) == []

    assert paused_for(door, campaign_id) is not None
    assert door.senders.get(DEFAULT_SENDER).halted


def out_of_order(*_: Any) -> None:
    raise StoreUnavailableError


def reasons(services: Services) -> dict[str, int]:
    return {one.reason: one.count for one in services.unused.list(100, None).items}
