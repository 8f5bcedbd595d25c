"""The secrets of a swarm, and which role's scripts may be given them."""

from __future__ import annotations

from collections.abc import Mapping

from jeroboam.model.secrets import CaCertificateOf, ClientCertificateOf, PrivateKey, Secret
from jeroboam.model.types import SecretRef
from jeroboam.parts.etcd import etcd_secrets, etcd_values
from jeroboam.parts.flanneld import key_secrets, key_values
from jeroboam.spec.types import ClusterSpec


def cluster_secrets(spec: ClusterSpec) -> tuple[Secret, ...]:
    """What the stack takes as hidden parameters."""
    return (
        Secret("cluster_ca_key", "Key of the CA of the Docker API", PrivateKey()),
        Secret(
            "cluster_ca_cert",
            "Certificate of the CA of the Docker API",
            CaCertificateOf("cluster_ca_key", "docker-api"),
        ),
        Secret("join_key", "Key that workers ask for the join token with", PrivateKey()),
        Secret(
            "join_cert",
            "Certificate that workers ask for the join token with",
            ClientCertificateOf("cluster_ca_key", "cluster_ca_cert", "join_key", "swarm-join"),
        ),
        *(etcd_secrets() if spec.container_network.driver == "flannel" else ()),
        *key_secrets(spec.container_network),
    )


def secret_values(spec: ClusterSpec, *, master: bool) -> Mapping[str, SecretRef]:
    """The secrets that a role may read; a worker sees no CA's key, a manager makes its own certificate."""
    joining = {"JEROBOAM_JOIN_CERT": "join_cert", "JEROBOAM_JOIN_KEY": "join_key"}
    names = {
        "JEROBOAM_CA_CERT": "cluster_ca_cert",
        **({"JEROBOAM_CA_KEY": "cluster_ca_key"} if master else joining),
    }
    flannel = etcd_values(master=master) if spec.container_network.driver == "flannel" else {}
    key = key_values(spec.container_network, master=master)
    return {**{name: SecretRef(secret) for name, secret in names.items()}, **flannel, **key}
