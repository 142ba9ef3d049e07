"""What people and the schedule do in one run, drawn from the seed: who, how many, when."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random

FIRST_PHONE = 15_551_000_000
NEVER = datetime(9000, 1, 1, tzinfo=UTC)
LAST_EVENING = datetime(2026, 11, 20, 21, 0, tzinfo=UTC)  # so that midnight is often in the middle


@dataclass(frozen=True)
class Step:
    """Something that is done from outside at an instant of the run."""

    at: timedelta
    what: str  # tick, batch, populate, opt out, start, pause, resume, cancel
    campaign: int = 0
    people: tuple[int, int] = (0, 0)  # first and count, of a populate; or who opts out


@dataclass(frozen=True)
class CampaignPlan:
    """The settings of one campaign."""

    resend: bool
    daily_cap: int | None
    batch_size: int
    max_attempts: int


@dataclass(frozen=True)
class Plan:
    """One run."""

    start: datetime
    cap: int
    group: int
    delay_ms: int
    window: str
    campaigns: tuple[CampaignPlan, ...]
    steps: tuple[Step, ...] = field(default=())
    fates: str = "usual"  # what becomes of messages that Meta takes; see `meta_news`
    fates_until: datetime = NEVER  # then everything is delivered
    clocks: tuple[int, ...] = (0, 0, 0, -2, 2, 14, -14)  # seconds that a process's may be off

    @classmethod
    def failing_late(cls, random: Random) -> "Plan":
        """A few people whose messages fail again and again, while the news of it are still coming.

        News of an earlier attempt must not be taken for those of the present one.
        """
        people = random.randint(5, 9)
        ticks = tuple(Step(timedelta(minutes=minute), "tick") for minute in range(1, 90))
        return cls(
            start=LAST_EVENING - timedelta(hours=random.randint(2, 9)),
            cap=20 * people,
            group=random.choice([1, 3, 5]),
            delay_ms=0,
            window="rolling",
            campaigns=(CampaignPlan(False, None, 1, 8),),  # one a minute, so it goes on for long
            steps=(
                Step(timedelta(), "populate", 0, (0, people)),
                Step(timedelta(seconds=1), "start"),
                *ticks,
            ),
            fates="retried",
        )

    @classmethod
    def failed_and_returning(cls, random: Random) -> "Plan":
        """People whom Meta could not reach after all are written to again within the day.

        They had no conversation, so they take units again, and others find that much less room.
        """
        people = random.randint(2, 6)
        again = timedelta(hours=random.randint(2, 23))
        lists = [
            (timedelta(), 0, people),
            (again, 0, people),
            (timedelta(hours=25), 100, 2 * people),
        ]
        start = LAST_EVENING + timedelta(minutes=random.randint(0, 240))
        return cls(
            start=start,
            cap=2 * people,
            group=random.choice([1, 3, 5]),
            delay_ms=0,
            window="rolling",
            campaigns=(CampaignPlan(False, None, 25, 3),) * len(lists),
            steps=tuple(
                step
                for number, (at, first, count) in enumerate(lists)
                for step in (
                    Step(at, "populate", number, (first, count)),
                    Step(at + timedelta(seconds=1), "start", number),
                    *(Step(at + timedelta(seconds=s), "batch", number) for s in (2, 5, 20)),
                    *(Step(at + timedelta(minutes=minute), "tick") for minute in (1, 2, 3)),
                )
            ),
            fates="refused",
            fates_until=start + timedelta(hours=1),
        )

    @classmethod
    def drawn(cls, random: Random) -> "Plan":
        """A few campaigns over two or three days, busy for minutes and quiet for hours."""
        campaigns = tuple(
            CampaignPlan(
                resend=random.random() < 0.2,
                daily_cap=random.choice([None, None, None, random.randint(2, 8)]),
                batch_size=random.choice([3, 7, 25]),
                max_attempts=random.choice([1, 3]),
            )
            for _ in range(random.randint(1, 3))
        )
        at_midnight = random.random() < 0.25
        start = timedelta(minutes=random.randint(0, 240))
        if at_midnight:
            start = timedelta(hours=2, minutes=59, seconds=random.randint(0, 55))
        return cls(
            start=LAST_EVENING + start,
            cap=random.randint(4, 20),
            group=random.choice([1, 3, 5]),
            delay_ms=random.choice([0, 50, 2000]),
            window=random.choice(["rolling"] * 4 + ["calendar"]),
            campaigns=campaigns,
            steps=tuple(
                sorted(_steps(random, len(campaigns), at_midnight), key=lambda step: step.at)
            ),
        )

    @classmethod
    def decided(cls, random: Random) -> "Plan":
        """The same, and people decide about failed and doubtful recipients all the time."""
        plan = cls.drawn(random)
        last = max(step.at for step in plan.steps)
        orders = [
            Step(
                last * random.random() if random.random() < 0.5 else last,
                random.choice(["retry", "insist", "resend", "accept"]),
                random.randrange(len(plan.campaigns)),
            )
            for _ in range(random.randint(4, 12))
        ]
        ticks = [Step(last + timedelta(minutes=minute), "tick") for minute in (1, 2, 3)]
        steps = sorted([*plan.steps, *orders, *ticks], key=lambda step: step.at)
        return replace(plan, steps=tuple(steps))

    @classmethod
    def around_midnight(cls, random: Random) -> "Plan":
        """Nobody sends before the last seconds of a day, then everybody does at once.

        Every clock is as wrong as is allowed, and whatever Meta takes arrives: each of too many
        conversations counts. The cap is met while a worker that began yesterday still sends.
        """
        campaigns = range(3)
        steps = []
        for number in campaigns:
            steps.append(Step(timedelta(), "populate", number, (number * 20, 20)))
            steps += [Step(timedelta(seconds=second), "start", number) for second in (5, 30)]
        at = timedelta(seconds=random.uniform(47, 65))  # midnight comes after a minute
        for _ in range(2):
            for number in campaigns:
                steps.append(Step(at, "batch", number))
                at += timedelta(seconds=random.uniform(0.2, 0.7))
        return cls(
            start=LAST_EVENING + timedelta(hours=2, minutes=59),
            cap=random.randint(5, 12),
            group=random.choice([1, 3, 5]),
            delay_ms=random.choice([500, 1000]),
            window="rolling",
            campaigns=(CampaignPlan(False, None, 25, 3),) * len(campaigns),
            steps=tuple(sorted(steps, key=lambda step: step.at)),
            fates="delivered",
            clocks=(14, -14),
        )

    @classmethod
    def returning(cls, random: Random) -> "Plan":
        """The same people again and again around the ends of their conversations, then others.

        What is wrong about a conversation shows a day later, when its units have left the window:
        dice alone come to that once in two thousand runs.
        """
        people = random.randint(2, 6)
        again = timedelta(hours=24) - timedelta(seconds=random.randint(10, 280))
        third = again + timedelta(hours=23, minutes=random.randint(10, 54))
        others = again + timedelta(hours=25, minutes=random.randint(5, 50))
        lists = [(timedelta(), 0, people), (again, 0, people), (third, 0, people)]
        lists.append((others, 100, 2 * people))
        return cls(
            start=LAST_EVENING + timedelta(minutes=random.randint(0, 240)),
            cap=2 * people,
            group=random.choice([1, 3, 5]),
            delay_ms=0,
            window="rolling",
            campaigns=(CampaignPlan(False, None, 25, 3),) * len(lists),
            steps=tuple(
                step
                for number, (at, first, count) in enumerate(lists)
                for step in (
                    Step(at, "populate", number, (first, count)),
                    Step(at + timedelta(seconds=1), "start", number),
                    *(Step(at + timedelta(seconds=s), "batch", number) for s in (2, 5, 20)),
                    *(Step(at + timedelta(minutes=minute), "tick") for minute in (1, 2, 3, 90)),
                )
            ),
        )

    @classmethod
    def asking(cls, random: Random) -> "Plan":
        """Many people, mostly of the end of the list, ask for no more while its batch goes on."""
        people, delay_ms = random.randint(12, 25), random.choice([50, 500, 2000])
        lasts = people * (delay_ms / 1000 + 0.3)
        begins = [timedelta(seconds=2), timedelta(minutes=1)]
        steps = [Step(timedelta(), "populate", people=(0, people))]
        steps.append(Step(timedelta(seconds=1), "start"))
        steps += [Step(begins[0], "batch"), Step(begins[1], "tick")]
        for _ in range(random.randint(5, people)):
            at = random.choice(begins) + timedelta(seconds=random.uniform(0, lasts / 2))
            who = max(random.randrange(people), random.randrange(people))
            steps.append(Step(at, "opt out", people=(who, 1)))
        return cls(
            start=LAST_EVENING,
            cap=100,
            group=random.choice([1, 3, 5]),
            delay_ms=delay_ms,
            window="rolling",
            campaigns=(CampaignPlan(False, None, 25, 3),),
            steps=tuple(sorted(steps, key=lambda step: step.at)),
        )


def _steps(random: Random, campaigns: int, at_midnight: bool) -> list[Step]:
    steps = [step for number in range(campaigns) for step in _filling(random, number)]
    if at_midnight:  # everybody is in a hurry, and midnight comes in the middle of a group
        steps += [step for number in range(campaigns) for step in _hurry(random, number)]
    gaps = [1439, 1440, 1441] if at_midnight else [20, 60, 130, 600, 1380, 1439, 1445]
    begin = timedelta()
    for _ in range(random.randint(2, 4)):
        steps += _busy(random, campaigns, begin)
        begin += timedelta(minutes=random.choice(gaps))
    batches = [step.at for step in steps if step.what in ("tick", "batch")]
    for _ in range(random.choice([0, 0, 3, 8])):  # while somebody is being sent to
        at = random.choice(batches) + timedelta(seconds=random.uniform(0, 20))
        steps.append(Step(at, "opt out", people=(random.randint(0, 30), 1)))
    return steps


def _filling(random: Random, number: int) -> list[Step]:
    """One or two lists, sometimes twice, and a start somewhere between."""
    first = timedelta(seconds=random.randint(0, 300))
    steps = [Step(first + timedelta(seconds=random.randint(1, 400)), "start", number)]
    for upload in range(random.choice([1, 1, 2])):
        people = random.randint(0, 10), random.randint(1, 22)  # lists overlap
        at = first + upload * timedelta(seconds=random.randint(0, 7200))
        steps.append(Step(at, "populate", number, people))
        if random.random() < 0.3:  # the same file again
            again = at + timedelta(seconds=random.randint(0, 600))
            steps.append(Step(again, "populate", number, people))
    return steps


def _hurry(random: Random, number: int) -> list[Step]:
    return [
        Step(timedelta(), "populate", number, (number * 15, 20)),
        Step(timedelta(seconds=2), "start", number),
        Step(timedelta(seconds=random.randint(3, 30)), "batch", number),
        Step(timedelta(seconds=random.randint(3, 90)), "batch", number),
    ]


def _busy(random: Random, campaigns: int, begin: timedelta) -> list[Step]:
    """Some minutes of ticks, now and then none or two, and people who press buttons."""
    minutes = random.randint(3, 14)
    steps = []
    for minute in range(minutes):
        at = begin + timedelta(minutes=minute, seconds=random.randint(0, 3))
        steps += [Step(at, "tick")] * random.choice([1, 1, 1, 1, 2, 0])
    for _ in range(random.randint(0, 4)):
        what = random.choice(["batch"] * 6 + ["pause"] * 3 + ["resume"] * 6 + ["cancel"])
        at = begin + timedelta(seconds=random.randint(0, minutes * 60))
        steps.append(Step(at, what, random.randrange(campaigns)))
    return steps
