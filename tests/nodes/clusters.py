"""Clusters whose nodes boot: a spec as a user with a mirror of his own would write it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.cloud.clusters import Cluster, gone_afterwards
from tests.cloud.lab.seed import connect
from tests.cloud.lab.settings import settings
from tests.labs.nodes import report, ways
from tests.labs.nodes.machine import Machine
from tests.labs.nodes.mirror.build import FOLDER as MIRROR
from tests.labs.nodes.place import CLOUD_ADDRESS
from tests.labs.nodes.watcher import Watcher, booting

SPEC = """\
spec_version: 1
kind: cluster
name: {name}
coe: {coe}
distro: {distro}
image: {image}
keypair: ops
network:
  external_network: public
  ssh_allowed_cidrs: [0.0.0.0/0]
  api_allowed_cidrs: [0.0.0.0/0]
masters: {{count: {masters}, flavor: {master_flavor}}}
node_groups:
  - {{name: default, count: {nodes}, flavor: m1.small}}
runtime: {{insecure_registries: ["{registry}"]}}
artifacts:
  mirror: {mirror}
  image_registry: {registry}
  pins: {pins}
{more}"""
MIRROR_PORT = 8081
MASTER_FLAVORS = {"kubernetes": "m1.medium"}
"""Where the least, one processor and 2 GiB, is not enough."""
IMAGES = {"ubuntu": "ubuntu-24.04"}
ADDRESS = f"{CLOUD_ADDRESS}:{MIRROR_PORT}"
BUSYBOX = f"{ADDRESS}/library/busybox:1.35"
"""What containers of the tests run."""


DOCKER = "container_network: {driver: docker}\n"
FLANNELS = {"swarm": ("flanneld",), "mesos": ("etcd", "flanneld")}
"""What a cluster without Flannel has no use for."""


class Shape(NamedTuple):
    """What is particular about a cluster."""

    coe: str
    distro: str = "ubuntu"
    masters: int = 1
    nodes: int = 1
    more: str = ""
    """Further properties of the spec, as YAML."""
    slowness: int = 4
    """Of emulated machines' clock; see `clock.py`. By a right one, they are late for each other."""


def written(folder: Path, name: str, shape: Shape, *, mirror: str = f"http://{ADDRESS}") -> Cluster:
    """A cluster with its spec."""
    cluster = Cluster(folder, name, shape.coe, shape.distro)
    cluster.spec.write_text(
        SPEC.format(
            name=name,
            coe=shape.coe,
            distro=shape.distro,
            image=IMAGES.get(shape.distro, shape.distro),
            masters=shape.masters,
            master_flavor=MASTER_FLAVORS.get(shape.coe, "m1.small"),
            nodes=shape.nodes,
            mirror=mirror,
            registry=ADDRESS,
            pins=json.dumps(pins(shape)),
            more=shape.more,
        ),
        encoding="utf-8",
    )
    return cluster


def pins(shape: Shape) -> Mapping[str, str]:
    """Digests of what the mirror has for a cluster, by artifact; of one that it does not use is an error."""
    known: Mapping[str, Mapping[str, str]] = json.loads((MIRROR / "pins.json").read_text(encoding="utf-8"))
    unused = FLANNELS[shape.coe] if DOCKER in shape.more else ()
    return {name: digest for name, digest in known[shape.coe].items() if name not in unused}


@contextmanager
def booted(cluster: Cluster, slowness: int) -> Iterator[Watcher]:
    """Machines for the cluster's servers while the block runs; a report is kept of how they came up."""
    if stack_status(cluster) is not None:
        # A run that was cut off could not delete it.
        cluster.run("delete", cluster.name, "--yes", "--cleanup", "--volumes")
    with gone_afterwards(cluster), booting(cluster.name, ways.chosen(slowness)) as watcher:
        try:
            yield watcher
        finally:
            machines = watcher.machines.values()
            report.write(cluster.name, machines, "".join(_notes(machines, slowness)))


def _notes(machines: Iterable[Machine], slowness: int) -> Iterator[str]:
    if ways.is_emulated():
        if slowness > 1:
            yield f"by a clock that passes a second in {slowness}\n"
        return
    taken = ", ".join(f"{m.server.name} {m.memory()}" for m in machines if m.runs)
    yield f"MiB of programs at the end: {taken}\n"


def stack_status(cluster: Cluster) -> str | None:
    """What Heat says of the cluster's stack; None where there is none."""
    with connect(settings(), cluster.cloud) as demo:
        stacks = demo.orchestration.get("/stacks").json()["stacks"]
        found = (str(stack["stack_status"]) for stack in stacks if stack["stack_name"] == cluster.name)
        return next(found, None)
