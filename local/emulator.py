"""The emulator as a process of its own: own interpreter lock, and it ends when its parent does."""

import asyncio
import contextlib
import json
import os
import secrets
import subprocess
import sys
import threading
import time
from pathlib import Path
from socket import create_server
from types import TracebackType
from typing import IO, Any, Self

from local.failure import LocalError
from local.writelog import WriteLog

ROOT = Path(__file__).resolve().parent.parent
_SYNC_SECONDS = 1.0
_STOP_SECONDS = 10.0
_STREAM_SECONDS = 60
_LISTS_SECONDS = 7 * 24 * 3600  # as on AWS, where the bucket does it
# What a child needs of this machine; nothing that could switch on one of ministack's many services.
_KEPT_ENVIRONMENT = (
    "PATH",
    "HOME",
    "TMPDIR",
    "LANG",
    "LC_ALL",
    "PYTHONPATH",
    "VIRTUAL_ENV",
    "SYSTEMROOT",
)


class Emulator:
    """DynamoDB, SQS and S3 at `url`, on 127.0.0.1 and a free port, with what one data folder holds.

    The folder belongs to it until it ends. When this process dies, however it does, so does the
    child.
    """

    def __init__(self, folder: Path, patience_seconds: float = 5.0) -> None:
        """Start and wait until it answers. Raises LocalError with what the child says is wrong.

        `patience_seconds`: how long another process may still hold the folder. A runtime that was
        killed needs a moment until its emulator is gone too.
        """
        # Signed addresses of files are checked against it, so that nobody else can make one.
        self.secret = secrets.token_urlsafe()
        folder = folder.absolute()
        with contextlib.suppress(OSError):  # the child says better what is wrong with the folder
            folder.mkdir(parents=True, exist_ok=True)
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "local.emulator", str(folder), str(patience_seconds)],
            cwd=ROOT,
            env={name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
            | {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": self.secret},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for the parent: work in flight finishes first
        )
        self._stderr = _Tail(self._stream(self._process.stderr))
        hello = self._stream(self._process.stdout).readline()
        if not hello:
            self._process.wait()
            raise LocalError(
                f"The emulator did not start: {self.last_words or 'it gave no reason'}"
            )
        answer = json.loads(hello)
        if "error" in answer:
            self.stop()
            raise LocalError(answer["error"])
        self.url = f"http://127.0.0.1:{answer['port']}"

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._process.pid

    @property
    def ended(self) -> bool:
        """Whether the child is gone, asked or not."""
        return self._process.poll() is not None

    @property
    def last_words(self) -> str:
        """The last line that the child wrote to its stderr."""
        return self._stderr.last

    def stop(self) -> None:
        """End the child: it syncs its log and leaves. Safe to repeat."""
        with contextlib.suppress(OSError):  # it may be gone already
            self._stream(self._process.stdin).close()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._stderr.join()
        self._stream(self._process.stdout).close()

    @staticmethod
    def _stream(stream: IO[bytes] | None) -> IO[bytes]:
        if stream is None:
            raise RuntimeError("the child was started with pipes")
        return stream

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


class _Tail(threading.Thread):
    """Reads a child's stderr so that it never blocks, and remembers its last line."""

    def __init__(self, stream: IO[bytes]) -> None:
        super().__init__(name="emulator-stderr", daemon=True)
        self.last = ""
        self._stream = stream
        self.start()

    def run(self) -> None:
        with self._stream:
            for line in self._stream:
                self.last = line.decode(errors="replace").strip() or self.last


def _child(folder: Path, patience_seconds: float) -> None:
    """Serve until the parent closes our stdin (or is gone, which is the same)."""
    listener = create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    try:
        log = WriteLog(folder, time.time(), patience_seconds)
    except LocalError as error:
        _say({"error": str(error)})
        return
    lists = folder / "lists"
    _forget_old(lists, time.time() - _LISTS_SECONDS)
    # Read by ministack when it is imported; SQS puts host and port into its queues' addresses.
    os.environ |= {
        "GATEWAY_PORT": str(port),
        "MINISTACK_HOST": "127.0.0.1",
        "SERVICES": "dynamodb,dynamodbstreams,sqs,s3",
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(lists),
        "LOG_LEVEL": "ERROR",
    }
    asyncio.run(_serve(log, listener.detach(), port))
    log.close()


def _forget_old(folder: Path, before: float) -> None:
    """Uploaded lists and reports are people's data, and are not kept for longer than needed."""
    for path in folder.rglob("*") if folder.is_dir() else ():
        if path.is_file() and path.stat().st_mtime < before:
            path.unlink()


async def _serve(log: WriteLog, descriptor: int, port: int) -> None:
    from hypercorn.asyncio import serve
    from hypercorn.config import Config
    from ministack.app import app  # type: ignore[import-untyped]
    from ministack.services import dynamodb  # type: ignore[import-untyped]

    from local.durable import DurableTables

    # Who listens reads at once; a day of everything, as on AWS, would fill the memory.
    dynamodb._STREAM_RETENTION_SECONDS = _STREAM_SECONDS
    tables = DurableTables(app, log)
    try:
        await tables.load(log.image)
    except LocalError as error:
        _say({"error": str(error)})
        return
    log.image.items.clear()  # the emulator has them now
    loop, parent_gone = asyncio.get_running_loop(), asyncio.Event()

    def watch() -> None:
        sys.stdin.buffer.read()
        loop.call_soon_threadsafe(parent_gone.set)

    threading.Thread(target=watch, name="parent", daemon=True).start()
    syncing = asyncio.create_task(_keep_syncing(log))
    config = Config()
    config.bind = [f"fd://{descriptor}"]
    config.loglevel = "ERROR"
    config.keep_alive_timeout = (
        3600  # a pooled connection must not close just when it is used again
    )
    config.graceful_timeout = 0.1  # only long polls can still be open
    _say({"port": port})  # the socket listens since before: whoever connects now only waits
    await serve(tables, config, shutdown_trigger=parent_gone.wait)  # type: ignore[arg-type]
    syncing.cancel()


async def _keep_syncing(log: WriteLog) -> None:
    while True:
        await asyncio.sleep(_SYNC_SECONDS)
        await asyncio.to_thread(log.sync)


def make_bucket(s3: Any, name: str) -> None:
    """A bucket; it is there already if it holds files of an earlier run."""
    with contextlib.suppress(s3.exceptions.BucketAlreadyOwnedByYou):
        s3.create_bucket(Bucket=name)


def _say(message: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    _child(Path(sys.argv[1]), float(sys.argv[2]))
