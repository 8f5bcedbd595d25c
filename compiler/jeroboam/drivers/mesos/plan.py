"""ClusterSpec -> ClusterModel for Mesos."""

from __future__ import annotations

from jeroboam.diagnostics import Outcome, has_errors
from jeroboam.drivers.mesos import daemons
from jeroboam.drivers.mesos.catalogue import release
from jeroboam.drivers.mesos.nodes import Plan, roles
from jeroboam.drivers.mesos.options import MesosOptions, mesos_options
from jeroboam.drivers.mesos.problems import needs_cgroup_v1, plan_problems, unsupported
from jeroboam.drivers.mesos.secrets import cluster_secrets, secret_values
from jeroboam.flannel import backend_port, backend_port6
from jeroboam.model.types import ApiEndpoint, Capability, ClusterModel, RoleKind, SecurityRule, Wish
from jeroboam.parts import flanneld, ports
from jeroboam.parts.audience import with_audience
from jeroboam.parts.roles import routed_cidrs
from jeroboam.spec.types import ClusterSpec

_CGROUP_V1 = Wish(Capability.CGROUP_V1, RoleKind.WORKER, given="JB0456", lacking="JB0463")


def plan(spec: ClusterSpec) -> Outcome[ClusterModel]:
    """The cluster, and all that Mesos finds wrong with it."""
    options = mesos_options(spec)
    chosen = release(spec.coe_version)
    if chosen is None:
        return Outcome(None, (unsupported(spec),))
    problems = plan_problems(spec, options, chosen)
    if has_errors(problems):
        return Outcome(None, problems)
    flannel = spec.container_network.driver == "flannel"
    model = ClusterModel(
        spec=spec,
        coe_version=chosen.version,
        roles=roles(Plan(spec, options, chosen)),
        rules=_rules(spec, options),
        api=_api(spec, options),
        secrets=with_audience(cluster_secrets(spec, options), secret_values(spec, options, master=False)),
        flannel_net_conf=flanneld.flannel_net_conf(spec) if flannel else None,
        wishes=(_CGROUP_V1,) if needs_cgroup_v1(options) else (),
    )
    return Outcome(model, problems)


def _api(spec: ClusterSpec, options: MesosOptions) -> ApiEndpoint:
    # Marathon wants its password for every path, /ping too; mesos-master's /health is open.
    name, path = ("marathon", None) if options.marathon else ("mesos", "/health")
    return ApiEndpoint(name, daemons.api_port(spec, options), path, scheme="http")


def _rules(spec: ClusterSpec, options: MesosOptions) -> tuple[SecurityRule, ...]:
    backend = spec.container_network.backend
    port = backend_port(backend) if backend else None
    facts: dict[str, ports.Fact] = {
        "driver": spec.container_network.driver,
        "backend": backend.type if backend else None,
        "routed": bool(routed_cidrs(spec.container_network)),
        "ipv6": spec.container_network.ipv6 is not None,
        "load_balancer": spec.api.load_balancer,
        "marathon": options.marathon,
    }
    numbers = {
        "api": daemons.api_port(spec, options),
        "master": daemons.master_port(spec, options),
        **({"backend": port, "backend6": backend_port6(backend) or port} if backend and port else {}),
    }
    matrix = (*ports.shared_rows(), *ports.rows("jeroboam.drivers.mesos"))
    return ports.security_rules(matrix, spec, facts, numbers)
