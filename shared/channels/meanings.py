"""What the code of a recipient means, whoever it is from; see `shared.domain.reasons`."""

from datetime import timedelta

from shared.channels.error_codes import Row, row_of
from shared.domain.outcome import OutcomeKind
from shared.domain.reasons import MAY_HAVE, Again, Meaning, own_meaning
from shared.domain.settling import DEFER_WAIT

_UNKNOWN = Meaning("Look this code up in Meta's error reference.")


def meaning(code: str) -> Meaning:
    """Never raises: a code that nobody knows says where to look."""
    own = own_meaning(code)
    if own:
        return own
    if code.startswith("HTTP_5"):
        return Meaning(f"Something between us and Meta failed: {MAY_HAVE}")
    if code.startswith("HTTP_"):
        return Meaning("The answer came from something between us and Meta: check the network.")
    row = row_of(code)
    if row is None:
        return _UNKNOWN
    wait = DEFER_WAIT if row.kind is OutcomeKind.DEFER else timedelta()
    return Meaning(row.words, _again(row), wait)


def _again(row: Row) -> Again:
    if row.suppress:
        return Again.NEVER
    one_person = row.kind is OutcomeKind.REJECTED and not row.shared_fault
    return Again.FORCED if one_person else Again.YES
