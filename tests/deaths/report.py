"""What a run showed, in figures."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.channels.simulator_mailbox import Received
from tests.deaths.tables import Item


@dataclass(frozen=True)
class Report:
    """`messages` are those that the provider took; `really_sent` how many of those in doubt."""

    violations: Sequence[str]
    kills: int
    others_killed: int  # the schedule, and who works on what is told
    messages: int
    in_doubt: int
    really_sent: int
    seconds: float

    @classmethod
    def of(
        cls,
        violations: Sequence[str],
        calls: Sequence[Received],
        doubtful: Sequence[Item],
        kills: int,
        others_killed: int,
        seconds: float,
    ) -> "Report":
        """From the provider's record and from those who are in doubt because a worker died."""
        sent = {call.opaque.split("|")[3] for call in calls if call.accepted}
        really = sum(item["claim"] in sent for item in doubtful)
        return cls(violations, kills, others_killed, len(sent), len(doubtful), really, seconds)

    @classmethod
    def sum(cls, reports: Sequence["Report"]) -> "Report":
        """Several runs as one."""
        return cls(
            violations=[words for report in reports for words in report.violations],
            kills=sum(report.kills for report in reports),
            others_killed=sum(report.others_killed for report in reports),
            messages=sum(report.messages for report in reports),
            in_doubt=sum(report.in_doubt for report in reports),
            really_sent=sum(report.really_sent for report in reports),
            seconds=sum(report.seconds for report in reports),
        )

    def __str__(self) -> str:
        per_kill = self.in_doubt / max(1, self.kills)
        others = f" (and {self.others_killed} others)" if self.others_killed else ""
        return (
            f"{self.messages} messages, {self.kills} kills{others}, {self.in_doubt} in doubt by"
            f" death ({per_kill:.2f} a kill; {self.really_sent} of them were sent),"
            f" {self.seconds:.0f} s, {self.messages / self.seconds:.0f} messages/s"
        )
