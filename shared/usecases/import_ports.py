"""What imports need: their records, the files, and the queue of what is to be done."""

from collections.abc import Mapping, Sequence
from typing import BinaryIO, Protocol

from shared.domain.campaign import Event
from shared.domain.imports import Counts, Import, ImportStatus, Stored, Task
from shared.ports import Page
from shared.usecases.executor_ports import ExecutorPorts


class ImportStore(Protocol):
    """The imports of a tenant's campaigns. All go with the campaign when it is deleted."""

    def create(self, made: Import) -> None:
        """Keep a new one. Raises CampaignNotFoundError, CampaignClosedError."""
        ...

    def get(self, campaign_id: str, import_id: str) -> Import:
        """As of now (consistent). Raises ImportNotFoundError."""
        ...

    def list(self, campaign_id: str, limit: int, cursor: str | None) -> Page[Import]:
        """Newest first (consistent). Raises InvalidCursorError."""
        ...

    def start(self, waiting: Import, etag: str, event: Event) -> bool:
        """CHECKING, with the line of the history; the campaign can't complete from now on.

        False if somebody has started it already. Raises CampaignNotFoundError, CampaignClosedError.
        """
        ...

    def checked(self, running: Import, rows: int, size: int) -> None:
        """How far the first reading has come."""
        ...

    def planned(self, running: Import, rows: int, parts: int) -> None:
        """IMPORTING, if it was CHECKING."""
        ...

    def record(self, running: Import, part: int, counts: Counts) -> bool:
        """Count a part, once however often it is done; False if it was counted already."""
        ...

    def is_recorded(self, running: Import, part: int) -> bool:
        """Whether a part is counted (consistent)."""
        ...

    def recorded(self, running: Import) -> Mapping[int, Counts]:
        """The parts that are counted (consistent)."""
        ...

    def finish(self, running: Import, status: ImportStatus, event: Event) -> bool:
        """DONE or FAILED (with the event's reason), if it was at work; the campaign may complete.

        The event is in the history if and only if this returns True.
        """
        ...

    def postpone(self, campaign_id: str, import_id: str) -> bool:
        """Let no tick look at it for a while; False if there is nothing to be done any more."""
        ...


class Files(Protocol):
    """Files of a tenant by key; they are deleted a week after they came.

    Everything raises StoreUnavailableError. What names an `etag` raises ListChangedError if the
    file is not that one any more, or gone.
    """

    def upload_address(self, key: str, size: int, content_type: str) -> str:
        """An address that takes a PUT of exactly so many bytes, once or more, for `UPLOAD_TIME`."""
        ...

    def download_address(self, key: str, name: str) -> str:
        """An address from which a file called `name` is downloaded, for `UPLOAD_TIME`."""
        ...

    def find(self, key: str) -> Stored | None: ...

    def open(self, key: str, stored: Stored) -> BinaryIO:
        """To read and to seek in, with a few megabytes of memory whatever the size."""
        ...

    def read(
        self, key: str, etag: str | None = None, start: int = 0, end: int | None = None
    ) -> bytes:
        """The bytes from `start` up to `end`."""
        ...

    def write(self, key: str, content: bytes) -> None: ...

    def join(self, keys: Sequence[str], target: str, opening: bytes) -> None:
        """`opening` and the files one after the other as one file, at flat memory."""
        ...


class ImportQueue(Protocol):
    """What the importer shall do."""

    def put(self, tasks: Sequence[Task]) -> None:
        """Raises StoreUnavailableError if some may be missing; putting them again is harmless."""
        ...


class ImportPorts(ExecutorPorts, Protocol):
    """What importing works with, of one tenant."""

    @property
    def tenant_id(self) -> str: ...

    @property
    def imports(self) -> ImportStore: ...

    @property
    def files(self) -> Files: ...

    @property
    def import_queue(self) -> ImportQueue: ...
