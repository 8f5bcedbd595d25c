"""What ZooKeeper, mesos-master, mesos-agent and Marathon read, as data with names that each node fills in.

Facts: docs/configuration/{master,agent,master-and-agent}.md and docs/authorization.md of Mesos 1.11 (every
option is also a variable, MESOS_<OPTION>); docs/docs/command-line-flags.md of Marathon 1.11 (likewise, and
empty for a switch); the administrator's guide of ZooKeeper 3.9.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jeroboam.drivers.mesos.options import MesosOptions
from jeroboam.model.types import literal
from jeroboam.spec.types import ClusterSpec, NodeSpec

ZOOKEEPER_PORT = 2181
MASTER_PORT = 5050
AGENT_PORT = 5051
SCHEDULER_PORT = 5052
MARATHON_PORT = 8080
TAKEN_PORTS = (ZOOKEEPER_PORT, 2888, 3888, MASTER_PORT, AGENT_PORT, SCHEDULER_PORT)
"""What daemons on the masters listen on, whatever the spec says."""

AGENT_IMAGE = "jeroboam/mesos-agent:{version}"
"""Made on each agent: Mesos' image and the node's own Docker client, which that image lacks."""

_AGENT, _OTHER_AGENT = "AGENT", "OTHER_AGENT"
"""Names of what each node fills in: see fragments/mesos/lib/credentials.sh."""
_WORK_DIR = "/var/lib/mesos"
_CREDENTIALS = "/etc/mesos"
# An image is pulled before its task runs; both ends must wait for that, Marathon a little longer.
_REGISTRATION_TIMEOUT = "5mins"
_LAUNCH_TIMEOUT_MS = 360_000


def quorum(masters: int) -> int:
    """How many masters must agree: a majority."""
    return masters // 2 + 1


def api_port(spec: ClusterSpec, options: MesosOptions) -> int:
    """The port of the cluster's API: Marathon's, or mesos-master's in a cluster without Marathon."""
    return spec.api.port or (MARATHON_PORT if options.marathon else MASTER_PORT)


def master_port(spec: ClusterSpec, options: MesosOptions) -> int:
    """mesos-master's port."""
    return MASTER_PORT if options.marathon else api_port(spec, options)


def zookeeper_config(masters: int) -> str:
    """zoo.cfg; server N is the master with index N - 1, for good."""
    settings = {
        "tickTime": "2000",
        "initLimit": "10",
        "syncLimit": "5",
        "dataDir": "/data",
        "dataLogDir": "/datalog",
        "clientPort": str(ZOOKEEPER_PORT),
        "admin.enableServer": "false",
        "4lw.commands.whitelist": "mntr,ruok",
        "autopurge.purgeInterval": "24",
        "autopurge.snapRetainCount": "3",
        **{f"server.{i + 1}": f"@{{MASTER_ADDRESS_{i}}}:2888:3888" for i in range(masters)},
    }
    return _lines(settings)


def master_environment(spec: ClusterSpec, options: MesosOptions) -> str:
    """mesos-master's options."""
    authentication = {
        "authenticate_agents": "true",
        "authenticate_frameworks": "true",
        "authenticate_http_frameworks": "true",
        "http_framework_authenticators": "basic",
        "authenticate_http_readonly": "true",
        "authenticate_http_readwrite": "true",
        "credentials": f"{_CREDENTIALS}/credentials.json",
        "acls": f"file://{_CREDENTIALS}/acls.json",
    }
    return _options(
        "MESOS",
        {
            "zk": _zookeeper(spec, "mesos"),
            "quorum": str(quorum(spec.masters.count)),
            "port": str(master_port(spec, options)),
            "ip": "@{NODE_ADDRESS}",
            "hostname": "@{NODE_ADDRESS}",
            "cluster": spec.name,
            "work_dir": _WORK_DIR,
            **(authentication if options.authentication else {}),
        },
        options.master_args,
    )


def agent_environment(spec: ClusterSpec, options: MesosOptions, node: NodeSpec, version: str) -> str:
    """mesos-agent's options."""
    attributes = agent_attributes(options, node)
    authentication = {
        "credential": f"{_CREDENTIALS}/credential.json",
        "authenticate_http_readonly": "true",
        "authenticate_http_readwrite": "true",
        "http_credentials": f"{_CREDENTIALS}/credentials.json",
    }
    docker = {"docker_mesos_image": AGENT_IMAGE.format(version=version)}
    isolation = {"isolation": ",".join(options.isolation)}
    listed = {"attributes": ";".join(f"{literal(k)}:{literal(v)}" for k, v in attributes.items())}
    return _options(
        "MESOS",
        {
            "master": _zookeeper(spec, "mesos"),
            "port": str(AGENT_PORT),
            "ip": "@{NODE_ADDRESS}",
            "hostname": "@{NODE_ADDRESS}",
            "work_dir": _WORK_DIR,
            "launcher": "@{LAUNCHER}",
            # The agent's container has no systemd to speak to.
            "systemd_enable_support": "false",
            "containerizers": ",".join(options.containerizers),
            "executor_registration_timeout": _REGISTRATION_TIMEOUT,
            **(isolation if "mesos" in options.containerizers else {}),
            **(docker if "docker" in options.containerizers else {}),
            **(listed if attributes else {}),
            **(authentication if options.authentication else {}),
        },
        options.agent_args,
    )


def agent_attributes(options: MesosOptions, node: NodeSpec) -> Mapping[str, str]:
    """What frameworks choose agents by: those of all agents, then the node group's labels, which win."""
    return {**options.attributes, **node.node_labels}


def marathon_environment(spec: ClusterSpec, options: MesosOptions) -> str:
    """Marathon's options; its user `nobody` could not read a secret's file."""
    authentication = {
        "mesos_authentication": "",
        "mesos_authentication_principal": "marathon",
        "mesos_authentication_secret": "@{MARATHON_SECRET}",
    }
    settings = {
        "master": _zookeeper(spec, "mesos"),
        "zk": _zookeeper(spec, "marathon"),
        "hostname": "@{NODE_ADDRESS}",
        "http_port": str(api_port(spec, options)),
        "task_launch_timeout": str(_LAUNCH_TIMEOUT_MS),
        **(authentication if options.authentication else {}),
    }
    others = {
        "MESOSPHERE_HTTP_CREDENTIALS": "admin:@{ADMIN_PASSWORD}",
        "LIBPROCESS_IP": "@{NODE_ADDRESS}",
        "LIBPROCESS_PORT": str(SCHEDULER_PORT),
    }
    return _options("MARATHON", settings, {}) + _lines(others)


def master_credentials(options: MesosOptions) -> dict[str, Any]:
    """Who may use mesos-master: agents, Marathon, and users."""
    marathon = [_credential("marathon", "MARATHON_SECRET")] * options.marathon
    people = _credential("admin", "ADMIN_PASSWORD")
    # The same twice but for while one takes the other's place.
    agents = [agent_credential(), _credential(f"@{{{_OTHER_AGENT}}}", f"{_OTHER_AGENT}_SECRET")]
    return {"credentials": [*agents, *marathon, people]}


def agent_credential() -> dict[str, str]:
    """Who an agent is, to the master and in its own API."""
    return _credential(f"@{{{_AGENT}}}", f"{_AGENT}_SECRET")


def access_rules() -> dict[str, Any]:
    """That agents are agents and nothing else; everything not named here is allowed."""
    agents, anyone = {"values": [f"@{{{name}}}" for name in (_AGENT, _OTHER_AGENT)]}, {"type": "ANY"}
    nothing = {"type": "NONE"}
    return {
        "register_agents": [
            {"principals": agents, "agents": anyone},
            {"principals": anyone, "agents": nothing},
        ],
        "register_frameworks": [{"principals": agents, "roles": nothing}],
        "teardown_frameworks": [{"principals": agents, "framework_principals": nothing}],
    }


def own_master_options(spec: ClusterSpec, options: MesosOptions) -> frozenset[str]:
    """The options of mesos-master that the compiler sets."""
    return _names(master_environment(spec, options._replace(master_args={})))


def own_agent_options(spec: ClusterSpec, options: MesosOptions, node: NodeSpec) -> frozenset[str]:
    """The options of mesos-agent that the compiler sets."""
    return _names(agent_environment(spec, options._replace(agent_args={}), node, ""))


def _credential(principal: str, secret: str) -> dict[str, str]:
    return {"principal": principal, "secret": f"@{{{secret}}}"}


def _zookeeper(spec: ClusterSpec, path: str) -> str:
    hosts = ",".join(f"@{{MASTER_ADDRESS_{i}}}:{ZOOKEEPER_PORT}" for i in range(spec.masters.count))
    return f"zk://{hosts}/{path}"


def _options(prefix: str, own: Mapping[str, str], more: Mapping[str, str]) -> str:
    given = {name: literal(value) for name, value in more.items()}
    return _lines({f"{prefix}_{name.upper()}": value for name, value in {**own, **given}.items()})


def _lines(settings: Mapping[str, str]) -> str:
    return "".join(f"{name}={value}\n" for name, value in settings.items())


def _names(environment: str) -> frozenset[str]:
    return frozenset(line.partition("=")[0].partition("_")[2].lower() for line in environment.splitlines())
