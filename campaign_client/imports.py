"""Long lists: uploaded as a file, and imported in parts; docs/imports.md has the whole."""

import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Final, TypedDict, cast
from urllib.parse import quote

import httpx

from campaign_client.errors import ApiError, ClientError, NotReachableError
from campaign_client.transport import CONNECT_SECONDS, TRIES, Transport, address, is_loopback

ENDED: Final = frozenset({"DONE", "FAILED"})
_PIECE: Final = 256 * 1024
_STALLED_SECONDS: Final = 120.0  # of a connection over which nothing moves


class Import(TypedDict):
    """An import. `status`: WAITING_FOR_FILE, CHECKING, IMPORTING, DONE, FAILED.

    `reason` says why it FAILED. `checkedBytes` of `size`, then `rowsDone` of `rows` grow.
    """

    importId: str
    campaignId: str
    status: str
    reason: str | None
    fileName: str | None
    size: int
    checkedBytes: int
    checkedRows: int
    rows: int | None
    rowsDone: int
    inserted: int
    skipped: dict[str, int]
    createdAt: str
    startedAt: str | None
    finishedAt: str | None
    createdBy: str


class Upload(TypedDict):
    """Where to send the file: one request with this method, these headers, the file as body."""

    method: str
    url: str
    headers: dict[str, str]
    expiresAt: str


class ImportMade(TypedDict):
    """A new import, and where its file goes."""

    importId: str
    upload: Upload


class Report(TypedDict):
    """The rows that were left out, as CSV (line, phone, kind, reason)."""

    url: str
    expiresAt: str


class ImportFound(TypedDict):
    """One import; `report` is there when it is DONE and rows were left out."""

    imported: Import
    report: Report | None


class Imports:
    """`client.imports`. All calls raise ApiError and NotReachableError."""

    def __init__(self, transport: Transport, sleep: Callable[[float], None] = time.sleep) -> None:
        self._http = transport
        self._sleep = sleep

    def make(self, campaign_id: str, size: int, name: str | None = None) -> ImportMade:
        """Announce a file of so many bytes; where to send it."""
        body: dict[str, object] = {"size": size} | ({} if name is None else {"fileName": name})
        return cast(ImportMade, self._http.post(_path(campaign_id), body))

    def upload(
        self, made: ImportMade, path: Path, progress: Callable[[int], None] | None = None
    ) -> None:
        """Send the file, with the rights of its signed address alone; again if that fails.

        `progress` is told how many bytes have left, from the start at every try.
        """
        upload = made["upload"]
        with _storage(upload["url"]) as http:
            for number in count(1):
                failure = _sent(http, upload, path, progress)
                if failure is None:
                    return
                again = isinstance(failure, NotReachableError) or (
                    isinstance(failure, ApiError) and failure.status >= 500
                )
                if number >= TRIES or not again:
                    raise failure
                self._sleep(float(number))

    def start(self, campaign_id: str, import_id: str) -> ImportFound:
        """Import what was uploaded."""
        return _found(self._http.post(_path(campaign_id, import_id, "start")))

    def get(self, campaign_id: str, import_id: str) -> ImportFound:
        """How far it is, or how it ended."""
        return _found(self._http.get(_path(campaign_id, import_id)))

    def all(self, campaign_id: str) -> Iterator[Import]:
        """The imports of a campaign, newest first."""
        return cast(
            Iterator[Import],
            self._http.pages(_path(campaign_id), "imports", {"limit": 100}),
        )

    def follow(self, campaign_id: str, import_id: str, every: float = 1.0) -> Iterator[ImportFound]:
        """The import every so many seconds; the last one has ended."""
        while True:
            found = self.get(campaign_id, import_id)
            yield found
            if found["imported"]["status"] in ENDED:
                return
            self._sleep(every)

    def report(self, found: ImportFound) -> Iterator[str]:
        """The rows that were left out, as CSV, line by line; nothing if there are none."""
        report = found["report"]
        if report is None:
            return
        with _storage(report["url"]) as http:
            try:
                with http.stream("GET", report["url"]) as response:
                    if not response.is_success:
                        words = f"The report can't be read: {response.status_code}."
                        raise ApiError(response.status_code, "REPORT_REFUSED", words)
                    yield from response.iter_text()
            except httpx.TransportError as error:
                words = f"The report can't be read: {error or type(error).__name__}."
                raise NotReachableError(words) from None


def _storage(url: str) -> httpx.Client:
    """For the signed addresses: without our token. Raises ClientError if it has no encryption."""
    address(url.partition("?")[0])
    timeout = httpx.Timeout(_STALLED_SECONDS, connect=CONNECT_SECONDS)
    return httpx.Client(timeout=timeout, trust_env=not is_loopback(url))


def _sent(
    http: httpx.Client, upload: Upload, path: Path, progress: Callable[[int], None] | None
) -> ClientError | None:
    """Send the file once; what went wrong. Raises ClientError: the file is being written to."""
    size = path.stat().st_size
    content = _pieces(path, size, progress or (lambda _: None))
    headers = {**upload["headers"], "Content-Length": str(size)}
    try:
        response = http.request(upload["method"], upload["url"], content=content, headers=headers)
    except httpx.TransportError as error:
        return NotReachableError(f"The upload broke: {error or type(error).__name__}.")
    if response.is_success:
        return None
    words = f"The file was not taken ({response.status_code}). Make a new import."
    return ApiError(response.status_code, "UPLOAD_REFUSED", words)


def _pieces(path: Path, size: int, progress: Callable[[int], None]) -> Iterator[bytes]:
    """The file, never whole in memory. Raises ClientError if it has more or less than `size`."""
    sent = 0
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            sent += len(piece)
            if sent > size:
                break
            yield piece
            progress(sent)
    if sent != size:
        raise ClientError(f"{path} was changed while it was read. Try again when it is complete.")


def _found(answer: dict[str, object]) -> ImportFound:
    return cast(ImportFound, {"imported": answer["import"], "report": answer.get("report")})


def _path(campaign_id: str, *rest: str) -> str:
    parts = ("/api/campaigns", quote(campaign_id, safe=""), "imports")
    return "/".join((*parts, *(quote(part, safe="") for part in rest)))
