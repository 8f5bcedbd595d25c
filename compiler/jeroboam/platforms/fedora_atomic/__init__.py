"""Fedora Atomic Host: cloud-init, a read-only /usr, SELinux enforcing, control groups of version 1.

Facts: the releases 27 to 29, the last of November 2019: systemd 239, kernel 5.3, cloud-init 17.1 on Python 3.
"""

from __future__ import annotations

from collections.abc import Mapping

from jeroboam.model.types import Capability, NodeConfig, UserData
from jeroboam.userdata.cloud_config import cloud_config


class FedoraAtomic:
    """The platform `fedora-atomic`, for release 29."""

    name = "fedora-atomic"
    provides = frozenset({Capability.SYSTEMD, Capability.CGROUP_V1})
    notes: tuple[str, ...] = ("JB0502",)
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
        """A cloud-config document."""
        return cloud_config(node, self.environment, heat_bytes)


PLUGIN = FedoraAtomic()
