"""Errors that Meta reports of a number itself, by webhook and without a message."""

import logging
from collections.abc import Iterable
from datetime import timedelta

from shared.domain.outcome import Outcome, OutcomeKind
from shared.usecases.executor_ports import ExecutorPorts

log = logging.getLogger(__name__)

_HEEDED = frozenset({OutcomeKind.THROTTLED, OutcomeKind.SENDER_ERROR})


def heed_number(ports: ExecutorPorts, sender_id: str, troubles: Iterable[Outcome]) -> list[Outcome]:
    """Let the sender be silent for a while; what is not about the number is given back.

    Only for a while: such a webhook has no instant, can come days late and twice. If the trouble is
    still there, the answer to the next call says so, and that one halts the sender.
    Raises StoreUnavailableError.
    """
    others = []
    for trouble in troubles:
        if trouble.kind not in _HEEDED:
            others.append(trouble)
            continue
        seconds = max(ports.settings.throttle_stop_seconds, trouble.delay_seconds or 0)
        words = f"{trouble.message} (code {trouble.code})"
        ports.senders.stop(sender_id, ports.clock.now() + timedelta(seconds=seconds), words)
        log.warning(
            "sender stopped for %d s: %s",
            seconds,
            words,
            extra={"event": "sender_stopped", "senderId": sender_id},
        )
    return others
