"""A gateway over HTTPS before the sandbox, with a certificate of a private authority, that fails when it is told to.

The retries of the official client are for https only, so what they do to a server shows behind such a gateway alone.
"""

import ipaddress
import ssl
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Answer = tuple[int, dict[str, str], bytes]
# Is given the way on, which it may go or not; what it returns is answered.
Fault = Callable[[Callable[[], Answer]], Answer]
KEPT = ("authorization", "content-type", "user-agent", "accept")


def after_commit(status: int) -> Fault:
    """The call arrives and is done; its answer is lost."""

    def fault(go_on: Callable[[], Answer]) -> Answer:
        assert go_on()[0] == 200
        return status, {}, b'{"error": "The answer was lost."}'

    return fault


def too_many(seconds: int) -> Fault:
    """The call is turned away and told when to come again."""
    return lambda go_on: (429, {"Retry-After": str(seconds)}, b'{"error": "Slow down."}')


def write_certificates(folder: Path) -> tuple[Path, Path]:
    """The authority's certificate, and a chain with key for 127.0.0.1 that it signed."""
    authority_key, authority = _certificate("A private authority", None)
    key, leaf = _certificate("127.0.0.1", (authority_key, authority))
    ca, server = folder / "ca.pem", folder / "server.pem"
    ca.write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    server.write_bytes(secret + leaf.public_bytes(serialization.Encoding.PEM))
    return ca, server


def _certificate(name: str, issuer: tuple[Any, x509.Certificate] | None) -> tuple[Any, x509.Certificate]:
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signer, signer_name = (issuer[0], issuer[1].subject) if issuer else (key, subject)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(signer_name).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=2))
    builder = builder.add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    builder = builder.add_extension(identifier, critical=False)
    if issuer:
        names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
        authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
        builder = builder.add_extension(names, critical=False).add_extension(authority, critical=False)
    else:
        usage = dict.fromkeys(
            ["digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
             "encipher_only", "decipher_only"], False,
        )  # fmt: skip
        builder = builder.add_extension(x509.KeyUsage(key_cert_sign=True, crl_sign=True, **usage), critical=True)
    return key, builder.sign(signer, hashes.SHA256())


class Gateway:
    """`faults` meet the next calls, one each; the others pass. `seen` are the calls that came, method and path."""

    def __init__(self, upstream: str, certificate: Path) -> None:
        self.faults: list[Fault] = []
        self.seen: list[str] = []
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                gateway.seen.append(f"{self.command} {self.path}")
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                headers = {name: self.headers[name] for name in KEPT if name in self.headers}

                def go_on() -> Answer:
                    answer = requests.request(
                        self.command, upstream + self.path, data=body, headers=headers, timeout=30,
                        allow_redirects=False,
                    )  # fmt: skip
                    return answer.status_code, {"content-type": answer.headers["content-type"]}, answer.content

                fault = gateway.faults.pop(0) if gateway.faults else lambda go_on: go_on()
                self.reply(*fault(go_on))

            do_GET = do_POST = do_PUT = do_DELETE = handle_any  # noqa: N815

            def reply(self, status: int, headers: dict[str, str], body: bytes) -> None:
                self.send_response(status)
                for name, value in {**headers, "content-length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: Any) -> None:
                """Silent."""

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = f"https://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=[0.02], daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
