"""ClusterSpec -> ClusterModel for Kubernetes."""

from __future__ import annotations

from types import MappingProxyType

from jeroboam.diagnostics import Outcome, has_errors
from jeroboam.drivers.kubernetes import addons, kubeadm
from jeroboam.drivers.kubernetes.catalogue import release
from jeroboam.drivers.kubernetes.nodes import Plan, roles, routed_by
from jeroboam.drivers.kubernetes.options import KubernetesOptions, kubernetes_options
from jeroboam.drivers.kubernetes.problems import plan_problems, release_problems, unsupported
from jeroboam.drivers.kubernetes.secrets import cluster_secrets, secret_values
from jeroboam.flannel import backend_port, backend_port6, net_conf
from jeroboam.model.types import ApiEndpoint, ClusterModel, SecurityRule
from jeroboam.parts import ports
from jeroboam.parts.artifacts import pinned_images
from jeroboam.parts.audience import with_audience
from jeroboam.spec.types import ClusterSpec


def plan(spec: ClusterSpec) -> Outcome[ClusterModel]:
    """The cluster, and all that Kubernetes finds wrong with it."""
    options = kubernetes_options(spec)
    chosen = release(spec.coe_version, spec.arch)
    problems = plan_problems(spec, options)
    if chosen is None:
        return Outcome(None, (*problems, unsupported(spec)))
    problems = (*problems, *release_problems(spec, options, chosen))
    chosen = chosen._replace(images=MappingProxyType(pinned_images(chosen.images, spec.artifacts.pins)))
    if has_errors(problems):
        return Outcome(None, problems)
    has_flannel = spec.container_network.driver == "flannel"
    model = ClusterModel(
        spec=spec,
        coe_version=chosen.version,
        roles=roles(Plan(spec, options, chosen)),
        rules=_rules(spec, options),
        api=ApiEndpoint("kubernetes", kubeadm.api_port(spec), "/readyz"),
        secrets=with_audience(cluster_secrets(spec, options), secret_values(options, master=False)),
        flannel_net_conf=net_conf(addons.flannel(spec, options)) if has_flannel else None,
    )
    return Outcome(model, problems)


def _rules(spec: ClusterSpec, options: KubernetesOptions) -> tuple[SecurityRule, ...]:
    backend = spec.container_network.backend
    facts: dict[str, ports.Fact] = {
        "driver": spec.container_network.driver,
        "backend": backend.type if backend else None,
        "routed": bool(routed_by(spec)),
        "ipv6": spec.container_network.ipv6 is not None,
        "load_balancer": spec.api.load_balancer,
        "metrics_server": options.enabled("metrics_server"),
        "cloud_load_balancers": options.enabled("cloud_controller_manager"),
    }
    numbers = {"api": kubeadm.api_port(spec)}
    if backend and (port := backend_port(backend)):
        numbers |= {"backend": port, "backend6": backend_port6(backend) or port}
    matrix = (*ports.shared_rows(), *ports.rows("jeroboam.drivers.kubernetes"))
    return ports.security_rules(matrix, spec, facts, numbers)
