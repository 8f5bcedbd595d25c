"""Checks that the MTUs in the spec fit the network."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from jeroboam.deploy.preflight.facts import Facts, Unavailable
from jeroboam.deploy.preflight.findings import Check, CheckProblem, Level, UnknownFactError, one_network
from jeroboam.deploy.preflight.requirements import Wanted
from jeroboam.spec.encapsulation import overhead

_DOCKER_MTU = 1500


class Room(NamedTuple):
    """The largest MTU that can be counted on, who says so, and how sure that is."""

    mtu: int
    said: str
    level: Level
    otherwise: str


def has_mtu(wanted: Wanted) -> bool:
    """Whether the spec says an MTU, or leaves Docker to assume one."""
    spec = wanted.model.spec
    backend = spec.container_network.backend
    chosen = spec.network.mtu is not None or (backend is not None and backend.mtu is not None)
    return chosen or _assumes(wanted)


def _assumes(wanted: Wanted) -> bool:
    """Whether Docker makes networks for an MTU of its own: Swarm's overlays are its own with Flannel too."""
    spec = wanted.model.spec
    return spec.network.mtu is None and (spec.container_network.driver == "docker" or spec.coe == "swarm")


def _mtu(facts: Facts, wanted: Wanted) -> Iterator[CheckProblem]:
    spec, room = wanted.model.spec, _room(facts, wanted)
    chosen, backend = spec.network.mtu, spec.container_network.backend
    if chosen is not None and chosen > room.mtu:
        yield CheckProblem(
            f"{room.said}, the spec says {chosen}: {room.otherwise}",
            f"set 'network.mtu' to {room.mtu}, or leave it out",
            "/network/mtu",
            room.level,
        )
    if backend is not None and backend.mtu is not None:
        most = room.mtu - overhead(backend.type, ipv6=spec.container_network.ipv6 is not None)
        if backend.mtu > most:
            yield CheckProblem(
                f"{room.said}, which leaves {most} for containers with {backend.type}; "
                f"the spec says {backend.mtu}",
                f"set 'container_network.backend.mtu' to {most}, or leave it out",
                "/container_network/backend/mtu",
                room.level,
            )
    if _assumes(wanted) and room.mtu < _DOCKER_MTU:
        yield CheckProblem(
            f"{room.said}, but docker uses {_DOCKER_MTU} unless told otherwise",
            f"set 'network.mtu' to {room.mtu}",
            "/network/mtu",
            Level.WARNING,
        )


def _room(facts: Facts, wanted: Wanted) -> Room:
    spec = wanted.model.spec.network
    if spec.fixed_network is not None:
        network = one_network(facts, spec.fixed_network)
        if network is None or network.mtu is None:
            raise UnknownFactError("the network's MTU is not known")
        said = f"network '{spec.fixed_network}' has an MTU of {network.mtu}"
        return Room(network.mtu, said, Level.ERROR, "packets are lost")
    # No user may ask how large a new network can be; the project's other ones are most likely of its kind.
    largest = facts.largest_mtu
    if wanted.existing is None and isinstance(largest, int):
        said = f"no network of this project has an MTU above {largest}"
        return Room(largest, said, Level.WARNING, "Neutron refuses more than its network supports")
    external = one_network(facts, spec.external_network)
    if external is None or external.mtu is None:
        said = (
            largest.reason if isinstance(largest, Unavailable) else "no network of this cloud reports its MTU"
        )
        raise UnknownFactError(said)
    said = f"external network '{spec.external_network}' has an MTU of {external.mtu}"
    return Room(external.mtu, said, Level.WARNING, "Neutron may refuse it, or large packets are lost")


CHECK = Check("network-mtu", "the nodes' network supports the MTU in the spec", has_mtu, _mtu)
