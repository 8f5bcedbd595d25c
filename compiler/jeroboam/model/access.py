"""Credentials for a running cluster: what a driver needs to know, and the files that it writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv6Address
from typing import TypeAlias

from jeroboam.model.types import SecretRef


@dataclass(frozen=True, slots=True)
class ClusterAccess:
    """A cluster as its users see it; `address` is an IP or a name, `masters` are IPs where known.

    `secrets` are the names of what the cluster's secrets file holds.
    """

    cluster: str
    scheme: str
    address: str
    port: int
    masters: tuple[str, ...]
    secrets: frozenset[str]

    @property
    def host(self) -> str:
        """The address as URLs have it."""
        return in_url(self.address)

    @property
    def url(self) -> str:
        """Where the cluster's API is."""
        return f"{self.scheme}://{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """Who a user is to the cluster: signed by the CA of the secrets `ca_key` and `ca_cert`."""

    ca_key: str
    ca_cert: str
    common_name: str
    organizations: tuple[str, ...] = ()


class ClientPart(StrEnum):
    """One of the two halves of the client certificate, PEM; both are made when credentials are issued."""

    CERTIFICATE = "certificate"
    KEY = "key"


@dataclass(frozen=True, slots=True)
class Base64:
    """A value in base64, on one line."""

    of: SecretRef | ClientPart


ETCD_CA, ETCD_CLIENT = "etcd-ca.pem", "etcd-client.pem"
"""Files of who copies the state of a cluster: etcd's CA, and a key with a certificate of it."""

CredentialValue: TypeAlias = SecretRef | ClientPart | Base64


@dataclass(frozen=True, slots=True)
class CredentialFile:
    """A file of the user's; each `@{NAME}` in `text` stands for the value of that name."""

    name: str
    text: str
    values: Mapping[str, CredentialValue]


@dataclass(frozen=True, slots=True)
class Credentials:
    """All that a user of the cluster needs.

    `server_ca` is the secret that the API's own certificate is verified with, None without TLS. `use` are
    shell commands that take the files into use; `{folder}` in them is where the files are.
    """

    files: tuple[CredentialFile, ...]
    client: ClientCertificate | None
    server_ca: str | None
    use: tuple[str, ...]


def in_url(address: str) -> str:
    """An IP or a name as URLs have it: an IPv6 address in brackets."""
    try:
        return f"[{IPv6Address(address)}]"
    except ValueError:
        return address
