"""What the demo prints: the upload's report, the progress, and the result."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from shared.channels.simulator_mailbox import Received

_STATES = (
    *("sent", "delivered", "read"),
    *("failed", "held", "skipped", "unconfirmed", "sending", "pending"),
)
_STEPS = {  # each with what it is a share of
    "sent": "total",
    "delivered": "sent",
    "read": "delivered",
    "replied": "delivered",
}
_MEANINGS = {
    "SENT": "Meta has taken the message, and tells no more so far",
    "DELIVERED": "it is on the phone",
    "READ": "it was opened",
    "HELD": "Meta holds it for a quality check; a status message will tell",
    "FAILED": "it did not reach the person; the reason is below",
    "SKIPPED": "it was not tried; the reason is below",
    "UNCONFIRMED": "the reply was lost: never sent again by guessing",
    "PENDING": "still to be sent",
    "SENDING": "on its way",
}
_HOLDS_A_UNIT = frozenset({"SENT", "DELIVERED", "READ", "HELD", "UNCONFIRMED"})
_BESIDE = ("failed", "held", "unconfirmed", "skipped", "sending", "pending")
_GAUGE_WIDTH = 40


def free_of_charge(recipients: Sequence[Mapping[str, Any]], units: int) -> int:
    """How many took no unit of the cap, if the campaign took `units` in all.

    Everybody who may have been written to holds one, unless the conversation was open already; a
    refused send gave its own back, a message that failed later did not.
    """
    holders = sum(r["status"] in _HOLDS_A_UNIT or bool(r["sentAt"]) for r in recipients)
    return max(0, holders - units)


class Report:
    """Writes to the terminal, or plain lines where there is none."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def line(self, text: str = "") -> None:
        """One line, as it is."""
        self._console.print(escape(text), highlight=False, soft_wrap=True)

    def heading(self, text: str) -> None:
        """One line that begins a part."""
        self._console.print(f"\n[bold]{escape(text)}[/bold]", highlight=False, soft_wrap=True)

    def populated(self, answer: Mapping[str, Any]) -> None:
        """What became of the uploaded list, row by row where it was refused."""
        skipped = sum(answer["skipped"].values())
        self.line(f"{answer['inserted']} recipients inserted, {skipped} rows rejected:")
        for row in answer["rejected"]:
            self.line(f"  line {row['line']:>3}  {row['kind']:<17} {row['reason']}")

    def result(self, campaign: Mapping[str, Any], recipients: Sequence[Mapping[str, Any]]) -> None:
        """How many ended in which state, and why."""
        self.heading(f"Result: {campaign['status']}")
        if campaign["pausedReason"]:
            self.line(campaign["pausedReason"])
        states = self._table("status", "recipients", "meaning")
        for status, count in Counter(r["status"] for r in recipients).most_common():
            states.add_row(status, str(count), _MEANINGS[status])
        self._console.print(states)
        reasons = Counter(
            (r["status"], r["errorCode"], r["errorMessage"] or "")
            for r in recipients
            if r["errorCode"]
        )
        if reasons:
            table = self._table("status", "code", "recipients", "reason")
            for (status, code, message), count in sorted(reasons.items()):
                table.add_row(status, escape(code), str(count), escape(message))
            self._console.print(table)

    def funnel(self, stats: Mapping[str, Any]) -> None:
        """How far the messages came, as shares of the step before."""
        self.heading("Funnel")
        for step, whole in _STEPS.items():
            count, of = stats[step], stats[whole]
            share = f"{100 * count / of:3.0f} % of {whole}" if of else ""
            bar = "#" * round(_GAUGE_WIDTH * count / (stats["total"] or 1))
            self.line(f"{step:<10}{count:>4}  {bar:<{_GAUGE_WIDTH}}  {share}".rstrip())
        rest = [f"{stats[state]} {state}" for state in _BESIDE if stats[state]]
        self.line(f"beside: {', '.join(rest) or 'nobody'}")

    def opted_out(self, people: Sequence[Mapping[str, Any]]) -> None:
        """Who wants no more messages, and how that is known."""
        how = Counter(each["source"] or "unknown" for each in people)
        ways = ", ".join(f"{count} {source}" for source, count in sorted(how.items()))
        if people:
            self.line(f"opted out: {len(people)} ({ways}); no campaign writes to them any more")

    def simulator(self, calls: Sequence[Received]) -> None:
        """What the simulator got: the proof that nobody was written to twice."""
        accepted = Counter(call.phone for call in calls if call.accepted)
        most = max(accepted.values(), default=0)
        self.heading("What the WhatsApp simulator received")
        self.line(
            f"{len(calls)} calls, {accepted.total()} accepted, for {len(accepted)} phones;"
            f" most accepted for one phone: {most}"
            + (" (nobody was written to twice)" if most <= 1 else " (WRITTEN TO TWICE)")
        )

    def quota(self, quota: Mapping[str, Any], free: int) -> None:
        """The daily cap as a gauge; `free` recipients had an open conversation already."""
        used, limit = quota["used"], quota["limit"]
        filled = min(_GAUGE_WIDTH, round(_GAUGE_WIDTH * used / limit))
        self.heading("Daily cap")
        gauge = "#" * filled + "-" * (_GAUGE_WIDTH - filled)
        self.line(f"[{gauge}] {used} of {limit} conversations in 24 hours")
        if free:
            self.line(
                f"{free} recipients were in conversations that an earlier run had opened:"
                " they do not count."
            )

    def _table(self, *columns: str) -> Table:
        table = Table(box=None, pad_edge=False, header_style="dim")
        for column in columns:
            if column == "recipients":
                table.add_column(column, justify="right")
            else:
                table.add_column(column, overflow="fold", no_wrap=column in ("status", "code"))
        return table


class LiveProgress:
    """A bar on a terminal, otherwise a line whenever something has changed."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._last = ""
        self._bar: Progress | None = None
        self._task = TaskID(0)
        if console.is_terminal:
            self._bar = Progress(
                TextColumn("{task.percentage:>3.0f} %"),
                BarColumn(),
                TextColumn("{task.description}"),
                TimeElapsedColumn(),
                console=console,
            )
            self._task = self._bar.add_task("", total=100)
            self._bar.start()

    def show(self, campaign: Mapping[str, Any]) -> None:
        """The counters of this moment."""
        counts = [(state, campaign[f"{state}Count"]) for state in _STATES]
        text = "  ".join(f"{state} {count}" for state, count in counts if count)
        if self._bar:
            self._bar.update(self._task, completed=campaign["progress"], description=text)
        elif text != self._last:
            self._console.print(f"{campaign['progress']:5.1f} %  {text}", highlight=False)
        self._last = text

    def stop(self) -> None:
        """Leave the last state on the screen."""
        if self._bar:
            self._bar.stop()
