"""What can keep a test message from being sent; each has a row in the HTTP error table."""

from collections.abc import Sequence

from shared.domain.errors import DomainError


class MissingValuesError(DomainError):
    """The template's texts need values that were not given."""

    def __init__(self, columns: Sequence[str]) -> None:
        details = [{"field": f"parameters.{name}", "message": "is missing"} for name in columns]
        super().__init__(
            f"The texts need a value for {', '.join(columns)}. Give them in parameters, or leave "
            "parameters out: then the names of the columns stand in their place.",
            details,
        )


class PhoneSuppressedError(DomainError):
    """Whoever has this phone wants no messages."""

    def __init__(self) -> None:
        super().__init__(
            "This phone is on the suppression list: nothing was sent. An administrator can take it "
            "off, if that is what its owner wants."
        )


class SenderStoppedError(DomainError):
    """Nothing leaves from the sender at present."""

    def __init__(self, reason: str | None, until: str | None) -> None:
        wait = f"Try again after {until}." if until else "Mend that, then release the sender."
        super().__init__(f"The sender is stopped: {reason or 'no reason is known'}. {wait}")


class CapReachedError(DomainError):
    """A test message takes its unit of the daily cap like any other, and there is none."""

    def __init__(self, reason: str, resume_at: str) -> None:
        super().__init__(f"{reason}. Nothing was sent; there is room again at {resume_at}.")


class TooManyTrialsError(DomainError):
    """The tenant has made many test sends in this minute."""

    def __init__(self, most: int, seconds: int) -> None:
        super().__init__(f"{most} test messages a minute are the most. Wait {seconds} seconds.")
        self.seconds = seconds


class SenderBusyError(DomainError):
    """There was no turn for the message in time; it was not sent."""

    def __init__(self) -> None:
        super().__init__(
            "The sender had no time for a test message: its campaigns use its pace, or it is "
            "midnight UTC, when nothing leaves for half a minute. Nothing was sent; try again."
        )
