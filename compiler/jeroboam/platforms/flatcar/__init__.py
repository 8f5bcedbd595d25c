"""Flatcar Container Linux: Ignition, a read-only /usr, programs in /opt/bin, no updates by itself.

Facts: flatcar.org/docs (Ignition, custom certificate authorities, update strategies).
"""

from __future__ import annotations

from collections.abc import Mapping

from jeroboam.model.types import Capability, NodeConfig, UserData
from jeroboam.userdata.ignition import ignition

# The one fetches a new system, the other restarts the machine into it.
_UPDATES = ("update-engine.service", "locksmithd.service")


class Flatcar:
    """The platform `flatcar`, for releases that take Ignition 3 (3227 and later).

    Its tree (portage-stable/sys-apps/systemd of flatcar/scripts) has had systemd 259 and later since 2026,
    which has cgroup v2 only; the first release with it was not found out.
    """

    name = "flatcar"
    provides = frozenset({Capability.SYSTEMD, Capability.CGROUP_V2, Capability.WIREGUARD})
    notes: tuple[str, ...] = ()
    environment: Mapping[str, str] = {
        "JEROBOAM_BIN_DIR": "/opt/bin",
        "JEROBOAM_CA_BUNDLE": "/etc/ssl/certs/ca-certificates.crt",
        "JEROBOAM_CA_DIR": "/etc/ssl/certs",
        "JEROBOAM_CA_SUFFIX": "pem",
        "JEROBOAM_CA_UPDATE": "update-ca-certificates",
        "JEROBOAM_KERNEL_ARGUMENT": 'set linux_append="$linux_append @"',
        "JEROBOAM_KERNEL_ARGUMENT_APPLY": "true",
        "JEROBOAM_KERNEL_ARGUMENT_FILE": "/oem/grub.cfg",
        "JEROBOAM_RELABEL": "true",
    }

    def user_data(self, node: NodeConfig, heat_bytes: int) -> UserData:
        """An Ignition config that keeps updates from starting."""
        return ignition(node, self.environment, heat_bytes, masked=_UPDATES)


PLUGIN = Flatcar()
