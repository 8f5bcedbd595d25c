"""Clusters whose nodes boot: a spec as a user with a mirror of his own would write it."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from tests.cloud.clusters import IMAGES, Cluster, gone_afterwards
from tests.labs.cloud.seed import connect
from tests.labs.cloud.settings import settings
from tests.labs.nodes import report, ways
from tests.labs.nodes.machine import Machine
from tests.labs.nodes.mirror import catalogue
from tests.labs.nodes.mirror.build import FOLDER as MIRROR
from tests.labs.nodes.mirror.serve import Mirror, serving
from tests.labs.nodes.place import CLOUD_ADDRESS, ENVIRONMENT
from tests.labs.nodes.watcher import Watcher, booting

SPEC = """\
spec_version: 1
kind: cluster
name: {name}
coe: {coe}
{version}distro: {distro}
image: {image}
keypair: ops
network:
  {network}
  ssh_allowed_cidrs: [{clients}]
  api_allowed_cidrs: [{clients}]
  node_port_allowed_cidrs: [{subnet}]
masters: {{count: {masters}, flavor: {master_flavor}{node}{master}}}
node_groups:
  - {{name: default, count: {nodes}, flavor: m1.small{node}}}
artifacts:
  pins: {pins}
{more}"""
FROM_MIRROR = """\
  mirror: {mirror}
  image_registry: {registry}
runtime: {{insecure_registries: ["{registry}"]}}
"""
"""What follows in the spec of a site that has all that nodes download itself."""
CLIENTS = f"{CLOUD_ADDRESS}/32"
"""Who may use the APIs: what runs on this side."""
SUBNET = "10.0.0.0/24"
"""What nodes are in by default."""
MIRROR_PORT = 8081
MASTER_FLAVORS = {"kubernetes": "m1.medium"}
"""Where the least, one processor and 2 GiB, is not enough."""
ADDRESS = f"{CLOUD_ADDRESS}:{MIRROR_PORT}"
BUSYBOX = f"{ADDRESS}/library/busybox:1.35"
"""What containers of most tests run."""


DOCKER = "container_network: {driver: docker}\n"
BALANCED = "api: {load_balancer: true}\n"
"""What one master does without by itself."""
FLANNELS = {"swarm": ("flanneld",), "mesos": ("etcd", "flanneld")}
"""What a cluster without Flannel has no use for."""


class Shape(NamedTuple):
    """What is particular about a cluster."""

    coe: str
    distro: str = "ubuntu"
    image: str | None = None
    """Its image, where that is not the distro's usual one."""
    masters: int = 1
    nodes: int = 1
    version: str | None = None
    """Which of the mirror's, by its start, where it is not that of a spec that names none."""
    more: str = ""
    """Further properties of the spec, as YAML."""
    network: str = "external_network: public"
    """Where its nodes are, in the spec's words."""
    node: str = ""
    """Further properties of masters and workers, as YAML between braces."""
    master: str = ""
    """The same of masters alone."""
    mirrored: bool = True
    """Whether the spec names the mirror; otherwise `more` says how nodes reach what upstream has."""
    busybox: str = BUSYBOX
    """What containers of the tests run."""
    site: Callable[[], AbstractContextManager[object]] = nullcontext
    """What has to be there before it is deployed."""
    files: Mapping[str, str] = MappingProxyType({})
    """What lies beside the spec, by name."""
    slowness: int = 4
    """Of emulated machines' clock; see `clock.py`. By a right one, they are late for each other."""


class Deployed(NamedTuple):
    """A cluster after `jeroboam deploy`."""

    cluster: Cluster
    shape: Shape
    watcher: Watcher
    machines: dict[str, Machine]
    stack: str | None
    """As Heat has it."""
    began: float
    """When `deploy` began, by the monotonic clock."""
    notes: list[str]
    """Lines for the report."""
    site: object = None
    """What the shape's `site` gave."""

    def note(self, what: str) -> None:
        """Has the report say how long after `deploy` began something was so."""
        self.notes.append(f"{what} {time.monotonic() - self.began:.0f} s after deploy began\n")


@dataclass(frozen=True)
class OnMachines:
    """A COE on the machines of a cluster; each COE adds what it can be asked."""

    up: Deployed

    @property
    def shape(self) -> Shape:
        return self.up.shape

    @property
    def machines(self) -> dict[str, Machine]:
        return self.up.machines

    @property
    def masters(self) -> list[Machine]:
        return [machine for name, machine in sorted(self.machines.items()) if "-master-" in name]

    @property
    def master(self) -> Machine:
        """The first one."""
        return self.masters[0]

    @property
    def worker(self) -> Machine:
        """The first one."""
        return self.machines[f"{self.up.cluster.name}-default-0"]


@contextmanager
def mirrored() -> Iterator[Mirror]:
    """What nodes download from, in the network that these tests run in, while the block runs."""
    wanted = {**ENVIRONMENT, "JEROBOAM_NODES": "1"}
    assert wanted.items() <= os.environ.items(), "run these tests by their target of the Makefile"
    with serving(MIRROR, CLOUD_ADDRESS, MIRROR_PORT) as served:
        yield served


def written(folder: Path, name: str, shape: Shape) -> Cluster:
    """A cluster with its spec."""
    cluster = Cluster(folder, name, shape.coe, shape.distro)
    for file, text in shape.files.items():
        (folder / file).write_text(text, encoding="utf-8")
    mirrored = FROM_MIRROR.format(mirror=f"http://{ADDRESS}", registry=ADDRESS) if shape.mirrored else ""
    exact = catalogue.version(shape.coe, shape.version)
    cluster.spec.write_text(
        SPEC.format(
            name=name,
            coe=shape.coe,
            version=f"coe_version: {exact!r}\n" if shape.version else "",
            distro=shape.distro,
            image=shape.image or IMAGES.get(shape.distro, shape.distro),
            masters=shape.masters,
            master_flavor=MASTER_FLAVORS.get(shape.coe, "m1.small"),
            nodes=shape.nodes,
            node=f", {shape.node}" if shape.node else "",
            master=f", {shape.master}" if shape.master else "",
            network=shape.network,
            clients=CLIENTS,
            subnet=SUBNET,
            pins=json.dumps(pins(shape)),
            more=mirrored + shape.more,
        ),
        encoding="utf-8",
    )
    return cluster


def others(coe: str) -> Mapping[str, str]:
    """Versions of a COE that the mirror has beside the default one, by names for clusters of them."""
    held = _pins().get(coe, {}) if (MIRROR / "pins.json").exists() else {}
    found = (it for it in catalogue.VERSIONS[coe] if it and catalogue.version(coe, it) in held)
    return {f"version-{it.replace('.', '-')}": it for it in found}


def pins(shape: Shape) -> Mapping[str, str]:
    """Digests of what the mirror has for a cluster, by artifact; of one that it does not use is an error."""
    digests = _pins()[shape.coe][catalogue.version(shape.coe, shape.version)]
    unused = FLANNELS[shape.coe] if DOCKER in shape.more else ()
    return {name: digest for name, digest in digests.items() if name not in unused}


def _pins() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    """By COE and version."""
    known: Mapping[str, Mapping[str, Mapping[str, str]]]
    known = json.loads((MIRROR / "pins.json").read_text(encoding="utf-8"))
    return known


@contextmanager
def deployed(folder: Path, name: str, shape: Shape) -> Iterator[Deployed]:
    """The cluster, made by `jeroboam deploy`; where that fails, what `diagnose` finds is shown."""
    cluster, notes = written(folder, name, shape), list[str]()
    with shape.site() as site, booted(cluster, shape.slowness, notes) as watcher:
        began = time.monotonic()
        done = cluster.start("deploy", cluster.spec.name, "--yes", "--make-secrets").wait(3600)
        assert done.code == 0, done.text + cluster.run("diagnose", cluster.name).text
        machines = dict(watcher.machines)
        up = Deployed(cluster, shape, watcher, machines, stack_status(cluster), began, notes, site)
        up.note("complete")
        yield up


@contextmanager
def booted(cluster: Cluster, slowness: int, notes: Iterable[str] = ()) -> Iterator[Watcher]:
    """Machines for the cluster's servers while the block runs; a report is kept of how they came up."""
    if stack_status(cluster) is not None:
        # A run that was cut off could not delete it.
        cluster.run("delete", cluster.name, "--yes", "--cleanup", "--volumes")
    with gone_afterwards(cluster), booting(cluster.name, ways.chosen(slowness)) as watcher:
        try:
            yield watcher
        finally:
            machines = watcher.machines.values()
            report.write(cluster.name, machines, "".join((*notes, *_notes(machines, slowness))))


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
