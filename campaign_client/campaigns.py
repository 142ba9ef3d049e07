"""The calls about campaigns and their people."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

from campaign_client import account_types as account
from campaign_client import campaign_types as types
from campaign_client import people_types as people
from campaign_client import template_types as templates
from campaign_client.transport import Query, Transport

PAGE = 100
"""Entries of a page at most, as the API has it."""

_BASE = "/api/campaigns"


class Campaigns:
    """`client.campaigns`. All calls raise ApiError and NotReachableError."""

    def __init__(self, transport: Transport) -> None:
        self._http = transport

    def create(self, settings: types.NewCampaign) -> types.Created:
        """A draft with these settings."""
        body = {"channel": "WHATSAPP", "audienceType": "CSV", **settings}
        return cast(types.Created, self._http.post(f"{_BASE}/create", body))

    def change(self, campaign_id: str, settings: Mapping[str, Any]) -> types.Campaign:
        """Other settings for a draft; what is not named stays, None is the default again."""
        answer = self._http.patch(_path(campaign_id), settings)
        return cast(types.Campaign, answer["campaign"])

    def duplicate(self, campaign_id: str, name: str | None = None) -> types.Created:
        """A new draft with the same settings, without people."""
        body = {} if name is None else {"name": name}
        return cast(types.Created, self._http.post(_path(campaign_id, "duplicate"), body))

    def get(self, campaign_id: str) -> types.Campaign:
        """One campaign."""
        return cast(types.Campaign, self._http.get(_path(campaign_id))["campaign"])

    def page(
        self, *, status: str | None = None, limit: int = 20, cursor: str | None = None
    ) -> types.CampaignPage:
        """Some campaigns, newest first."""
        query: Query = {"status": status, "limit": limit, "cursor": cursor}
        return cast(types.CampaignPage, self._http.get(_BASE, query))

    def all(self, *, status: str | None = None) -> Iterator[types.Campaign]:
        """All campaigns, newest first."""
        found = self._http.pages(_BASE, "campaigns", {"status": status, "limit": PAGE})
        return cast(Iterator[types.Campaign], found)

    def delete(self, campaign_id: str) -> dict[str, Any]:
        """Remove a campaign that has ended, with all its people; the receipt."""
        return dict(self._http.delete(_path(campaign_id))["erasure"])

    def populate(self, campaign_id: str, path: Path) -> people.Populated:
        """Add the people of a CSV file, of 4.4 MB at most; it can be repeated.

        `client.imports` takes longer ones; from 50,000 rows on it is the better one in any case,
        because a request has 30 seconds.
        """
        file = (path.name, path.read_bytes())
        return cast(people.Populated, self._http.post(_path(campaign_id, "populate"), file=file))

    def control(self, campaign_id: str, action: str, reason: str | None = None) -> types.Controlled:
        """start, pause, resume or cancel."""
        order = {"action": action} | ({} if reason is None else {"reason": reason})
        return cast(types.Controlled, self._http.post(_path(campaign_id, "control"), order))

    def execute_batch(self, campaign_id: str) -> types.Batch:
        """Send the next batch now."""
        answer = self._http.post(_path(campaign_id, "execute-batch"))
        return cast(types.Batch, answer["result"])

    def test(
        self, campaign_id: str, phone: str, parameters: Mapping[str, str] | None = None
    ) -> templates.SentTest:
        """One message to a phone of one's own; `parameters` by column, else the columns' names."""
        order: dict[str, Any] = {"phone": phone}
        order |= {} if parameters is None else {"parameters": dict(parameters)}
        return cast(templates.SentTest, self._http.post(_path(campaign_id, "test-send"), order))

    def progress(self, campaign_id: str) -> types.Progress:
        """How far it is, how fast, until when."""
        return cast(types.Progress, self._http.get(_path(campaign_id, "progress")))

    def stats(self, campaign_id: str) -> types.Funnel:
        """What became of its people, in counts and rates."""
        return cast(types.Funnel, self._http.get(_path(campaign_id, "stats"))["stats"])

    def errors(self, campaign_id: str) -> people.ErrorList:
        """Why people were not reached."""
        return cast(people.ErrorList, self._http.get(_path(campaign_id, "errors")))

    def events(self, campaign_id: str) -> Iterator[account.Event]:
        """Its history, newest first."""
        found = self._http.pages(_path(campaign_id, "events"), "events", {"limit": PAGE})
        return cast(Iterator[account.Event], found)

    def recipients(
        self,
        campaign_id: str,
        *,
        status: str | None = None,
        phone: str | None = None,
        code: str | None = None,
        replied: bool | None = None,
    ) -> Iterator[people.Recipient]:
        """Its people in order of phone; all filters must hold, `phone` is the beginning of one."""
        query: Query = {
            "status": status, "phone": phone, "code": code, "replied": replied, "limit": PAGE,
        }  # fmt: skip
        found = self._http.pages(_path(campaign_id, "recipients"), "recipients", query)
        return cast(Iterator[people.Recipient], found)

    def export(
        self,
        campaign_id: str,
        *,
        status: str | None = None,
        phone: str | None = None,
        code: str | None = None,
        replied: bool | None = None,
    ) -> Iterator[str]:
        """The same as CSV, in pieces that are the whole file after each other."""
        query: Query = {"status": status, "phone": phone, "code": code, "replied": replied}
        return self._http.pieces(_path(campaign_id, "recipients.csv"), query)

    def retry_failed(
        self, campaign_id: str, *, codes: Iterable[str] = (), force: bool = False
    ) -> people.Retried:
        """Try failed people again: all, or those with one of these codes."""
        order: dict[str, Any] = {"force": force}
        if wanted := list(codes):
            order["codes"] = wanted
        total, counts = self._until_done(_path(campaign_id, "retry-failed"), order, "retried")
        return cast(people.Retried, total | {"retried": counts})

    def resolve(
        self, campaign_id: str, action: str, *, phones: Iterable[str] | None = None
    ) -> people.Resolved:
        """`accept` or `resend` messages in doubt: all, or those to some phones (1,000 at most)."""
        order: dict[str, Any] = {"action": action}
        order |= {"all": True} if phones is None else {"phones": list(phones)}
        total, counts = self._until_done(_path(campaign_id, "resolve"), order, "resolved")
        return cast(people.Resolved, total | {"resolved": counts})

    def _until_done(
        self, path: str, order: Mapping[str, Any], counted: str
    ) -> tuple[dict[str, Any], int]:
        """Repeat an order about many people until nobody is left; the last answer, and the sum."""
        count, refused, cursor = 0, dict[str, int](), None
        while True:
            answer = self._http.post(path, {**order, "cursor": cursor} if cursor else order)
            count += answer[counted]
            for code, number in answer["refused"].items():
                refused[code] = refused.get(code, 0) + number
            cursor = answer["cursor"]
            if not answer["more"]:
                return {**answer, "refused": refused}, count


def _path(campaign_id: str, *rest: str) -> str:
    return "/".join((_BASE, quote(campaign_id, safe=""), *rest))
