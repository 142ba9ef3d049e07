"""The WhatsApp client against the simulator and servers that misbehave, over real sockets."""

import contextlib
import logging
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from shared.channels.scenario import Lasts, Scenario
from shared.channels.scenarios import BY_NAME, SCENARIOS
from shared.channels.simulator import TOKEN, Simulator
from shared.channels.whatsapp import WhatsAppChannel
from shared.domain.outcome import Outcome, OutcomeKind
from shared.domain.template import ButtonParam, TemplateParams
from shared.ports import Channel, Message

LATER = (
    *("silent", "delivered-only", "read-first", "no-opaque", "no-phone", "failed-first"),
    *("late-undeliverable", "late-opted-out", "late-user-limit", "late-experiment"),
    *("failed-after-delivered", "late-unavailable-once"),
    *("replies", "replies-elsewhere", "stop-text", "stop-button", "stop-preference"),
)
"""What is special of these comes by webhook."""
EXPECTED: dict[str, tuple[OutcomeKind, str | None]] = {
    "accepted": (OutcomeKind.ACCEPTED, None),
    "held": (OutcomeKind.HELD, "HELD"),
    "held-delivered": (OutcomeKind.HELD, "HELD"),
    "held-dropped": (OutcomeKind.HELD, "HELD"),
    "message-paused": (OutcomeKind.HELD, "PAUSED"),
    "undeliverable": (OutcomeKind.REJECTED, "131026"),
    "opted-out": (OutcomeKind.REJECTED, "131050"),
    "user-limit": (OutcomeKind.DEFER, "131049"),
    "experiment": (OutcomeKind.REJECTED, "130472"),
    "parameter-mismatch": (OutcomeKind.REJECTED, "132000"),
    "throttled-once": (OutcomeKind.THROTTLED, "130429"),
    "throttled-a-while": (OutcomeKind.THROTTLED, "130429"),
    "unavailable-once": (OutcomeKind.RETRY, "131016"),
    "pair-limit-once": (OutcomeKind.RETRY, "131056"),
    "something-wrong": (OutcomeKind.UNKNOWN, "131000"),
    "reply-lost": (OutcomeKind.UNKNOWN, "REPLY_LOST"),
    "no-answer": (OutcomeKind.UNKNOWN, "REPLY_LOST"),
    "unreadable": (OutcomeKind.UNKNOWN, "REPLY_UNREADABLE"),
    "lost-before": (OutcomeKind.UNKNOWN, "REPLY_LOST"),
    "bad-gateway": (OutcomeKind.UNKNOWN, "HTTP_502"),
    "template-missing": (OutcomeKind.CAMPAIGN_ERROR, "132001"),
    "template-paused": (OutcomeKind.CAMPAIGN_ERROR, "132015"),
    "token-expired": (OutcomeKind.SENDER_ERROR, "190"),
    "account-locked": (OutcomeKind.SENDER_ERROR, "131031"),
} | dict.fromkeys(LATER, (OutcomeKind.ACCEPTED, None))
MAY_HAVE_GONE_OUT = {OutcomeKind.ACCEPTED, OutcomeKind.HELD, OutcomeKind.UNKNOWN}
ACCEPTED_BODY = b'{"messages":[{"id":"wamid.1"}]}'


def message(phone: str = "15551230000", parameters: TemplateParams | None = None) -> Message:
    return Message(phone, "welcome", "pt_BR", parameters or TemplateParams(), "cmp_1:claim")


@contextlib.contextmanager
def channel(url: str, **limits: Any) -> Iterator[WhatsAppChannel]:
    defaults = {"connect_timeout": 1.0, "write_timeout": 0.2, "read_timeout": 0.3}
    opened = WhatsAppChannel(url, "v26.0", "100", TOKEN, **(defaults | limits))
    try:
        yield opened
    finally:
        opened.close()


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator() as running:
        yield running


class Faulty:
    """A server that reads one request of every connection and leaves the rest to `behave`."""

    def __init__(self, behave: Callable[[socket.socket], None]) -> None:
        self._behave = behave
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._closing = False
        self.requests = 0
        self.connections = 0
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> "Faulty":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing = True
        with contextlib.suppress(OSError):  # wakes the thread, on every system
            socket.create_connection(self._listener.getsockname(), timeout=1).close()
        self._thread.join(5)
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while not self._closing:
                connection, _ = self._listener.accept()
                self.connections += 1
                with connection, contextlib.suppress(OSError):
                    connection.settimeout(3)
                    if read_request(connection):
                        self.requests += 1
                        self._behave(connection)


def read_request(connection: socket.socket) -> bytes:
    """One whole request: head and body."""
    received = b""
    while b"\r\n\r\n" not in received:
        part = connection.recv(65_536)
        if not part:
            return b""
        received += part
    head, _, rest = received.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
    while len(rest) < length:
        rest += connection.recv(65_536)
    return received


def answer(status: str, content: bytes = b"", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(content)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def replying(reply: bytes) -> Faulty:
    return Faulty(lambda connection: connection.sendall(reply))


def send_to(server: Faulty, **limits: Any) -> Outcome:
    with channel(server.url, **limits) as whatsapp:
        return whatsapp.send(message())


def test_the_client_is_a_channel(simulator: Simulator) -> None:
    with channel(simulator.url, read_timeout=10.0, pool_timeout=2.0) as whatsapp:
        as_port: Channel = whatsapp

        assert as_port.call_limit_seconds == pytest.approx(1.0 + 0.2 + 10.0 + 2.0)


def test_a_message_arrives_with_everything_it_must_carry(simulator: Simulator) -> None:
    parameters = TemplateParams(
        header="Olá",
        named_body={"first_name": "Ána 😀", "order": "7"},
        buttons=(
            ButtonParam(0, "url", "track/7"),
            ButtonParam(1, "quick_reply", "STOP"),
            ButtonParam(2, "copy_code", "SAVE10"),
        ),
    )

    with channel(simulator.url) as whatsapp:
        outcome = whatsapp.send(message(parameters=parameters))

    [call] = simulator.received
    assert (outcome.kind, outcome.message_id) == (OutcomeKind.ACCEPTED, call.message_id)
    assert (call.phone, call.opaque) == ("15551230000", "cmp_1:claim")
    assert (call.template, call.language) == ("welcome", "pt_BR")
    assert call.parameters == [
        {"type": "header", "parameters": [{"type": "text", "text": "Olá"}]},
        {
            "type": "body",
            "parameters": [
                {"type": "text", "parameter_name": "first_name", "text": "Ána 😀"},
                {"type": "text", "parameter_name": "order", "text": "7"},
            ],
        },
        {
            "type": "button",
            "sub_type": "url",
            "index": "0",
            "parameters": [{"type": "text", "text": "track/7"}],
        },
        {
            "type": "button",
            "sub_type": "quick_reply",
            "index": "1",
            "parameters": [{"type": "payload", "payload": "STOP"}],
        },
        {
            "type": "button",
            "sub_type": "copy_code",
            "index": "2",
            "parameters": [{"type": "coupon_code", "coupon_code": "SAVE10"}],
        },
    ]


def test_positional_parameters_keep_their_order_and_no_variables_means_no_components(
    simulator: Simulator,
) -> None:
    with channel(simulator.url) as whatsapp:
        whatsapp.send(message(parameters=TemplateParams(body=("Ana", "7"))))
        whatsapp.send(message())

    with_texts, without = simulator.received
    texts = [{"type": "text", "text": "Ana"}, {"type": "text", "text": "7"}]
    assert with_texts.parameters == [{"type": "body", "parameters": texts}]
    assert without.parameters == []


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.name)
def test_every_scenario_becomes_its_outcome_with_one_call_and_no_false_certainty(
    simulator: Simulator, scenario: Scenario
) -> None:
    with channel(simulator.url) as whatsapp:
        outcome = whatsapp.send(message(scenario.phone(5)))

    assert (outcome.kind, outcome.code) == EXPECTED[scenario.name]
    [call] = simulator.received
    if call.accepted:
        assert outcome.kind in MAY_HAVE_GONE_OUT
    assert outcome.kind in {OutcomeKind.ACCEPTED} or outcome.message
    assert outcome.suppress == (scenario.name == "opted-out")


@pytest.mark.parametrize(
    "scenario",
    [s for s in SCENARIOS if s.lasts is Lasts.ONCE and not s.accepted],
    ids=lambda s: s.name,
)
def test_what_fails_once_is_accepted_the_second_time(
    simulator: Simulator, scenario: Scenario
) -> None:
    with channel(simulator.url) as whatsapp:
        outcomes = [whatsapp.send(message(scenario.phone())).kind for _ in range(2)]

    assert outcomes[1] is OutcomeKind.ACCEPTED
    assert outcomes[0] not in MAY_HAVE_GONE_OUT


def test_a_wrong_token_is_the_senders_fault(simulator: Simulator) -> None:
    whatsapp = WhatsAppChannel(simulator.url, "v26.0", "100", "another")

    outcome = whatsapp.send(message())
    whatsapp.close()

    assert (outcome.kind, outcome.code) == (OutcomeKind.SENDER_ERROR, "190")


def test_nobody_listening_means_surely_not_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        url = f"http://127.0.0.1:{gone.getsockname()[1]}"

    with channel(url) as whatsapp:
        outcome = whatsapp.send(message())

    assert (outcome.kind, outcome.code) == (OutcomeKind.THROTTLED, "NOT_CONNECTED")


def test_a_name_that_does_not_exist_means_surely_not_sent() -> None:
    with channel("http://no-such-host.invalid") as whatsapp:
        assert whatsapp.send(message()).code == "NOT_CONNECTED"


def test_a_connection_that_does_not_come_about_in_time_means_surely_not_sent() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        address = full.getsockname()
        waiting = [socket.socket() for _ in range(4)]
        for queued in waiting:  # fill the queue of connections that nobody accepts
            queued.setblocking(False)
            queued.connect_ex(address)
        with channel(f"http://127.0.0.1:{address[1]}", connect_timeout=0.1) as whatsapp:
            outcome = whatsapp.send(message())
        for queued in waiting:
            queued.close()

    assert (outcome.kind, outcome.code) == (OutcomeKind.THROTTLED, "NOT_CONNECTED")


def test_no_free_connection_means_surely_not_sent(simulator: Simulator) -> None:
    simulator.latency = 0.2
    with (
        channel(simulator.url, max_connections=1, pool_timeout=0.05) as whatsapp,
        ThreadPoolExecutor(2) as threads,
    ):
        outcomes = list(threads.map(whatsapp.send, [message(), message()]))

    assert {outcome.kind for outcome in outcomes} == {OutcomeKind.ACCEPTED, OutcomeKind.THROTTLED}
    assert len(simulator.received) == 1


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def half_head_then_reset(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Le")
    time.sleep(0.02)
    reset(connection)


def half_body(connection: socket.socket) -> None:
    connection.sendall(answer("200 OK", ACCEPTED_BODY)[:-5])


def close_at_once(connection: socket.socket) -> None:
    connection.close()


def say_no_http(connection: socket.socket) -> None:
    connection.sendall(b"220 mail.example.org ESMTP ready\r\n")


def broken_gzip(connection: socket.socket) -> None:
    connection.sendall(answer("200 OK", b"not gzip", "Content-Encoding: gzip"))


def endless_body(connection: socket.socket) -> None:
    connection.sendall(answer("200 OK", b"x" * 1_100_000))


@pytest.mark.parametrize(
    "behave",
    [
        *(reset, half_head_then_reset, half_body, close_at_once),
        *(say_no_http, broken_gzip, endless_body),
    ],
)
def test_a_reply_that_breaks_on_its_way_is_doubt_after_one_request(
    behave: Callable[[socket.socket], None],
) -> None:
    with Faulty(behave) as server:
        outcome = send_to(server)

        assert (outcome.kind, outcome.code) == (OutcomeKind.UNKNOWN, "REPLY_LOST")
        assert server.requests == 1


def drip(first: bytes, seconds: float) -> Callable[[socket.socket], None]:
    """Bytes one by one, each well before the read timeout; then silence."""

    def behave(connection: socket.socket) -> None:
        connection.sendall(first)
        for _ in range(round(seconds / 0.05)):
            time.sleep(0.05)
            connection.sendall(b"x")
        time.sleep(0.4)

    return behave


@pytest.mark.parametrize("seconds", [0.6, 1.2], ids=["then-silent", "on-and-on"])
@pytest.mark.parametrize(
    "first",
    [
        pytest.param(b"HTTP/1.1 200 OK\r\nX-Slow: ", id="head"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", id="body"),
    ],
)
def test_a_reply_that_drips_ends_within_the_limit_of_a_call(first: bytes, seconds: float) -> None:
    with Faulty(drip(first, seconds)) as server:
        begin = time.monotonic()
        with channel(server.url, connect_timeout=0.1, pool_timeout=0.1) as whatsapp:
            outcome = whatsapp.send(message())
            taken = time.monotonic() - begin

            assert (outcome.kind, outcome.code) == (OutcomeKind.UNKNOWN, "REPLY_LOST")
            assert taken < whatsapp.call_limit_seconds + 0.15


def test_a_server_that_does_not_read_ends_with_the_write_timeout() -> None:
    large = Message("15551230000", "welcome", "pt_BR", TemplateParams(), "x" * 20_000_000)
    listener = socket.create_server(("127.0.0.1", 0))  # accepted by the system alone
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with listener, channel(url) as whatsapp:
        begin = time.monotonic()
        outcome = whatsapp.send(large)
        taken = time.monotonic() - begin

    assert (outcome.kind, outcome.code) == (OutcomeKind.UNKNOWN, "REPLY_LOST")
    assert "WriteTimeout" in (outcome.message or "")
    assert taken < 1.0


def test_silence_ends_with_the_read_timeout() -> None:
    with Faulty(lambda connection: time.sleep(0.5)) as server:
        begin = time.monotonic()
        outcome = send_to(server, read_timeout=0.15)

        assert (outcome.kind, outcome.code) == (OutcomeKind.UNKNOWN, "REPLY_LOST")
        assert time.monotonic() - begin < 0.45


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"\xff\xfe",
        b"<html>OK</html>",
        b'{"messages":[]}',
        b'{"messages":{"id":"wamid.1"}}',
        b'{"messages":[{"id":""}]}',
        b'{"messages":[{"id":7}]}',
        b'{"error":{"code":131026}}',
        b"[" * 200_000,
    ],
)
def test_a_success_without_a_message_id_is_doubt(content: bytes) -> None:
    with replying(answer("200 OK", content)) as server:
        outcome = send_to(server)

    assert (outcome.kind, outcome.code) == (OutcomeKind.UNKNOWN, "REPLY_UNREADABLE")


@pytest.mark.parametrize(
    ("reply", "kind", "code"),
    [
        (answer("201 Created", ACCEPTED_BODY), OutcomeKind.ACCEPTED, None),
        (answer("502 Bad Gateway", b"<html>"), OutcomeKind.UNKNOWN, "HTTP_502"),
        (answer("503 Unavailable"), OutcomeKind.UNKNOWN, "HTTP_503"),
        (answer("400 Bad Request", b"<html>"), OutcomeKind.RETRY, "HTTP_400"),
        (answer("403 Forbidden", b"<html>"), OutcomeKind.SENDER_ERROR, "HTTP_403"),
        (answer("429 Slow", b"", "Retry-After: 7"), OutcomeKind.THROTTLED, "HTTP_429"),
    ],
)
def test_an_answer_that_is_not_metas_has_a_default(
    reply: bytes, kind: OutcomeKind, code: str | None
) -> None:
    with replying(reply) as server:
        outcome = send_to(server)

    assert (outcome.kind, outcome.code) == (kind, code)
    assert outcome.delay_seconds == (7 if "429" in str(code) else None)


def test_a_redirect_is_not_followed(simulator: Simulator) -> None:
    location = f"Location: {simulator.url}/v26.0/100/messages"
    with replying(answer("307 Temporary Redirect", b"", location)) as server:
        outcome = send_to(server)

        assert outcome.kind is OutcomeKind.SENDER_ERROR
        assert server.requests == 1
    assert simulator.received == []


def test_a_connection_that_the_server_closed_meanwhile_is_not_used_again() -> None:
    with replying(answer("200 OK", ACCEPTED_BODY)) as server:  # promises keep-alive, then closes
        with channel(server.url) as whatsapp:
            first = whatsapp.send(message())
            time.sleep(0.05)
            second = whatsapp.send(message())

        assert (first.kind, second.kind) == (OutcomeKind.ACCEPTED, OutcomeKind.ACCEPTED)
        assert server.connections == 2


def test_consecutive_calls_share_one_connection() -> None:
    def serve_ten(connection: socket.socket) -> None:
        connection.sendall(answer("200 OK", ACCEPTED_BODY))
        for _ in range(9):
            read_request(connection)
            connection.sendall(answer("200 OK", ACCEPTED_BODY))

    with Faulty(serve_ten) as server:
        with channel(server.url) as whatsapp:
            kinds = {whatsapp.send(message()).kind for _ in range(10)}

        assert kinds == {OutcomeKind.ACCEPTED}
        assert server.connections == 1


STRAY = answer("200 OK", b'{"messages":[{"id":"wamid.stray"}]}')


def test_an_answer_that_nobody_asked_for_is_not_taken_for_the_next_one() -> None:
    def serve(connection: socket.socket) -> None:
        connection.sendall(answer("200 OK", ACCEPTED_BODY))
        time.sleep(0.05)
        connection.sendall(STRAY)
        connection.recv(1)  # until the client closes

    with Faulty(serve) as server:
        with channel(server.url) as whatsapp:
            first = whatsapp.send(message())
            time.sleep(0.1)
            second = whatsapp.send(message())

        assert (first.message_id, second.message_id) == ("wamid.1", "wamid.1")
        assert server.connections == 2


def test_a_reply_in_chunks_is_read_whole_and_leaves_the_connection_usable() -> None:
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(c), c) for c in (b'{"messages":[', b'{"id":"a"}]}'))
    reply = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"

    def serve_two(connection: socket.socket) -> None:
        connection.sendall(reply)
        read_request(connection)
        connection.sendall(reply)

    with Faulty(serve_two) as server:
        with channel(server.url) as whatsapp:
            assert [whatsapp.send(message()).message_id for _ in range(2)] == ["a", "a"]

        assert server.connections == 1


def test_a_request_leaves_in_one_piece() -> None:
    pieces: list[bytes] = []

    def first_read(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            pieces.append(connection.recv(65_536))
            connection.sendall(answer("200 OK", ACCEPTED_BODY))

    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = threading.Thread(target=first_read, args=[listener], daemon=True)
        server.start()
        with channel(f"http://127.0.0.1:{listener.getsockname()[1]}") as whatsapp:
            whatsapp.send(message())
        server.join(3)

    assert pieces[0].startswith(b"POST /v26.0/100/messages HTTP/1.1\r\n")
    assert pieces[0].endswith(b"}")


def test_many_threads_share_one_channel(simulator: Simulator) -> None:
    phones = [BY_NAME["accepted"].phone(n) for n in range(200)]

    with channel(simulator.url, read_timeout=5.0) as whatsapp, ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(lambda phone: whatsapp.send(message(phone)), phones))

    assert {outcome.kind for outcome in outcomes} == {OutcomeKind.ACCEPTED}
    assert simulator.accepted_per_phone() == dict.fromkeys(phones, 1)


def test_a_closed_channel_opens_again(simulator: Simulator) -> None:
    with channel(simulator.url) as whatsapp:
        first = whatsapp.send(message())
        whatsapp.close()
        second = whatsapp.send(message())

    assert {first.kind, second.kind} == {OutcomeKind.ACCEPTED}


def test_neither_token_nor_phone_number_get_out(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    words = f'{{"error":{{"code":131000,"message":"The token {TOKEN} was odd"}}}}'

    with replying(answer("500 Internal Server Error", words.encode())) as server:
        outcome = send_to(server)

    assert outcome.message is not None
    assert outcome.message.startswith("The token [token] was odd.")
    assert TOKEN not in caplog.text
    assert "1555123" not in caplog.text
    assert "0000" in caplog.text  # the doubt itself is logged, with the last four digits
    assert TOKEN not in repr(WhatsAppChannel("http://x", "v1.0", "1", TOKEN))


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        (("graph.facebook.com", "v26.0", "1", "t"), "META_GRAPH_URL"),
        (("ftp://graph.facebook.com", "v26.0", "1", "t"), "META_GRAPH_URL"),
        (("https://", "v26.0", "1", "t"), "META_GRAPH_URL"),
        (("https://host:port", "v26.0", "1", "t"), "META_GRAPH_URL"),
        (("https://host?x=1", "v26.0", "1", "t"), "META_GRAPH_URL"),
        (("https://host", "26", "1", "t"), "META_GRAPH_VERSION"),
        (("https://host", "v26.0/../x", "1", "t"), "META_GRAPH_VERSION"),
        (("https://host", "v26.0", "me", "t"), "META_PHONE_NUMBER_ID"),
        (("https://host", "v26.0", "1", ""), "META_ACCESS_TOKEN"),
        (("https://host", "v26.0", "1", "a\nb"), "META_ACCESS_TOKEN"),
        (("https://host", "v26.0", "1", "ñ"), "META_ACCESS_TOKEN"),
    ],
)
def test_settings_that_can_never_work_are_refused_by_name(
    settings: tuple[str, str, str, str], name: str
) -> None:
    with pytest.raises(ValueError, match=name):
        WhatsAppChannel(*settings)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for 127.0.0.1 and its key, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "simulated")])
    now = datetime.now(UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))])
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(address, critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file = tmp_path / "certificate.pem"
    file.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))
    return file


class FaultyTls(Faulty):
    """The same behind TLS."""

    def __init__(self, behave: Callable[[socket.socket], None], certificate: Path) -> None:
        super().__init__(behave)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self._listener = context.wrap_socket(self._listener, server_side=True)
        self.url = self.url.replace("http:", "https:")


def test_tls_works_and_keeps_to_the_limits(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

    def accept_then_silence(connection: socket.socket) -> None:
        connection.sendall(answer("200 OK", ACCEPTED_BODY))
        read_request(connection)
        time.sleep(0.5)

    with (
        FaultyTls(accept_then_silence, certificate) as server,
        channel(server.url, read_timeout=0.2) as whatsapp,
    ):
        first = whatsapp.send(message())
        begin = time.monotonic()
        second = whatsapp.send(message())
        taken = time.monotonic() - begin

    assert first.kind is OutcomeKind.ACCEPTED
    assert (second.kind, second.code) == (OutcomeKind.UNKNOWN, "REPLY_LOST")
    assert taken < 0.45


def test_a_server_with_a_certificate_of_its_own_making_gets_nothing(certificate: Path) -> None:
    with FaultyTls(close_at_once, certificate) as server:
        outcome = send_to(server)

        assert (outcome.kind, outcome.code) == (OutcomeKind.THROTTLED, "NOT_CONNECTED")
        assert server.requests == 0


def test_a_slash_at_the_end_of_the_url_does_no_harm(simulator: Simulator) -> None:
    with channel(f"{simulator.url}/") as whatsapp:
        assert whatsapp.send(message()).kind is OutcomeKind.ACCEPTED
