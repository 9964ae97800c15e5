import asyncio
import socket
from ipaddress import ip_address
from urllib.parse import urlsplit

import pytest

from callbacks.dialling import VettingResolver, open_vetted_socket
from callbacks.guard import BlockedAddress, is_allowed, vet_url
from labelops.errors import InvalidInput
from tests.callbacks.conftest import deliver, rows, tell

HOSTILE = [
    "127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0",
    "[64:ff9b::7f00:1]", "169.254.169.254", "[fd00:ec2::254]", "①②⑦.⓪.⓪.①", "%31%32%37.0.0.1", "localhost.",
    "[2002:7f00:1::]", "[::7f00:1]", "[::]", "user:pass@127.0.0.1", "example.com@127.0.0.1",
]  # fmt: skip
PRIVATE = (
    "0.0.0.0 10.1.2.3 100.64.0.1 127.9.9.9 169.254.169.254 172.31.0.1 192.0.0.1 192.0.2.1 192.88.99.1 192.168.1.1 "
    "198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 255.255.255.255 168.63.129.16 ::1 ::7f00:1 ::ffff:10.0.0.1 "
    "::ffff:0:7f00:1 64:ff9b::a00:1 64:ff9b:1::1 100::1 2001::1 2001:db8::1 2002:a00:1:: 3fff::1 5f00::1 fc00::1 "
    "fd00:ec2::254 fe80::1 fec0::1 ff02::1"
).split()


@pytest.fixture(autouse=True)
def nothing_is_allowed(loopback_is_allowed, settings):
    settings.CALLBACK_ALLOWED_NETWORKS = []


@pytest.mark.parametrize("address", PRIVATE)
def test_addresses_that_are_not_public(address):
    assert not is_allowed(ip_address(address))
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with pytest.raises(BlockedAddress):
        open_vetted_socket((family, socket.SOCK_STREAM, 0, "", (address, 80)))


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "2a00:1450::1", "::ffff:8.8.8.8"])
def test_public_addresses(address):
    assert is_allowed(ip_address(address))


def test_an_operator_may_allow_networks(settings):
    settings.CALLBACK_ALLOWED_NETWORKS = ["10.1.0.0/16", "fd00::/8"]
    assert is_allowed(ip_address("10.1.2.3"))
    assert is_allowed(ip_address("::ffff:10.1.2.3"))
    assert is_allowed(ip_address("fd00::1"))
    assert not is_allowed(ip_address("10.2.0.1"))
    assert not is_allowed(ip_address("2002:a02:1::"))


def test_one_bad_answer_condemns_all(monkeypatch):
    answers = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80)) for address in ("8.8.8.8", "127.0.0.1")]

    async def resolve():
        async def getaddrinfo(*args, **kwargs):
            return answers

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo, raising=False)
        return await VettingResolver().resolve("rebound.example", 80)

    with pytest.raises(BlockedAddress):
        asyncio.run(resolve())


def test_hostile_addresses_get_not_one_byte(organization, receiver, settings):
    """The decoy listens on the very port that every hostile address names; the names are also published unvetted."""
    port = receiver.server.server_port
    for host in HOSTILE:
        tell(organization, f"http://{host}:{port}/")
    deliver()
    assert receiver.requests == []
    errors = rows("SELECT e.url, a.error FROM callbacks_attempt a JOIN callbacks_delivery d ON d.id = a.delivery_id "
                  "JOIN callbacks_endpoint e ON e.id = d.endpoint_id")  # fmt: skip
    assert len(errors) == len(HOSTILE)
    assert {error for _, error in errors} <= {"blocked_address", "dns"}
    assert sum(error == "blocked_address" for _, error in errors) >= len(HOSTILE) - 3, errors


@pytest.mark.parametrize(
    "url",
    ["", "nonsense", "ftp://a.example/", "http://u:p@a.example/", "http://u@a.example/", "http://a.example:99999/", "http:///x",
     "http://127.0.0.1/", "http://0x7f000001/", "http://localhost./", "http://[::1]/", "http://a.example/a b",
     "http://a.example\\@127.0.0.1/", "javascript:alert(1)", "https://" + "a" * 3000, "a@b", "x/y@b.example"],
)  # fmt: skip
def test_addresses_refused_when_saved(url):
    with pytest.raises(InvalidInput) as caught:
        vet_url(url)
    assert caught.value.message.endswith(".")


def test_ports(settings):
    settings.CALLBACK_ALLOWED_PORTS = ["80", "443"]
    vet_url("https://a.example/")
    with pytest.raises(InvalidInput, match="Port 22"):
        vet_url("https://a.example:22/")
    settings.CALLBACK_ALLOWED_PORTS = ["*"]
    vet_url("https://a.example:22/")
    with pytest.raises(InvalidInput, match="Port 0"):
        vet_url("https://a.example:0/")


@pytest.mark.parametrize("url", ["https://a.example/x?y=1", "http://8.8.8.8/", "a@b.example", "mailto:a@b.example"])
def test_addresses_that_may_be_saved(url):
    vet_url(url)


def own_address() -> str:
    """Of this machine, on the way to the world; none where it has no such way."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        try:
            asked.connect(("8.8.8.8", 9))
        except OSError:
            pytest.skip("This machine has no way out.")
        return asked.getsockname()[0]


def test_this_machine_s_own_addresses_are_refused_whatever_network_they_are_in(monkeypatch):
    monkeypatch.setattr("callbacks.guard.DENIED", ())
    for address in (own_address(), "127.0.0.1"):
        assert not is_allowed(ip_address(address))
    assert is_allowed(ip_address("8.8.8.8"))


def test_database_and_broker_are_refused_also_where_their_network_is_allowed(organization, settings):
    settings.CALLBACK_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    broker, database = urlsplit(settings.REDIS_URL), settings.DATABASES["default"]
    for port in (broker.port or 6379, database["PORT"] or 5432):
        tell(organization, f"http://127.0.0.1:{port}/")
    deliver()
    assert rows("SELECT error FROM callbacks_attempt") == [("blocked_address",)] * 2


def test_schemes(settings):
    vet_url("http://a.example/")
    settings.CALLBACK_ALLOWED_SCHEMES = ["https"]
    vet_url("https://a.example/")
    with pytest.raises(InvalidInput, match="without TLS"):
        vet_url("http://a.example/")
