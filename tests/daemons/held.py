"""What a machine can identify as: certificates with their keys, from its files and its user data's values."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tests.daemons.machine import Machine

_FOLDERS = (
    "etc/jeroboam",
    "etc/docker",
    "etc/etcd",
    "etc/flannel",
    "run/jeroboam",
    "var/lib/jeroboam",
    "var/lib/docker/swarm",
)
_PEM = re.compile(r"-----BEGIN ([A-Z ]+)-----.+?-----END \1-----\n?", re.DOTALL)
_BASE64 = re.compile(r"[A-Za-z0-9+/]{40,}={0,2}")


def identities(machine: Machine) -> list[tuple[str, str]]:
    """Each certificate whose key is there: what it is called, and where its .crt and .key are for `machine`.

    A certificate of Docker's swarm is called swarm-node; its common name is random.
    """
    texts = list(_texts(machine))
    certificates = {pem for kind, pem in texts if kind == "CERTIFICATE"}
    keys = {pem for kind, pem in texts if kind.endswith("PRIVATE KEY")}
    found: list[tuple[str, str]] = []
    for pem in sorted(certificates):
        certificate = x509.load_pem_x509_certificate(pem.encode())
        for key in keys:
            if load_pem_private_key(key.encode(), None).public_key() == certificate.public_key():
                path = f"/tmp/held/{len(found)}"
                machine.place(f"{path}.crt", pem)
                machine.place(f"{path}.key", key)
                found.append((_name(certificate), path))
    return found


def _texts(machine: Machine) -> Iterator[tuple[str, str]]:
    for folder in _FOLDERS:
        for path in machine.at(folder).rglob("*"):
            if path.is_file() and not path.is_symlink():
                yield from _pems(path)


def _pems(path: Path) -> Iterator[tuple[str, str]]:
    text = path.read_text("utf-8", "replace")
    values = (base64.b64decode(value + "==").decode("utf-8", "replace") for value in _BASE64.findall(text))
    for known in (text, *values):
        yield from ((found[1], found[0]) for found in _PEM.finditer(known))


def _name(certificate: x509.Certificate) -> str:
    units = certificate.subject.get_attributes_for_oid(x509.NameOID.ORGANIZATIONAL_UNIT_NAME)
    if units and str(units[0].value).startswith("swarm-"):
        return "swarm-node"
    return str(certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value)
