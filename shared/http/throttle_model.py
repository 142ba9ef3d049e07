"""How fast a campaign is sent, in whatever unit people have it."""

from typing import Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from shared.domain.campaign import Mode, Throttle
from shared.domain.shards import MOST_SHARDS
from shared.http.request_model import Request

SLOWEST, FASTEST = 0.1, 1000.0
"""Messages per second. Slower, a group would not fit into one run of the executor; faster, Meta
takes none from any number."""

PACES = ("messagesPerSecond", "messagesPerMinute", "messagesPerHour", "delayMs")
"""The fields that say the same in different units."""


class ThrottleSettings(Request):
    """How fast; without a value, the deployment's default."""

    mode: Literal["batch", "continuous"] = Field(
        default="batch",
        description="A batch every minute, or all the time as fast as pace, sender and cap allow",
    )
    messages_per_second: float | None = Field(
        default=None, ge=SLOWEST, le=FASTEST, description="Messages a second; 20 unless configured"
    )
    messages_per_minute: float | None = Field(
        default=None, ge=SLOWEST * 60, le=FASTEST * 60, description="The same, by the minute"
    )
    messages_per_hour: float | None = Field(
        default=None, ge=SLOWEST * 3600, le=FASTEST * 3600, description="The same, by the hour"
    )
    delay_ms: int | None = Field(
        default=None, ge=1, le=10_000, description="The same, as the time between two messages"
    )
    batch_size: int | None = Field(
        default=None, ge=1, le=1000, description="Recipients a batch; 25 unless configured"
    )
    batch_delay_seconds: int | None = Field(
        default=None,
        ge=60,
        le=86_400,
        description="At least so long from batch to batch; there is one a minute otherwise",
    )
    workers: int | None = Field(
        default=None,
        ge=1,
        le=MOST_SHARDS,
        description="Of a continuous campaign, at once; fixed when its first list is uploaded, and "
        "no more than one for each 500 recipients of that",
    )

    @model_validator(mode="after")
    def _one_pace(self) -> "ThrottleSettings":
        if sum(pace is not None for pace in self._paces()) > 1:
            raise PydanticCustomError(
                "one_pace",
                "says more than once how fast: give one of messagesPerSecond, messagesPerMinute, "
                "messagesPerHour and delayMs",
            )
        if self.mode == "continuous" and (self.batch_size or self.batch_delay_seconds):
            raise PydanticCustomError("no_batches", "has no batches if its mode is continuous")
        if self.mode == "batch" and self.workers is not None:
            raise PydanticCustomError("no_workers", "has workers only if its mode is continuous")
        return self

    def _paces(self) -> tuple[float | None, ...]:
        minute, hour, delay = self.messages_per_minute, self.messages_per_hour, self.delay_ms
        return (
            self.messages_per_second,
            None if minute is None else minute / 60,
            None if hour is None else hour / 3600,
            None if delay is None else 1000 / delay,
        )

    def domain(self) -> Throttle:
        """The same as the domain's type, with one unit."""
        pace = next((each for each in self._paces() if each is not None), None)
        mode = Mode(self.mode)
        return Throttle(pace, self.batch_size, mode, self.workers, self.batch_delay_seconds)
