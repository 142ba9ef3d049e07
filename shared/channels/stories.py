"""What Meta reports of a message after it has taken it: a story, update by update, and when.

The order of a story is the order in which things happen. They may arrive in another one, twice, and
long after: `Delivery` says how, and `plan` draws it from dice that a seed fixes.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

MAX_BATCH = 1000  # updates in one POST, says Meta's documentation of webhooks

Dice = Callable[[str], float]
"""A number from 0 to 1 for each name, always the same one."""


class Kind(StrEnum):
    """What an update says."""

    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    TEXT = "text"  # the person answers
    BUTTON = "button"  # the person presses a button of the template
    STOP = "stop"  # the person stops marketing messages in WhatsApp's own settings


STATUSES = frozenset({Kind.SENT, Kind.DELIVERED, Kind.READ, Kind.FAILED})


@dataclass(frozen=True, slots=True)
class Step:
    """One update of a story.

    `code` and `title` are those of a failure, `text` is what the person wrote or pressed;
    `context`: the answer names the message that it answers; `late`: the next one arrives first.
    """

    kind: Kind
    code: int | None = None
    title: str = ""
    text: str = ""
    context: bool = True
    late: bool = False

    def __str__(self) -> str:
        """The words of the table of magic numbers."""
        match self.kind:
            case Kind.FAILED:
                return f"failed {self.code}"
            case Kind.TEXT:
                return f'"{self.text}"' + ("" if self.context else " without context")
            case Kind.BUTTON:
                return f'the button "{self.text}"'
            case Kind.STOP:
                return "user_preferences: stop"
            case kind:
                return kind.value


@dataclass(frozen=True, slots=True)
class Story:
    """All updates of a message; `opaque`, `phone`: whether they carry our id and the phone."""

    steps: tuple[Step, ...]
    opaque: bool = True
    phone: bool = True

    def __str__(self) -> str:
        """The words of the table: in the order of arrival."""
        steps = [str(self.steps[i]) for i in _order([step.late for step in self.steps])]
        without = (["without our id"] if not self.opaque else []) + (
            ["without a phone"] if not self.phone else []
        )
        return ", ".join(steps + without) or "nothing"


SENT, DELIVERED, READ = Step(Kind.SENT), Step(Kind.DELIVERED), Step(Kind.READ)
STOP = Step(Kind.STOP)
NOTHING = Story(())
USUAL = Story((SENT, DELIVERED, READ))


def failed(code: int, title: str) -> Step:
    """A failure that Meta reports later."""
    return Step(Kind.FAILED, code, title)


def text(words: str, *, context: bool = True) -> Step:
    """The person answers; `context`: to the message."""
    return Step(Kind.TEXT, text=words, context=context)


def button(words: str) -> Step:
    """The person presses a button under the message."""
    return Step(Kind.BUTTON, text=words)


def answered(step: Step) -> Story:
    """The message was read, and the person did something."""
    return Story((*USUAL.steps, step))


@dataclass(frozen=True, slots=True)
class Delivery:
    """How the updates travel. Times are seconds, shares are from 0 to 1.

    Raises ValueError for what is impossible.
    """

    delay: float = 1.0  # from one update of a message to the next; the first counts from the call
    jitter: float = 0.0  # up to so many more
    duplicates: float = 0.0  # the share of updates that come twice
    disorder: float = 0.0  # the share of updates that the next one overtakes
    unread: float = 0.25  # the share of ordinary phones whose owner never reads
    batch: int = MAX_BATCH  # the most updates in one POST
    gather: float = 0.0  # updates wait for the next multiple of it, and travel together
    retry: float = 1.0  # wait after an answer that is not 200; it doubles each time

    def __post_init__(self) -> None:
        for name in ("delay", "jitter", "gather", "retry"):
            if not 0 <= getattr(self, name) <= 86_400:
                raise ValueError(f"{name} must be from 0 to 86400 seconds.")
        for name in ("duplicates", "disorder", "unread"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} is a share from 0 to 1.")
        if not 1 <= self.batch <= MAX_BATCH:
            raise ValueError(f"batch must be from 1 to {MAX_BATCH} updates.")


@dataclass(frozen=True, slots=True)
class Planned:
    """When a step happens, and when its update leaves: seconds after the call."""

    step: Step
    happens: float
    leaves: float


def plan(story: Story, delivery: Delivery, dice: Dice) -> list[Planned]:
    """A story's updates in the order in which they leave."""
    return list(_planned(_lived(story, delivery, dice), delivery, dice))


def _lived(story: Story, delivery: Delivery, dice: Dice) -> Sequence[Step]:
    """Not every message is read."""
    unread = story is USUAL and dice("unread") < delivery.unread
    return story.steps[:-1] if unread else story.steps


def _planned(steps: Sequence[Step], delivery: Delivery, dice: Dice) -> Iterator[Planned]:
    happens, now = [], 0.0
    for index in range(len(steps)):
        now += delivery.delay + delivery.jitter * dice(f"jitter {index}")
        happens.append(now)
    late = [
        step.late or dice(f"disorder {index}") < delivery.disorder
        for index, step in enumerate(steps)
    ]
    twice: list[Planned] = []
    leaves = 0.0
    for index in _order(late):
        leaves = max(leaves, happens[index])
        yield Planned(steps[index], happens[index], leaves)
        if dice(f"duplicates {index}") < delivery.duplicates:
            again = leaves + 2 * (delivery.delay + delivery.jitter) * dice(f"again {index}")
            twice.append(Planned(steps[index], happens[index], again))
    yield from twice


def _order(late: Sequence[bool]) -> list[int]:
    """Positions in the order of leaving: whoever is late goes behind the next one."""
    order = list(range(len(late)))
    for position in range(len(order) - 1):
        if late[order[position]]:
            order[position], order[position + 1] = order[position + 1], order[position]
    return order
