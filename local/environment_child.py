"""The inside of an execution environment: imports one handler and serves events until stdin ends.

One JSON message a line: `{"ready": true}` once, then an answer `{"answer": ...}` or
`{"error": "traceback"}` for each event. Whatever the handler prints goes to stderr.
"""

import importlib
import json
import os
import queue
import sys
import threading
import time
import traceback
from typing import IO, Any


class LambdaContext:
    """What Lambda hands to a handler beside the event."""

    function_version = "$LATEST"
    identity = None
    client_context = None

    def __init__(self, message: dict[str, Any]) -> None:
        self._deadline = time.monotonic() + message["timeoutSeconds"]
        self.function_name: str = message["functionName"]
        self.memory_limit_in_mb: int = message["memoryMb"]
        self.aws_request_id: str = message["requestId"]
        self.invoked_function_arn = (
            f"arn:aws:lambda:us-east-1:000000000000:function:{self.function_name}"
        )
        self.log_group_name = f"/aws/lambda/{self.function_name}"
        self.log_stream_name = "local"

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the invocation is ended; never negative."""
        return max(0, int((self._deadline - time.monotonic()) * 1000))


def main(handler_name: str) -> None:
    """Serve the handler `module:attribute`."""
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # stdout carries the protocol; a stray print must not
    events: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(events,), name="events", daemon=True).start()
    module, attribute = handler_name.split(":")
    try:
        handler = getattr(importlib.import_module(module), attribute)
    except BaseException:
        _reply(replies, {"error": traceback.format_exc()})
        raise SystemExit(1) from None
    _reply(replies, {"ready": True})
    while True:
        message = json.loads(events.get())
        try:
            answer = {"answer": handler(message["event"], LambdaContext(message))}
            text = json.dumps(answer)
        except BaseException:  # SystemExit too: as on Lambda, one bad event does not end the rest
            text = json.dumps({"error": traceback.format_exc()})
        _reply(replies, text)


def _read(events: "queue.SimpleQueue[bytes]") -> None:
    for line in sys.stdin.buffer:
        events.put(line)
    # The parent is gone, killed perhaps: nobody waits for an answer, and the emulator is gone too.
    os._exit(0)


def _reply(replies: IO[bytes], message: dict[str, Any] | str) -> None:
    text = message if isinstance(message, str) else json.dumps(message)
    replies.write(text.encode() + b"\n")
    replies.flush()


if __name__ == "__main__":
    main(sys.argv[1])
