"""Imports in tests: real files on the emulator's S3, uploaded as a browser does."""

import urllib.request
from collections.abc import Callable, Sequence
from typing import Any

from functions.wiring import Services
from shared.domain.imports import Import, Task
from shared.usecases.import_list import Upload, make_import, start_import
from shared.usecases.import_parts import carry_out
from tests.support.campaigns import TESTER


class Tasks:
    """The importer's queue in the test's hand."""

    def __init__(self) -> None:
        self.waiting: list[Task] = []

    def put(self, tasks: Sequence[Task]) -> None:
        self.waiting += tasks

    def close(self) -> None: ...


def put(upload: Upload, content: bytes) -> int:
    """PUT the file to its signed address; the status of the answer."""
    request = urllib.request.Request(  # noqa: S310 - the emulator's address
        upload.url, data=content, method="PUT", headers=upload.headers
    )
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        return int(answer.status)


def uploaded(services: Services, campaign_id: str, content: bytes, size: int | None = None) -> str:
    """A new import whose file is there; its id."""
    made, upload = make_import(services, campaign_id, size or len(content), "people.csv", TESTER)
    assert put(upload, content) == 200
    return made.import_id


def started(services: Services, campaign_id: str, content: bytes, size: int | None = None) -> str:
    """The same, started."""
    import_id = uploaded(services, campaign_id, content, size)
    start_import(services, campaign_id, import_id, TESTER)
    return import_id


def work(services: Services, tasks: Tasks, goes_on: Callable[[], bool] = lambda: True) -> None:
    """Do everything that is on the queue, and what comes onto it meanwhile."""
    while tasks.waiting:
        carry_out(services, tasks.waiting.pop(0), goes_on)


def imported(services: Services, tasks: Tasks, campaign_id: str, content: bytes) -> Import:
    """Import a list whole."""
    import_id = started(services, campaign_id, content)
    work(services, tasks)
    return services.imports.get(campaign_id, import_id)


def report_lines(services: Services, found: Import) -> list[str]:
    """The report about who was left out, from where a person gets it."""
    from shared.usecases.import_list import report_of

    report = report_of(services, found)
    if report is None:
        return []
    with urllib.request.urlopen(report.url) as answer:  # noqa: S310
        content: Any = answer.read()
    return str(content.decode()).splitlines()
