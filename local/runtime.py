"""The laptop runtime: emulator, simulator, functions, HTTP port and tick, as one whole."""

import contextlib
import logging
import os
import signal
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import FrameType, TracebackType
from typing import IO, Any, Self

import boto3

from local.console import Console
from local.durable import LISTS
from local.emulator import Emulator, make_bucket
from local.endpoints import Watch
from local.environment import Function, FunctionSettings
from local.events import REGION
from local.executor import Driver, Poller, Queue
from local.failure import LocalError
from local.gateway import WEBHOOK as WEBHOOK_PATH
from local.gateway import Gateway, listen
from local.live import PATH as LIVE_PATH
from local.live import Live
from local.settings import TABLE_NAMES, LocalSettings, function_variables
from local.streams import StreamReader
from local.tokens import Tokens
from shared.channels.simulator import Simulator
from shared.channels.stories import Delivery
from shared.dynamo.provision import create_tables, enable_streams
from shared.dynamo.schema import TABLES

logger = logging.getLogger(__name__)

# The limits that the stack gives them on AWS.
API = FunctionSettings("api", "functions.api.handler:handler", timeout_seconds=29, memory_mb=1024)
EXECUTOR = FunctionSettings(
    "executor",
    "functions.executor.handler:handler",
    timeout_seconds=120,
    memory_mb=1024,
    concurrency=3,
)
WEBHOOK = FunctionSettings(
    "webhook",
    "functions.webhook.handler:handler",
    timeout_seconds=10,
    memory_mb=512,
    concurrency=2,
)
LIVE = FunctionSettings(
    "live", "functions.live.handler:handler", timeout_seconds=60, memory_mb=512, concurrency=4
)
_STREAMED = [TABLE_NAMES[table.name] for table in TABLES if table.stream]
UPDATES = FunctionSettings(
    "updates",
    "functions.updates.handler:handler",
    timeout_seconds=60,
    memory_mb=1024,
    concurrency=2,
)
IMPORTER = FunctionSettings(
    "importer",
    "functions.importer.handler:handler",
    timeout_seconds=600,
    memory_mb=256,
    concurrency=2,
    started=False,
)
OUTGOING = FunctionSettings(
    "outgoing",
    "functions.outgoing.handler:handler",
    timeout_seconds=60,
    memory_mb=512,
    concurrency=2,
    started=False,
)
_UPDATE_RECEIVES, _AT_ONCE = 8, 10
_IMPORT_RECEIVES = 5
_SIMULATED_LATENCY, _SIMULATED_JITTER = 0.05, 0.05  # seconds, about what Meta takes
_REPORTS = Delivery(delay=0.4, jitter=0.4, duplicates=0.05, disorder=0.05, gather=0.2)


class Runtime:
    """Everything that `make run` runs: `with Runtime(settings, os.environ) as runtime: …`.

    Guarantee: what the API answered survives the end of this process, however it ends. Webhooks
    that are still on their queue do not, nor what is to be told to other systems.
    """

    def __init__(
        self, settings: LocalSettings, environment: Mapping[str, str], log: IO[bytes] | None = None
    ) -> None:
        """Start all parts, or none. Raises LocalError.

        `log` takes what the functions write; None is this process's stderr.
        """
        with contextlib.ExitStack() as undo:
            listener = undo.enter_context(listen(settings.port))  # first: the likeliest to fail
            port = listener.getsockname()[1]
            self.emulator = Emulator(settings.data_dir)
            undo.callback(self.emulator.stop)
            _keep_apart(settings)
            self.simulator: Simulator | None = None
            if not settings.graph_url:
                self.simulator = undo.enter_context(_simulator())
            tables = _client("dynamodb", self.emulator.url)
            create_tables(tables, TABLE_NAMES)
            enable_streams(tables, TABLE_NAMES)
            queue = Queue(self.emulator.url, int(EXECUTOR.timeout_seconds))
            self._told = told = Queue(
                self.emulator.url,
                int(UPDATES.timeout_seconds),
                "webhook-updates",
                _UPDATE_RECEIVES,
                _AT_ONCE,
            )
            mail = Queue(
                self.emulator.url,
                int(OUTGOING.timeout_seconds),
                "outgoing",
                _UPDATE_RECEIVES,
                _AT_ONCE,
            )
            lists = Queue(
                self.emulator.url, int(IMPORTER.timeout_seconds), "imports", _IMPORT_RECEIVES
            )
            make_bucket(_client("s3", self.emulator.url), LISTS)
            variables = function_variables(
                environment,
                settings,
                self.emulator.url,
                {
                    "EXECUTOR_QUEUE_URL": queue.url,
                    "UPDATES_QUEUE_URL": told.url,
                    "IMPORT_QUEUE_URL": lists.url,
                    "OUTGOING_QUEUE_URL": mail.url,
                    "AWS_SECRET_ACCESS_KEY": self.emulator.secret,
                    "LIVE_URL": f"ws://127.0.0.1:{port}{LIVE_PATH}",
                    "LIVE_ENDPOINT_URL": f"http://127.0.0.1:{port}",
                },
                self.simulator.url if self.simulator else None,
            )
            # Undone in the opposite order: nothing new comes in while what is in flight finishes.
            functions = _started(
                (EXECUTOR, UPDATES, API, WEBHOOK, IMPORTER, OUTGOING), variables, log
            )
            executor, updates, api, webhook, importer, outgoing = functions
            undo.callback(outgoing.stop, 0)  # nobody's message waits for another system
            undo.callback(importer.stop, 0)  # whatever it does can be done again
            for function in functions[:-2]:
                undo.callback(self._finish, function)
            streams = _client("dynamodbstreams", self.emulator.url)
            live = Live(
                lambda: Function(LIVE, variables, log),
                lambda: [StreamReader(tables, streams, name) for name in _STREAMED],
            )
            undo.callback(lambda: live.stop(LIVE.timeout_seconds))
            undo.callback(Poller(outgoing, mail, OUTGOING.concurrency).stop)
            undo.callback(Watch(Path(variables["SENDER_SECRETS_DIR"]), live.systems).stop)
            self.console = Console(settings.console, [f"ws://127.0.0.1:{port}", self.emulator.url])
            gateway = Gateway(api, listener, Tokens(settings.data_dir), webhook, live, self.console)
            undo.callback(gateway.stop)
            if self.simulator:
                secret = variables["META_APP_SECRET"]
                reports = self.simulator.report_to(gateway.url + WEBHOOK_PATH, secret, _REPORTS)
                undo.callback(reports.stop)
            driver = Driver(executor, queue, settings.tick_seconds)
            undo.callback(driver.stop)
            poller = Poller(updates, told, UPDATES.concurrency)
            undo.callback(poller.stop)
            undo.callback(Poller(importer, lists, IMPORTER.concurrency).stop)
            self._stop = undo.pop_all()
        self.url = gateway.url
        self.webhook_url = gateway.url + WEBHOOK_PATH
        self.app_secret = variables.get("META_APP_SECRET", "")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Take nothing new, let requests and batches in flight finish, and end. Safe to repeat."""
        self._stop.close()

    def unheard(self) -> int:
        """About how many webhooks are on their way, or on the queue behind the door."""
        coming = (
            self.simulator.webhooks.waiting if self.simulator and self.simulator.webhooks else 0
        )
        return coming + self._told.waiting()

    def _finish(self, function: Function) -> None:
        """Let what is in flight finish. Without tables it can't, and would try for two minutes."""
        function.stop(0 if self.emulator.ended else function.settings.timeout_seconds)

    def wait(self, asked: threading.Event) -> None:
        """Return when `asked` is set. Raises LocalError if the emulator ends before that."""
        while not asked.wait(0.5):
            if self.emulator.ended:
                reason = self.emulator.last_words or "no reason given"
                raise LocalError(f"The emulator ended by itself: {reason}")


def stop_signals() -> threading.Event:
    """An event that Ctrl-C or SIGTERM sets; a second one ends the process at once."""
    asked = threading.Event()

    def ask(number: int, frame: FrameType | None) -> None:
        asked.set()
        signal.signal(number, signal.SIG_DFL)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, ask)
    return asked


def _started(
    functions: Sequence[FunctionSettings], variables: Mapping[str, str], log: IO[bytes] | None
) -> list[Function]:
    """All of them, started at once: importing a handler takes most of a start."""
    with ThreadPoolExecutor(len(functions)) as threads:
        starting = [threads.submit(Function, each, variables, log) for each in functions]
    failed = [error for each in starting if (error := each.exception())]
    if failed:
        for each in starting:
            if not each.exception():
                each.result().stop(0)
        raise failed[0]
    return [each.result() for each in starting]


def _keep_apart(settings: LocalSettings) -> None:
    """Let a folder that knew only the simulator never send for real, nor the other way round.

    Simulated conversations would pass for open ones, whose messages take no unit of the cap; and a
    real campaign would be marked as sent by a simulator that writes to nobody. Raises LocalError.
    """
    mark = settings.data_dir / "channel"
    wanted = "real channel" if settings.graph_url else "simulator"
    found = mark.read_text().strip() if mark.exists() else ""
    if not found:  # new, or the power went before the mark was on the disk: then nothing was sent
        with mark.open("w") as file:
            file.write(wanted + "\n")
            file.flush()
            os.fsync(file.fileno())
    elif found != wanted:
        raise LocalError(
            f"The data folder {settings.data_dir} was made with the {found} and can't be used with"
            f" the {wanted}: set LOCAL_DATA_DIR to another folder."
        )


def _simulator() -> Simulator:
    return Simulator(latency=_SIMULATED_LATENCY, jitter=_SIMULATED_JITTER)


def _client(service: str, endpoint_url: str) -> Any:
    return boto3.Session().client(
        service,
        endpoint_url=endpoint_url,
        region_name=REGION,
        aws_access_key_id="local",
        aws_secret_access_key="local",  # noqa: S106 -- the emulator takes any
    )
