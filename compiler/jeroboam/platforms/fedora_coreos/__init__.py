"""Fedora CoreOS: Ignition, a read-only /usr, SELinux enforcing, no updates by itself.

Facts: docs.fedoraproject.org/en-US/fedora-coreos (auto-updates), update-ca-trust(8), restorecon(8),
coreos.github.io/afterburn (attributes; on OpenStack its hostname unit does not run).
"""

from __future__ import annotations

from jeroboam.model.types import Capability, FileEntry, NodeConfig, UserData
from jeroboam.resources import fragment
from jeroboam.userdata.environment import OSTREE
from jeroboam.userdata.ignition import ignition

_UPDATES = "90-disable-auto-updates.toml"
_NAME = "10-afterburn.conf"


class FedoraCoreos:
    """The platform `fedora-coreos`.

    Since Fedora 43 its systemd, 258 and later, has cgroup v2 only.
    """

    name = "fedora-coreos"
    provides = frozenset({Capability.SYSTEMD, Capability.CGROUP_V2, Capability.WIREGUARD})
    notes: tuple[str, ...] = ()
    environment = OSTREE

    def user_data(self, node: NodeConfig, heat_bytes: int) -> UserData:
        """An Ignition config that keeps updates from starting, and gives the bootstrap the server's name."""
        updates = FileEntry(f"/etc/zincati/config.d/{_UPDATES}", fragment(f"fedora-coreos/{_UPDATES}"))
        path = f"/etc/systemd/system/jeroboam-bootstrap.service.d/{_NAME}"
        name = FileEntry(path, fragment(f"fedora-coreos/{_NAME}"))
        return ignition(node, self.environment, heat_bytes, own=(updates, name))


PLUGIN = FedoraCoreos()
