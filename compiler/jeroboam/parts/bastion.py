"""The bastion: a machine that passes logins on to the nodes, and knows nothing else of the cluster."""

from __future__ import annotations

from jeroboam.model.types import FileEntry, NodeConfig, Unit
from jeroboam.parts.access import ca_files
from jeroboam.parts.bootstrap import PLATFORM_VALUES, Step, names_read, programs_and_steps
from jeroboam.parts.node import chosen
from jeroboam.resources import fragment, script
from jeroboam.spec.types import ClusterSpec

_UNIT = "jeroboam-bastion.service"
_SSHD = "/etc/ssh/sshd_config.d/10-jeroboam.conf"


def bastion(spec: ClusterSpec) -> NodeConfig | None:
    """Its configuration, None where the spec has none.

    It downloads nothing, so it has no proxy, and it runs no container that its metadata is closed to.
    """
    if spec.bastion is None:
        return None
    steps = chosen(
        (bool(spec.tls.trusted_ca_files), Step(0, "common/steps/trust-cas")),
        (bool(spec.network.ntp_servers), Step(5, "common/steps/time")),
    )
    scripts = programs_and_steps(("common/run.sh", "common/bastion.sh"), steps)
    values = {"JEROBOAM_NTP_SERVERS": " ".join(spec.network.ntp_servers)}
    return NodeConfig(
        files=(
            FileEntry(_SSHD, fragment("common/bastion-sshd.conf"), 0o600),
            *ca_files(spec.tls.trusted_ca_files),
            *scripts,
        ),
        units=(Unit(_UNIT, script(f"common/{_UNIT}"), enabled=True),),
        environment={name: values[name] for name in names_read(s.content for s in scripts) - PLATFORM_VALUES},
        heat_values={},
        ssh_authorized_keys=spec.ssh_authorized_keys,
        requires=frozenset(),
    )
