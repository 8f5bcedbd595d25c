"""The roles of a Mesos cluster, and what a node of each is given."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple

from jeroboam.drivers.mesos import daemons
from jeroboam.drivers.mesos.catalogue import Release
from jeroboam.drivers.mesos.downloads import artifacts
from jeroboam.drivers.mesos.options import MesosOptions
from jeroboam.drivers.mesos.problems import needs_cgroup_v1, used_images
from jeroboam.drivers.mesos.secrets import secret_values
from jeroboam.model.types import FileEntry, HeatValue, NodeConfig, Role, Unit
from jeroboam.parts import docker, etcd, flanneld
from jeroboam.parts.artifacts import image, pinned
from jeroboam.parts.bootstrap import Step, node_config
from jeroboam.parts.node import common_files, common_steps, common_values, proxy_files, volume_libraries
from jeroboam.parts.roles import cluster_roles, network_capabilities, routed_cidrs
from jeroboam.resources import fragment
from jeroboam.serialize import json_text
from jeroboam.spec.types import ClusterSpec, NodeSpec, VolumeSpec
from jeroboam.userdata.environment import environment_text

_FILES = "/etc/jeroboam/mesos"


class Plan(NamedTuple):
    """What every role's files are made from."""

    spec: ClusterSpec
    options: MesosOptions
    release: Release

    @property
    def flannel(self) -> bool:
        """Whether Flannel connects the hosts' containers."""
        return self.spec.container_network.driver == "flannel"

    @property
    def etcd_volume(self) -> VolumeSpec | None:
        """For etcd, which is there for Flannel alone."""
        return self.spec.masters.etcd_volume if self.flannel else None


def roles(plan: Plan) -> tuple[Role, ...]:
    """The masters, then each node group."""
    return cluster_roles(
        plan.spec,
        partial(_config, plan),
        etcd_volume=plan.etcd_volume,
        routed=routed_cidrs(plan.spec.container_network),
    )


def _config(plan: Plan, node: NodeSpec, *, master: bool) -> NodeConfig:
    return node_config(
        steps=_steps(plan, node, master=master),
        libraries=_libraries(plan, node, master=master),
        files=_files(plan, node, master=master),
        units=_units(plan, master=master),
        values=_values(plan, master=master),
        ssh_authorized_keys=plan.spec.ssh_authorized_keys,
        requires=network_capabilities(plan.spec.container_network),
    )


def _steps(plan: Plan, node: NodeSpec, *, master: bool) -> Iterator[Step]:
    spec, options = plan.spec, plan.options
    wanted = (
        (not master and needs_cgroup_v1(options), Step(12, "mesos/steps/cgroups")),
        (True, Step(40, "common/steps/install")),
        (master and plan.flannel, etcd.etcd_step(42)),
        *((True, step) for step in flanneld.key_steps(spec.container_network, master=master)),
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
    yield from common_steps(spec, node, etcd_volume=master and plan.etcd_volume is not None)
    yield from (step for is_wanted, step in wanted if is_wanted)


def _libraries(plan: Plan, node: NodeSpec, *, master: bool) -> Iterator[str]:
    yield from ("common/download.sh", "common/daemons.sh")
    yield from volume_libraries(node, etcd_volume=master and plan.etcd_volume is not None)
    if plan.flannel and master:
        yield from etcd.LIBRARIES
    else:
        yield "common/addresses.sh"
    yield "mesos/mesos.sh"
    yield "mesos/masters.sh" if master else "mesos/agents.sh"


def _units(plan: Plan, *, master: bool) -> Iterator[Unit]:
    yield docker.docker_unit()
    if plan.flannel:
        yield flanneld.flannel_unit()
        if master:
            yield etcd.etcd_unit()
    on_masters = ("zookeeper", "mesos-master", *(["marathon"] if plan.options.marathon else []))
    for name in on_masters if master else ("mesos-agent",):
        yield Unit(f"{name}.service", fragment(f"mesos/{name}.service"), enabled=False)


def _values(plan: Plan, *, master: bool) -> dict[str, str | HeatValue]:
    """All that scripts may ask for; a node is given what those on it do."""
    spec, options = plan.spec, plan.options
    images = _images(plan, master=master)
    return {
        **common_values(
            spec,
            api_port=daemons.api_port(spec, options),
            container_dir=docker.STORAGE,
            no_proxy=(),
        ),
        "JEROBOAM_ZOOKEEPER_PORT": str(daemons.ZOOKEEPER_PORT),
        "JEROBOAM_MESOS_PORT": str(daemons.master_port(spec, options)),
        "JEROBOAM_MESOS_AGENT_PORT": str(daemons.AGENT_PORT),
        "JEROBOAM_MESOS_IMAGE": images["mesos"],
        "JEROBOAM_MESOS_AGENT_IMAGE": daemons.AGENT_IMAGE.format(version=plan.release.version),
        "JEROBOAM_MESOS_IMAGES": " ".join(images.values()),
        **secret_values(spec, options, master=master),
    }


def _files(plan: Plan, node: NodeSpec, *, master: bool) -> Iterator[FileEntry]:
    spec = plan.spec
    mine = (a for a in pinned(artifacts(spec), spec.artifacts.pins) if master or a.name != "etcd")
    yield from common_files(spec, mine, modules=_modules(plan), sysctls=docker.docker_sysctls())
    yield from docker.docker_files(spec.runtime, mtu=spec.network.mtu, flannel=plan.flannel)
    if plan.flannel:
        yield from flanneld.flannel_files(spec, master=master)
        if master:
            yield from etcd.etcd_files(flanneld.GRANTS)
    yield from proxy_files(spec, ("docker",))
    images = {f"{name.upper()}_IMAGE": reference for name, reference in _images(plan, master=master).items()}
    agent = {} if master else {"MESOS_AGENT_IMAGE": daemons.AGENT_IMAGE.format(version=plan.release.version)}
    yield FileEntry("/etc/jeroboam/images.env", environment_text({**images, **agent}))
    yield from _master_files(plan) if master else _agent_files(plan, node)


def _master_files(plan: Plan) -> Iterator[FileEntry]:
    spec, options = plan.spec, plan.options
    yield FileEntry("/etc/jeroboam/zookeeper/zoo.cfg", daemons.zookeeper_config(spec.masters.count))
    yield _file("mesos-master/master.options", daemons.master_environment(spec, options))
    if options.authentication:
        yield _json("mesos-master/credentials.json", daemons.master_credentials(options))
        yield _json("mesos-master/acls.json", daemons.access_rules())
    if options.marathon:
        yield _file("marathon/marathon.options", daemons.marathon_environment(spec, options))


def _agent_files(plan: Plan, node: NodeSpec) -> Iterator[FileEntry]:
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


def _images(plan: Plan, *, master: bool) -> dict[str, str]:
    """The images of a role's daemons, as the spec's registry serves them."""
    used = used_images(plan.spec, plan.options, plan.release)
    registry = plan.spec.artifacts.image_registry
    return {name: image(used[name], registry) for name in (used if master else ("mesos",))}


def _modules(plan: Plan) -> tuple[str, ...]:
    backend = plan.spec.container_network.backend
    return (*docker.MODULES, *(flanneld.MODULES.get(backend.type, ()) if backend else ()))
