"""Phone numbers in requests: any spelling that an upload takes."""

from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from shared.domain.phone import PhoneError, normalise


def _normalised(given: str) -> str:
    try:
        return normalise(given)
    except PhoneError as error:
        raise PydanticCustomError(
            "phone", "is no phone number: {why}", {"why": str(error)}
        ) from None


Phone = Annotated[str, Field(min_length=1, max_length=40), AfterValidator(_normalised)]
"""As it is stored, whatever it looked like."""
