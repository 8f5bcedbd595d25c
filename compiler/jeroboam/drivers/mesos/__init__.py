"""Apache Mesos with ZooKeeper and Marathon, each in a container of Docker's."""

from __future__ import annotations

from jeroboam.drivers.mesos.credentials import credentials
from jeroboam.drivers.mesos.plan import plan
from jeroboam.drivers.mesos.rotations import ROTATIONS
from jeroboam.model.protocols import Driver

PLUGIN = Driver("mesos", plan, credentials, rotations=ROTATIONS)
