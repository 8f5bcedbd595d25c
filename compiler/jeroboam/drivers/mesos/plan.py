"""ClusterSpec -> ClusterModel for Mesos."""

from __future__ import annotations

from functools import partial

from jeroboam.diagnostics import Outcome, has_errors
from jeroboam.drivers.mesos import daemons
from jeroboam.drivers.mesos.catalogue import release
from jeroboam.drivers.mesos.nodes import MesosCluster, nodes
from jeroboam.drivers.mesos.options import MesosOptions, mesos_options
from jeroboam.drivers.mesos.problems import needs_cgroup_v1, plan_problems, unsupported, used_images
from jeroboam.drivers.mesos.secrets import cluster_secrets, secret_values
from jeroboam.model.types import ApiEndpoint, Capability, ClusterModel, ImageRequirement, RoleKind
from jeroboam.parts import ports
from jeroboam.parts.cluster import cluster
from jeroboam.parts.flanneld import flannel_net_conf
from jeroboam.spec.types import ClusterSpec

_CGROUP_V1 = ImageRequirement(Capability.CGROUP_V1, RoleKind.WORKER, given="JB0456", lacking="JB0463")


def plan(spec: ClusterSpec) -> Outcome[ClusterModel]:
    """The cluster, and all that Mesos finds wrong with it."""
    options = mesos_options(spec)
    chosen = release(spec.coe_version)
    if chosen is None:
        return Outcome(None, (unsupported(spec),))
    problems = plan_problems(spec, options, chosen)
    if has_errors(problems):
        return Outcome(None, problems)
    planned = MesosCluster(spec, options, chosen)
    model = cluster(
        spec,
        version=chosen.version,
        api=_api(spec, options),
        nodes=partial(nodes, planned),
        rows=ports.rows(__package__),
        facts={"marathon": options.marathon},
        numbers={"master": daemons.master_port(spec, options)},
        secrets=cluster_secrets(spec, options),
        secret_values=partial(secret_values, spec, options),
        etcd_volume=planned.etcd_volume,
        net_conf=flannel_net_conf(spec),
        images=used_images(spec, options, chosen),
        image_requirements=(_CGROUP_V1,) if needs_cgroup_v1(options) else (),
    )
    return Outcome(model, problems)


def _api(spec: ClusterSpec, options: MesosOptions) -> ApiEndpoint:
    # Marathon wants its password for every path, /ping too; mesos-master's /health is open.
    name, path = ("marathon", None) if options.marathon else ("mesos", "/health")
    return ApiEndpoint(name, daemons.api_port(spec, options), path, scheme="http")
