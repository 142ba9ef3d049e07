"""The route that lets somebody listen to what happens."""

from functions import wiring
from functions.api.app import app
from shared.domain.instants import to_text
from shared.http.documented import answers as documented
from shared.http.live_models import TicketIssued


@app.post(
    "/api/live/ticket",
    summary="A ticket for a live connection",
    tags=["live"],
    operation_id="issueLiveTicket",
    status_code=201,
    responses=documented(201, TicketIssued),
)
def issue_live_ticket() -> TicketIssued:
    """Good for one WebSocket within a minute; docs/live.md has what is told there."""
    from shared.usecases.listen import issue_ticket

    asked = app.asker
    use = wiring.services(asked.tenant_id)
    issued = issue_ticket(entrance=use.entrance, clock=use.clock, chance=use.chance, asker=asked)
    return TicketIssued(
        ticket=issued.ticket, url=use.live_url, expires_at=to_text(issued.expires_at)
    )
