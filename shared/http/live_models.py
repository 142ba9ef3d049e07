"""What the API answers about listening."""

from shared.http.answers import Instant, Success


class TicketIssued(Success):
    """A ticket for one connection: open `{url}?ticket={ticket}` as a WebSocket before it ends."""

    ticket: str
    url: str
    expires_at: Instant
