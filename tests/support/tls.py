"""Servers of the tests' own on 127.0.0.1, with certificates of a CA that the product's secrets code made."""

from __future__ import annotations

import socket
import ssl
import threading
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from random import Random

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from jeroboam.model.secrets import CaCertificateOf, PrivateKey, Secret
from jeroboam.secrets.recipes import made

NOW = datetime.now(UTC).replace(microsecond=0)
CA = (
    Secret("cluster_ca_key", "", PrivateKey()),
    Secret("cluster_ca_cert", "", CaCertificateOf("cluster_ca_key", "kubernetes")),
)


@cache
def authority(seed: int) -> Mapping[str, str]:
    """A CA as a secrets file has it: base64 of its key and certificate; each seed another one."""
    return made(CA, {}, random=Random(seed), now=NOW)


def certified(
    folder: Path, values: Mapping[str, str], *, name: str = "127.0.0.1", days: int = 1
) -> ssl.SSLContext:
    """A server's context; its certificate, of the CA in `values`, is for the address or host `name`."""
    ca_key = load_pem_private_key(b64decode(values["cluster_ca_key"]), None)
    ca = x509.load_pem_x509_certificate(b64decode(values["cluster_ca_cert"]))
    key = ec.generate_private_key(ec.SECP256R1())
    end = NOW + timedelta(days=days)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(ca.subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(end - timedelta(days=3))
        .not_valid_after(end)
        .add_extension(x509.SubjectAlternativeName([_named(name)]), critical=True)
        .sign(ca_key, hashes.SHA256())  # type: ignore[arg-type]
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "server.pem").write_bytes(private + certificate.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    return context


def _named(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


@contextmanager
def server(
    folder: Path, values: Mapping[str, str], *, name: str = "127.0.0.1", days: int = 1
) -> Iterator[int]:
    """A TLS server that greets one client; its port. The certificate is as in `certified`."""
    context = certified(folder, values, name=name, days=days)
    with listening(lambda connection: context.wrap_socket(connection, server_side=True).close()) as port:
        yield port


@contextmanager
def listening(answer: Callable[[socket.socket], object]) -> Iterator[int]:
    """A server that `answer`s one connection; its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            try:
                connection, _ = listener.accept()
                with connection:
                    answer(connection)
            except OSError:
                pass

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        # Wakes a server that nobody came to.
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)
