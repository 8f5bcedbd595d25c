"""What `kubectl` reads: a kubeconfig with a certificate of an administrator.

Its group is that of kubeadm's own admin.conf since 1.29, bound to the ClusterRole cluster-admin by the
ClusterRoleBinding of the same name (kubeadm's constants.ClusterAdminsGroupAndClusterRoleBinding). Unlike that
of `system:masters`, a right given so can be taken away again.
"""

from __future__ import annotations

from jeroboam.model.access import (
    ETCD_CA,
    ETCD_CLIENT,
    Base64,
    ClientCertificate,
    ClientPart,
    ClusterAccess,
    CredentialFile,
    Credentials,
)
from jeroboam.model.types import SecretRef
from jeroboam.parts.etcd import CA_CERT, CA_KEY
from jeroboam.serialize import yaml_text

USER = "jeroboam-admin"
GROUP = "kubeadm:cluster-admins"
_FILE = "kubeconfig"

COPYING = Credentials(
    files=(
        CredentialFile(ETCD_CA, "@{CA}", {"CA": SecretRef(CA_CERT)}),
        CredentialFile(
            ETCD_CLIENT,
            "@{KEY}@{CERTIFICATE}",
            {"KEY": ClientPart.KEY, "CERTIFICATE": ClientPart.CERTIFICATE},
        ),
    ),
    client=ClientCertificate(CA_KEY, CA_CERT, USER),
    server_ca=CA_CERT,
    use=(),
)
"""For etcd itself, which lets in whom its CA vouches for (kubeadm's `--client-cert-auth`)."""


def credentials(access: ClusterAccess) -> Credentials:
    """The kubeconfig; its cluster and context are named after the cluster."""
    name, user = access.cluster, f"{access.cluster}-admin"
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {"name": name, "cluster": {"server": access.url, "certificate-authority-data": "@{CA}"}}
        ],
        "users": [
            {
                "name": user,
                "user": {"client-certificate-data": "@{CERTIFICATE}", "client-key-data": "@{KEY}"},
            }
        ],
        "contexts": [{"name": name, "context": {"cluster": name, "user": user}}],
        "current-context": name,
    }
    values = {
        "CA": Base64(SecretRef("cluster_ca_cert")),
        "CERTIFICATE": Base64(ClientPart.CERTIFICATE),
        "KEY": Base64(ClientPart.KEY),
    }
    return Credentials(
        files=(CredentialFile(_FILE, yaml_text(document), values),),
        client=ClientCertificate("cluster_ca_key", "cluster_ca_cert", USER, (GROUP,)),
        server_ca="cluster_ca_cert",
        use=(f"export KUBECONFIG={{folder}}/{_FILE}", "kubectl get nodes"),
    )
