"""Boots a machine for every server that Nova calls ACTIVE, and ends it when the server stops or is gone."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

from tests.labs.cloud.seed import connect
from tests.labs.cloud.settings import settings
from tests.labs.nodes import metadata, metadata_service, network, ways
from tests.labs.nodes.balancer import Balancer, Listener, balancing
from tests.labs.nodes.machine import Machine, Way
from tests.labs.nodes.servers import Cloud, Server, Subnet, Volume

WATCH_SECONDS = 1.0
SHUTDOWN_SECONDS = 60.0
"""For how long Nova waits for a guest that is stopped, by default (`shutdown_timeout`)."""


class _Booted(NamedTuple):
    """A machine with the ids of its volumes, and with what to undo when its server is gone."""

    machine: Machine
    volumes: set[str]
    undo: ExitStack


class _Balanced(NamedTuple):
    """A load balancer's listener with what to undo when it is gone."""

    balancer: Balancer
    undo: ExitStack


class Watcher:
    """What has been booted so far."""

    def __init__(self, cluster: str, way: Way, known: metadata_service.Known) -> None:
        self._cluster, self._way, self._known = cluster, way, known
        self._wires: dict[str, network.Wire] = {}
        self._kept = ExitStack()
        self._booted: dict[str, _Booted] = {}
        self._balanced: dict[Listener, _Balanced] = {}
        self._enforced = ""

    @property
    def machines(self) -> Mapping[str, Machine]:
        """By the name of the server."""
        return {booted.machine.server.name: booted.machine for booted in self._booted.values()}

    def look(self, cloud: Cloud) -> None:
        """Makes the machines what the cloud says of the servers now."""
        there = cloud.active(self._cluster)
        # Asked later, so that it has the ports of all of these.
        self._enforce(cloud.ruleset())
        for gone in self._booted.keys() - there.keys():
            if cloud.is_stopped(gone):
                _shut_down(self._booted[gone].machine)
            self._booted.pop(gone).undo.close()
        for identifier in there.keys() - self._booted.keys():
            self._boot(cloud.server(identifier))
        for identifier, booted in self._booted.items():
            booted.machine.tend()
            self._plug(booted, cloud.volumes(identifier))
        self._balance(cloud)

    def close(self) -> None:
        """Ends all machines, then the networks."""
        for booted in self._booted.values():
            booted.undo.close()
        for balanced in self._balanced.values():
            balanced.undo.close()
        self._booted.clear()
        self._balanced.clear()
        self._kept.close()

    def _enforce(self, ruleset: str) -> None:
        if ruleset != self._enforced:
            network.enforce(ruleset)
            self._enforced = ruleset

    def _boot(self, server: Server) -> None:
        wires = [self.wire(port.subnet) for port in server.ports]
        for wire, port in zip(wires, server.ports, strict=True):
            network.reserve(wire, port)
            self._known[port.address] = metadata.service(server)
        with ExitStack() as undo:
            machine = undo.enter_context(self._way(server, wires))
            self._booted[server.id] = _Booted(machine, set(), undo.pop_all())

    def _plug(self, booted: _Booted, volumes: Sequence[Volume]) -> None:
        for gone in booted.volumes - {volume.id for volume in volumes}:
            booted.machine.unplug(gone)
            booted.volumes.discard(gone)
        for volume in volumes:
            booted.machine.plug(volume)
            booted.volumes.add(volume.id)

    def _balance(self, cloud: Cloud) -> None:
        there = cloud.listeners(self._cluster)
        for gone in self._balanced.keys() - there.keys():
            self._balanced.pop(gone).undo.close()
        for listener, members in there.items():
            if listener not in self._balanced:
                with ExitStack() as undo:
                    bridge = self.wire(cloud.subnet(listener.subnet)).bridge
                    undo.enter_context(network.address(bridge, listener.address))
                    balancer = undo.enter_context(balancing(listener))
                    self._balanced[listener] = _Balanced(balancer, undo.pop_all())
            self._balanced[listener].balancer.members = members

    def wire(self, subnet: Subnet) -> network.Wire:
        """The subnet's network, set up here at the latest now."""
        if subnet.network not in self._wires:
            self._wires[subnet.network] = self._kept.enter_context(network.wire(subnet))
        return self._wires[subnet.network]


def _shut_down(machine: Machine) -> None:
    """As Nova has a guest do it: in order, for as long as it may take."""
    machine.run("systemctl poweroff", seconds=SHUTDOWN_SECONDS)
    end = time.monotonic() + SHUTDOWN_SECONDS
    while machine.runs and time.monotonic() < end:
        time.sleep(0.1)


@contextmanager
def booting(cluster: str, way: Way) -> Iterator[Watcher]:
    """Boots the cluster's servers that way, also later ones, until the block ends."""
    ended = threading.Event()
    with metadata_service.serving() as service:
        watcher = Watcher(cluster, way, service.known)
        thread = threading.Thread(target=_watch, args=(watcher, ended), daemon=True)
        thread.start()
        try:
            yield watcher
        finally:
            ended.set()
            thread.join()
            watcher.close()


def _watch(watcher: Watcher, ended: threading.Event) -> None:
    from keystoneauth1.exceptions import ClientException
    from openstack.exceptions import SDKException

    cloud = Cloud(connect(settings(), "jeroboam-admin"))
    while not ended.wait(WATCH_SECONDS):
        try:
            watcher.look(cloud)
        except (ClientException, SDKException, OSError) as problem:  # the next look may do better
            print(f"nodes: cannot look at the servers: {problem}", file=sys.stderr, flush=True)


def main() -> None:
    """`python -m tests.labs.nodes.watcher CLUSTER`: until it is interrupted."""
    with booting(sys.argv[1], ways.chosen()) as watcher:
        shown: dict[str, int] = {}
        while True:
            for name, machine in watcher.machines.items():
                lines = machine.said.splitlines()
                for line in lines[shown.get(name, 0) :]:
                    if line.startswith("jeroboam: "):
                        print(line, flush=True)
                shown[name] = len(lines)
            time.sleep(1)


if __name__ == "__main__":
    main()
