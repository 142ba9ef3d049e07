"""The routes by which people decide about failed and doubtful recipients."""

from datetime import datetime, timedelta

from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError

from functions import wiring
from functions.api.app import CampaignId, app
from functions.api.request import campaign_key, deadline
from shared.domain import errors as domain
from shared.http import errors
from shared.http.documented import answers as documented
from shared.http.order_models import (
    Resolve,
    Resolved,
    Retried,
    RetryFailed,
    resolved_answer,
    retried_answer,
)

_TIME_TO_ANSWER = timedelta(seconds=5)

_FAILS: tuple[type[Exception], ...] = (
    RequestValidationError,
    errors.MalformedBodyError,
    errors.UnsupportedMediaTypeError,
    errors.BodyTooLargeError,
    domain.CampaignNotFoundError,
    domain.NotRetryableError,
    domain.InvalidCursorError,
    domain.SenderNotFoundError,
)


@app.post(
    "/api/campaigns/<campaign_id>/retry-failed",
    summary="Try failed recipients again",
    tags=["campaigns"],
    operation_id="retryFailed",
    responses=documented(200, Retried, *_FAILS),
)
def retry_failed(campaign_id: CampaignId, order: RetryFailed) -> Retried:
    """Another round of attempts, from now on. A COMPLETED campaign runs again.

    Whom Meta would refuse again is counted by code and left alone, unless it is forced.
    """
    from shared.channels.meanings import meaning
    from shared.usecases import orders

    asked = app.asker
    use = wiring.services(asked.tenant_id)
    done = orders.retry_failed(
        use,
        campaign_key(campaign_id),
        meanings=meaning,
        codes=frozenset(order.codes or ()),
        force=order.force,
        cursor=order.cursor,
        actor=asked.actor,
        until=_until(use),
    )
    return retried_answer(campaign_id, done)


@app.post(
    "/api/campaigns/<campaign_id>/resolve",
    summary="Settle messages that may have gone out",
    tags=["campaigns"],
    operation_id="resolveUnconfirmed",
    responses=documented(200, Resolved, *_FAILS),
)
def resolve_unconfirmed(campaign_id: CampaignId, order: Resolve) -> Resolved:
    """`accept`: they count as sent. `resend`: once more, at the risk of a second message.

    What a webhook shows at the same moment goes before: such recipients are left alone.
    """
    from shared.usecases import orders

    asked = app.asker
    use = wiring.services(asked.tenant_id)
    done = orders.resolve(
        use,
        campaign_key(campaign_id),
        resolution=order.action,
        phones=order.phones,
        cursor=order.cursor,
        actor=asked.actor,
        until=_until(use),
    )
    return resolved_answer(campaign_id, done)


def _until(use: wiring.Services) -> datetime:
    return deadline(use.clock.now(), app.lambda_context) - _TIME_TO_ANSWER
