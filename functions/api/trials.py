"""The route that sends a test message: parse, one use case, answer."""

import hashlib

from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError

from functions import wiring
from functions.api.app import CampaignId, app
from functions.api.request import campaign_key, deadline
from shared.domain import errors as domain
from shared.domain import trial_errors
from shared.http import errors
from shared.http.documented import answers as documented
from shared.http.trial_models import SendTest, SentTest, trial_answer


@app.post(
    "/api/campaigns/<campaign_id>/test-send",
    summary="Send one message to a phone of your own",
    tags=["campaigns"],
    operation_id="sendTest",
    responses=documented(
        200,
        SentTest,
        RequestValidationError,
        errors.MalformedBodyError,
        errors.UnsupportedMediaTypeError,
        errors.BodyTooLargeError,
        errors.KeyMissingError,
        trial_errors.MissingValuesError,
        domain.CampaignNotFoundError,
        domain.SenderUnusableError,
        trial_errors.PhoneSuppressedError,
        trial_errors.SenderStoppedError,
        trial_errors.CapReachedError,
        trial_errors.TooManyTrialsError,
        trial_errors.SenderBusyError,
    ),
)
def send_test(campaign_id: CampaignId, wanted: SendTest) -> SentTest:
    """At once, from the campaign's number, under its cap and pace; nobody in the list is touched.

    Needs an Idempotency-Key: under one key there is one message, whatever happens.
    """
    from shared.channels.meanings import meaning
    from shared.domain.trial import trial_texts
    from shared.usecases.send_trial import TrialOrder, send_trial

    asked = app.asker
    use = wiring.services(asked.tenant_id)
    campaign = use.campaigns.get(campaign_key(campaign_id))
    given = app.current_event.headers.get("idempotency-key")
    if given is None:
        raise errors.KeyMissingError
    key = hashlib.sha256(f"{campaign.campaign_id} {given}".encode()).hexdigest()
    order = TrialOrder(campaign, wanted.phone, wanted.parameters, key, asked.actor)
    end = send_trial(use, order, deadline(use.clock.now(), app.lambda_context))
    texts = trial_texts(campaign.template_params, wanted.parameters)
    return trial_answer(end, meaning(end.code) if end.code else None, texts)
