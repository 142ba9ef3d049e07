"""Looking at a campaign again and again, until it has ended or stands still."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TypeVar

from campaign_client import ApiError, Client, NotReachableError
from cli.documents import Status
from cli.exits import CliError, Exit
from cli.output import say
from cli.words import clean

T = TypeVar("T")
ENDED = frozenset({"COMPLETED", "CANCELLED", "FAILED"})
_WITHOUT_ANSWER = 120.0
"""Seconds that the API may be silent; what is waited for goes on there meanwhile."""


def status_of(client: Client, campaign_id: str) -> Status:
    """A campaign, how far it is, and what became of its people, all as of now."""
    return {
        "campaign": client.campaigns.get(campaign_id),
        "progress": client.campaigns.progress(campaign_id),
        "stats": client.campaigns.stats(campaign_id),
    }


def follow(
    client: Client, campaign_id: str, every: float, timeout: float | None
) -> Iterator[Status]:
    """The campaign every so many seconds; the last one is that of its end. Raises as `look`."""
    return look(
        lambda: status_of(client, campaign_id),
        lambda found: found["campaign"]["status"] in ENDED,
        every,
        timeout,
        "The campaign is not touched by that: it goes on.",
    )


def look(
    at: Callable[[], T],
    ended: Callable[[T], bool],
    every: float,
    timeout: float | None,
    goes_on: str,
) -> Iterator[T]:
    """Something every so many seconds; the last one has ended.

    Raises CliError when the time is up, with what goes on; NotReachableError after two minutes
    without any answer.
    """
    begin = answered = time.monotonic()
    silent = False
    while True:
        try:
            found = at()
        except (ApiError, NotReachableError) as error:
            refused = isinstance(error, ApiError) and error.status < 500
            if refused or time.monotonic() - answered > _WITHOUT_ANSWER:
                raise
            if not silent:
                say(f"{error.message} Trying on …")
            silent = True
        else:
            answered, silent = time.monotonic(), False
            yield found
            if ended(found):
                return
        time.sleep(_pause(every, begin, timeout, goes_on))


def _pause(every: float, begin: float, timeout: float | None, goes_on: str) -> float:
    """How long until the next look. Raises CliError when the time is up."""
    if timeout is None:
        return every
    left = begin + timeout - time.monotonic()
    if left <= 0:
        raise CliError(Exit.TIMED_OUT, "TIMED_OUT", f"The time is up. {goes_on}")
    return min(every, left)


def until_end(client: Client, campaign_id: str, timeout: float | None) -> Iterator[Status]:
    """The campaign every second. Raises CliError if it stands still until a person acts."""
    for found in follow(client, campaign_id, 1.0, timeout):
        yield found
        waits_for = found["progress"]["waitsFor"]
        if waits_for is not None and found["campaign"]["status"] not in ENDED:
            raise _stopped(found, waits_for)


@contextmanager
def interruptible(words: str) -> Iterator[None]:
    """Ctrl-C ends what is in the block, and says what that means."""
    try:
        yield
    except KeyboardInterrupt:
        raise CliError(Exit.INTERRUPTED, "INTERRUPTED", words) from None


def only_watching(campaign_id: str) -> AbstractContextManager[None]:
    """Ctrl-C ends what is in the block, and says that it does not end the campaign."""
    words = "No longer watching. The campaign goes on by itself; to stop it:"
    return interruptible(f"{words} campaigns pause {campaign_id}")


def check_end(found: Status) -> None:
    """Raises CliError if the campaign was not completed."""
    if found["campaign"]["status"] != "COMPLETED":
        raise _stopped(found, found["campaign"]["pausedReason"] or "")


def _stopped(found: Status, why: str) -> CliError:
    one = found["campaign"]
    words = f"The campaign is {one['status']}, not COMPLETED. {clean(why)}".strip()
    detail = {"campaignId": one["campaignId"], "status": one["status"]}
    return CliError(Exit.STOPPED, "NOT_COMPLETED", words, [detail])
