"""kubeadm's configuration, to create a cluster and to join it, as data.

Facts: the types of kubeadm.k8s.io/v1beta4 and apiserver.config.k8s.io/v1.
`@{NAME}` stands for what only the node knows; the node's `fill` puts it there and reads `@{@}` as `@`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from jeroboam.drivers.kubernetes.arguments import hyphens, joined
from jeroboam.drivers.kubernetes.components import kube_proxy_document, kubelet_document
from jeroboam.drivers.kubernetes.options import KubernetesOptions
from jeroboam.drivers.kubernetes.secrets import TOKEN_HOURS
from jeroboam.hot.contract import MASTER
from jeroboam.model.applied import NodeMarks, Taint
from jeroboam.model.types import literal
from jeroboam.parts.containerd import SOCKET
from jeroboam.spec.floating_ips import api_names
from jeroboam.spec.types import ClusterSpec, NodeSpec

API_VERSION = "kubeadm.k8s.io/v1beta4"
DEFAULT_PORT = 6443
ETCD_DATA = "/var/lib/etcd/data"
"""Below the mount point, where a file system's own lost+found cannot be taken for data."""
ENCRYPTION_FILE = "/etc/kubernetes/encryption.yaml"
AUDIT_POLICY_FILE = "/etc/kubernetes/audit-policy.yaml"
API_SERVER_FILES = "/etc/kubernetes/api-server"
AUDIT_LOG = "/var/log/kubernetes"
CONTROL_PLANE_TAINT = {"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}


def dns_address(options: KubernetesOptions) -> IPv4Address:
    """Where kubeadm puts the cluster's DNS: the tenth address of the service range (GetDNSIP)."""
    return IPv4Network(options.service_cidr)[10]


def init_documents(
    spec: ClusterSpec, options: KubernetesOptions, version: str, pause_registry: str | None
) -> list[dict[str, Any]]:
    """The configuration that creates the cluster; nodes that join read the cluster's part from there."""
    return [
        {
            "apiVersion": API_VERSION,
            "kind": "InitConfiguration",
            "bootstrapTokens": [_bootstrap_token()],
            "localAPIEndpoint": _endpoint(spec),
            "nodeRegistration": _registration(spec, spec.masters.node, options, _master_taints(spec)),
            "timeouts": _timeouts(spec),
        },
        _cluster(spec, options, version, pause_registry),
        kubelet_document(spec.runtime, options),
        kube_proxy_document(options),
    ]


def join_documents(
    spec: ClusterSpec, options: KubernetesOptions, node: NodeSpec | None
) -> list[dict[str, Any]]:
    """The configuration with which a node of a group, or with `node` None a master, joins the cluster."""
    taints = _master_taints(spec) if node is None else _taints(node.node_taints)
    document: dict[str, Any] = {
        "apiVersion": API_VERSION,
        "kind": "JoinConfiguration",
        "discovery": {
            "bootstrapToken": {
                "apiServerEndpoint": _stable_endpoint(spec),
                "token": "@{BOOTSTRAP_TOKEN}",
                "caCertHashes": ["@{CA_HASH}"],
            }
        },
        "nodeRegistration": _registration(spec, node or spec.masters.node, options, taints),
    }
    if node is None:
        document |= {"controlPlane": {"localAPIEndpoint": _endpoint(spec)}, "timeouts": _timeouts(spec)}
    return [document]


def api_port(spec: ClusterSpec) -> int:
    """The port of every API server and of the load balancer before them."""
    return spec.api.port or DEFAULT_PORT


def _bootstrap_token() -> dict[str, Any]:
    # That of the window; step 62 puts the window's end in the place of this one (tokens.sh).
    return {
        "token": "@{BOOTSTRAP_TOKEN}",
        "description": "lets the stack's nodes join",
        "ttl": f"{TOKEN_HOURS}h",
        "usages": ["signing", "authentication"],
        "groups": ["system:bootstrappers:kubeadm:default-node-token"],
    }


def _endpoint(spec: ClusterSpec) -> dict[str, Any]:
    return {"advertiseAddress": "@{NODE_ADDRESS}", "bindPort": api_port(spec)}


def _timeouts(spec: ClusterSpec) -> dict[str, str]:
    """How long a master's own components may take to begin, which its machine decides.

    kubeadm grants them four minutes, but calls the API server before it waits for it, for one minute.
    """
    seconds = max(4 * 60, spec.timeouts.node_bootstrap_minutes * 60 // 4)
    return {"controlPlaneComponentHealthCheck": f"{seconds}s", "kubernetesAPICall": f"{seconds}s"}


def _stable_endpoint(spec: ClusterSpec) -> str:
    """Where the API is for as long as the cluster lives: the VIP, the only master, or the user's name."""
    by_name = spec.masters.count > 1 and not spec.api.load_balancer and spec.api.dns_name
    return f"{by_name or '@{JEROBOAM_API_ADDRESS}'}:{api_port(spec)}"


def _cluster(
    spec: ClusterSpec, options: KubernetesOptions, version: str, registry: str | None
) -> dict[str, Any]:
    ipv6 = spec.container_network.ipv6
    pods = [str(spec.container_network.cidr), *([str(ipv6.cidr)] if ipv6 else [])]
    document: dict[str, Any] = {
        "apiVersion": API_VERSION,
        "kind": "ClusterConfiguration",
        "clusterName": spec.name,
        "kubernetesVersion": f"v{version}",
        "controlPlaneEndpoint": _stable_endpoint(spec),
        "certificatesDir": "/etc/kubernetes/pki",
        "encryptionAlgorithm": "ECDSA-P256",
        "networking": {
            "podSubnet": ",".join(pods),
            "serviceSubnet": options.service_cidr,
            "dnsDomain": options.dns_domain,
        },
        "apiServer": _api_server(spec, options),
        "controllerManager": {"extraArgs": _args(_controller_manager_args(spec, options, version))},
        "scheduler": {"extraArgs": _args(joined(_gates(options), options.scheduler_args))},
        "etcd": {"local": {"dataDir": ETCD_DATA}},
    }
    if registry:
        # kubeadm knows CoreDNS's own folder only at the registry it defaults to.
        document |= {"imageRepository": registry, "dns": {"imageRepository": f"{registry}/coredns"}}
    return document


def _api_server(spec: ClusterSpec, options: KubernetesOptions) -> dict[str, Any]:
    args: dict[str, str] = _gates(options)
    volumes: list[dict[str, Any]] = []
    if options.admission_plugins or "enable-admission-plugins" in map(hyphens, options.api_server_args):
        # NodeRestriction is what kubeadm itself enables; naming others would take its place.
        plugins = dict.fromkeys(("NodeRestriction", *options.admission_plugins))
        args["enable-admission-plugins"] = ",".join(plugins)
    if options.encrypt_secrets:
        args["encryption-provider-config"] = ENCRYPTION_FILE
        volumes.append(_mount("encryption", ENCRYPTION_FILE, "File", read_only=True))
    if options.api_server_files:
        volumes.append(_mount("files", API_SERVER_FILES, "Directory", read_only=True))
    if options.audit_policy:
        args |= {
            "audit-policy-file": AUDIT_POLICY_FILE,
            "audit-log-path": f"{AUDIT_LOG}/audit.log",
            "audit-log-maxage": "30",
            "audit-log-maxbackup": "10",
            "audit-log-maxsize": "100",
        }
        volumes.append(_mount("audit-policy", AUDIT_POLICY_FILE, "File", read_only=True))
        volumes.append(_mount("audit-log", AUDIT_LOG, "DirectoryOrCreate", read_only=False))
    masters = [f"@{{MASTER_ADDRESS_{index}}}" for index in range(spec.masters.count)]
    addresses = ["@{JEROBOAM_API_ADDRESS}", "@{JEROBOAM_API_PUBLIC_ADDRESS}", *masters]
    document: dict[str, Any] = {
        "certSANs": list(dict.fromkeys((*addresses, *api_names(spec)))),
        "extraArgs": _args(joined(args, options.api_server_args)),
    }
    return {**document, "extraVolumes": volumes} if volumes else document


def _controller_manager_args(spec: ClusterSpec, options: KubernetesOptions, version: str) -> dict[str, str]:
    """The node's share of the range: flannel takes it from here, so this is where `subnet_len` counts."""
    containers = spec.container_network
    # Calico gives nodes blocks of its own making; shares beside them would only run out.
    allocate = containers.driver != "calico"
    # Not node-cidr-mask-size, which kubeadm does not read: it would judge the range by a /24.
    masks = {"node-cidr-mask-size-ipv4": str(containers.subnet_len)} if allocate else {}
    if allocate and containers.ipv6:
        masks["node-cidr-mask-size-ipv6"] = str(containers.ipv6.subnet_len)
    # Until 1.35 kubeadm has the controller manager mount this folder, by default one of a read-only /usr.
    flexible = version.startswith(("1.34.", "1.35."))
    plugins = {"flex-volume-plugin-dir": "/var/lib/kubelet/volumeplugins"} if flexible else {}
    own = {"allocate-node-cidrs": str(allocate).lower(), **masks, **plugins, **_gates(options)}
    return joined(own, options.controller_manager_args)


def _registration(
    spec: ClusterSpec, node: NodeSpec, options: KubernetesOptions, taints: Sequence[Mapping[str, str]]
) -> dict[str, Any]:
    # kubelet takes one address of each family; of the one that it is not told, host-network pods have none.
    args = {"node-ip": "@{NODE_ADDRESS},@{NODE_IPV6}" if spec.container_network.ipv6 else "@{NODE_ADDRESS}"}
    if options.enabled("cloud_controller_manager"):
        args["cloud-provider"] = "external"
    labels = ",".join(f"{literal(key)}={literal(value)}" for key, value in node.node_labels.items())
    if labels:
        args["node-labels"] = labels
    for given in (options.kubelet_args, node.kubelet_args):
        args = joined(args, {name: literal(value) for name, value in given.items()})
    return {
        "name": "@{NODE_NAME}",
        "criSocket": SOCKET,
        "taints": list(taints),
        "kubeletExtraArgs": [{"name": name, "value": value} for name, value in args.items()],
    }


def marks(spec: ClusterSpec) -> dict[str, NodeMarks]:
    """What the nodes of each role register with, by the role's name."""
    return {
        MASTER: _marks(spec.masters.node, _master_taints(spec)),
        **{group.name: _marks(group.node, _taints(group.node.node_taints)) for group in spec.node_groups},
    }


def unmarked(documents: Iterable[Mapping[str, Any]], node: NodeSpec) -> list[Mapping[str, Any]]:
    """The documents without taints and the node's own labels, which the API of a running cluster is told."""
    return [
        {**document, "nodeRegistration": _unmarked(document["nodeRegistration"], node)}
        if "nodeRegistration" in document
        else document
        for document in documents
    ]


def _unmarked(registration: Mapping[str, Any], node: NodeSpec) -> dict[str, Any]:
    own = {f"{literal(key)}={literal(value)}" for key, value in node.node_labels.items()}
    args = [
        {**arg, "value": ",".join(label for label in arg["value"].split(",") if label not in own)}
        if arg["name"] == "node-labels"
        else arg
        for arg in registration["kubeletExtraArgs"]
    ]
    left = [arg for arg in args if arg != {"name": "node-labels", "value": ""}]
    return {**registration, "taints": [], "kubeletExtraArgs": left}


def _marks(node: NodeSpec, taints: Iterable[Mapping[str, str]]) -> NodeMarks:
    told = (Taint(taint["key"], taint.get("value", ""), taint["effect"]) for taint in taints)
    return NodeMarks(dict(node.node_labels), tuple(told))


def _master_taints(spec: ClusterSpec) -> list[dict[str, str]]:
    """Masters run no workload, unless there are no workers; a node takes one taint of each key and effect."""
    own = _taints(spec.masters.node.node_taints)
    stated = any({**taint, **CONTROL_PLANE_TAINT} == taint for taint in own)
    return own if stated or not spec.node_groups else [CONTROL_PLANE_TAINT, *own]


def _taints(taints: Iterable[str]) -> list[dict[str, str]]:
    return [_taint(taint) for taint in taints]


def _taint(taint: str) -> dict[str, str]:
    """`key=value:Effect` or `key:Effect`, as the spec's checks have found it to be."""
    left, _, effect = taint.rpartition(":")
    key, _, value = left.partition("=")
    return {"key": key, **({"value": value} if value else {}), "effect": effect}


def _gates(options: KubernetesOptions) -> dict[str, str]:
    gates = ",".join(f"{name}={str(on).lower()}" for name, on in options.feature_gates.items())
    return {"feature-gates": gates} if gates else {}


def _args(args: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": literal(value)} for name, value in args.items()]


def _mount(name: str, path: str, kind: str, *, read_only: bool) -> dict[str, Any]:
    return {"name": name, "hostPath": path, "mountPath": path, "readOnly": read_only, "pathType": kind}
