"""What the API takes and answers about test sends."""

from typing import Annotated

from pydantic import Field, StringConstraints

from shared.domain.reasons import Meaning
from shared.domain.template import TemplateParams
from shared.domain.trial import TrialEnd, Verdict
from shared.http.answers import ParamsAnswer, Success
from shared.http.phones import Phone
from shared.http.present import params_answer
from shared.http.request_model import Request

Value = Annotated[str, StringConstraints(max_length=1024)]


class SendTest(Request):
    """Where one message of the campaign shall go, and what fills its texts."""

    phone: Phone
    parameters: Annotated[
        dict[str, Value] | None,
        Field(
            max_length=100,
            description="Values by column; without any, the columns' names stand for them",
        ),
    ] = None


class SentTest(Success):
    """What became of it.

    `SENT`: WhatsApp took it; `HELD`: and holds it for a quality check; `REFUSED`: it was surely not
    sent; `UNKNOWN`: it may have arrived. `message` are WhatsApp's words, `advice` says what to do.
    """

    outcome: Verdict
    message_id: str | None
    code: str | None
    message: str | None
    advice: str | None
    parameters: ParamsAnswer


def trial_answer(end: TrialEnd, meaning: Meaning | None, texts: TemplateParams) -> SentTest:
    """The end of a test as shown, with the texts that it had."""
    return SentTest(
        outcome=end.verdict,
        message_id=end.message_id,
        code=end.code,
        message=end.message,
        advice=None if meaning is None else meaning.words,
        parameters=params_answer(texts),
    )
