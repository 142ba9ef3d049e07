"""`Idempotency-Key`: a POST that is sent twice is done once, and answered alike.

The record is kept by Powertools' idempotency utility, in a partition of the tenant, for 24 hours.
Only successes are kept: what failed may be tried again under the same key. If a function dies in
between, the key is free again when its time is up; then the operation may be done a second time.
"""

import hashlib
import re
from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.event_handler import Response

from shared.domain.errors import StoreUnavailableError
from shared.http.errors import KeyInUseError, KeyReusedError, MalformedKeyError

HEADER = "idempotency-key"
LIFETIME = 24 * 3600  # seconds

_KEY = re.compile(r"[\x21-\x7e]{1,255}", re.ASCII)

Proceed = Callable[[], Response[Any]]


class Once:
    """The keys of one tenant, in the table `table` under the partition `partition`."""

    def __init__(self, client: Any, table: str, partition: str) -> None:
        self._client = client
        self._table = table
        self._partition = partition

    def answer(
        self, key: str, request: tuple[str, str, bytes], context: Any, proceed: Proceed
    ) -> Response[Any]:
        """The answer of `proceed`, or the one that the same key had before.

        `request`: method, path and body. Raises MalformedKeyError, KeyReusedError for another
        request under the same key, KeyInUseError while the first is still at work,
        StoreUnavailableError; and whatever `proceed` raises.
        """
        from aws_lambda_powertools.utilities.idempotency import IdempotencyConfig, exceptions
        from aws_lambda_powertools.utilities.idempotency.base import IdempotencyHandler

        if not _KEY.fullmatch(key):
            raise MalformedKeyError
        fresh = False

        def run() -> dict[str, Any]:
            nonlocal fresh
            fresh = True
            answer = proceed()
            return {"status": answer.status_code, "body": answer.body}

        config = IdempotencyConfig(
            event_key_jmespath="key",
            payload_validation_jmespath="request",
            expires_after_seconds=LIFETIME,
            hash_function="sha256",
            lambda_context=context,
        )
        handler = IdempotencyHandler(
            function=run,
            function_payload={"key": key, "request": _fingerprint(request)},
            config=config,
            persistence_store=self._store(),
            function_args=(),
            function_kwargs={},
        )
        try:
            kept = handler.handle()
        except exceptions.IdempotencyValidationError:
            raise KeyReusedError from None
        except (
            exceptions.IdempotencyAlreadyInProgressError,
            exceptions.IdempotencyInconsistentStateError,
        ):
            raise KeyInUseError from None
        except exceptions.IdempotencyPersistenceLayerError as error:
            raise StoreUnavailableError from error
        headers = {} if fresh else {"Idempotent-Replayed": "true"}
        return Response(kept["status"], "application/json", kept["body"], headers)

    def _store(self) -> Any:
        from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer

        return DynamoDBPersistenceLayer(
            table_name=self._table,
            key_attr="PK",
            sort_key_attr="SK",
            static_pk_value=self._partition,
            expiry_attr="expiresAt",
            in_progress_expiry_attr="inProgressUntil",
            status_attr="status",
            data_attr="answer",
            validation_key_attr="request",
            boto3_client=self._client,
        )


def _fingerprint(request: tuple[str, str, bytes]) -> str:
    method, path, body = request
    return hashlib.sha256(f"{method} {path}\n".encode() + body).hexdigest()
