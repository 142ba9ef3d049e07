"""The error table: nothing is missing from it, and nothing leaks through it."""

import json
import logging
from collections.abc import Iterator

import pytest

from shared.domain.campaign import Action, CampaignStatus
from shared.domain.errors import (
    CampaignNotFoundError,
    DomainError,
    InvalidTransitionError,
    StoreUnavailableError,
)
from shared.http.errors import (
    ERRORS,
    MethodNotAllowedError,
    RequestError,
    failure,
    row_of,
)


def descendants(kind: type[Exception]) -> Iterator[type[Exception]]:
    for child in kind.__subclasses__():
        yield child
        yield from descendants(child)


@pytest.mark.parametrize("kind", [*descendants(DomainError), *descendants(RequestError)])
def test_every_error_of_ours_has_a_row(kind: type[Exception]) -> None:
    assert row_of(kind) is not ERRORS[Exception]


def test_two_errors_never_share_a_code() -> None:
    codes = [row.code for row in ERRORS.values()]

    assert len(set(codes)) == len(codes)


def test_a_subclass_is_answered_like_its_ancestor() -> None:
    class ArchivedCampaignError(CampaignNotFoundError):
        pass

    assert row_of(ArchivedCampaignError).code == "CAMPAIGN_NOT_FOUND"


def test_the_message_and_details_of_a_domain_error_reach_the_caller() -> None:
    class BadListError(CampaignNotFoundError):
        def __init__(self) -> None:
            DomainError.__init__(self, "Do this instead.", [{"line": 3}])

    answer = failure(BadListError(), "r-1")

    assert answer.status_code == 404
    assert answer.body == {
        "success": False,
        "error": {
            "code": "CAMPAIGN_NOT_FOUND",
            "message": "Do this instead.",
            "details": [{"line": 3}],
        },
    }


def test_a_refused_action_says_which_and_in_which_status() -> None:
    answer = failure(InvalidTransitionError(Action.START, CampaignStatus.RUNNING), "r-1")

    assert answer.status_code == 409
    assert answer.body is not None
    assert answer.body["error"]["message"] == "Cannot start campaign in RUNNING status"


def test_an_unexpected_error_tells_the_caller_only_where_to_look(
    caplog: pytest.LogCaptureFixture,
) -> None:
    try:
        raise RuntimeError("table campaigns-7f3a, key 491711111111")
    except RuntimeError as error:
        answer = failure(error, "r-1")

    shown = json.dumps(answer.body)
    assert answer.status_code == 500
    assert "r-1" in shown
    assert "campaigns-7f3a" not in shown
    [logged] = caplog.records
    assert logged.levelno == logging.ERROR
    assert "r-1" in logged.getMessage()
    assert logged.exc_info


def test_an_unreachable_database_is_a_503_and_an_error_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    answer = failure(StoreUnavailableError(), "r-1")

    assert answer.status_code == 503
    assert caplog.records[0].levelno == logging.ERROR


def test_a_wrong_method_names_the_right_ones() -> None:
    answer = failure(MethodNotAllowedError(["GET", "POST"]), "r-1")

    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, POST")
