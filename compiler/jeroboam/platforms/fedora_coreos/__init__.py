"""Fedora CoreOS: Ignition, a read-only /usr, SELinux enforcing, no updates by itself.

Facts: docs.fedoraproject.org/en-US/fedora-coreos (auto-updates), update-ca-trust(8), restorecon(8),
coreos.github.io/afterburn (attributes; on OpenStack its hostname unit does not run).
"""

from __future__ import annotations

from collections.abc import Mapping

from jeroboam.model.types import Capability, FileEntry, NodeConfig, UserData
from jeroboam.resources import fragment
from jeroboam.userdata.ignition import ignition

_UPDATES = "90-disable-auto-updates.toml"
_NAME = "10-afterburn.conf"


class FedoraCoreos:
    """The platform `fedora-coreos`.

    Since Fedora 43 its systemd, 258 and later, has control groups version 2 only.
    """

    name = "fedora-coreos"
    provides = frozenset({Capability.SYSTEMD, Capability.CGROUP_V2, Capability.WIREGUARD})
    notes: tuple[str, ...] = ()
    environment: Mapping[str, str] = {
        "JEROBOAM_BIN_DIR": "/usr/local/bin",
        "JEROBOAM_CA_BUNDLE": "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
        "JEROBOAM_CA_DIR": "/etc/pki/ca-trust/source/anchors",
        "JEROBOAM_CA_SUFFIX": "crt",
        "JEROBOAM_CA_UPDATE": "update-ca-trust extract",
        "JEROBOAM_KERNEL_ARGUMENT": "--append-if-missing=@",
        "JEROBOAM_KERNEL_ARGUMENT_APPLY": "rpm-ostree kargs",
        "JEROBOAM_KERNEL_ARGUMENT_FILE": "",
        "JEROBOAM_RELABEL": "restorecon -F",
    }

    def user_data(self, node: NodeConfig, heat_bytes: int) -> UserData:
        """An Ignition config that keeps updates from starting, and gives the bootstrap the server's name."""
        updates = FileEntry(f"/etc/zincati/config.d/{_UPDATES}", fragment(f"fedora-coreos/{_UPDATES}"))
        path = f"/etc/systemd/system/jeroboam-bootstrap.service.d/{_NAME}"
        name = FileEntry(path, fragment(f"fedora-coreos/{_NAME}"))
        return ignition(node, self.environment, heat_bytes, own=(updates, name))


PLUGIN = FedoraCoreos()
