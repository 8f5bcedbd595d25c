"""The port matrix by packets: the compiler's own rules say who may come in where; everybody tries all of it.

Everybody is each node, a container on a worker, ports of no server on the nodes' subnet with each role's
security group and with Neutron's default one, a load balancer, a client of the APIs, and somebody else.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from ipaddress import IPv4Address, IPv4Network
from typing import NamedTuple

from jeroboam.model.types import PeerKind, RoleKind, SecurityRule
from jeroboam.pipeline import plan_spec
from tests.cloud.clusters import Cluster
from tests.labs.cloud.seed import connect
from tests.labs.cloud.settings import settings
from tests.labs.nodes import guest, network
from tests.labs.nodes.guest import Guest
from tests.labs.nodes.machine import Machine
from tests.labs.nodes.place import CLOUD_ADDRESS, FOLDER
from tests.labs.nodes.servers import Cloud
from tests.nodes.asking import ran, until
from tests.nodes.clusters import BUSYBOX, MIRROR_PORT, Deployed
from tests.nodes.knocking import ICMP, TCP, UDP, Door, Seen, Sender, Target, here, tried

SCTP = 132
PROTOCOLS = {"tcp": TCP, "udp": UDP, "icmp": ICMP, "ipv6-icmp": 58}
ALWAYS = tuple(Door(number, None) for number in (ICMP, 4, 50, SCTP))
"""Tried whether or not a rule names them: beside ping, what carries others' packets."""
LINK_LOCAL = Door(TCP, 5355)
"""LLMNR: answers go no further than the link (RFC 4795, section 2.5), to no container behind a node."""
ELSEWHERE = IPv4Address("203.0.113.9")
"""Of no range that a spec of these tests allows."""
OF_A_CONTAINER = IPv4Address("10.50.250.9")
"""In the containers' range, and of no node's part of it."""


class Party(NamedTuple):
    """Somebody who knocks; `role` is that of his port's security group, where it is one of the cluster's."""

    sender: Sender
    role: RoleKind | None = None
    lies: bool = False
    """He sends from an address that is not his."""
    forwarded: bool = False
    """A node stands between him and the link."""


class Container(NamedTuple):
    """A network on a machine, which runs a shell's commands."""

    machine: Machine
    pid: str
    """Of a process in it, as the machine counts."""

    def run(self, command: str, *, seconds: float = 120) -> subprocess.CompletedProcess[str]:
        """In the machine's files, which have Python."""
        enter = f"nsenter --net --target {self.pid} bash -s <<'INSIDE'"
        return self.machine.run(f"{enter}\n{command}\nINSIDE", seconds=seconds)

    def sender(self) -> Sender:
        """What it sends beyond its own network has its node's address."""
        server = self.machine.server
        return Sender("container", self.run, server.ports[0].address, at=server.name)


def of_docker(machine: Machine) -> Container:
    """One on Docker's bridge, as good as any."""
    started = f"docker run --detach --name knocks {BUSYBOX} sleep 86400"
    ran(machine, f"docker inspect knocks || {started}")
    return Container(machine, ran(machine, "docker inspect --format '{{.State.Pid}}' knocks"))


def matrix(cluster: Cluster) -> tuple[SecurityRule, ...]:
    """All rows of the cluster's plan."""
    model = plan_spec(str(cluster.spec)).value
    assert model is not None
    return model.rules


def hold(up: Deployed, container: Container) -> None:
    """Whoever may come in somewhere does, and nobody else; keeps the figures beside the report.

    The container is on a worker.
    """
    rules, machines = matrix(up.cluster), list(up.machines.values())
    targets = [Target(m.server.name, m.run, m.server.ports[0].address) for m in machines]
    doors = {m.server.name: {*_doors(rules), *_listening(m)} for m in machines}
    with _parties(up) as others:
        inside = Party(container.sender(), RoleKind.WORKER, forwarded=True)
        everybody = {party.sender: party for party in (inside, *others)}
        seen = list(tried(list(everybody), targets, doors))
    subnet = machines[0].server.ports[0].subnet.cidr
    told = {
        (sender.name, target.name, str(door)): (
            _expected(
                everybody[sender], _may(everybody[sender], rules, _role(target.name), door, subnet), door
            ),
            what,
        )
        for sender, target, door, what in seen
    }
    figures = _figures(told)
    (FOLDER / "report").mkdir(exist_ok=True)
    (FOLDER / "report" / f"{up.cluster.name}-doors.txt").write_text(figures, encoding="utf-8")
    wrong = {which: one for which, one in told.items() if one[0] != one[1]}
    assert not wrong, f"{wrong}\n{figures}"
    # A way that nobody gets through at all would pass as well.
    assert {name for (name, _, _), (expected, _) in told.items() if expected.arrived} == {
        sender.name for sender, party in everybody.items() if not party.lies
    }


def _role(name: str) -> RoleKind:
    return RoleKind.MASTER if "-master-" in name else RoleKind.WORKER


def _may(party: Party, rules: Iterable[SecurityRule], to: RoleKind, door: Door, subnet: IPv4Network) -> bool:
    return not party.lies and any(
        rule.to is to and _covers(rule, door) and _is_from(rule, party, subnet) for rule in rules
    )


def _expected(party: Party, may: bool, door: Door) -> Seen:
    return Seen(may, may and not (party.forwarded and door == LINK_LOCAL))


def _covers(rule: SecurityRule, door: Door) -> bool:
    if rule.protocol is None:
        numbers = {TCP, UDP, SCTP}
    else:
        numbers = {PROTOCOLS.get(rule.protocol) or int(rule.protocol)}
    if door.protocol not in numbers:
        return False
    return rule.ports is None or (door.port is not None and rule.ports[0] <= door.port <= rule.ports[1])


def _is_from(rule: SecurityRule, party: Party, subnet: IPv4Network) -> bool:
    if rule.ipv6:
        return False
    match rule.peer:
        case PeerKind.MASTER | PeerKind.WORKER:
            return party.role is RoleKind(rule.peer.value)
        case PeerKind.SUBNET:
            return party.sender.address in subnet
        case PeerKind.CIDR:
            return rule.cidr is not None and party.sender.address in rule.cidr
        case _:
            raise AssertionError(rule)


def _doors(rules: Iterable[SecurityRule]) -> Iterator[Door]:
    """Both ends and the middle of what each rule opens, and its neighbours, whatever the protocol."""
    yield from ALWAYS
    for rule in rules:
        if rule.ports is None:
            continue
        low, high = rule.ports
        for port in {low - 1, low, (low + high) // 2, high, high + 1}:
            yield from (Door(TCP, port), Door(UDP, port))


def _listening(machine: Machine) -> Iterator[Door]:
    """Where programs of the node listen, also if only for the node itself."""
    for line in ran(machine, "ss -Hlntu").splitlines():
        port = int(line.split()[4].rpartition(":")[2])
        yield from (Door(TCP, port), Door(UDP, port))


@contextmanager
def _parties(up: Deployed) -> Iterator[Sequence[Party]]:
    """All but containers."""
    machines = list(up.machines.values())
    with ExitStack() as kept:
        kept.enter_context(network.address("lo", ELSEWHERE))
        yield (
            *(Party(_node(machine), _role(machine.server.name)) for machine in machines),
            *kept.enter_context(_guests(up, machines[0].server.ports[0].subnet.network)),
            *(Party(Sender("load balancer", here, address, address)) for address in _balancers(up.cluster)),
            Party(Sender("client", here, IPv4Address(CLOUD_ADDRESS))),
            Party(Sender("elsewhere", here, ELSEWHERE, ELSEWHERE)),
        )


def _node(machine: Machine) -> Sender:
    name = machine.server.name
    return Sender(name, machine.run, machine.server.ports[0].address, at=name)


def _balancers(cluster: Cluster) -> set[IPv4Address]:
    with connect(settings(), "jeroboam-admin") as admin:
        return {listener.address for listener in Cloud(admin).listeners(cluster.name)}


@contextmanager
def _guests(up: Deployed, on: str) -> Iterator[Sequence[Party]]:
    """Ports that are no server's, made in Neutron by the cluster's owner, on the nodes' network."""
    with connect(settings(), up.cluster.cloud) as owner, ExitStack() as kept:
        neutron, cloud = owner.network, Cloud(owner)

        def plugged(group: str | None) -> Guest:
            chosen = {} if group is None else {"security_group_ids": [neutron.find_security_group(group).id]}
            port = neutron.create_port(network_id=on, name=f"{up.cluster.name}-guest", **chosen)
            kept.callback(neutron.delete_port, port)
            known = cloud.port(port)
            came = kept.enter_context(guest.plugged(up.watcher.wire(known.subnet), known))
            # The watcher may not have seen it yet, and an unknown wire lets nothing through.
            asks = f"timeout 1 bash -c 'exec 3<>/dev/tcp/{CLOUD_ADDRESS}/{MIRROR_PORT}'"
            assert until(lambda: came.run(asks).returncode == 0, 60), came.run(asks)
            return came

        fellows = {role: plugged(f"{up.cluster.name}-{role}") for role in RoleKind}
        stranger, liar = plugged(None), plugged(None)
        liar.run(f"ip addr add {OF_A_CONTAINER}/32 dev lo").check_returncode()
        yield (
            *(
                Party(Sender(f"fellow {role}", one.run, one.port.address), role)
                for role, one in fellows.items()
            ),
            Party(Sender("stranger", stranger.run, stranger.port.address)),
            Party(Sender("liar", liar.run, OF_A_CONTAINER, OF_A_CONTAINER), lies=True),
        )


def _figures(told: dict[tuple[str, str, str], tuple[Seen, Seen]]) -> str:
    """Lines of who tried how many doors of whom, and how many are open and shut to him as they should be."""
    pairs = list(dict.fromkeys((name, target) for name, target, _ in told))
    lines = [f"{'from':24}{'to':24}{'tried':>7}{'open':>7}{'shut':>7}{'wrong':>7}"]
    for chosen in [*[{pair} for pair in pairs], set(pairs)]:
        of = [one for (name, target, _), one in told.items() if (name, target) in chosen]
        right = [expected.arrived for expected, seen in of if seen == expected]
        name, target = next(iter(chosen)) if len(chosen) == 1 else ("all", "all")
        counts = (len(of), sum(right), len(right) - sum(right), len(of) - len(right))
        lines.append(f"{name:24}{target:24}" + "".join(f"{count:7}" for count in counts))
    return "\n".join(lines) + "\n"
