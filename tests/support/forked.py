"""`python -m cli` without the third of a second that its imports take.

A server that has imported everything forks a process for each command, with the caller's own
arguments, environment, folder, input and outputs. Run with an address and arguments, this file is
such a caller: `python -IS tests/support/forked.py ADDRESS status …`.
"""

import gc
import json
import os
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

READY = "ready"
_SECONDS = 120.0
_FOLDER = str(Path(__file__).parents[2])


def ask(
    address: str,
    arguments: Sequence[str],
    environment: Mapping[str, str],
    folder: str,
    files: Sequence[int],
) -> int:
    """Run a command; its exit code. `files`: descriptors of its input and both outputs."""
    wanted = {"arguments": list(arguments), "environment": dict(environment), "folder": folder}
    with socket.socket(socket.AF_UNIX) as server:
        server.settimeout(_SECONDS)
        server.connect(address)
        socket.send_fds(server, [b"+"], list(files))
        server.sendall(json.dumps(wanted).encode() + b"\n")
        answer = server.recv(16)
    if not answer:
        raise RuntimeError(f"The process of {list(arguments)} ended without an exit code.")
    return int(answer)


def serve(address: str) -> None:
    """Fork a process for each call, until the one that started this closes the input."""
    sys.path.insert(0, _FOLDER)
    from cli.main import main

    gc.freeze()  # or each process would copy what it looks through
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(address)
        door.listen()
        sys.stdout.write(f"{READY}\n")
        sys.stdout.flush()
        if os.fork() == 0:
            sys.stdin.read()
            os.kill(os.getppid(), signal.SIGTERM)
            os._exit(0)
        while True:
            caller, _ = door.accept()
            if os.fork() == 0:
                _attend(caller, main)
            caller.close()


def _attend(caller: socket.socket, main: Callable[[], NoReturn]) -> NoReturn:
    """Run one command in a process of its own, and tell how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _, files, _, _ = socket.recv_fds(caller, 1, 3)
    with caller.makefile("rb") as told:
        wanted = json.loads(told.readline())
    runner = os.fork()
    if runner == 0:
        caller.close()
        _become(wanted, files)
        _run(main)
    code = os.waitstatus_to_exitcode(os.waitpid(runner, 0)[1])
    caller.sendall(str(code).encode())
    os._exit(0)


def _run(main: Callable[[], NoReturn]) -> NoReturn:
    """To its exit code, without tidying up what it shares with the server."""
    code: object = 1
    try:
        main()
    except SystemExit as end:
        code = end.code
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(int(code or 0) if not isinstance(code, str) else 1)


def _become(wanted: Mapping[str, object], files: Sequence[int]) -> None:
    """This process is as if it were started by the caller."""
    for number, file in enumerate(files):
        os.dup2(file, number)
    sys.stdin, sys.stdout, sys.stderr = (
        open(number, mode, encoding="utf-8", closefd=False)  # noqa: SIM115
        for number, mode in enumerate("rww")
    )
    os.chdir(str(wanted["folder"]))
    os.environ.clear()
    os.environ.update(wanted["environment"])  # type: ignore[arg-type]
    time.tzset()
    sys.argv = ["campaigns", *wanted["arguments"]]  # type: ignore[misc]


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(sys.argv[2])
    sys.exit(ask(sys.argv[1], sys.argv[2:], os.environ, str(Path.cwd()), (0, 1, 2)))
