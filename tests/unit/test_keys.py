"""No key of one tenant is, or lies inside, another's."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.access import DEFAULT_TENANT, is_tenant_id
from shared.dynamo.keys import (
    Keys,
    account_news,
    account_number,
    owner_of,
    tenant_of_erasures,
)

TENANTS = st.one_of(
    st.just(DEFAULT_TENANT), st.from_regex(r"[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)
)
IDS = st.from_regex(r"(cmp|snd)_[0-9a-zA-Z-]{1,12}", fullmatch=True)
DAY = date(2026, 11, 21)


def partitions(tenant: str, id_: str) -> set[str]:
    """Every partition that a tenant's stores may touch for this id."""
    keys = Keys(tenant)
    return {
        keys.campaign_partition(id_),
        keys.recipient_partition(id_, 3),
        keys.day_counter(id_, DAY)["PK"],
        keys.day_counter("default", DAY)["PK"],
        keys.conversation(id_, "15551234567")["PK"],
        keys.sender(id_)["PK"],
        keys.senders()["PK"],
        keys.erasure(id_)["PK"],
        keys.unused(DAY, id_)["PK"],
        keys.idempotency,
        keys.connections()["PK"],
        keys.progress(id_)["PK"],
        keys.endpoint(id_)["PK"],
    }


def test_what_is_nobodys_lies_in_no_tenants_partition() -> None:
    shared = {account_number("1", "2")["PK"], account_news("1", "LIMIT")["PK"]}

    assert shared == {"ACCOUNT#1", "NEWS#1"}
    assert not shared & partitions(DEFAULT_TENANT, "1")


@given(st.sets(TENANTS, min_size=2, max_size=2), IDS, IDS)
def test_two_tenants_share_no_partition_whatever_their_ids(
    tenants: set[str], one: str, other: str
) -> None:
    first, second = sorted(tenants)

    mine, theirs = partitions(first, one), partitions(second, other)
    assert not mine & theirs
    # Nor does any lie inside another: no prefix or range of keys could hold both.
    inside = [(a, b) for a in mine for b in theirs if a.startswith(b) or b.startswith(a)]
    assert inside == []


@given(TENANTS, IDS)
def test_the_owner_of_a_partition_is_found_again(tenant: str, campaign_id: str) -> None:
    assert is_tenant_id(tenant)
    keys = Keys(tenant)
    assert owner_of(keys.campaign_partition(campaign_id)) == (tenant, campaign_id)
    assert tenant_of_erasures(keys.erasure("era_1")["PK"]) == tenant
    assert tenant_of_erasures(keys.campaign_partition(campaign_id)) is None


def test_the_default_tenant_keeps_the_documented_keys() -> None:
    keys = Keys(DEFAULT_TENANT)

    assert keys.campaign("cmp_1") == {"PK": "CAMPAIGN#cmp_1", "SK": "METADATA"}
    assert keys.recipient("cmp_1", "1555") == {"PK": "CAMPAIGN#cmp_1", "SK": "USER#1555"}
    assert keys.day_counter("default", DAY)["PK"] == "DAILY_COUNTER#2026-11-21"
    assert keys.conversation("default", "1555") == {"PK": "CONVERSATION#1555", "SK": "METADATA"}
    assert keys.sender("default")["PK"] == "SENDER#default"
    assert Keys("acme").campaign("cmp_1")["PK"] == "TENANT#acme#CAMPAIGN#cmp_1"
