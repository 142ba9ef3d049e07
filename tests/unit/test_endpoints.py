"""Other systems' addresses: which may be, what is signed how, when it is tried again."""

import json
from datetime import UTC, datetime
from ipaddress import ip_address

import pytest

from shared.domain.endpoints import (
    KINDS,
    LARGEST,
    MESSAGES,
    Attempt,
    Endpoint,
    bundles,
    checked_url,
    is_public,
    pause_after,
    signature,
)
from shared.domain.errors import EndpointUrlError
from shared.domain.live import MESSAGE_STATUS
from tests.support.webhook_page import verified, verified_by_node

NOW = datetime(2026, 11, 20, 9, 6, 12, tzinfo=UTC)
SECRET, BODY = "whsec_1", b'{"id": "dlv_1", "note": "\xc3\xa4"}'


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example.com",
        "https://hooks.example.com:8443/a/b?c=d",
        "https://93.184.216.34/",
        "https://[2606:2800:220:1::1]/x",
        "HTTPS://HOOKS.EXAMPLE.COM/",
    ],
)
def test_addresses_of_the_internet_may_be_named(url: str) -> None:
    assert checked_url(url, loopback=False) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hooks.example.com",
        "https://",
        "https:///x",
        "http://hooks.example.com/",
        "ftp://hooks.example.com/",
        "file:///etc/passwd",
        "https://ana:secret@hooks.example.com/",
        "https://@hooks.example.com/",
        "https://hooks.example.com/#a",
        "https://hooks.example.com:0/",
        "https://hooks.example.com:99999/",
        "https://hooks.example.com/a b",
        "https://hooks.example.com/\r\nHost: x",
        "https://höoks.example.com/",
        "https://[::1/",
        "https://127.0.0.1/",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::1]/",
        "https://[::ffff:169.254.169.254]/",
        "http://127.0.0.1:8000/",
        "http://localhost/",
    ],
)
def test_others_are_refused_with_a_reason(url: str) -> None:
    with pytest.raises(EndpointUrlError, match=r"The url can't be used\. It "):
        checked_url(url, loopback=False)


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("http://127.0.0.1:9999/hook", True),
        ("http://localhost:9999/", False),
        ("http://127.0.0.2/", False),
        ("https://127.0.0.1/", False),
        ("http://127.0.0.1.example.com/", False),
        ("https://10.0.0.1/", False),
    ],
)
def test_a_laptop_has_its_own_address_besides(url: str, allowed: bool) -> None:
    if allowed:
        assert checked_url(url, loopback=True) == url
    else:
        with pytest.raises(EndpointUrlError):
            checked_url(url, loopback=True)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("0.0.0.0", False),  # noqa: S104 -- nothing listens
        ("10.1.2.3", False),
        ("100.64.0.1", False),  # carriers' NAT
        ("127.8.8.8", False),
        ("169.254.169.254", False),  # metadata of AWS's machines
        ("172.31.0.1", False),
        ("192.168.0.1", False),
        ("192.0.2.1", False),
        ("198.18.0.1", False),
        ("224.0.0.1", False),
        ("240.0.0.1", False),
        ("255.255.255.255", False),
        ("2606:2800:220:1::1", True),
        ("::", False),
        ("::1", False),
        ("fe80::1", False),
        ("fd00:ec2::254", False),  # the same of AWS in IPv6
        ("fec0::1", False),
        ("ff02::1", False),
        ("2001:db8::1", False),
        ("::ffff:10.0.0.1", False),
        ("::ffff:93.184.216.34", True),
        ("2002:a9fe:a9fe::1", False),  # 6to4 of 169.254.169.254
        ("64:ff9b::a9fe:a9fe", False),  # NAT64 of the same
        ("64:ff9b::5db8:d822", True),
        ("2001:0:a9fe:a9fe::1", False),  # Teredo
    ],
)
def test_only_addresses_of_the_internet_are_public(address: str, public: bool) -> None:
    assert is_public(ip_address(address)) is public


def test_the_pages_python_takes_our_signature_and_no_other() -> None:
    signed, now = signature(SECRET, NOW, BODY), NOW.timestamp()

    assert signed.startswith(f"t={int(now)},v1=")
    assert verified(SECRET, signed, BODY, now + 299)
    assert not verified(SECRET, signed, BODY, now + 301)
    assert not verified(SECRET, signed, BODY + b" ", now)
    assert not verified("whsec_2", signed, BODY, now)
    assert not verified(SECRET, signed.replace("t=1", "t=2"), BODY, now)
    for junk in ("", "t=1", "v1=", "nonsense", "t=,v1=é"):
        assert not verified(SECRET, junk, BODY, now)


def test_the_pages_javascript_says_the_same() -> None:
    signed, text = signature(SECRET, NOW, BODY), BODY.decode()
    cases = [
        (SECRET, signed, text),
        (SECRET, signed, text + " "),
        ("whsec_2", signed, text),
        (SECRET, signed.replace("t=1", "t=2"), text),
        (SECRET, "", text),
        (SECRET, "t=1", text),
    ]

    assert verified_by_node(cases, NOW.timestamp()) == [True] + [False] * 5
    assert verified_by_node(cases[:1], NOW.timestamp() + 301) == [False]


def test_the_pauses_grow_to_a_quarter_of_an_hour() -> None:
    pauses = [pause_after(n).total_seconds() for n in range(1, 7)]

    assert pauses == [10, 60, 300, 900, 900, 900]


@pytest.mark.parametrize(
    ("wanted", "kind", "goes"),
    [
        ("*", "campaign.paused", True),
        ("*", MESSAGE_STATUS, True),
        ("campaign.*", "campaign.paused", True),
        ("campaign.*", MESSAGE_STATUS, False),
        (MESSAGES, MESSAGE_STATUS, True),
        ("campaign.paused", "campaign.paused", True),
        ("campaign.paused", "campaign.resumed", False),
    ],
)
def test_an_endpoint_gets_what_it_asked_for(wanted: str, kind: str, goes: bool) -> None:
    endpoint = Endpoint("whk_1", "https://example.com", (wanted,), NOW)

    assert wanted in KINDS
    assert endpoint.wants(kind) is goes
    disabled = Endpoint("whk_1", "https://example.com", (wanted,), NOW, enabled=False)
    assert not disabled.wants(kind)


def test_many_events_are_cut_where_a_queue_message_is_full() -> None:
    texts = [json.dumps({"n": n, "x": "y" * 24_000}) for n in range(20)]

    cut = bundles(texts)

    assert [text for each in cut for text in each] == texts
    assert len(cut) == 3
    assert all(len(",".join(each)) <= LARGEST for each in cut)
    assert bundles([]) == []
    assert bundles(["x" * (LARGEST + 1), "y"]) == [["x" * (LARGEST + 1)], ["y"]]


@pytest.mark.parametrize(
    ("status", "taken"), [(200, True), (204, True), (299, True), (302, False), (500, False)]
)
def test_only_2xx_is_success(status: int, taken: bool) -> None:
    assert Attempt(status).delivered is taken
