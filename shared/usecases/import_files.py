"""The files of an import: the list, where it is cut, and the rows that were left out."""

import csv
import io
import json
from collections import Counter
from collections.abc import Mapping

from shared.domain.audience import Layout, Row, Slice
from shared.domain.csv_text import safe_cell
from shared.domain.imports import Import, Plan
from shared.usecases.enrol import KINDS
from shared.usecases.upload_report import SHOWN_CHARACTERS, Kind

CONTENT_TYPE = "text/csv"
REPORT_OPENING = b"line,phone,kind,reason\r\n"


def list_key(of: Import) -> str:
    """The uploaded list."""
    return f"{_folder(of)}/list.csv"


def plan_key(of: Import) -> str:
    """Where the list is cut."""
    return f"{_folder(of)}/plan.json"


def rejects_key(of: Import, part: int) -> str:
    """The rows of a part that were left out."""
    return f"{_folder(of)}/rejected/{part:05d}.csv"


def report_key(of: Import) -> str:
    """All rows that were left out."""
    return f"{_folder(of)}/rejected.csv"


def _folder(of: Import) -> str:
    return f"{of.campaign_id}/{of.import_id}"


def plan_text(plan: Plan) -> bytes:
    """A plan as it is kept."""
    layout = plan.layout
    value = {
        "columns": layout.columns,
        "delimiter": layout.delimiter,
        "phoneColumn": layout.phone_column,
        "encoding": layout.encoding,
        "slices": [[each.start, each.end, each.line, each.rows] for each in plan.slices],
    }
    return json.dumps(value, separators=(",", ":")).encode()


def plan_of(text: bytes) -> Plan:
    """The inverse of `plan_text`."""
    value = json.loads(text)
    layout = Layout(
        tuple(value["columns"]), value["delimiter"], value["phoneColumn"], value["encoding"]
    )
    return Plan(layout, tuple(Slice(*each) for each in value["slices"]))


class PartReport:
    """Collects everybody who was left out of one part, as lines of the report."""

    def __init__(self) -> None:
        self._skipped: Counter[Kind] = Counter()
        self._text = io.StringIO()
        self._writer = csv.writer(self._text)

    def reject(self, row: Row, kind: Kind, reason: str) -> None:
        """Leave a row out."""
        self._skipped[kind] += 1
        shown = safe_cell(row.phone[:SHOWN_CHARACTERS])
        self._writer.writerow((row.line, shown, kind.value, safe_cell(reason)))

    @property
    def skipped(self) -> Mapping[str, int]:
        """How many, by kind."""
        return {kind.value: self._skipped[kind] for kind in KINDS}

    @property
    def content(self) -> bytes:
        """The lines, nearly in the file's order: who is there already is known chunk by chunk."""
        return self._text.getvalue().encode()
