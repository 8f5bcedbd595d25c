"""Docker Swarm: managers with a TLS-protected Docker API, workers that read their join token in etcd."""

from __future__ import annotations

from jeroboam.drivers.swarm.credentials import credentials
from jeroboam.drivers.swarm.options import never_alone
from jeroboam.drivers.swarm.plan import plan
from jeroboam.drivers.swarm.rotations import ROTATIONS
from jeroboam.model.protocols import Driver
from jeroboam.parts.engine import docker_support

PLUGIN = Driver(
    "swarm",
    plan,
    credentials,
    state_volume="docker_volume",
    workers_first=True,
    support=docker_support,
    rotations=ROTATIONS,
    never_alone=never_alone,
)
