"""etcd on the masters: its service, the secrets it is run with, and what each of its clients may do.

Facts: etcd.io/docs v3.6, configuration, transport security and role-based access control. With authentication
enabled a client is the user that its certificate's common name says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, NamedTuple

from jeroboam.model.secrets import CaCertificateOf, PrivateKey, Secret
from jeroboam.model.types import FileEntry, SecretRef, Unit
from jeroboam.parts.bootstrap import Step
from jeroboam.resources import script

CA_KEY, CA_CERT = "etcd_ca_key", "etcd_ca_cert"


class Grant(NamedTuple):
    """What a user may do with a key, or with all keys that begin with `key`."""

    user: str
    permission: Literal["read", "write", "readwrite"]
    key: str
    prefix: bool = False


def etcd_secrets() -> tuple[Secret, ...]:
    """The CA of etcd."""
    return (
        Secret(CA_KEY, "Key of etcd's CA", PrivateKey()),
        Secret(CA_CERT, "Certificate of etcd's CA", CaCertificateOf(CA_KEY, "etcd-ca")),
    )


def etcd_values(*, master: bool) -> Mapping[str, SecretRef]:
    """The secrets that a role's scripts may read; the CA's key is the masters' alone."""
    key = {"JEROBOAM_ETCD_CA_KEY": SecretRef(CA_KEY)} if master else {}
    return {"JEROBOAM_ETCD_CA_CERT": SecretRef(CA_CERT), **key}


def etcd_files(grants: Iterable[Grant]) -> Iterator[FileEntry]:
    """What a master is given besides the unit: a line for each grant, a prefix with `*` behind it."""
    lines = (f"{g.user} {g.permission} {g.key}{'*' if g.prefix else ''}\n" for g in grants)
    yield FileEntry("/etc/jeroboam/etcd-grants.list", "".join(lines))


def etcd_step(number: int) -> Step:
    """Makes a master a member."""
    return Step(number, "common/steps/etcd")


def etcd_unit() -> Unit:
    """The service; its step starts it."""
    return Unit("etcd.service", script("common/etcd.service"), enabled=False)
