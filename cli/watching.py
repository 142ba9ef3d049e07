"""A campaign while it runs: a live picture on a terminal, lines of changes without one."""

from collections.abc import Iterable

from rich.console import Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from cli.documents import Status
from cli.output import json_line, line, screen
from cli.words import clean, number, until, when

_WIDTH = 44
_FUNNEL = ("sent", "delivered", "read", "replied")
_BESIDE = ("pending", "sending", "failed", "held", "skipped", "unconfirmed")


def show_live(statuses: Iterable[Status]) -> Status:
    """Draw each over the one before; the last one stays, and is returned."""
    with Live(console=screen(), auto_refresh=False) as live:
        for found in statuses:
            live.update(picture(found), refresh=True)
    return found


def show_lines(statuses: Iterable[Status], as_json: bool) -> Status:
    """A line whenever something is different; the last one is returned."""
    before = None
    for found in statuses:
        # The estimates move with the clock, which is no change of the campaign.
        shown = {**found, "progress": found["progress"] | {"nextRunAt": None, "estimatedEnd": None}}
        if shown != before:
            json_line(found) if as_json else line(summary(found))
        before = shown
    return found


def last(statuses: Iterable[Status]) -> Status:
    """The last one; the others are not shown."""
    *_, found = statuses
    return found


def summary(found: Status) -> str:
    """A campaign in one line."""
    progress, stats = found["progress"], found["stats"]
    parts = [
        found["campaign"]["status"],
        f"{number(progress['percent'])} %",
        f"{progress['processed']}/{progress['total']}",
        *(f"{name} {stats[name]}" for name in _FUNNEL),  # type: ignore[literal-required]
        *_others(stats),  # type: ignore[arg-type]
        f"{number(progress['ratePerMinute'])}/min",
        f"cap {progress['cap']['used']}/{progress['cap']['limit']}",
        _end(found),
    ]
    return "  ".join(part for part in parts if part)


def picture(found: Status) -> Group:
    """A campaign as bars and numbers."""
    campaign, progress, stats = found["campaign"], found["progress"], found["stats"]
    title = Text(clean(campaign["name"]), style="bold")
    title.append(f"  {campaign['status']}  {campaign['campaignId']}", style="dim")
    bars = Table.grid(padding=(0, 2))
    bars.add_row(
        "sent to",
        ProgressBar(max(progress["total"], 1), progress["processed"], width=_WIDTH),
        f"{number(progress['percent'])} %  {number(progress['processed'])} of"
        f" {number(progress['total'])}",
    )
    cap = progress["cap"]
    full = cap["used"] >= cap["limit"]
    bars.add_row(
        "daily cap",
        ProgressBar(
            max(cap["limit"], 1),
            min(cap["used"], cap["limit"]),
            width=_WIDTH,
            complete_style="red" if full else "cyan",
            finished_style="red",
        ),
        f"{number(cap['used'])} of {number(cap['limit'])}"
        + (f"  frees up {until(cap['resetsAt'])}" if full else ""),
    )
    funnel = "  ".join(f"{name} {stats[name]:,}" for name in _FUNNEL)  # type: ignore[literal-required]
    lines = [funnel, "  ".join(_others(stats)), _pace(found), _end(found)]  # type: ignore[arg-type]
    return Group(title, bars, *(Text(clean(each)) for each in lines if each))


def _others(stats: dict[str, int]) -> list[str]:
    """Those who are elsewhere than on the way from sent to read."""
    return [f"{name} {stats[name]:,}" for name in _BESIDE if stats[name]]


def _pace(found: Status) -> str:
    progress = found["progress"]
    if found["campaign"]["status"] != "RUNNING":
        return ""
    following = progress["nextRunAt"]
    rest = f", next batch {until(following)}" if following else ""
    return f"{number(progress['ratePerMinute'])} messages a minute{rest}"


def _end(found: Status) -> str:
    """When it will be through, or what it waits for."""
    progress, campaign = found["progress"], found["campaign"]
    if campaign["completedAt"]:
        return f"ended {when(campaign['completedAt'])}"
    if progress["waitsFor"]:
        return f"waits: {clean(progress['waitsFor'])}"
    if progress["estimatedEnd"]:
        return f"about {until(progress['estimatedEnd'])} left".replace("about in", "about")
    return clean(campaign["pausedReason"] or "")
