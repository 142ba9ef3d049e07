"""The routes that tell how campaigns fare: parse, one use case, answer. Counters only."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from aws_lambda_powertools.event_handler.openapi.params import Query

from functions import wiring
from functions.api.app import CampaignId, app
from functions.api.request import campaign_key, only
from shared.domain import errors as domain
from shared.domain.funnel import Funnel
from shared.http import analytics_models as models
from shared.http.documented import answers as documented
from shared.usecases import analyse, progress, read

Hours = Annotated[
    int | None, Query(ge=1, le=48, description="With the messages a minute of so many last hours")
]
Days = Annotated[int, Query(ge=1, le=366, description="Campaigns created in so many last days")]


def progress_ports(use: wiring.Services) -> progress.ProgressPorts:
    """What looking ahead needs."""
    return progress.ProgressPorts(
        campaigns=use.campaigns,
        recipients=use.search,
        senders=use.senders,
        quota=use.quota,
        clock=use.clock,
        limits=use.settings,
    )


@app.get(
    "/api/campaigns/<campaign_id>/progress",
    summary="How far a campaign is, how fast, until when",
    tags=["analytics"],
    operation_id="getProgress",
    responses=documented(200, models.ProgressAnswer, domain.CampaignNotFoundError),
)
def get_progress(campaign_id: CampaignId) -> models.ProgressAnswer:
    """The estimate knows the pace, the batch size, the sender's cap and the campaign's own."""
    use = wiring.services(app.asker.tenant_id)
    found = progress.progress(progress_ports(use), campaign_key(campaign_id))
    return models.progress_answer(found)


@app.get(
    "/api/campaigns/<campaign_id>/stats",
    summary="What became of a campaign's people, in counts and rates",
    tags=["analytics"],
    operation_id="getStats",
    middlewares=[only("hours")],
    responses=documented(
        200, models.StatsAnswer, RequestValidationError, domain.CampaignNotFoundError
    ),
)
def get_stats(campaign_id: CampaignId, hours: Hours = None) -> models.StatsAnswer:
    """As of now: the counters are written with the states themselves."""
    use = wiring.services(app.asker.tenant_id)
    view = read.get_campaign(campaigns=use.campaigns, campaign_id=campaign_key(campaign_id))
    series = None
    if hours:
        series = models.minutes_answer(
            progress.minutes(
                campaigns=use.campaigns, clock=use.clock, campaign_id=campaign_id, hours=hours
            )
        )
    shown = models.funnel_answer(Funnel.of(view.stats))
    return models.StatsAnswer(campaign_id=campaign_id, stats=shown, per_minute=series)


@app.get(
    "/api/campaigns/<campaign_id>/errors",
    summary="Why people were not sent to, by code",
    tags=["analytics"],
    operation_id="listErrors",
    responses=documented(200, models.ErrorList, domain.CampaignNotFoundError),
)
def list_errors(campaign_id: CampaignId) -> models.ErrorList:
    """Failed, skipped, held and unconfirmed, with words that say what to do."""
    from shared.channels.meanings import meaning

    use = wiring.services(app.asker.tenant_id)
    found = analyse.errors(
        campaigns=use.campaigns, meanings=meaning, campaign_id=campaign_key(campaign_id)
    )
    return models.ErrorList(campaign_id=campaign_id, errors=models.errors_answer(found))


@app.get(
    "/api/campaigns/<campaign_id>/retry-stats",
    summary="What became of further attempts",
    tags=["analytics"],
    operation_id="getRetryStats",
    responses=documented(200, models.RetryStats, domain.CampaignNotFoundError),
)
def get_retry_stats(campaign_id: CampaignId) -> models.RetryStats:
    """Those of the system and those that people ordered; one person may have several."""
    use = wiring.services(app.asker.tenant_id)
    view = read.get_campaign(campaigns=use.campaigns, campaign_id=campaign_key(campaign_id))
    return models.retries_answer(campaign_id, view.stats.retries)


@app.get(
    "/api/analytics/overview",
    summary="All campaigns of the last days together",
    tags=["analytics"],
    operation_id="getOverview",
    middlewares=[only("days")],
    responses=documented(200, models.OverviewAnswer, RequestValidationError),
)
def get_overview(days: Days = 30) -> models.OverviewAnswer:
    """Of the newest 200 at most; `truncated` says whether there are more."""
    from shared.channels.meanings import meaning

    use = wiring.services(app.asker.tenant_id)
    found = analyse.overview(campaigns=use.campaigns, clock=use.clock, meanings=meaning, days=days)
    return models.overview_answer(found)
