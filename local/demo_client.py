"""The API as the demo uses it: over HTTP, as everybody does."""

from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from shared.domain.access import DEFAULT_TENANT

_TIMEOUT_SECONDS = 35.0  # a little more than API Gateway's own
_PAGE = 100


class ApiError(Exception):
    """The API refused; the message is the API's own."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.code = code


class Api:
    """The calls of the main job, as an administrator of `tenant`. All raise ApiError."""

    def __init__(self, url: str, tenant: str = DEFAULT_TENANT) -> None:
        self._http = httpx.Client(base_url=url, timeout=_TIMEOUT_SECONDS, trust_env=False)
        self.token = str(self._call("GET", "/local/token", params={"tenant": tenant})["token"])
        self._http.headers["Authorization"] = f"Bearer {self.token}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def create(self, campaign: dict[str, Any]) -> str:
        """Create a campaign; its id."""
        return str(self._call("POST", "/api/campaigns/create", json=campaign)["campaignId"])

    def populate(self, campaign_id: str, path: Path) -> dict[str, Any]:
        """Upload a list; what became of it."""
        with path.open("rb") as file:
            files = {"file": (path.name, file, "text/csv")}
            return self._call("POST", f"/api/campaigns/{campaign_id}/populate", files=files)

    def start(self, campaign_id: str) -> None:
        """Start a campaign."""
        order = {"action": "start", "reason": "the demo"}
        self._call("POST", f"/api/campaigns/{campaign_id}/control", json=order)

    def execute_batch(self, campaign_id: str) -> dict[str, Any]:
        """Send the next batch now; its result."""
        answer = self._call("POST", f"/api/campaigns/{campaign_id}/execute-batch")
        return dict(answer["result"])

    def campaign(self, campaign_id: str) -> dict[str, Any]:
        """One campaign with its counters."""
        return dict(self._call("GET", f"/api/campaigns/{campaign_id}")["campaign"])

    def recipients(self, campaign_id: str) -> list[dict[str, Any]]:
        """Everybody in a campaign, page by page."""
        found: list[dict[str, Any]] = []
        cursor: str | None = None
        while True:
            page = {"limit": str(_PAGE)} | ({"cursor": cursor} if cursor else {})
            path = f"/api/campaigns/{campaign_id}/recipients"
            answer = self._call("GET", path, params=page)
            found += answer["recipients"]
            cursor = answer["nextCursor"]
            if cursor is None:
                return found

    def stats(self, campaign_id: str) -> dict[str, Any]:
        """How far a campaign's messages came."""
        return dict(self._call("GET", f"/api/campaigns/{campaign_id}/stats")["stats"])

    def suppressions(self) -> list[dict[str, Any]]:
        """Who wants no more messages: the first page, which is all of them in a demo."""
        return list(self._call("GET", "/api/suppressions")["suppressions"])

    def quota(self) -> dict[str, Any]:
        """The daily cap."""
        return self._call("GET", "/api/quota")

    def _call(self, method: str, path: str, **content: Any) -> dict[str, Any]:
        try:
            response = self._http.request(method, path, **content)
            answer: dict[str, Any] = response.json()
        except (httpx.HTTPError, ValueError) as error:
            raise ApiError(0, "NO_ANSWER", f"{method} {path}: {error}") from None
        if not response.is_success:
            refused = answer["error"]
            raise ApiError(response.status_code, refused["code"], refused["message"])
        return answer
