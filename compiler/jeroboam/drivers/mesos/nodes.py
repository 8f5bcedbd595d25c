"""The roles of a Mesos cluster, and what a node of each is given."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from jeroboam.drivers.mesos import daemons
from jeroboam.drivers.mesos.catalogue import MesosRelease, artifacts
from jeroboam.drivers.mesos.options import MesosOptions
from jeroboam.drivers.mesos.problems import needs_cgroup_v1, used_images
from jeroboam.model.types import FileEntry, Unit
from jeroboam.parts import docker, etcd, flanneld
from jeroboam.parts.artifacts import image
from jeroboam.parts.bootstrap import Step
from jeroboam.parts.docker_host import host_files, host_modules, host_units
from jeroboam.parts.network import has_flannel
from jeroboam.parts.node import NodeParts, chosen
from jeroboam.resources import script
from jeroboam.serialize import json_text
from jeroboam.spec.types import ClusterSpec, NodeSpec, VolumeSpec
from jeroboam.userdata.environment import environment_text

_FILES = "/etc/jeroboam/mesos"


class MesosCluster(NamedTuple):
    """What every role's files are made from."""

    spec: ClusterSpec
    options: MesosOptions
    release: MesosRelease

    @property
    def flannel(self) -> bool:
        """Whether Flannel connects the hosts' containers."""
        return has_flannel(self.spec.container_network)

    @property
    def etcd_volume(self) -> VolumeSpec | None:
        """The volume of etcd, which runs for Flannel alone."""
        return self.spec.masters.etcd_volume if self.flannel else None


def nodes(plan: MesosCluster, node: NodeSpec, *, master: bool) -> NodeParts:
    """What a master, or an agent of a group, is given."""
    spec = plan.spec
    return NodeParts(
        steps=_steps(plan, master=master),
        files=tuple(_files(plan, node, master=master)),
        units=tuple(_units(plan, master=master)),
        values=_values(plan, master=master),
        artifacts=tuple(artifact for artifact in artifacts(spec) if master or artifact.name != "etcd"),
        modules=host_modules(spec),
        sysctls=docker.docker_sysctls(),
        container_dir=docker.STORAGE,
    )


def _steps(plan: MesosCluster, *, master: bool) -> tuple[Step, ...]:
    options = plan.options
    return chosen(
        (not master and needs_cgroup_v1(options), Step(12, "mesos/steps/cgroups")),
        (True, Step(40, "common/steps/install")),
        (master and plan.flannel, etcd.etcd_step(42)),
        *((plan.flannel, step) for step in flanneld.flannel_steps(43, master=master)),
        (True, Step(45, "common/steps/docker")),
        (True, Step(50, "mesos/steps/images")),
        (not master, Step(55, "mesos/steps/agent-image")),
        (master, Step(60, "mesos/steps/zookeeper")),
        (master, Step(65, "mesos/steps/mesos-master")),
        (master and options.marathon, Step(70, "mesos/steps/marathon")),
        (not master, Step(70, "mesos/steps/mesos-agent")),
        (master, Step(95, "mesos/steps/master-health")),
        (not master, Step(95, "mesos/steps/agent-health")),
    )


def _units(plan: MesosCluster, *, master: bool) -> Iterator[Unit]:
    yield from host_units(plan.spec, master=master)
    on_masters = ("zookeeper", "mesos-master", *(["marathon"] if plan.options.marathon else []))
    for name in on_masters if master else ("mesos-agent",):
        yield Unit(f"{name}.service", script(f"mesos/{name}.service"), enabled=False)


def _values(plan: MesosCluster, *, master: bool) -> dict[str, str]:
    images = _images(plan, master=master)
    return {
        "JEROBOAM_ZOOKEEPER_PORT": str(daemons.ZOOKEEPER_PORT),
        "JEROBOAM_MESOS_PORT": str(daemons.master_port(plan.spec, plan.options)),
        "JEROBOAM_MESOS_AGENT_PORT": str(daemons.AGENT_PORT),
        "JEROBOAM_MESOS_IMAGE": images["mesos"],
        "JEROBOAM_MESOS_AGENT_IMAGE": daemons.AGENT_IMAGE.format(version=plan.release.version),
        "JEROBOAM_MESOS_IMAGES": " ".join(images.values()),
    }


def _files(plan: MesosCluster, node: NodeSpec, *, master: bool) -> Iterator[FileEntry]:
    spec = plan.spec
    yield from host_files(spec, master=master)
    images = {f"{name.upper()}_IMAGE": reference for name, reference in _images(plan, master=master).items()}
    agent = {} if master else {"MESOS_AGENT_IMAGE": daemons.AGENT_IMAGE.format(version=plan.release.version)}
    yield FileEntry("/etc/jeroboam/images.env", environment_text({**images, **agent}))
    yield from _master_files(plan) if master else _agent_files(plan, node)


def _master_files(plan: MesosCluster) -> Iterator[FileEntry]:
    spec, options = plan.spec, plan.options
    yield FileEntry("/etc/jeroboam/zookeeper/zoo.cfg", daemons.zookeeper_config(spec.masters.count))
    yield _file("mesos-master/master.options", daemons.master_environment(spec, options))
    if options.authentication:
        yield _json("mesos-master/credentials.json", daemons.master_credentials(options))
        yield _json("mesos-master/acls.json", daemons.access_rules())
    if options.marathon:
        yield _file("marathon/marathon.options", daemons.marathon_environment(spec, options))


def _agent_files(plan: MesosCluster, node: NodeSpec) -> Iterator[FileEntry]:
    spec, options = plan.spec, plan.options
    yield _file(
        "mesos-agent/agent.options", daemons.agent_environment(spec, options, node, plan.release.version)
    )
    if options.authentication:
        yield _json("mesos-agent/credential.json", daemons.agent_credential())
        yield _json("mesos-agent/credentials.json", {"credentials": [daemons.agent_credential()]})


def _file(path: str, content: str) -> FileEntry:
    return FileEntry(f"{_FILES}/{path}", content)


def _json(path: str, data: Any) -> FileEntry:
    return _file(path, json_text(data))


def _images(plan: MesosCluster, *, master: bool) -> dict[str, str]:
    """The images of a role's daemons, as the spec's registry serves them."""
    used = used_images(plan.spec, plan.options, plan.release)
    registry = plan.spec.artifacts.image_registry
    return {name: image(used[name], registry) for name in (used if master else ("mesos",))}
