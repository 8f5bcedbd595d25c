"""ClusterSpec -> ClusterModel for Docker Swarm."""

from __future__ import annotations

from jeroboam.diagnostics import Outcome, has_errors
from jeroboam.drivers.swarm.nodes import Plan, api_port, roles
from jeroboam.drivers.swarm.options import swarm_options
from jeroboam.drivers.swarm.problems import download_problems, plan_problems, unsupported
from jeroboam.drivers.swarm.secrets import cluster_secrets, secret_values
from jeroboam.flannel import backend_port
from jeroboam.model.types import ApiEndpoint, ClusterModel, SecurityRule
from jeroboam.parts import engine, ports
from jeroboam.parts.audience import with_audience
from jeroboam.parts.flanneld import flannel_net_conf
from jeroboam.parts.roles import routed_cidrs
from jeroboam.spec.types import ClusterSpec


def plan(spec: ClusterSpec) -> Outcome[ClusterModel]:
    """The cluster, and all that Swarm finds wrong with it."""
    options = swarm_options(spec)
    problems = plan_problems(spec, options)
    docker = engine.docker_artifact(spec.coe_version, spec.arch)
    if docker is None:
        return Outcome(None, (*problems, unsupported(spec)))
    flannel = spec.container_network.driver == "flannel"
    with_flannel = (engine.flanneld_artifact(spec.arch),) if flannel else ()
    artifacts = (docker, engine.etcd_artifact(spec.arch), *with_flannel)
    problems = (*problems, *download_problems(spec, artifacts))
    if has_errors(problems):
        return Outcome(None, problems)
    model = ClusterModel(
        spec=spec,
        coe_version=docker.version,
        roles=roles(Plan(spec, options, artifacts)),
        rules=_rules(spec),
        api=ApiEndpoint("docker", api_port(spec), None),
        secrets=with_audience(cluster_secrets(spec), secret_values(spec, master=False)),
        flannel_net_conf=flannel_net_conf(spec) if flannel else None,
    )
    return Outcome(model, problems)


def _rules(spec: ClusterSpec) -> tuple[SecurityRule, ...]:
    containers = spec.container_network
    port = backend_port(containers.backend) if containers.backend else None
    facts: dict[str, ports.Fact] = {
        "driver": containers.driver,
        "backend": containers.backend.type if containers.backend else None,
        "routed": bool(routed_cidrs(containers)),
        "ipv6": containers.ipv6 is not None,
        "load_balancer": spec.api.load_balancer,
        "overlay": containers.driver != "none",
    }
    numbers = {"api": api_port(spec), **({"backend": port, "backend6": port + 1} if port else {})}
    matrix = (*ports.shared_rows(), *ports.rows("jeroboam.drivers.swarm"))
    return ports.security_rules(matrix, spec, facts, numbers)
