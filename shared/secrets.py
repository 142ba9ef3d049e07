"""Where the access tokens of registered senders are: Secrets Manager, or files on the laptop.

Both keep one secret for each sender of a tenant. Nothing here logs or shows a token.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from shared.domain.errors import StoreUnavailableError


class AwsSecrets:
    """See `shared.usecases.sender_ports.SecretStore`: `{prefix}{tenant}/{sender}`.

    A deleted secret can be restored for seven days, Secrets Manager's shortest window.
    """

    def __init__(self, client: Any, prefix: str, tenant_id: str) -> None:
        self._client = client
        self._prefix = f"{prefix}{tenant_id}/"

    def put(self, sender_id: str, token: str) -> None:
        """Keep a token; the one before it is replaced."""
        name = self._prefix + sender_id
        with _store_errors():
            try:
                self._client.put_secret_value(SecretId=name, SecretString=token)
            except self._client.exceptions.ResourceNotFoundException:
                self._client.create_secret(Name=name, SecretString=token)

    def get(self, sender_id: str) -> str | None:
        """The token, or None if there is none."""
        with _store_errors():
            try:
                answer = self._client.get_secret_value(SecretId=self._prefix + sender_id)
            except (
                self._client.exceptions.ResourceNotFoundException,
                self._client.exceptions.InvalidRequestException,  # it is being deleted
            ):
                return None
        return str(answer["SecretString"])

    def delete(self, sender_id: str) -> None:
        """Forget a token. One that is not there is no error."""
        with _store_errors():
            try:
                self._client.delete_secret(
                    SecretId=self._prefix + sender_id, RecoveryWindowInDays=7
                )
            except (
                self._client.exceptions.ResourceNotFoundException,
                self._client.exceptions.InvalidRequestException,  # it is being deleted already
            ):
                return


class FileSecrets:
    """The same on the laptop: `{folder}/{tenant}/{sender}`, readable by nobody else."""

    def __init__(self, folder: Path, tenant_id: str) -> None:
        self._folder = folder / tenant_id

    def put(self, sender_id: str, token: str) -> None:
        """Keep a token, whole or not at all."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = self._folder / f"{sender_id}.new"
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        with os.fdopen(os.open(fresh, flags, 0o600), "w") as file:
            file.write(token)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._folder / sender_id)

    def get(self, sender_id: str) -> str | None:
        """The token, or None if there is none."""
        path = self._folder / sender_id
        return path.read_text() if path.exists() else None

    def delete(self, sender_id: str) -> None:
        """Forget a token."""
        (self._folder / sender_id).unlink(missing_ok=True)


@contextmanager
def _store_errors() -> Iterator[None]:
    """Whatever Secrets Manager can't do now may work in a minute; its words could hold a value."""
    try:
        yield
    except (BotoCoreError, ClientError):
        raise StoreUnavailableError(
            "The store of access tokens is not available. Try again in a moment."
        ) from None
