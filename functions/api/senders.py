"""The routes about senders, the WhatsApp numbers of a tenant: parse, one use case, answer."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from aws_lambda_powertools.event_handler.openapi.params import Path

from functions import wiring
from functions.api.app import app
from functions.api.request import sender_key
from shared.domain import errors as domain
from shared.domain.sender import Sender
from shared.http import errors
from shared.http.documented import answers as documented
from shared.http.sender_models import (
    ChangeSender,
    RegisterSender,
    SenderFound,
    SenderList,
    SenderRemoved,
    sender_answer,
)
from shared.usecases import manage_senders

SenderId = Annotated[str, Path(description="The sender's id: `default`, or `snd_` and a UUID")]

_BODY = (
    RequestValidationError,
    errors.MalformedBodyError,
    errors.UnsupportedMediaTypeError,
    errors.BodyTooLargeError,
)
_META = (
    domain.NumberRefusedError,
    domain.LimitTooHighError,
    domain.ProviderUnavailableError,
)


@app.get(
    "/api/senders",
    summary="List the numbers to send from",
    tags=["senders"],
    operation_id="listSenders",
    responses=documented(200, SenderList),
)
def list_senders() -> SenderList:
    """In order of registration, the deployment's own first."""
    use = wiring.services(app.asker.tenant_id)
    senders, default = manage_senders.list_senders(use.senders)
    limit = use.settings.daily_limit
    return SenderList(senders=[sender_answer(each, default, limit) for each in senders])


@app.get(
    "/api/senders/<sender_id>",
    summary="One sender",
    tags=["senders"],
    operation_id="getSender",
    responses=documented(200, SenderFound, domain.SenderNotFoundError),
)
def get_sender(sender_id: SenderId) -> SenderFound:
    """What Meta said of it last, and whether it may send."""
    use = wiring.services(app.asker.tenant_id)
    return _shown(use, use.senders.registered(sender_key(sender_id)))


@app.post(
    "/api/senders",
    summary="Register a WhatsApp number",
    tags=["senders"],
    operation_id="registerSender",
    status_code=201,
    responses=documented(201, SenderFound, *_BODY, *_META, domain.NumberTakenError),
)
def register_sender(sender: RegisterSender) -> SenderFound:
    """Checked with Meta first. The token is kept where only sending reads it, and never shown."""
    use = wiring.services(app.asker.tenant_id)
    return _shown(use, manage_senders.register(_desk(use), sender.wanted(), app.asker.subject))


@app.patch(
    "/api/senders/<sender_id>",
    summary="Change a sender, or give it a new token",
    tags=["senders"],
    operation_id="changeSender",
    responses=documented(
        200,
        SenderFound,
        *_BODY,
        *_META,
        domain.SenderNotFoundError,
        domain.SenderFixedError,
    ),
)
def change_sender(sender_id: SenderId, sender: ChangeSender) -> SenderFound:
    """A new token is checked with Meta before it takes the old one's place, within five minutes."""
    use = wiring.services(app.asker.tenant_id)
    key = sender_key(sender_id)
    return _shown(use, manage_senders.change(_desk(use), key, sender.wanted(), app.asker.subject))


@app.post(
    "/api/senders/<sender_id>/check",
    summary="Ask Meta about a sender again",
    tags=["senders"],
    operation_id="checkSender",
    responses=documented(
        200,
        SenderFound,
        domain.NumberRefusedError,
        domain.ProviderUnavailableError,
        domain.SenderNotFoundError,
        domain.SenderFixedError,
        domain.SenderUnusableError,
    ),
)
def check_sender(sender_id: SenderId) -> SenderFound:
    """Is the token good, what is the quality, how much may it send."""
    use = wiring.services(app.asker.tenant_id)
    return _shown(use, manage_senders.check(_desk(use), sender_key(sender_id)))


@app.post(
    "/api/senders/<sender_id>/release",
    summary="Let a stopped sender try again",
    tags=["senders"],
    operation_id="releaseSender",
    responses=documented(200, SenderFound, domain.SenderNotFoundError),
)
def release_sender(sender_id: SenderId) -> SenderFound:
    """After the token was renewed or the bill paid; if not, the next call stops it again."""
    use = wiring.services(app.asker.tenant_id)
    key = sender_key(sender_id)
    return _shown(use, manage_senders.release(_desk(use), key, app.asker.subject))


@app.delete(
    "/api/senders/<sender_id>",
    summary="Remove a sender and its token",
    tags=["senders"],
    operation_id="removeSender",
    responses=documented(
        200,
        SenderRemoved,
        domain.SenderNotFoundError,
        domain.SenderFixedError,
        domain.SenderInUseError,
    ),
)
def remove_sender(sender_id: SenderId) -> SenderRemoved:
    """Refused while campaigns that have not ended send from it."""
    use = wiring.services(app.asker.tenant_id)
    manage_senders.remove(_desk(use), sender_key(sender_id), app.asker.subject)
    return SenderRemoved(sender_id=sender_id)


def _desk(use: wiring.Services) -> manage_senders.Desk:
    from shared.channels.numbers import GraphNumbers

    return manage_senders.Desk(
        senders=use.senders,
        campaigns=use.campaigns,
        secrets=use.secrets,
        numbers=GraphNumbers(use.graph.url, use.graph.version),
        clock=use.clock,
        chance=use.chance,
        own_number=use.own_number,
    )


def _shown(use: wiring.Services, sender: Sender) -> SenderFound:
    shown = sender_answer(sender, use.senders.default(), use.settings.daily_limit)
    return SenderFound(sender=shown)
