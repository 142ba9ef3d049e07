"""What people answer: counted once, the window opened, wishes kept; in any order, repeated."""

import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import pytest

from functions.wiring import Services
from shared.domain.instants import to_text
from shared.domain.outcome import OutcomeKind
from shared.domain.recipient import RecipientStatus
from shared.domain.suppression import Source
from shared.domain.updates import Preference, Reply
from shared.usecases.take_replies import FRESH, take_preferences, take_replies
from tests.support.answers import answers, refusal
from tests.support.campaigns import (
    assert_adds_up,
    batch,
    everybody,
    new_campaign,
    phones,
    running,
    states,
)
from tests.support.edges import Killed, Life
from tests.support.erasing import done, forget, items_with
from tests.support.processes import in_threads, mortal, process
from tests.support.suppressing import listed, opt_out

PEOPLE = phones(6)
ONE, TWO = PEOPLE[:2]
SECOND, MINUTE, HOUR, DAY = (
    timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours", "days")
)
MEXICO, MEXICO_OLD = "525512345678", "5215512345678"


@pytest.fixture
def sent(deployment: Services) -> str:
    """A campaign that everybody got, a minute ago."""
    campaign_id = running(deployment, PEOPLE)
    batch(deployment, campaign_id)
    deployment.clock.advance(MINUTE)
    return campaign_id


def reply(services: Services, phone: str | None = ONE, **more: object) -> Reply:
    """A message of a person, now."""
    return replace(Reply(services.clock.now(), "wamid.in", phone, text="Thanks!"), **more)


def message_of(services: Services, campaign_id: str, phone: str) -> str:
    message_id = everybody(services, campaign_id)[phone].message_id
    assert message_id is not None
    return message_id


def replied(services: Services, campaign_id: str) -> dict[str, datetime]:
    """Who replied when; the counter must say as many."""
    people = everybody(services, campaign_id).items()
    found = {phone: one.replied_at for phone, one in people if one.replied_at}
    assert services.campaigns.stats(campaign_id).replied == len(found)
    return found


# Whose reply it is.


def test_a_reply_to_a_message_counts_for_its_recipient_once(
    deployment: Services, sent: str
) -> None:
    answer = reply(deployment, context_id=message_of(deployment, sent, TWO), phone=TWO)

    first = take_replies(deployment, "default", [answer, answer])
    again = take_replies(deployment, "default", [replace(answer, at=answer.at + HOUR)])

    assert (first.replied, again.replied) == (1, 0)
    assert not first.later + first.unknown + again.later + again.unknown
    assert replied(deployment, sent) == {TWO: answer.at}
    assert_adds_up(deployment, sent, len(PEOPLE))


def test_a_reply_to_nothing_counts_for_the_last_campaign_within_seven_days(
    deployment: Services, sent: str
) -> None:
    deployment.clock.advance(2 * DAY)
    second = running(deployment, [ONE])
    batch(deployment, second)
    deployment.clock.advance(7 * DAY - MINUTE)

    assert take_replies(deployment, "default", [reply(deployment)]).replied == 1
    assert take_replies(deployment, "default", [reply(deployment, TWO)]).replied == 0

    assert set(replied(deployment, second)) == {ONE}
    assert not replied(deployment, sent)


def test_a_reply_to_an_older_campaigns_message_counts_for_that(
    deployment: Services, sent: str
) -> None:
    batch(deployment, second := running(deployment, [ONE]))

    take_replies(
        deployment, "default", [reply(deployment, context_id=message_of(deployment, sent, ONE))]
    )

    assert set(replied(deployment, sent)) == {ONE}
    assert not replied(deployment, second)


def test_after_seven_days_or_before_any_message_it_is_nobodys(
    deployment: Services, sent: str
) -> None:
    early = reply(deployment, TWO, at=deployment.clock.now() - HOUR)
    deployment.clock.advance(7 * DAY + MINUTE)

    heard = take_replies(
        deployment, "default", [reply(deployment), early, reply(deployment, "15559999999")]
    )

    assert heard.replied == 0
    assert not heard.later
    assert not replied(deployment, sent)


@pytest.mark.parametrize(("written", "answers"), [(MEXICO, MEXICO_OLD), (MEXICO_OLD, MEXICO)])
def test_a_reply_under_the_other_spelling_finds_its_campaign(
    deployment: Services, written: str, answers: str
) -> None:
    batch(deployment, campaign_id := running(deployment, [written]))

    assert take_replies(deployment, "default", [reply(deployment, answers)]).replied == 1

    assert set(replied(deployment, campaign_id)) == {written}
    contacts = deployment.contacts.contacts("default", [written, answers])
    assert {p: c.last_inbound_at for p, c in contacts.items()} == {written: deployment.clock.now()}


def test_without_a_phone_the_message_says_who_it_is(deployment: Services, sent: str) -> None:
    context = message_of(deployment, sent, ONE)

    heard = take_replies(
        deployment, "default", [reply(deployment, None, context_id=context, text="STOP")]
    )

    assert (heard.replied, heard.opted_out) == (1, 1)
    assert listed(deployment) == {ONE: Source.REPLY}


@pytest.mark.parametrize("phone", [None, "", "me", "123", "1" * 16, "1555100000x", "١٥٥٥١٠٠٠٠٠٠"])
def test_who_can_not_be_known_is_handed_back(deployment: Services, sent: str, phone: str) -> None:
    nameless = reply(deployment, phone, text="STOP")

    heard = take_replies(deployment, "default", [nameless, reply(deployment, TWO)])

    assert heard.unknown == [nameless]
    assert set(replied(deployment, sent)) == {TWO}
    assert not listed(deployment)


def test_a_reply_that_is_quicker_than_the_commit_is_asked_for_again(deployment: Services) -> None:
    """Somebody answers while the group is still being sent."""
    deployment.channel.answer = lambda message: heard.append(
        take_replies(deployment, "default", [quick]) if message.to == PEOPLE[2] else None
    )
    heard: list[object] = []
    quick = Reply(deployment.clock.now(), "wamid.in", ONE, context_id="wamid.not.yet", text="stop")

    batch(deployment, campaign_id := running(deployment, PEOPLE))

    (early,) = filter(None, heard)
    assert early.later == [quick]  # type: ignore[attr-defined]
    assert early.opted_out == 1, "but the wish holds at once"  # type: ignore[attr-defined]
    known = replace(quick, context_id=message_of(deployment, campaign_id, ONE))
    assert take_replies(deployment, "default", [known]).replied == 1
    # A reference to what was never ours counts for the last campaign, in the end.
    other = replace(quick, phone=TWO)
    assert take_replies(deployment, "default", [other]).later == [other]
    deployment.clock.advance(FRESH)
    assert take_replies(deployment, "default", [other]).replied == 1


def test_who_is_being_sent_to_again_waits(deployment: Services) -> None:
    """Its worker holds the record; a moment later the reply is taken."""
    deployment.channel.answer = answers(refusal(OutcomeKind.RETRY))
    batch(deployment, first := running(deployment, [ONE]))
    deployment._dynamodb.update_item(  # another campaign's message would note itself like this
        TableName=deployment.settings.whatsapp_table,
        Key={"PK": {"S": f"CONVERSATION#{ONE}"}, "SK": {"S": "METADATA"}},
        UpdateExpression="SET lastCampaignId = :id, lastSentAt = :at",
        ExpressionAttributeValues={
            ":id": {"S": first},
            ":at": {"S": to_text(deployment.clock.now())},
        },
    )
    deployment.clock.advance(HOUR)
    answer, waited = reply(deployment), []
    deployment.channel.answer = lambda message: waited.append(
        take_replies(deployment, "default", [answer])
    )

    batch(deployment, first)

    (heard,) = waited
    assert (heard.later, heard.replied) == ([answer], 0)
    assert take_replies(deployment, "default", [answer]).replied == 1
    assert_adds_up(deployment, first, 1)


def test_another_tenants_message_is_nobodys(deployment: Services, sent: str) -> None:
    acme = deployment.tenant("acme")
    acme.clock = deployment.clock
    deployment.clock.advance(FRESH)
    theirs = reply(
        deployment, context_id=message_of(deployment, sent, ONE), at=deployment.clock.now() - HOUR
    )

    heard = take_replies(acme, "snd_1", [theirs, replace(theirs, phone=None)])

    assert heard.replied == 0
    assert len(heard.unknown) == 1
    assert not replied(deployment, sent)


# The window.


def test_inside_the_window_a_message_costs_no_unit_and_opens_nothing(deployment: Services) -> None:
    take_replies(deployment, "default", [reply(deployment)])
    deployment.clock.advance(23 * HOUR)

    batch(deployment, running(deployment, [ONE, TWO]))

    today = deployment.clock.now().date()
    assert deployment.quota.day("default", today).total == 1
    contacts = deployment.contacts.contacts("default", [ONE, TWO])
    assert contacts[ONE].opened_at is None
    assert contacts[TWO].opened_at is not None


@pytest.mark.parametrize(
    ("later", "units", "opened", "maybe"),
    [
        (DAY - 6 * MINUTE, 0, False, False),
        (DAY - 4 * MINUTE, 1, False, True),
        (DAY + 4 * MINUTE, 1, False, True),
        (DAY + 6 * MINUTE, 1, True, False),
    ],
)
def test_around_the_end_of_the_window_nothing_is_taken_for_sure(
    deployment: Services, later: timedelta, units: int, opened: bool, maybe: bool
) -> None:
    take_replies(deployment, "default", [reply(deployment)])
    deployment.clock.advance(later)

    batch(deployment, running(deployment, [ONE]))

    assert deployment.quota.day("default", deployment.clock.now().date()).total == units
    contact = deployment.contacts.contacts("default", [ONE])[ONE]
    assert (contact.opened_at is not None, contact.maybe_opened_at is not None) == (opened, maybe)


def test_a_message_that_became_known_late_takes_back_what_was_built_on_its_absence(
    deployment: Services,
) -> None:
    """She wrote before the campaign; Meta counted nothing for it, so nothing is free by it."""
    wrote_at = deployment.clock.now()
    deployment.clock.advance(HOUR)
    batch(deployment, running(deployment, [ONE]))
    deployment.clock.advance(MINUTE)

    take_replies(deployment, "default", [reply(deployment, at=wrote_at)])
    deployment.clock.jump(wrote_at + DAY + 6 * MINUTE)
    batch(deployment, running(deployment, [ONE]))

    assert deployment.quota.day("default", deployment.clock.now().date()).total == 1


def test_the_window_only_ever_moves_forward_and_never_into_the_future(
    deployment: Services,
) -> None:
    now = deployment.clock.now()
    wild = [now - 400 * DAY, now + 400 * DAY, now - HOUR, now - SECOND]
    take_replies(deployment, "default", [reply(deployment, at=at) for at in wild])
    take_replies(deployment, "default", [reply(deployment, at=now - 2 * HOUR)])

    assert deployment.contacts.contacts("default", [ONE])[ONE].last_inbound_at == now


def test_what_is_later_by_less_than_is_stored_is_nothing_new(deployment: Services) -> None:
    take_replies(deployment, "default", [reply(deployment)])
    deployment.clock.advance(timedelta(microseconds=300))
    before = deployment.contacts.contacts("default", [ONE])[ONE]

    take_replies(deployment, "default", [reply(deployment)])

    assert deployment.contacts.contacts("default", [ONE])[ONE] == before


def test_a_damaged_contact_holds_up_nobody(deployment: Services, sent: str) -> None:
    deployment._dynamodb.update_item(
        TableName=deployment.settings.whatsapp_table,
        Key={"PK": {"S": f"CONVERSATION#{ONE}"}, "SK": {"S": "METADATA"}},
        UpdateExpression="SET openedAt = :damage",
        ExpressionAttributeValues={":damage": {"N": "7"}},
    )

    heard = take_replies(
        deployment, "default", [reply(deployment, text="Stop"), reply(deployment, TWO)]
    )

    assert (heard.replied, heard.opted_out) == (1, 1)


# Wishes.


def test_a_stop_word_is_a_reply_and_a_wish(deployment: Services, sent: str) -> None:
    context = message_of(deployment, sent, ONE)

    heard = take_replies(
        deployment, "default", [reply(deployment, context_id=context, text=" Stop! ")]
    )

    assert (heard.replied, heard.opted_out) == (1, 1)
    (wish,) = deployment.suppressions.list("", 9, None).items
    assert (wish.phone, wish.source, wish.campaign_id) == (ONE, Source.REPLY, sent)
    deployment.clock.advance(2 * DAY)
    deployment.channel.calls.clear()
    batch(deployment, second := running(deployment, PEOPLE))
    assert ONE not in deployment.channel.phones
    assert states(deployment, second)[RecipientStatus.SKIPPED] == 1


@pytest.mark.parametrize(
    ("text", "payload", "source"),
    [
        ("Stop promotions", "Stop promotions", Source.BUTTON),
        ("No, thank you", "UNSUBSCRIBE", Source.BUTTON),
        ("Unsubscribe", "btn-2", Source.BUTTON),
        (None, "opt_out", Source.BUTTON),
        ("Yes, please", "CONFIRM", None),
    ],
)
def test_a_button_says_it_by_its_words_or_by_its_payload(
    deployment: Services, text: str | None, payload: str, source: Source | None
) -> None:
    take_replies(deployment, "default", [reply(deployment, text=text, button=payload)])

    assert listed(deployment) == ({ONE: source} if source else {})


def test_a_deployments_own_words_count(deployment: Services) -> None:
    own = process(deployment, OPT_OUT_WORDS="no molestar, genug")

    take_replies(own, "default", [reply(own, text="Genug!")])

    assert listed(deployment) == {ONE: Source.REPLY}


def test_an_old_stop_still_counts_and_is_dated(deployment: Services, sent: str) -> None:
    long_ago = deployment.clock.now() - 300 * DAY

    take_replies(deployment, "default", [reply(deployment, text="STOP", at=long_ago)] * 3)

    (wish,) = deployment.suppressions.list("", 9, None).items
    assert wish.since == long_ago
    assert deployment.suppressions.version() == 1


def test_a_setting_is_taken_back_by_a_setting_and_a_word_only_by_a_person(
    deployment: Services,
) -> None:
    def prefers(phone: str, wants: bool, later: timedelta = timedelta()) -> Preference:
        return Preference(deployment.clock.now() + later, phone, wants)

    take_preferences(deployment, [prefers(ONE, False), prefers(TWO, False)])
    take_replies(deployment, "default", [reply(deployment, TWO, text="stop")])
    assert listed(deployment) == {ONE: Source.PREFERENCE, TWO: Source.REPLY}
    take_preferences(deployment, [prefers(TWO, False)])
    assert listed(deployment)[TWO] is Source.REPLY, "what was said in words is not forgotten"

    deployment.clock.advance(HOUR)
    take_preferences(deployment, [prefers(ONE, True), prefers(TWO, True)])

    assert listed(deployment) == {TWO: Source.REPLY}
    assert deployment.suppressions.remove(TWO)
    assert not listed(deployment)


@pytest.mark.parametrize("shuffled", range(12))
def test_settings_end_as_the_last_one_says_in_whatever_order_they_come(
    deployment: Services, shuffled: int
) -> None:
    begin = deployment.clock.now()
    deployment.clock.advance(DAY)
    random = Random(shuffled)
    for number, phone in enumerate(PEOPLE):
        wishes = [
            Preference(begin + step * MINUTE, phone, wants_marketing=(step + number) % 2 == 0)
            for step in range(4)
        ]
        twice = random.sample(wishes * 2, 8)
        for start in range(0, 8, 3):
            take_preferences(deployment, twice[start : start + 3])

    assert set(listed(deployment)) == set(PEOPLE[::2])


def test_a_setting_from_the_future_counts_as_now(deployment: Services) -> None:
    take_preferences(deployment, [Preference(deployment.clock.now() + 400 * DAY, ONE, True)])
    deployment.clock.advance(HOUR)

    take_preferences(deployment, [Preference(deployment.clock.now(), ONE, False)])

    assert listed(deployment) == {ONE: Source.PREFERENCE}


def test_what_meta_refuses_for_is_the_same_setting(deployment: Services) -> None:
    opt_out(deployment, ONE, source=Source.META_131050)

    take_preferences(deployment, [Preference(deployment.clock.now(), ONE, True)])

    assert not listed(deployment)


# Any order, any number of times, any death.


@pytest.mark.parametrize("seed", range(6))
def test_replies_end_alike_in_any_order_and_number(deployment: Services, seed: int) -> None:
    campaigns = [running(deployment, PEOPLE), running(deployment, PEOPLE[:3])]
    for campaign_id in campaigns:
        batch(deployment, campaign_id)
        deployment.clock.advance(MINUTE)
    contexts = [
        (phone, everybody(deployment, c)[phone].message_id)
        for c in campaigns
        for phone in everybody(deployment, c)
    ]
    texts = ["Hi", "STOP", "where is it?"]
    replies = [
        reply(
            deployment, phone, context_id=context, at=deployment.clock.now() + n * SECOND, text=text
        )
        for n, ((phone, context), text) in enumerate(
            zip(contexts, itertools.cycle(texts), strict=False)
        )
    ]
    replies.append(reply(deployment, PEOPLE[5], text="no more messages"))
    deployment.clock.advance(HOUR)

    given = Random(seed).sample(replies * 3, 3 * len(replies))
    in_threads(*[lambda p=p: in_small_steps(process(deployment), given[p::2]) for p in range(2)])

    assert replied(deployment, campaigns[0]) == {
        p: r.at for p, r in zip(PEOPLE, replies, strict=False)
    } | {PEOPLE[5]: min(replies[5].at, replies[-1].at)}
    assert set(replied(deployment, campaigns[1])) == set(PEOPLE[:3])
    assert set(listed(deployment)) == {PEOPLE[1], PEOPLE[4], PEOPLE[5]}
    contacts = deployment.contacts.contacts("default", PEOPLE)
    assert contacts[ONE].last_inbound_at == replies[6].at
    assert contacts[PEOPLE[4]].last_inbound_at == replies[4].at


def in_small_steps(services: Services, replies: Sequence[Reply]) -> None:
    for start in range(0, len(replies), 2):
        take_replies(services, "default", replies[start : start + 2])


def test_a_death_at_any_step_is_mended_by_giving_it_again(deployment: Services, sent: str) -> None:
    answers = [reply(deployment, phone, text="Stop") for phone in PEOPLE]
    for step, after_effect in itertools.product(range(1, 40), (False, True)):
        try:
            take_replies(mortal(deployment, Life(step, after_effect)), "default", answers)
            break
        except Killed:
            continue
    else:
        raise AssertionError("it never comes to an end")

    assert step > 4
    assert set(replied(deployment, sent)) == set(listed(deployment)) == set(PEOPLE)


def test_who_replied_is_erased_with_the_counter(deployment: Services, sent: str) -> None:
    take_replies(deployment, "default", [reply(deployment), reply(deployment, TWO)])
    take_preferences(deployment, [Preference(deployment.clock.now(), ONE, True)])

    done(deployment, forget(deployment, ONE))

    assert set(replied(deployment, sent)) == {TWO}
    assert not items_with(deployment, ONE)


def test_a_thousand_strangers_are_taken_too(deployment: Services, sent: str) -> None:
    strangers = phones(1000, first=5000)

    heard = take_replies(
        deployment, "default", [reply(deployment, p, text="STOP") for p in strangers]
    )

    assert (heard.replied, heard.opted_out) == (0, 1000)
    assert len(listed(deployment)) == 1000


def test_a_reply_to_a_campaign_that_is_gone_is_only_a_window(deployment: Services) -> None:
    take_replies(
        deployment,
        "default",
        [reply(deployment, context_id="wamid.gone", at=deployment.clock.now() - HOUR)],
    )

    contact = deployment.contacts.contacts("default", [ONE])[ONE]
    assert contact.last_inbound_at == deployment.clock.now() - HOUR
    assert new_campaign(deployment, [ONE])
