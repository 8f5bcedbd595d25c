"""Fedora Atomic Host: cloud-init, a read-only /usr, SELinux enforcing, cgroup v1.

Facts: the releases 27 to 29, the last of November 2019: systemd 239, kernel 5.3, cloud-init 17.1 on Python 3.
"""

from __future__ import annotations

from jeroboam.model.types import Capability, NodeConfig, UserData
from jeroboam.userdata.cloud_config import cloud_config
from jeroboam.userdata.environment import OSTREE


class FedoraAtomic:
    """The platform `fedora-atomic`, for release 29."""

    name = "fedora-atomic"
    provides = frozenset({Capability.SYSTEMD, Capability.CGROUP_V1})
    notes: tuple[str, ...] = ("JB0502",)
    environment = OSTREE

    def user_data(self, node: NodeConfig, heat_bytes: int) -> UserData:
        """A cloud-config document."""
        return cloud_config(node, self.environment, heat_bytes)


PLUGIN = FedoraAtomic()
