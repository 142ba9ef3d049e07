"""Imports on a real store and real files: everybody once, exact counts, whatever dies."""

from collections import Counter
from collections.abc import Iterator

import pytest

from functions.wiring import Services
from shared.domain.imports import ImportStatus
from shared.domain.template import TemplateParams
from shared.usecases import import_parts
from tests.support.campaigns import assert_adds_up, everybody, new_campaign
from tests.support.importing import (
    Tasks,
    imported,
    report_lines,
)

LETTERS = "It contains letters; write digits only, with the country code: +5511988887777."
GREETING = TemplateParams(body=("Hi {{name}}",))


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a short list has several."""
    monkeypatch.setattr(import_parts, "PART_ROWS", 100)


@pytest.fixture
def tasks(services: Services) -> Tasks:
    queue = Tasks()
    services.import_queue = queue  # type: ignore[misc, assignment]
    return queue


@pytest.fixture
def campaign_id(services: Services) -> str:
    return new_campaign(services, [], template_params=GREETING)


def listed(numbers: Iterator[int] | range) -> bytes:
    lines = (f'+4477009{n:05d},"Person\n{n}"\n' for n in numbers)
    return ("phone,name\n" + "".join(lines)).encode()


def test_a_list_is_written_in_parts_and_every_row_is_accounted_for(
    services: Services, tasks: Tasks, campaign_id: str
) -> None:
    # given a list with everything that can be wrong with a row
    content = listed(range(350)) + b"nonsense,Ana\n+447700900001,\n+44 7700 900002,Again\n"

    # when
    found = imported(services, tasks, campaign_id, content)

    # then
    assert (found.status, found.reason) == (ImportStatus.DONE, None)
    assert (found.rows, found.parts, found.counts.rows) == (353, 4, 353)
    assert found.counts.inserted == 350
    assert Counter(found.counts.skipped) == Counter(
        {"invalid": 1, "missingVariable": 1, "duplicate": 1}
    )
    people = everybody(services, campaign_id)
    assert len(people) == 350
    assert people["447700900007"].parameters.body == ("Hi Person 7",)
    assert_adds_up(services, campaign_id, 350)
    assert report_lines(services, found) == [
        "line,phone,kind,reason",
        f'702,nonsense,invalid,"{LETTERS}"',
        '703,\'+447700900001,missingVariable,"The template needs {{name}}, which is empty here."',
        "704,'+44 7700 900002,duplicate,This person is on line 6 already.",
    ]
    kinds = [event.what for event in services.history.list(campaign_id, 10, None).items]
    assert kinds == ["POPULATED", "POPULATING", "CREATED"]
