"""Docker Swarm: managers with a TLS-protected Docker API, workers that ask it for their join token."""

from __future__ import annotations

from jeroboam.diagnostics import Outcome
from jeroboam.drivers.swarm.plan import plan
from jeroboam.model.types import ClusterModel
from jeroboam.spec.types import ClusterSpec


class Swarm:
    """The driver `swarm`."""

    name = "swarm"

    def plan(self, spec: ClusterSpec) -> Outcome[ClusterModel]:
        """The cluster that `spec` asks for."""
        return plan(spec)


PLUGIN = Swarm()
