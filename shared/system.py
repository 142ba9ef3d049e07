"""The real clock and the real dice: the only place where the process reads either."""

import random
import time
import uuid
from datetime import UTC, datetime

from shared.ports import Chance, Clock


class SystemClock:
    """Time of this machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        if seconds > 0:
            time.sleep(seconds)


class SystemChance:
    """Randomness of this machine; ids are from the system's secure source."""

    def fraction(self) -> float:
        return random.random()  # noqa: S311 - spreads retries, guards nothing

    def token(self) -> str:
        return str(uuid.uuid4())


def new_id(prefix: str, clock: Clock, chance: Chance) -> str:
    """A prefix such as `cmp_` and a UUID of version 7 (RFC 9562), which sorts by creation."""
    milliseconds = int(clock.now().timestamp() * 1000)
    noise = uuid.UUID(chance.token()).int
    value = (milliseconds & ((1 << 48) - 1)) << 80 | 7 << 76 | (noise >> 52 & 0xFFF) << 64
    value |= 0b10 << 62 | noise & ((1 << 62) - 1)
    return f"{prefix}{uuid.UUID(int=value)}"
