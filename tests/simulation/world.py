"""One run: the plan, the processes that carry it out, and the judgement."""

import io
import logging
import uuid
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from unittest import mock

from shared.channels.meanings import meaning
from shared.domain import shards
from shared.domain.access import Actor
from shared.domain.campaign import Action, Mode, OnUnconfirmed, Retry, Throttle
from shared.domain.errors import DomainError, StoreUnavailableError
from shared.domain.sender import Owner
from shared.domain.suppression import Source, Suppression
from shared.domain.template import TemplateParams
from shared.domain.updates import Change, StatusUpdate
from shared.dynamo.provision import create_tables
from shared.dynamo.schema import TABLES
from shared.ports import Due
from shared.usecases.account_events import take_account_news
from shared.usecases.apply_statuses import apply_statuses
from shared.usecases.control import control
from shared.usecases.create_campaign import Draft, create_campaign
from shared.usecases.drain import serve
from shared.usecases.execute_batch import execute_batch
from shared.usecases.orders import Resolution, resolve, retry_failed
from shared.usecases.populate import populate
from shared.usecases.tick import tick
from tests.simulation.account_news import ACCOUNT, NUMBER, told
from tests.simulation.checker import Checker
from tests.simulation.dynamo import MemoryDynamo
from tests.simulation.faults import Faults, Rates
from tests.simulation.meta_news import News
from tests.simulation.plan import FIRST_PHONE, Plan, Step
from tests.simulation.process import Process
from tests.simulation.provider import Provider
from tests.simulation.scheduler import Scheduler, TooLongError
from tests.support.edges import Killed

EXECUTOR_SECONDS = 118  # the function's 120 without the margin of its handler
ROUTE_SECONDS = 25
SPECIAL = {  # of twenty runs
    4: Plan.asking,
    5: Plan.decided,
    9: Plan.around_midnight,
    13: Plan.failing_late,
    15: Plan.decided,
    17: Plan.failed_and_returning,
    19: Plan.returning,
}
ABOUT_WEBHOOKS = (Plan.failing_late, Plan.failed_and_returning)
MOST_STEPS = 60_000
FAILED_BY_ITSELF = "a process failed by itself"
LONGEST_REST = timedelta(days=30)
SOMEBODY = Actor("simulation", "org_admin")
OWNER = Owner("default", "default")


@dataclass(frozen=True)
class Verdict:
    """How a run went."""

    seed: int
    violations: Sequence[str]
    steps: int
    calls: int
    deaths: int
    plan: Plan


class SeededChance:
    """Dice and ids of the seed."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def fraction(self) -> float:
        return self._random.random()

    def token(self) -> str:
        return str(uuid.UUID(int=self._random.getrandbits(128)))


class World:
    """Everything of one run. Two runs of one seed are the same to the last step."""

    def __init__(self, seed: int, keep: Collection[int] | None = None) -> None:
        """`keep`: the numbers of the plan's steps that are done; all of them if None."""
        self.seed = seed
        draw = SPECIAL.get(seed % 20, Plan.drawn)
        self.plan = draw(Random(f"{seed} plan"))
        self._steps = [s for n, s in enumerate(self.plan.steps) if keep is None or n in keep]
        faults = Random(f"{seed} faults")
        self.faults = Faults(faults, Rates.drawn(faults))
        self.scheduler = Scheduler(Random(f"{seed} order"), self.plan.start)
        self.store = MemoryDynamo(lambda: self.scheduler.now)
        self.store.index_lag = self.faults.index_lag
        self.deaths = 0
        self._random = Random(f"{seed} world")
        self._chance = SeededChance(Random(f"{seed} chance"))
        self._processes = 0
        self._environment = _environment(self.plan)
        self._trouble: list[str] = []
        names = {table.name: self._environment[table.environment] for table in TABLES}
        create_tables(self.store, names)
        self.checker = Checker(self.plan.cap, self.plan.group, set())
        self.provider = Provider(Random(f"{seed} provider"), self.faults, self.checker.call)
        self._later: list[StatusUpdate] = []  # what must wait until a worker is done
        if seed_has_webhooks(seed):
            news = News(Random(f"{seed} news"), self._hear, self.plan.fates, self.plan.fates_until)
            self.provider.fate_of = news.of
        self.store.on_commit.append(
            lambda commit: self.checker.commit([(c.old, c.new) for c in commit.changes])
        )
        self._account = Random(f"{seed} account") if seed_has_account_news(seed) else None
        self.campaigns = [self._create(number) for number in range(len(self.plan.campaigns))]

    def run(self) -> Verdict:
        """The plan with all its trouble; then without, until everything has come to rest.

        The system's complaints about the trouble are not shown, and would take most of the time.
        """
        with mock.patch.object(shards, "ROWS_A_SHARD", 4):  # small lists have shards too
            return self._quietly_judged()

    def _quietly_judged(self) -> Verdict:
        log = logging.getLogger("shared")
        before = log.level
        log.setLevel(logging.CRITICAL + 1)
        try:
            return self._judged()
        finally:
            log.setLevel(before)

    def _judged(self) -> Verdict:
        for step in self._steps:
            self.scheduler.spawn(step.what, self._doing(step), step.at)
        if self._account:
            for change, delay in told(self._account, self.plan.start, self.plan.cap):
                self._hear_of_account(change, delay)
        try:
            self._go_on()
            self._rest()
        except TooLongError as error:
            self._trouble.append(str(error))
        except _Enough:
            pass
        calls = self.provider.calls
        self.checker.judge_calls(calls, moving=self.plan.window == "rolling")
        if not self.violations:
            self.checker.judge_end(calls, told=seed_has_webhooks(self.seed))
        return Verdict(
            self.seed, self.violations, self.scheduler.steps, len(calls), self.deaths, self.plan
        )

    @property
    def violations(self) -> list[str]:
        return self._trouble + self.checker.violations

    def enqueue(self, batches: Sequence[Due]) -> None:
        """The queue: late sometimes, twice sometimes, in any order."""
        for due in batches:
            for _ in range(self._random.choice([1, 1, 1, 1, 2])):
                seconds = self._random.choice([0, 0, 1, 5, 40, 300])
                self.scheduler.spawn(
                    "executor",
                    self._process(lambda p, due=due: self._serve(p, due)),
                    timedelta(seconds=seconds),
                )

    def _throttle(self, batch_size: int) -> Throttle:
        """A fifth of the runs sends continuously, with up to three workers."""
        if self.seed % 5 != 1:
            return Throttle(batch_size=batch_size)
        return Throttle(mode=Mode.CONTINUOUS, workers=1 + self.seed // 5 % 3)

    def _serve(self, process: Process, due: Due) -> None:
        deadline = process.now() + timedelta(seconds=EXECUTOR_SECONDS)
        if serve(process.services, due.campaign_id, deadline, due.shard).more:
            self.enqueue([due])

    def _hear(self, updates: list[StatusUpdate], delay: timedelta) -> None:
        """A webhook on its way to us; what dies over it, or gets no database, is given again."""

        def work(process: Process) -> None:
            try:
                applied = apply_statuses(process.services, updates)
            except (StoreUnavailableError, Killed):
                self._hear(updates, timedelta(seconds=self._random.randint(1, 60)))
                raise
            if applied.unknown:
                self._trouble.append(f"nobody is known under {applied.unknown[0]}")
            self._later += applied.later
            for update in updates:
                if update.failure and update not in applied.later:
                    self.checker.heard_failure(update.message_id, self.scheduler.now)

        self.scheduler.spawn("webhook", self._process(work), delay)

    def _hear_of_account(self, change: Change, delay: timedelta) -> None:
        """The same for news of the template, the limit or the account."""

        def work(process: Process) -> None:
            try:
                take_account_news(process.services, lambda _: OWNER, ACCOUNT, [change])
            except (StoreUnavailableError, Killed):
                self._hear_of_account(change, timedelta(seconds=self._random.randint(1, 60)))
                raise

        self.scheduler.spawn("account", self._process(work), delay)

    def _hear_again(self) -> None:
        """The queue gives what had to wait."""
        waiting, self._later = self._later, []
        if waiting:
            self._hear(waiting, timedelta(seconds=5))

    def _create(self, number: int) -> str:
        wanted = self.plan.campaigns[number]
        process = Process(
            "setup",
            self.scheduler,
            self.store,
            self.provider,
            self.faults,
            self._chance,
            self,
            self._environment,
            timedelta(),
        )
        process.services.__dict__["_dynamodb"] = self.store  # no edges yet: nothing runs beside it
        campaign = create_campaign(
            campaigns=process.services.campaigns,
            senders=process.services.senders,
            clock=process,
            chance=self._chance,
            draft=Draft(
                name="simulated",
                template_name="hello",
                template_params=TemplateParams(body=("{{name}}",)),
                throttle=self._throttle(wanted.batch_size),
                retry=Retry(max_attempts=wanted.max_attempts),
                on_unconfirmed=OnUnconfirmed.RESEND if wanted.resend else OnUnconfirmed.HOLD,
                daily_cap=wanted.daily_cap,
                auto_resume=self._account is not None and self._account.random() < 0.5,
            ),
            actor=SOMEBODY,
        )
        if self._account:
            process.services.accounts.learn(ACCOUNT, NUMBER, None)
        if wanted.resend:
            self.checker.resend.add(campaign.campaign_id)
        return campaign.campaign_id

    def _doing(self, step: Step) -> Callable[[], None]:
        campaign_id = self.campaigns[step.campaign]
        match step.what:
            case "tick":
                return self._process(self._tick)
            case "batch":
                return self._process(lambda p: _batch(p, campaign_id, ROUTE_SECONDS))
            case "populate":
                return self._process(lambda p: self._populate(p, step))
            case "opt out":
                return self._process(lambda p: _opt_out(p, f"{FIRST_PHONE + step.people[0]}"))
            case "retry" | "insist" | "resend" | "accept":
                return self._process(lambda p: self._order(p, campaign_id, step.what))
        return self._process(lambda p: _control(p, campaign_id, Action(step.what)))

    def _order(self, process: Process, campaign_id: str, what: str) -> None:
        """What a person decides about failed and doubtful recipients."""
        self.checker.ordered.add(campaign_id)
        until = process.now() + timedelta(seconds=ROUTE_SECONDS)
        if what in ("retry", "insist"):
            retry_failed(
                process.services,
                campaign_id,
                meanings=meaning,
                codes=(),
                force=what == "insist",
                cursor=None,
                actor=SOMEBODY,
                until=until,
            )
        else:
            resolve(
                process.services,
                campaign_id,
                resolution=Resolution(what),
                phones=None,
                cursor=None,
                actor=SOMEBODY,
                until=until,
            )

    def _process(self, work: Callable[[Process], None]) -> Callable[[], None]:
        """A process of its own: its end, by death or by itself, is nobody else's business."""

        def run() -> None:
            self._processes += 1
            skew = timedelta(seconds=self._random.choice(self.plan.clocks))
            process = Process(
                f"process {self._processes}",
                self.scheduler,
                self.store,
                self.provider,
                self.faults,
                self._chance,
                self,
                self._environment,
                skew,
            )
            try:
                work(process)
            except Killed:
                self.deaths += 1
            except DomainError:
                pass
            except Exception as error:
                self._trouble.append(f"{FAILED_BY_ITSELF}: {error!r}")

        return run

    def _tick(self, process: Process) -> None:
        self._hear_again()
        _tick(process)

    def _populate(self, process: Process, step: Step) -> None:
        """Uploads a list; whoever lost the answer uploads it again."""
        first, count = step.people
        rows = "".join(f"+{FIRST_PHONE + n},Person {n}\n" for n in range(first, first + count))
        try:
            populate(
                campaigns=process.services.campaigns,
                recipients=process.services.recipients,
                suppressions=process.services.suppressions,
                history=process.services.history,
                clock=process,
                campaign_id=self.campaigns[step.campaign],
                file=io.BytesIO(f"phone,name\n{rows}".encode()),
                actor=SOMEBODY,
            )
        except (StoreUnavailableError, Killed):
            later = timedelta(seconds=self._random.randint(1, 60))
            again = self._process(lambda p: self._populate(p, step))
            self.scheduler.spawn("populate", again, later)
            raise

    def _go_on(self) -> None:
        self.scheduler.run(self._stop_if_wrong, MOST_STEPS)

    def _stop_if_wrong(self) -> None:
        if self.violations:
            raise _Enough

    def _rest(self) -> None:
        """Without faults, and with a person who resumes, every campaign must end."""
        self.faults.off()
        begun = self.scheduler.now
        for campaign_id in self.campaigns:
            self._by_hand(campaign_id, Action.START)
        while self.scheduler.now - begun < LONGEST_REST:
            for campaign_id in filter(self.checker.waits_for_a_person, self.campaigns):
                self._by_hand(campaign_id, Action.RESUME)
            self.scheduler.spawn("tick", self._process(_tick))
            self._go_on()
            self._hear_again()
            self._go_on()
            waiting = self.checker.next_instant()
            if waiting is None:
                return
            self.scheduler.now = max(self.scheduler.now + timedelta(seconds=30), waiting)

    def _by_hand(self, campaign_id: str, action: Action) -> None:
        work = self._process(lambda process: _control(process, campaign_id, action))
        self.scheduler.spawn(action, work)


class _Enough(Exception):
    """A violation was found; the rest of the run shows nothing more."""


def seed_has_webhooks(seed: int) -> bool:
    """Half of the runs of each kind hear what became of their messages; of two kinds, all."""
    return SPECIAL.get(seed % 20) in ABOUT_WEBHOOKS or _turn(seed) % 2 == 0


def seed_has_account_news(seed: int) -> bool:
    """And a quarter, with webhooks or without, hear of their template, limit and account."""
    return _turn(seed) // 2 % 4 == 1


def _turn(seed: int) -> int:
    """Falls evenly on all remainders among the seeds of one kind, which are 20 apart."""
    return seed + seed // 20


def _tick(process: Process) -> None:
    tick(process.services, process.now() + timedelta(seconds=EXECUTOR_SECONDS))


def _batch(process: Process, campaign_id: str, seconds: int) -> None:
    execute_batch(process.services, campaign_id, process.now() + timedelta(seconds=seconds))


def _opt_out(process: Process, phone: str) -> None:
    process.services.suppressions.add([Suppression(phone, process.now(), Source.REPLY)])


def _control(process: Process, campaign_id: str, action: Action) -> None:
    control(
        campaigns=process.services.campaigns,
        senders=process.services.senders,
        clock=process,
        campaign_id=campaign_id,
        action=action,
        actor=SOMEBODY,
        reason=None,
    )


def _environment(plan: Plan) -> dict[str, str]:
    return {
        "CAMPAIGNS_TABLE_NAME": "campaigns",
        "RECIPIENTS_TABLE_NAME": "recipients",
        "WHATSAPP_TABLE_NAME": "whatsapp",
        "WHATSAPP_DAILY_LIMIT": str(plan.cap),
        "WHATSAPP_LIMIT_WINDOW": plan.window,
        "GROUP_SIZE": str(plan.group),
        "CONTINUOUS_GROUP_SIZE": str(plan.group),
        "SEND_DELAY_MS": str(plan.delay_ms),
        "META_PHONE_NUMBER_ID": "1065",
        "META_ACCESS_TOKEN": "token",
    }
