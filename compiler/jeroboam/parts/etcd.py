"""etcd on the masters: its service and the secrets it is run with. It serves Flannel, and nothing else.

Facts: etcd.io/docs v3.6, configuration and transport security.
"""

from __future__ import annotations

from collections.abc import Mapping

from jeroboam.model.secrets import CaCertificateOf, ClientCertificateOf, PrivateKey, Secret
from jeroboam.model.types import SecretRef, Unit
from jeroboam.parts.bootstrap import Step
from jeroboam.resources import fragment

LIBRARIES = ("common/pki.sh", "common/addresses.sh", "common/etcd.sh")
"""What its step sources besides lib.sh."""
DATA = "/var/lib/etcd"


def etcd_secrets() -> tuple[Secret, ...]:
    """The CA of etcd, and the one client that every node is: Flannel."""
    return (
        Secret("etcd_ca_key", "Key of etcd's CA", PrivateKey()),
        Secret("etcd_ca_cert", "Certificate of etcd's CA", CaCertificateOf("etcd_ca_key", "etcd-ca")),
        Secret("flannel_client_key", "Key that Flannel reads etcd with", PrivateKey()),
        Secret(
            "flannel_client_cert",
            "Certificate that Flannel reads etcd with",
            ClientCertificateOf("etcd_ca_key", "etcd_ca_cert", "flannel_client_key", "flannel"),
        ),
    )


def etcd_values(*, master: bool) -> Mapping[str, SecretRef]:
    """The secrets that a role's scripts may read; the CA's key is the masters' alone."""
    names = {
        "JEROBOAM_ETCD_CA_CERT": "etcd_ca_cert",
        "JEROBOAM_FLANNEL_KEY": "flannel_client_key",
        "JEROBOAM_FLANNEL_CERT": "flannel_client_cert",
    }
    if master:
        names["JEROBOAM_ETCD_CA_KEY"] = "etcd_ca_key"
    return {name: SecretRef(secret) for name, secret in names.items()}


def etcd_step(number: int) -> Step:
    """Makes a master a member."""
    return Step(number, "common/steps/etcd")


def etcd_unit() -> Unit:
    """The service; its step starts it."""
    return Unit("etcd.service", fragment("common/etcd.service"), enabled=False)
