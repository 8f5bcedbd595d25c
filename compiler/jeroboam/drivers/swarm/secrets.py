"""The secrets of a swarm, and which role's scripts may be given them."""

from __future__ import annotations

from collections.abc import Mapping

from jeroboam.model.types import CaCertificateOf, PrivateKey, RandomBytes, Secret, SecretRef
from jeroboam.parts.etcd import etcd_secrets, etcd_values
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
        Secret("join_secret", "Secret that the workers' join token is sealed with", RandomBytes(32)),
        *(etcd_secrets() if spec.container_network.driver == "flannel" else ()),
    )


def secret_values(spec: ClusterSpec, *, master: bool) -> Mapping[str, SecretRef]:
    """The secrets that a role may read; a worker sees no CA's key, and no certificate of the Docker API's."""
    names = {"JEROBOAM_JOIN_SECRET": "join_secret"}
    if master:
        names |= {"JEROBOAM_CA_CERT": "cluster_ca_cert", "JEROBOAM_CA_KEY": "cluster_ca_key"}
    flannel = etcd_values(master=master) if spec.container_network.driver == "flannel" else {}
    return {**{name: SecretRef(secret) for name, secret in names.items()}, **flannel}
