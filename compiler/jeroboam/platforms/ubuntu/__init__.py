"""Ubuntu: cloud-init, a writable /usr, certificates by update-ca-certificates."""

from __future__ import annotations

from collections.abc import Mapping

from jeroboam.model.types import Capability, NodeConfig, UserData
from jeroboam.userdata.cloud_config import cloud_config


class Ubuntu:
    """The platform `ubuntu`, for 22.04 and later.

    Up to 25.10 systemd can be told to use cgroup v1; `image.json` says where that ends.
    """

    name = "ubuntu"
    provides = frozenset(
        {Capability.SYSTEMD, Capability.CGROUP_V1, Capability.CGROUP_V2, Capability.WIREGUARD}
    )
    notes: tuple[str, ...] = ()
    environment: Mapping[str, str] = {
        "JEROBOAM_BIN_DIR": "/usr/local/bin",
        "JEROBOAM_CA_BUNDLE": "/etc/ssl/certs/ca-certificates.crt",
        "JEROBOAM_CA_DIR": "/usr/local/share/ca-certificates",
        "JEROBOAM_CA_SUFFIX": "crt",
        "JEROBOAM_CA_UPDATE": "update-ca-certificates",
        "JEROBOAM_KERNEL_ARGUMENT": 'GRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX @"',
        "JEROBOAM_KERNEL_ARGUMENT_APPLY": "update-grub",
        "JEROBOAM_KERNEL_ARGUMENT_FILE": "/etc/default/grub.d/90-jeroboam.cfg",
        "JEROBOAM_RELABEL": "true",
    }

    def user_data(self, node: NodeConfig, heat_bytes: int) -> UserData:
        """A cloud-config document."""
        return cloud_config(node, self.environment, heat_bytes)


PLUGIN = Ubuntu()
