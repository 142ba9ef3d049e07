"""What goes wrong, drawn from the seed at every edge."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any

from botocore.exceptions import ClientError, ReadTimeoutError


@dataclass(frozen=True)
class Rates:
    """Probabilities per edge call. A run draws its own mixture, from calm to hostile."""

    death: float = 0.0
    freeze: float = 0.0
    store: float = 0.0
    stale_index: float = 0.0
    provider: float = 0.0

    @classmethod
    def drawn(cls, random: Random) -> "Rates":
        """Each kind of fault is off, rare or frequent."""

        def rate(*choices: float) -> float:
            return random.choice(choices)

        return cls(
            death=rate(0, 0, 0.005, 0.03),
            freeze=rate(0, 0, 0.005, 0.02),
            store=rate(0, 0, 0.02, 0.15),
            stale_index=rate(0, 0.2, 0.6),
            provider=rate(0, 0.1, 0.4),
        )


class Faults:
    """Decides at each edge. `off` ends all trouble, to see whether everything comes to rest."""

    def __init__(self, random: Random, rates: Rates) -> None:
        self._random = random
        self._rates = rates

    def off(self) -> None:
        """From now on nothing goes wrong any more."""
        self._rates = Rates()

    def death(self) -> bool:
        return self._random.random() < self._rates.death

    def freeze(self) -> timedelta | None:
        """A pause of the whole process: a laptop's lid, a suspended Lambda."""
        if self._random.random() >= self._rates.freeze:
            return None
        return timedelta(seconds=self._random.choice([1, 20, 100, 160, 600, 4000]))

    def index_lag(self) -> int:
        """How many of the latest writes an index query does not see yet."""
        if self._random.random() >= self._rates.stale_index:
            return 0
        return self._random.randint(1, 6)

    def store(self, operation: str, request: Mapping[str, Any]) -> tuple[bool, Exception] | None:
        """Whether the operation takes effect, and what the caller sees instead of an answer."""
        if self._random.random() >= self._rates.store:
            return None
        effective = self._random.random() < 0.5
        if effective:
            return True, self._random.choice([_error("InternalServerError", operation), _timeout()])
        error = self._random.choice(
            [
                _error("ThrottlingException", operation),
                _error("InternalServerError", operation),
                _conflict(operation, request),
                _timeout(),
            ]
        )
        return False, error

    def provider(self) -> bool:
        """Whether the provider does anything but accept."""
        return self._random.random() < self._rates.provider


def _error(code: str, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "simulated"}}, operation)


def _timeout() -> ReadTimeoutError:
    return ReadTimeoutError(endpoint_url="simulated")


def _conflict(operation: str, request: Mapping[str, Any]) -> ClientError:
    if operation != "transact_write_items":
        return _error("ThrottlingException", operation)
    response: dict[str, Any] = {
        "Error": {"Code": "TransactionCanceledException", "Message": "simulated"},
        "CancellationReasons": [
            {"Code": "TransactionConflict" if n == 0 else "None"}
            for n, _ in enumerate(request["TransactItems"])
        ],
    }
    return ClientError(response, operation)
