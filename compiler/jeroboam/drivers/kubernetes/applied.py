"""What a cluster's API is to hold of its spec: what the first master applies, and the marks of nodes."""

from __future__ import annotations

from jeroboam.drivers.kubernetes.addons import KEYED_MANIFESTS, MANIFESTS
from jeroboam.drivers.kubernetes.kubeadm import marks
from jeroboam.flannel import PSK
from jeroboam.hot.contract import server_name
from jeroboam.model.access import Base64, CredentialFile
from jeroboam.model.applied import AppliedFiles
from jeroboam.model.types import ClusterModel, RoleKind, SecretRef


def applied(model: ClusterModel) -> AppliedFiles:
    """Of a cluster of this COE."""
    (master,) = (role for role in model.roles if role.kind is RoleKind.MASTER)
    files, keyed = {}, []
    for file in master.config.files:
        folder, _, name = file.path.rpartition("/")
        if folder == MANIFESTS:
            files[name] = file.content
        elif folder == KEYED_MANIFESTS:
            # A node takes the key as Heat hands it over, in base64.
            keyed.append(CredentialFile(name, file.content, {PSK: Base64(SecretRef("flannel_psk"))}))
    nodes = {
        server_name(model.spec.name, role.name, index): role.name
        for role in model.roles
        for index in role.indexes
    }
    return AppliedFiles(files, tuple(keyed), marks(model.spec), nodes)
