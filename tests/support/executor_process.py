"""One executor process: calls the handler for the named campaigns until none is RUNNING any more.

Usage: `python -m tests.support.executor_process cmp_1 cmp_2`. It says "ready", and begins when a
line comes in: all processes of a test shall begin together.
"""

import sys
from types import SimpleNamespace

from functions.executor.handler import handler
from shared.domain.errors import CampaignNotRunningError

CONTEXT = SimpleNamespace(get_remaining_time_in_millis=lambda: 60_000)


def execute(campaigns: list[str]) -> None:
    """Batch after batch of each in turn, as the queue would ask for them."""
    for _ in range(200):
        for campaign_id in list(campaigns):
            try:
                answer = handler({"action": "execute-batch", "campaignId": campaign_id}, CONTEXT)
            except CampaignNotRunningError:
                answer = {"paused": True}
            if answer.get("paused") or answer.get("completed"):
                campaigns.remove(campaign_id)
        if not campaigns:
            return
    sys.exit("the campaigns do not come to an end")


if __name__ == "__main__":
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    execute(sys.argv[1:])
