"""A process dies at every single step of the protocol, before and after the step took effect."""

from datetime import timedelta

import pytest

from functions.wiring import Services
from shared.domain.campaign import CampaignStatus, OnUnconfirmed
from shared.domain.recipient import RecipientStatus
from shared.usecases.execute_batch import execute_batch
from shared.usecases.tick import tick
from tests.support.campaigns import (
    MINUTE,
    assert_adds_up,
    batch,
    everybody,
    phones,
    running,
    states,
)
from tests.support.edges import Killed, Life, ManualClock, RecordingChannel
from tests.support.processes import mortal

PEOPLE = phones(12)  # three groups: two full ones and a rest
GROUP = 5


@pytest.fixture
def deployment(services: Services) -> Services:
    """Real stores; the clock and the provider are in the test's hand."""
    services.clock = ManualClock()
    services.channel = RecordingChannel(services.clock)
    return services


def steps_of_a_batch(deployment: Services) -> int:
    """How many calls of ports an undisturbed batch makes."""
    life = Life()
    campaign_id = running(deployment, phones(12, first=5000))
    execute_batch(mortal(deployment, life), campaign_id, deployment.clock.now() + MINUTE)
    return life.calls


def test_a_death_at_any_step_writes_to_nobody_twice_and_loses_nobody(deployment: Services) -> None:
    total = steps_of_a_batch(deployment)
    assert total > 20, "the batch must have many steps to die at"
    worst = 0
    for step in range(1, total + 1):
        for after_effect in (False, True):
            begin_another_day(deployment)
            deployment.channel.calls.clear()
            campaign_id = running(deployment, PEOPLE)
            process = mortal(deployment, Life(step, after_effect))

            with pytest.raises(Killed):
                execute_batch(process, campaign_id, deployment.clock.now() + MINUTE)

            in_doubt = recover_and_finish(deployment, campaign_id)
            worst = max(worst, in_doubt)
            called = deployment.channel.phones
            assert len(called) == len(set(called)), f"somebody was written to twice (step {step})"
            everyone = everybody(deployment, campaign_id)
            for phone, recipient in everyone.items():
                expected = {RecipientStatus.SENT, RecipientStatus.UNCONFIRMED}
                assert recipient.status in expected, f"{phone} is {recipient.status} (step {step})"
                if recipient.status is RecipientStatus.SENT:
                    assert phone in called
            assert_adds_up(deployment, campaign_id, len(PEOPLE))
    assert 0 < worst <= GROUP


def begin_another_day(deployment: Services) -> None:
    """Noon of the day after tomorrow: conversations and caps start afresh."""
    later = deployment.clock.now() + timedelta(days=2)
    deployment.clock.jump(later.replace(hour=12, minute=0, second=0))


def recover_and_finish(deployment: Services, campaign_id: str) -> int:
    """Before the lease ends nothing is judged; afterwards a tick settles it and batches finish."""
    assert tick(deployment, deployment.clock.now() + MINUTE).in_doubt == 0
    deployment.clock.advance(timedelta(minutes=2))
    tick(deployment, deployment.clock.now() + MINUTE)
    in_doubt = states(deployment, campaign_id)[RecipientStatus.UNCONFIRMED]
    while deployment.campaigns.get(campaign_id).status is CampaignStatus.RUNNING:
        batch(deployment, campaign_id)
    assert deployment.campaigns.get(campaign_id).status is CampaignStatus.COMPLETED
    return in_doubt


def test_an_exception_at_any_call_leaves_only_that_call_in_doubt(deployment: Services) -> None:
    for fatal in range(1, len(PEOPLE) + 1):
        begin_another_day(deployment)
        campaign_id = running(deployment, PEOPLE)
        deployment.channel = RecordingChannel(deployment.clock)

        def explode(message: object, fatal: int = fatal) -> None:
            if len(deployment.channel.calls) == fatal:
                raise RuntimeError("a bug in the channel")

        deployment.channel.answer = explode
        with pytest.raises(RuntimeError):
            batch(deployment, campaign_id)

        after = states(deployment, campaign_id)
        assert after[RecipientStatus.SENT] == fatal - 1
        assert after[RecipientStatus.UNCONFIRMED] == 1
        assert after[RecipientStatus.PENDING] == len(PEOPLE) - fatal
        deployment.channel.answer = lambda message: None
        assert batch(deployment, campaign_id).completed
        assert_adds_up(deployment, campaign_id, len(PEOPLE))


def test_an_owner_who_chose_resend_gets_a_second_message_only_after_the_wait(
    deployment: Services,
) -> None:
    campaign_id = running(deployment, PEOPLE[:5], on_unconfirmed=OnUnconfirmed.RESEND)
    life = Life()
    process = mortal(deployment, life)
    deployment.channel.answer = lambda message: die_after(deployment, life, calls=3)
    with pytest.raises(Killed):
        execute_batch(process, campaign_id, deployment.clock.now() + MINUTE)
    deployment.channel.answer = lambda message: None

    deployment.clock.advance(timedelta(minutes=2))
    assert tick(deployment, deployment.clock.now() + MINUTE).in_doubt == 5
    assert batch(deployment, campaign_id).tally.processed == 0, "evidence must get its time"
    deployment.clock.advance(timedelta(minutes=6))
    assert batch(deployment, campaign_id).tally.sent == 5
    assert len(deployment.channel.phones) == 3 + 5
    assert_adds_up(deployment, campaign_id, 5)


def die_after(deployment: Services, life: Life, calls: int) -> None:
    if len(deployment.channel.calls) >= calls:
        life.end()


def test_a_worker_that_wakes_up_after_its_lease_settles_the_doubt_with_what_it_knows(
    deployment: Services,
) -> None:
    campaign_id = running(deployment, PEOPLE[:5])

    def sleep_through_the_lease(message: object) -> None:
        if len(deployment.channel.calls) == 3:
            deployment.clock.advance(timedelta(minutes=5))
            assert tick(deployment, deployment.clock.now() + MINUTE).in_doubt == 5

    deployment.channel.answer = sleep_through_the_lease
    batch(deployment, campaign_id)

    # Three were called and known; the two others were not called after the lease had ended.
    assert len(deployment.channel.phones) == 3
    after = states(deployment, campaign_id)
    assert after[RecipientStatus.SENT] == 3
    assert after[RecipientStatus.UNCONFIRMED] + after[RecipientStatus.PENDING] == 2
    stats = deployment.campaigns.stats(campaign_id)
    assert dict(stats.counts) == dict(after)
