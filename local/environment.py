"""Lambda's execution environments on a laptop: one process per concurrent invocation.

As on Lambda, an environment imports the handler once and then serves one event at a time (the HTTP
resolver keeps the current event in a global, so threads would mix requests up). A new one starts
when all others are busy, one that outlives its time limit is ended, and events and answers cross as
JSON. It ends with its parent.
"""

import contextlib
import json
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Any

from local.emulator import ROOT
from local.failure import LocalError

_START_SECONDS = 60.0


class FunctionError(Exception):
    """The handler raised or its process died; the message is for the log, not for callers."""


class FunctionTimeoutError(FunctionError):
    """The handler took longer than its limit and was ended, as on Lambda."""


@dataclass(frozen=True, slots=True)
class FunctionSettings:
    """What a function is on Lambda: its name, its handler (`module:attribute`) and its limits."""

    name: str
    handler: str
    timeout_seconds: float
    memory_mb: int = 1024
    concurrency: int = 4
    started: bool = True  # at once, or when it is needed first


class _Environment:
    """One process with the handler in it. Not for use by two threads at once."""

    def __init__(
        self, settings: FunctionSettings, variables: Mapping[str, str], log: IO[bytes] | None
    ) -> None:
        """Start and wait until the handler is imported. Raises LocalError if it can't be."""
        self._settings = settings
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "local.environment_child", settings.handler],
            cwd=ROOT,
            env=dict(variables),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,  # Ctrl-C is for the parent: work in flight finishes first
        )
        ready = self._answer(_START_SECONDS)
        if ready is None or "error" in ready:
            self.kill()
            reason = ready["error"].strip().splitlines()[-1] if ready else "it gave no reason"
            raise LocalError(f"The function {settings.name} did not start: {reason}")

    def invoke(self, event: Any, request_id: str) -> Any:
        """The handler's answer. Raises FunctionError; then `alive` says whether it can go on."""
        message = {
            "event": event,
            "requestId": request_id,
            "timeoutSeconds": self._settings.timeout_seconds,
            "functionName": self._settings.name,
            "memoryMb": self._settings.memory_mb,
        }
        stdin = self._process.stdin
        limit, began = self._settings.timeout_seconds, time.monotonic()
        with contextlib.suppress(OSError):  # it died while idle: the answer is missing too
            if stdin:
                stdin.write(json.dumps(message).encode() + b"\n")
                stdin.flush()
        answer = self._answer(limit)
        if answer is None:
            self.kill()
            if time.monotonic() - began >= limit:
                raise FunctionTimeoutError(f"{self._settings.name} timed out after {limit:g} s")
            raise FunctionError(f"the process of {self._settings.name} ended")
        if "error" in answer:
            raise FunctionError(answer["error"])
        return answer["answer"]

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def _answer(self, seconds: float) -> dict[str, Any] | None:
        """The next line from the process; None if it ends first or takes longer than `seconds`."""
        stdout = self._process.stdout
        if stdout is None:
            return None
        limit = threading.Timer(seconds, self._process.kill)
        limit.daemon = True
        limit.start()
        try:
            line = stdout.readline()
        finally:
            limit.cancel()
        answer: dict[str, Any] | None = json.loads(line) if line.endswith(b"\n") else None
        return answer

    def kill(self) -> None:
        """End it, whatever it does; it holds nothing that is worth keeping."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                if stream:
                    stream.close()


class Function:
    """A function with its environments. Safe to use from many threads.

    At most `concurrency` invocations run at once; more wait for their turn.
    """

    def __init__(
        self,
        settings: FunctionSettings,
        variables: Mapping[str, str],
        log: IO[bytes] | None = None,
    ) -> None:
        """Start the first environment, so that a handler that can't be imported is noticed now.

        `log` takes what the handler writes; None is this process's stderr. Raises LocalError.
        """
        self.settings = settings
        self._variables = variables
        self._log = log
        self._idle: queue.LifoQueue[_Environment | None] = queue.LifoQueue()
        for _ in range(settings.concurrency - 1):
            self._idle.put(None)  # a place for an environment that is not started yet
        self._idle.put(self._start() if settings.started else None)

    def _start(self) -> _Environment:
        return _Environment(self.settings, self._variables, self._log)

    def invoke(self, event: Any, request_id: str) -> Any:
        """Call the handler. Raises FunctionError."""
        environment = self._idle.get()
        try:
            if environment and not environment.alive:
                environment.kill()  # it is gone already: this frees its pipes
                environment = None
            environment = environment or self._start()
            return environment.invoke(event, request_id)
        except LocalError as error:
            raise FunctionError(str(error)) from None
        finally:
            self._idle.put(environment)

    def stop(self, grace_seconds: float) -> None:
        """Wait for invocations in flight, at most `grace_seconds`, and end every environment.

        Those that take longer go on until their parent ends, and then die with it.
        """
        deadline = time.monotonic() + grace_seconds
        for _ in range(self.settings.concurrency):
            with contextlib.suppress(queue.Empty):
                environment = self._idle.get(timeout=max(0.01, deadline - time.monotonic()))
                if environment:
                    environment.kill()
