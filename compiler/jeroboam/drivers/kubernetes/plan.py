"""ClusterSpec -> ClusterModel for Kubernetes."""

from __future__ import annotations

from functools import partial
from types import MappingProxyType

from jeroboam.diagnostics import Outcome, has_errors
from jeroboam.drivers.kubernetes import addons, kubeadm
from jeroboam.drivers.kubernetes.catalogue import release
from jeroboam.drivers.kubernetes.nodes import KubernetesCluster, nodes
from jeroboam.drivers.kubernetes.options import kubernetes_options
from jeroboam.drivers.kubernetes.pod_images import pod_images
from jeroboam.drivers.kubernetes.problems import plan_problems, release_problems, unsupported
from jeroboam.drivers.kubernetes.secrets import cluster_secrets, secret_values
from jeroboam.flannel import net_conf
from jeroboam.model.types import ApiEndpoint, ClusterModel
from jeroboam.parts import ports
from jeroboam.parts.artifacts import pinned_images
from jeroboam.parts.cluster import cluster
from jeroboam.parts.network import container_cidrs
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
    containers = spec.container_network
    model = cluster(
        spec,
        version=chosen.version,
        api=ApiEndpoint("kubernetes", kubeadm.api_port(spec), "/readyz"),
        nodes=partial(nodes, KubernetesCluster(spec, options, chosen)),
        rows=ports.rows(__package__),
        facts={
            "metrics_server": options.enabled("metrics_server"),
            "cloud_load_balancers": options.enabled("cloud_controller_manager"),
        },
        secrets=cluster_secrets(spec, options),
        secret_values=partial(secret_values, spec, options),
        etcd_volume=spec.masters.etcd_volume,
        # A network of the user's own may send from the containers' addresses.
        routed=container_cidrs(containers) if containers.driver == "none" else None,
        net_conf=net_conf(addons.flannel(spec, options)) if containers.driver == "flannel" else None,
        images=addons.images(spec, options, chosen.version, chosen.images),
        manifest_images=pod_images(options.manifests),
        versions=addons.versions(options, chosen.images),
    )
    return Outcome(model, problems)
