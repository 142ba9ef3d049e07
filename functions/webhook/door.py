"""What the webhook function holds between requests: Meta's secrets and the way to the queue."""

import json
import logging
import os
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any

from shared.domain.errors import StoreUnavailableError
from shared.ports import Clock
from shared.system import SystemClock

log = logging.getLogger(__name__)

LIFETIME = timedelta(minutes=5)
"""How long what Secrets Manager said is used."""

SECOND_LOOK = timedelta(minutes=1)
"""How soon a signature that does not match may make it be asked again: it could be a new secret,
or anybody who sends nonsense."""

NAMES = ("META_APP_SECRET", "META_WEBHOOK_VERIFY_TOKEN")


class MetaKeys:
    """The app secret and the verify token: the environment's, else those that `read` gives.

    If Secrets Manager fails, what was read before goes on being used. Raises StoreUnavailableError
    if there is none.
    """

    def __init__(
        self, environment: Mapping[str, str], clock: Clock, read: Callable[[], str] | None
    ) -> None:
        self._given = {name: environment[name] for name in NAMES if environment.get(name)}
        self._read = None if len(self._given) == len(NAMES) else read
        self._clock = clock
        self._held: Mapping[str, str] = {}
        self._asked_at: datetime | None = None

    def get(self, name: str) -> str:
        """The value; empty if nobody has set it."""
        if self._asked_at is None or self._age() >= LIFETIME:
            self._ask()
        return self._given.get(name) or self._held.get(name) or ""

    def look_again(self) -> bool:
        """Whether it was worth another question, because the values may have been replaced."""
        if self._read is None or self._age() < SECOND_LOOK:
            return False
        self._ask()
        return True

    def _age(self) -> timedelta:
        return self._clock.now() - (self._asked_at or self._clock.now())

    def _ask(self) -> None:
        if self._read is not None:
            try:
                self._held = _texts(self._read())
            except Exception as error:
                if not self._held:
                    raise StoreUnavailableError("Secrets Manager is not available.") from error
                log.warning("Secrets Manager is not available; the secrets read before are used")
        self._asked_at = self._clock.now()


class Door:
    """What a request to the webhook needs. Nothing is opened before it is used."""

    def __init__(self, environment: Mapping[str, str], clock: Clock | None = None) -> None:
        self._environment = environment
        secret_id = environment.get("META_SECRET_ID")
        self.keys = MetaKeys(
            environment,
            clock or SystemClock(),
            (lambda: self._secret(secret_id)) if secret_id else None,
        )

    @cached_property
    def queue(self) -> Any:
        """See `shared.sqs.MessageQueue`."""
        from shared.config import load_updates_queue_url
        from shared.sqs import MessageQueue, sqs_client

        return MessageQueue(sqs_client(self._session), load_updates_queue_url(self._environment))

    @cached_property
    def _session(self) -> Any:
        import boto3

        return boto3.Session()

    def _secret(self, secret_id: str) -> str:
        client = self._session.client("secretsmanager")
        try:
            return str(client.get_secret_value(SecretId=secret_id)["SecretString"])
        finally:
            client.close()


@lru_cache(maxsize=1)
def door() -> Door:
    """This process's."""
    return Door(os.environ)


def _texts(secret: str) -> dict[str, str]:
    """The texts of a secret. Raises ValueError if it is no JSON object."""
    held = json.loads(secret)
    if not isinstance(held, dict):
        raise ValueError("the secret is no JSON object")
    return {name: value for name, value in held.items() if isinstance(value, str)}
