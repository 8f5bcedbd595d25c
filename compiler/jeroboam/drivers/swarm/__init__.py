"""Docker Swarm: managers with a TLS-protected Docker API, workers that read their join token in etcd."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jeroboam.diagnostics import Outcome
from jeroboam.drivers.swarm.plan import plan
from jeroboam.model.types import ClusterModel
from jeroboam.spec.types import ClusterSpec

if TYPE_CHECKING:
    from jeroboam.model.access import ClusterAccess, Credentials


class Swarm:
    """The driver `swarm`."""

    name = "swarm"

    def plan(self, spec: ClusterSpec) -> Outcome[ClusterModel]:
        """The cluster that `spec` asks for."""
        return plan(spec)

    def credentials(self, access: ClusterAccess) -> Credentials:
        """What a user of the cluster is given."""
        from jeroboam.drivers.swarm.credentials import credentials

        return credentials(access)


PLUGIN = Swarm()
