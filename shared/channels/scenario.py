"""One kind of outcome of the simulator: what it answers, and what it reports later."""

from dataclasses import dataclass
from enum import StrEnum

from shared.channels.stories import USUAL, Story

_ORDINARY_ENDINGS = 50  # 555 0100 to 555 0149 are accepted like any other number
_AREA_CODES = range(201, 1000)


class Lasts(StrEnum):
    """How long a phone's special answer lasts; afterwards its messages are accepted."""

    ALWAYS = "always"
    ONCE = "once"  # the first call only
    A_WHILE = "a while"  # the simulator's `throttle_seconds` from the first call on


class Wire(StrEnum):
    """What happens to the reply on its way back."""

    REPLY = "reply"
    CUT = "cut"  # the connection is reset before any of it
    SILENCE = "silence"  # nothing comes until the client gives up
    GARBAGE = "garbage"  # the right status with a body that is no JSON
    HTML = "html"  # the error page of a gateway in between


@dataclass(frozen=True, slots=True)
class Scenario:
    """One kind of outcome. `accepted` is what the provider did, whatever the client gets to see.

    `story` is what comes by webhook; of a message that was not accepted, nothing does.
    """

    name: str
    ending: str | None  # the last seven digits; None: every other number
    words: str
    accepted: bool = False
    status: int = 200
    code: int | None = None
    title: str = ""
    message_status: str = "accepted"
    lasts: Lasts = Lasts.ALWAYS
    wire: Wire = Wire.REPLY
    story: Story = USUAL

    def phone(self, n: int = 0) -> str:
        """The n-th number with this outcome, from 0, without the plus sign.

        Raises ValueError past the last one (798 for special outcomes).
        """
        area, ending = (n, self.ending)
        if ending is None:
            area, ordinary = divmod(n, _ORDINARY_ENDINGS)
            ending = f"55501{ordinary:02d}"
        if not 0 <= area < len(_AREA_CODES):
            raise ValueError(f"{self.name} has no phone number {n}")
        return f"1{_AREA_CODES[area]}{ending}"
