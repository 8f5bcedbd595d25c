"""A Mesos on machines, and what its ZooKeeper and masters say."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from typing import Any

from tests.labs.nodes.machine import Machine
from tests.nodes.asking import ran
from tests.nodes.clusters import Deployed, OnMachines


@dataclass(frozen=True)
class Mesos(OnMachines):
    """`env` is what `jeroboam credentials` made."""

    env: str

    @property
    def states(self) -> list[str]:
        """What the nodes of its ZooKeeper have to be."""
        return ["standalone"] if self.shape.masters == 1 else ["follower", "follower", "leader"]

    def asked(self, url: str, by: Machine, prefix: str = "MESOS") -> str:
        """The answer to `admin`, asked on one of the machines as that user would from outside."""
        login = f'--user "${prefix}_USER:${prefix}_PASSWORD"'
        return ran(by, f"{self.env}\ncurl -sfL --location-trusted --max-time 30 {login} {shlex.quote(url)}")

    def agents(self, master: Machine) -> list[dict[str, Any]]:
        listed: list[dict[str, Any]] = json.loads(self.asked(f"{url_of(master, 5050)}/slaves", master))[
            "slaves"
        ]
        return listed


def url_of(machine: Machine, port: int) -> str:
    return f"http://{machine.server.ports[0].address}:{port}"


def states(machines: list[Machine]) -> list[str]:
    """What each node's ZooKeeper is to the ensemble."""
    ask = "exec 3<>/dev/tcp/{}/2181 && printf mntr >&3 && sed -n 's/^zk_server_state\\s*//p' <&3"
    return sorted(ran(machine, ask.format(machine.server.ports[0].address)) for machine in machines)


def with_credentials(up: Deployed) -> Mesos:
    """A cluster that was deployed, with what its users ask it by."""
    address = OnMachines(up).master.server.ports[0].address
    made = up.cluster.run("credentials", up.cluster.name, "--address", f"{address}", "-o", "access")
    assert made.code == 0, made.text
    return Mesos(up, (up.cluster.folder / "access" / "env.sh").read_text(encoding="utf-8"))
