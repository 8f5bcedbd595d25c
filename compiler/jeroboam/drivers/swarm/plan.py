"""ClusterSpec -> ClusterModel for Docker Swarm."""

from __future__ import annotations

from functools import partial

from jeroboam.diagnostics import Outcome, has_errors
from jeroboam.drivers.swarm.nodes import SwarmCluster, api_port, nodes
from jeroboam.drivers.swarm.options import swarm_options
from jeroboam.drivers.swarm.problems import download_problems, plan_problems, unsupported
from jeroboam.drivers.swarm.secrets import cluster_secrets, secret_values
from jeroboam.model.types import ApiEndpoint, ClusterModel
from jeroboam.parts import engine, ports
from jeroboam.parts.cluster import cluster
from jeroboam.parts.flanneld import flannel_net_conf
from jeroboam.parts.network import has_flannel
from jeroboam.spec.types import ClusterSpec


def plan(spec: ClusterSpec) -> Outcome[ClusterModel]:
    """The cluster, and all that Swarm finds wrong with it."""
    options = swarm_options(spec)
    problems = plan_problems(spec, options)
    docker = engine.docker_artifact(spec.coe_version, spec.arch)
    if docker is None:
        return Outcome(None, (*problems, unsupported(spec)))
    flannel = has_flannel(spec.container_network)
    with_flannel = (engine.flanneld_artifact(spec.arch),) if flannel else ()
    artifacts = (docker, engine.etcd_artifact(spec.arch), *with_flannel)
    problems = (*problems, *download_problems(spec, artifacts))
    if has_errors(problems):
        return Outcome(None, problems)
    model = cluster(
        spec,
        version=docker.version,
        api=ApiEndpoint("docker", api_port(spec), None),
        nodes=partial(nodes, SwarmCluster(spec, options, artifacts)),
        rows=ports.rows(__package__),
        facts={"overlay": spec.container_network.driver != "none"},
        secrets=cluster_secrets(spec),
        secret_values=partial(secret_values, spec),
        etcd_volume=spec.masters.etcd_volume,
        net_conf=flannel_net_conf(spec),
    )
    return Outcome(model, problems)
