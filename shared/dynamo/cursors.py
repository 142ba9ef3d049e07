"""Page cursors: opaque to the caller, checked when they come back.

A cursor holds only the sort position; the partition comes from the request, so a cursor of another
campaign or tenant can't lead anywhere else. A bound one also knows its partition, and is refused
everywhere else.
"""

import base64
import binascii
import hashlib
import re

from shared.domain.errors import InvalidCursorError
from shared.dynamo.client import Attributes, key
from shared.dynamo.keys import Keys

_CAMPAIGN_ID = re.compile(r"cmp_[0-9a-f-]{36}", re.ASCII)
_MARK_LENGTH = 16
_PHONE = re.compile(r"[0-9]{10,15}", re.ASCII)


def campaign_cursor(campaign_id: str) -> str:
    """After this campaign."""
    return _encode(campaign_id)


def campaign_start(keys: Keys, cursor: str) -> Attributes:
    """Where a page of a tenant's campaigns begins. Raises InvalidCursorError."""
    campaign_id = _decode(cursor, _CAMPAIGN_ID)
    return key(
        {**keys.campaign(campaign_id), "tenantId": keys.tenant_id, "campaignId": campaign_id}
    )


def recipient_cursor(phone: str) -> str:
    """After this phone."""
    return _encode(phone)


def recipient_position(cursor: str) -> str:
    """The phone behind which a page of recipients begins. Raises InvalidCursorError."""
    return _decode(cursor, _PHONE)


def bound_cursor(partition: str, position: str) -> str:
    """After this position of this partition."""
    return _encode(f"{_mark(partition)}{position}")


def bound_position(partition: str, cursor: str, shape: str) -> str:
    """The position, if the cursor is of this partition. Raises InvalidCursorError."""
    pattern = re.compile(_mark(partition) + shape, re.ASCII)
    return _decode(cursor, pattern)[_MARK_LENGTH:]


def _mark(partition: str) -> str:
    return hashlib.sha256(partition.encode()).hexdigest()[:_MARK_LENGTH]


def _encode(position: str) -> str:
    return base64.urlsafe_b64encode(position.encode()).decode().rstrip("=")


def _decode(cursor: str, shape: re.Pattern[str]) -> str:
    try:
        position = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
    except (binascii.Error, ValueError):
        raise InvalidCursorError from None
    if not shape.fullmatch(position):
        raise InvalidCursorError
    return position
