"""The secrets of a swarm, and which role's scripts may be given them."""

from __future__ import annotations

from collections.abc import Mapping

from jeroboam.model.secrets import (
    OWN_CA_BYTES,
    OWN_CA_KEY_BYTES,
    CaCertificateOf,
    ClientCertificateOf,
    PrivateKey,
    Secret,
)
from jeroboam.model.types import SecretRef
from jeroboam.parts.etcd import CA_CERT, CA_KEY, Grant, etcd_secrets, etcd_values
from jeroboam.parts.flanneld import flannel_secrets, flannel_values
from jeroboam.spec.types import ClusterSpec

JOIN_GRANT = Grant("swarm-join", "read", "/jeroboam/swarm/worker-token")
"""The key of etcd that managers keep the workers' join token in, and who may read it."""
JOIN_HOURS = 24
"""How long a worker may ask for the token. A node asks as it joins, so it is needed for no longer."""


def cluster_secrets(spec: ClusterSpec) -> tuple[Secret, ...]:
    """What the stack takes as hidden parameters."""
    return (
        Secret("cluster_ca_key", "Key of the CA of the Docker API", PrivateKey(size=OWN_CA_KEY_BYTES)),
        Secret(
            "cluster_ca_cert",
            "Certificate of the CA of the Docker API",
            CaCertificateOf("cluster_ca_key", "docker-api", OWN_CA_BYTES),
        ),
        *etcd_secrets(),
        *join_secrets(),
        *flannel_secrets(spec.container_network),
    )


def join_secrets() -> tuple[Secret, ...]:
    """What every worker asks etcd for its join token with."""
    certificate = ClientCertificateOf(CA_KEY, CA_CERT, "join_key", JOIN_GRANT.user, JOIN_HOURS)
    return (
        Secret("join_key", "Key with which workers read the join token", PrivateKey(short_lived=True)),
        Secret("join_cert", "Certificate with which workers read the join token", certificate),
    )


def secret_values(spec: ClusterSpec, *, master: bool) -> Mapping[str, SecretRef]:
    """The secrets that a role may read: a worker sees no CA's key, and no key that the Docker API knows."""
    api = {"JEROBOAM_CA_CERT": "cluster_ca_cert", "JEROBOAM_CA_KEY": "cluster_ca_key"}
    joining = {"JEROBOAM_JOIN_CERT": "join_cert", "JEROBOAM_JOIN_KEY": "join_key"}
    own = {name: SecretRef(secret) for name, secret in (api if master else joining).items()}
    return {**own, **etcd_values(master=master), **flannel_values(spec.container_network, master=master)}
