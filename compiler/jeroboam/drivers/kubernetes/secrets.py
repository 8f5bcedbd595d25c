"""The secrets of a Kubernetes cluster, and which role's scripts may be given them."""

from __future__ import annotations

from collections.abc import Mapping

from jeroboam.drivers.kubernetes.logins import login_secrets, login_values
from jeroboam.drivers.kubernetes.options import KubernetesOptions
from jeroboam.model.secrets import (
    OWN_CA_BYTES,
    OWN_CA_KEY_BYTES,
    CaCertificateOf,
    PrivateKey,
    PublicKeyOf,
    RandomBytes,
    Secret,
    UserSupplied,
    WindowToken,
)
from jeroboam.model.types import SecretRef
from jeroboam.parts.etcd import etcd_secrets, etcd_values
from jeroboam.parts.flanneld import key_secrets, key_values
from jeroboam.spec.types import ClusterSpec

TOKEN_HOURS = 24
"""How long a window is that a join token belongs to; it ends 24 to 48 hours after it was made."""
ENCRYPTION_KEYS_BYTES = 116
"""Two lines, each with a name of 12 characters at most and the base64 of 32 bytes; see rotations.py."""
_CREDENTIAL = "created by `openstack application credential create {name}`"


def cluster_secrets(spec: ClusterSpec, options: KubernetesOptions) -> tuple[Secret, ...]:
    """What the stack takes as hidden parameters."""
    return (
        Secret("cluster_ca_key", "Key of the cluster's CA", PrivateKey(size=OWN_CA_KEY_BYTES)),
        Secret(
            "cluster_ca_cert",
            "Certificate of the cluster's CA",
            CaCertificateOf("cluster_ca_key", "kubernetes", OWN_CA_BYTES),
        ),
        *etcd_secrets(),
        Secret("front_proxy_ca_key", "Key of the aggregation layer's CA", PrivateKey()),
        Secret(
            "front_proxy_ca_cert",
            "Certificate of the aggregation layer's CA",
            CaCertificateOf("front_proxy_ca_key", "front-proxy-ca"),
        ),
        Secret("service_account_key", "Key that signs service account tokens", PrivateKey()),
        Secret(
            "service_account_public_key",
            "Key that verifies service account tokens",
            PublicKeyOf("service_account_key"),
        ),
        Secret("join_token_key", "Key from which masters derive each day's join tokens", RandomBytes(32)),
        Secret("bootstrap_token", "Token with which nodes join", WindowToken("join_token_key", TOKEN_HOURS)),
        *(
            (
                Secret(
                    "encryption_key",
                    "Key that encrypts Secrets in etcd",
                    RandomBytes(32, ENCRYPTION_KEYS_BYTES),
                ),
            )
            * options.encrypt_secrets
        ),
        *(_credential(spec.name) if options.needs_cloud else ()),
        *key_secrets(spec.container_network),
        *login_secrets(spec.runtime),
    )


def secret_values(spec: ClusterSpec, options: KubernetesOptions, *, master: bool) -> Mapping[str, SecretRef]:
    """The secrets that a role may read, by the name its scripts know them by; a worker never sees a key.

    A worker is given a token; masters derive that of the moment.
    """
    names = {"JEROBOAM_CA_CERT": "cluster_ca_cert"}
    if not master:
        names |= {"JEROBOAM_BOOTSTRAP_TOKEN": "bootstrap_token"}
    else:
        names |= {
            "JEROBOAM_TOKEN_KEY": "join_token_key",
            "JEROBOAM_CA_KEY": "cluster_ca_key",
            "JEROBOAM_FRONT_PROXY_CA_CERT": "front_proxy_ca_cert",
            "JEROBOAM_FRONT_PROXY_CA_KEY": "front_proxy_ca_key",
            "JEROBOAM_SERVICE_ACCOUNT_KEY": "service_account_key",
            "JEROBOAM_SERVICE_ACCOUNT_PUBLIC_KEY": "service_account_public_key",
        }
        if options.encrypt_secrets:
            names["JEROBOAM_ENCRYPTION_KEY"] = "encryption_key"
        if options.needs_cloud:
            names |= {
                "JEROBOAM_APPLICATION_CREDENTIAL_ID": "application_credential_id",
                "JEROBOAM_APPLICATION_CREDENTIAL_SECRET": "application_credential_secret",
            }
    own = {name: SecretRef(secret) for name, secret in names.items()}
    etcd = etcd_values(master=True) if master else {}
    logins = login_values(spec.runtime)
    return {**own, **etcd, **key_values(spec.container_network, master=master), **logins}


def _credential(cluster: str) -> tuple[Secret, Secret]:
    how = _CREDENTIAL.format(name=cluster)
    # Keystone's own id has 32 characters, a secret that it makes 86.
    return (
        Secret(
            "application_credential_id",
            "Id of the cloud add-ons' application credential",
            UserSupplied(how, size=64),
        ),
        Secret("application_credential_secret", "Its secret", UserSupplied(how, size=192)),
    )
