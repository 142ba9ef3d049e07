"""Erasing: the order, how far it has come, and the receipt that stays."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.domain.access import Actor


class ErasureStatus(StrEnum):
    """An order is carried out step by step, and ends once."""

    RUNNING = "RUNNING"
    DONE = "DONE"


@dataclass(frozen=True, slots=True)
class Walk:
    """One look at all campaigns of a tenant, in order of their ids."""

    began_at: datetime  # or will begin: not before this
    after: str | None = None  # the last campaign that was looked at
    campaigns: int = 0
    found: bool = False  # somebody, so that another walk must show that nobody is left


@dataclass(frozen=True, slots=True)
class Erasure:
    """The order to erase one campaign, or everything of one phone; when it is done, the receipt.

    `phone` is only there while it is needed. `masked_phone` shows the last four digits. The counts
    are exact: each is written with the deletion that it counts. `campaigns`: how many the last walk
    looked at. `opt_outs_kept`: people who asked not to be written to must not be forgotten.
    """

    erasure_id: str
    requested_at: datetime
    requested_by: Actor
    campaign_id: str | None = None
    phone: str | None = None
    masked_phone: str | None = None
    status: ErasureStatus = ErasureStatus.RUNNING
    finished_at: datetime | None = None
    recipients: int = 0
    conversations: int = 0
    campaigns: int = 0
    opt_outs_kept: int = 0
    walk: Walk | None = None
    shards: int = 1  # of the campaign


@dataclass(frozen=True, slots=True)
class Held:
    """An order in somebody's hands: nobody else works on it meanwhile."""

    erasure: Erasure
    holder: str


@dataclass(frozen=True, slots=True)
class DueErasure:
    """An order that a tick must carry on."""

    tenant_id: str
    erasure_id: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A campaign as the list of them has it: a moment behind."""

    campaign_id: str
    in_progress: bool
    shards: int = 1


@dataclass(frozen=True, slots=True)
class Found:
    """A recipient's record. `status` is what is stored, whatever it is; None if nothing is.

    `counters` are those that it is part of, `updated_at` tells whether it is still as it was.
    """

    campaign_id: str
    phone: str
    status: str | None
    counters: tuple[str, ...]
    updated_at: str | None
    shard: int = 0


class NotHeldError(Exception):
    """The order has passed into other hands, because these were too slow."""
