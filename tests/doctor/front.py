"""A proxy that speaks TLS with a certificate of a CA of its own, in front of a server on loopback."""

import http.client
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

NOW = datetime.now(UTC)
DAY = timedelta(days=1)


class Authority:
    """A CA whose root lies in ``root``, as a site's own has it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "the site's own CA")])
        signing = dict.fromkeys(("key_cert_sign", "crl_sign"), True)
        nothing = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement")
        usage = x509.KeyUsage(**dict.fromkeys((*nothing, "encipher_only", "decipher_only"), False), **signing)
        self._mark = x509.SubjectKeyIdentifier.from_public_key(self._key.public_key())
        made = (
            _certificate(self._name, self._name, self._key.public_key(), NOW - 2 * DAY, NOW + 3650 * DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(self._mark, critical=False)
        )
        self.root = folder / "root.pem"
        self.root.write_bytes(made.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM))

    def certificate(self, name: str, *, begin: datetime = NOW - DAY, end: datetime = NOW + 89 * DAY) -> Path:
        """Return a file with the key and the certificate of a host."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        made = (
            _certificate(subject, self._name, key.public_key(), begin, end)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(self._mark), critical=False)
        )
        file = self._folder / f"{name}.pem"
        file.write_bytes(
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            + made.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM)
        )
        return file


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, begin: datetime, end: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
    )


@contextmanager
def tls_front(certificate: Path, port: int) -> Iterator[int]:
    """Yield the port of a proxy that passes what it is asked on to a server's port on loopback."""

    class Passing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            behind = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            told = {"X-Forwarded-For": self.client_address[0], "X-Forwarded-Proto": "https"}
            try:
                behind.request("GET", self.path, headers=told)
                answer = behind.getresponse()
                status, body = answer.status, answer.read()
            except OSError:
                status, body = 502, b"Bad Gateway"
            finally:
                behind.close()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_told: object) -> None:
            """Keep the tests' output clean."""

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with ThreadingHTTPServer(("127.0.0.1", 0), Passing) as proxy:
        # The handshake is each connection's own: one that is refused must not end the proxy.
        proxy.socket = context.wrap_socket(proxy.socket, server_side=True, do_handshake_on_connect=False)
        serving = threading.Thread(target=proxy.serve_forever, args=(0.05,), daemon=True)
        serving.start()
        try:
            yield proxy.server_port
        finally:
            proxy.shutdown()
            serving.join()
