"""Names that resolve to nothing, to two things, to our own network, or never; certificates that prove nothing."""

import datetime
import ipaddress
import socket
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from callbacks import services, timing
from labelops.tenancy.scope import organization_scope
from tests.callbacks.conftest import deliver, rows, tell
from tests.faults.lateness import Lateness

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("callback processes")]
ERRORS = "SELECT error FROM callbacks_attempt ORDER BY at"
NOW = datetime.datetime.now(datetime.UTC)


@pytest.fixture
def names(monkeypatch):
    """host -> what the resolver answers: addresses, or an exception, or a function that takes its time."""
    table, real = {}, socket.getaddrinfo

    def getaddrinfo(host, port, *args, **options):
        answer = table.get(str(host).rstrip("."))
        if answer is None:
            return real(host, port, *args, **options)
        answer = answer() if callable(answer) else answer
        if isinstance(answer, Exception):
            raise answer
        kinds = {4: socket.AF_INET, 6: socket.AF_INET6}
        return [
            (kinds[ipaddress.ip_address(one).version], socket.SOCK_STREAM, 6, "", (one, port)) for one in answer
        ]  # fmt: skip

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return table


@pytest.mark.parametrize(
    "answers",
    [["127.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["::ffff:127.0.0.1"], ["64:ff9b::7f00:1"], ["2002:7f00:1::"],
     ["169.254.169.254"], ["fd00:ec2::254"], ["::1"], ["10.0.0.1", "8.8.8.8"]],
    ids=" ".join,
)  # fmt: skip
@pytest.mark.parametrize("host", ["rebound.example", "rebound.example."])
def test_16_names_of_our_own_network_get_not_one_byte(organization, receiver, settings, names, answers, host):
    settings.CALLBACK_ALLOWED_NETWORKS = []
    names["rebound.example"] = answers
    tell(organization, f"http://{host}:{receiver.server.server_port}/")
    deliver()
    assert receiver.requests == []
    assert rows(ERRORS) == [("blocked_address",)]


def test_16_a_name_that_changes_its_mind_after_it_was_saved(organization, receiver, settings, names):
    """Public when it is looked at, ours when it is called: what counts is the address that is dialled."""
    settings.CALLBACK_ALLOWED_NETWORKS = ["192.0.2.0/24"]
    turns = iter([["192.0.2.1"], ["127.0.0.1"], ["127.0.0.1"]])
    names["rebound.example"] = lambda: next(turns)
    settings.CALLBACK_TIMEOUT_SECONDS = 1
    tell(organization, f"http://rebound.example:{receiver.server.server_port}/")
    deliver()
    rows("UPDATE callbacks_delivery SET due_at = clock_timestamp()")
    deliver()
    assert receiver.requests == []
    assert rows(ERRORS)[-1] == ("blocked_address",)


def test_17_a_resolver_that_hangs_or_fails_holds_up_nobody_else(organization, receiver, names):
    let_go = threading.Event()
    names["hanging.example"] = lambda: (let_go.wait(20) and ["192.0.2.1"]) or ["192.0.2.1"]
    names["servfail.example"] = socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
    names["nxdomain.example"] = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    for host in ("hanging", "servfail", "nxdomain"):
        tell(organization, f"http://{host}.example/")
    for _ in range(20):
        tell(organization, receiver.url)
    begun = time.monotonic()
    threading.Timer(4, let_go.set).start()
    with Lateness() as late:
        deliver()
    assert len(receiver.requests) == 20
    assert receiver.requests[-1].at - begun < 2 + 20 * late.worst
    found = rows(
        "SELECT error, seconds < %s FROM callbacks_attempt WHERE error <> '' ORDER BY error", 2.5 + 3 * late.worst
    )
    assert found == [("dns", True), ("dns", True), ("timeout", True)]


def test_17_names_by_the_hundred_that_never_resolve_hold_up_no_other_name(organization, receiver, settings, names):
    settings.CALLBACK_IN_FLIGHT = 100
    let_go = threading.Event()
    for number in range(90):
        names[f"{number}.hanging.example"] = lambda: (let_go.wait(20) and ["192.0.2.1"]) or ["192.0.2.1"]
        tell(organization, f"http://{number}.hanging.example/")
    names["fine.example"] = ["127.0.0.1"]
    tell(organization, f"http://fine.example:{receiver.server.server_port}/")
    threading.Timer(6, let_go.set).start()
    deliver()
    assert len(receiver.requests) == 1
    assert rows("SELECT error, count(*) FROM callbacks_attempt GROUP BY 1 ORDER BY 1") == [("", 1), ("timeout", 90)]


def certificate(
    *, name: str, authority=None, days: int = 5
) -> tuple[str, x509.Certificate, ec.EllipticCurvePrivateKey]:
    """PEM with certificate and key; self-signed where no authority is given."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    issuer, signer = (authority[1].subject, authority[2]) if authority else (subject, key)
    begin = NOW - datetime.timedelta(days=10)
    builder = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(begin)
        .not_valid_after(NOW + datetime.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=authority is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )  # fmt: skip
    made = builder.sign(signer, hashes.SHA256())
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return (made.public_bytes(serialization.Encoding.PEM) + private).decode(), made, key


class Quiet(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        self.server.heard.append(self.connection.getpeercert())
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *args):
        """Silent."""


class Server(HTTPServer):
    def handle_error(self, request, client_address):
        """Handshakes fail here on purpose."""


@pytest.fixture
def tls_server(tmp_path):
    servers = []

    def serve(pem: str, client_authority: str = "") -> Server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        file = tmp_path / f"server{len(servers)}.pem"
        file.write_text(pem)
        context.load_cert_chain(file)
        if client_authority:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(cadata=client_authority)
        server = Server(("127.0.0.1", 0), Quiet)
        server.heard, servers[len(servers) :] = [], [server]
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
        return server

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def authority(tmp_path, monkeypatch):
    """A certificate authority that this process trusts."""
    pem, made, key = certificate(name="authority.example")
    file = tmp_path / "authority.pem"
    file.write_text(pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    timing.shared_context.cache_clear()
    yield pem, made, key
    timing.shared_context.cache_clear()


@pytest.mark.parametrize("kind", ["expired", "self-signed", "wrong name", "good"])
def test_18_certificates(organization, names, tls_server, authority, kind):
    names["hooks.example"] = ["127.0.0.1"]
    made = {
        "expired": lambda: certificate(name="hooks.example", authority=authority, days=-1),
        "self-signed": lambda: certificate(name="hooks.example"),
        "wrong name": lambda: certificate(name="other.example", authority=authority),
        "good": lambda: certificate(name="hooks.example", authority=authority),
    }[kind]()
    server = tls_server(made[0])
    tell(organization, f"https://hooks.example:{server.server_port}/")
    deliver()
    assert rows(ERRORS) == [("" if kind == "good" else "tls",)]
    assert len(server.heard) == (kind == "good")
    if kind == "good":
        times = "SELECT dns_seconds, connect_seconds, tls_seconds, first_byte_seconds, seconds FROM callbacks_attempt"
        (parts,) = rows(times)
        assert all(part is not None for part in parts)
        assert sum(parts[:4]) <= parts[4] + 0.01


def test_a_receiver_that_asks_for_a_certificate_gets_the_endpoint_s(organization, names, tls_server, authority):
    names["hooks.example"] = ["127.0.0.1"]
    server = tls_server(certificate(name="hooks.example", authority=authority)[0], client_authority=authority[0])
    url = f"https://hooks.example:{server.server_port}/"
    mine = certificate(name="labelops.example", authority=authority)[0]
    with organization_scope(organization.pk):
        services.create_endpoint(organization=organization, url=url, now=NOW, client_certificate=mine)
        services.create_endpoint(organization=organization, url=url, now=NOW)
    tell(organization)
    deliver()
    assert len(server.heard) == 1
    assert server.heard[0]["subject"] == ((("commonName", "labelops.example"),),)
    assert sorted(rows("SELECT error FROM callbacks_attempt"))[0] == ("",)
