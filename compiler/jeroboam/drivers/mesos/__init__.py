"""Apache Mesos with ZooKeeper and Marathon, each in a container of Docker's."""

from __future__ import annotations

from jeroboam.diagnostics import Outcome
from jeroboam.drivers.mesos.plan import plan
from jeroboam.model.types import ClusterModel
from jeroboam.spec.types import ClusterSpec


class Mesos:
    """The driver `mesos`."""

    name = "mesos"

    def plan(self, spec: ClusterSpec) -> Outcome[ClusterModel]:
        """The cluster that `spec` asks for."""
        return plan(spec)


PLUGIN = Mesos()
