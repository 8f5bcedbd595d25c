"""Diagnostic codes of the driver `kubernetes`: JB0410 to JB0429, JB0470 to JB0489, JB0610 to JB0618."""

from __future__ import annotations

from jeroboam.diagnostics.entry import Code, Severity

E, W = Severity.ERROR, Severity.WARNING

CODES: dict[str, Code] = {
    "JB0410": Code(
        E,
        "unsupported Kubernetes version",
        "this release does not install kubernetes '{version}'",
        "use {oldest} to {newest}, with or without a patch version such as {newest}.1",
    ),
    "JB0411": Code(
        W,
        "download without a built-in digest",
        "this release has no digest of {names} {version}, so nodes trust the checksum file next to each "
        "download",
        "set their SHA-256 in artifacts.pins ({first} and so on), or omit the patch version from coe_version",
    ),
    "JB0414": Code(
        E,
        "block too large for Calico",
        "calico's largest block is a /{least}, but subnet_len is {subnet_len}",
        "set subnet_len to {least} or greater",
    ),
    "JB0416": Code(
        W,
        "property without effect",
        "'{name}' has no effect, because Kubernetes itself assigns the nodes' subnets",
        "remove it; to keep addresses free, narrow container_network.cidr",
    ),
    "JB0417": Code(
        W,
        "IPv6 containers on IPv4 nodes",
        "containers with IPv6 need nodes with IPv6, but the network that is created has only IPv4",
        "use an existing network with both (network.fixed_network), whose IPv6 subnet uses SLAAC or "
        "stateless DHCPv6, so that each port gets an address by itself; or remove container_network.ipv6",
    ),
    "JB0418": Code(
        E,
        "reserved label",
        "the label '{label}' is reserved, and kubelet would not start with it",
        "choose a label outside kubernetes.io and k8s.io, or one under node.kubernetes.io",
    ),
    "JB0419": Code(
        E,
        "unsupported storage driver",
        "containerd has no storage driver '{driver}'",
        "use one of: {supported}",
    ),
    "JB0420": Code(
        E,
        "registry given as a range",
        "'{registry}' is not the name of one registry",
        "list each registry by itself, as host or host:port",
    ),
    "JB0421": Code(
        E,
        "invalid Kubernetes file",
        "'{path}' is not a valid Kubernetes file: {why}",
        "write YAML documents that each have an apiVersion and a kind",
    ),
    "JB0422": Code(
        W,
        "Calico untested with this version",
        "calico {calico} is tested with kubernetes {oldest} to {newest}, but not with {minor}",
        'set coe_version: "{newest}", or test it before you rely on it',
    ),
    "JB0423": Code(
        W,
        "authorization disabled",
        "with AlwaysAllow, anyone who reaches the {component} may do everything",
        "remove authorization-mode; the defaults are Node and RBAC for the API server, Webhook for kubelet",
        security=True,
    ),
    "JB0424": Code(
        W,
        "anonymous access to the API",
        "with anonymous-auth, the API server answers anyone who reaches it, without authentication",
        "remove anonymous-auth, and check that no role is bound to system:anonymous or its group",
        security=True,
    ),
    "JB0425": Code(
        W,
        "anonymous access to kubelet",
        "with anonymous-auth, kubelet answers anyone who reaches the node, without authentication",
        "remove anonymous-auth",
        security=True,
    ),
    "JB0426": Code(
        W,
        "kubelet's read-only port",
        "on port {port}, kubelet shows anyone who reaches the node what runs there, without TLS or "
        "authentication",
        "remove read-only-port; authorized users can read metrics on port 10250",
        security=True,
    ),
    "JB0427": Code(
        W,
        "Secrets not encrypted",
        "secrets are stored unencrypted in etcd, its volume and its backups",
        "remove it: without it they are encrypted",
        security=True,
    ),
    "JB0428": Code(
        W,
        "more pods than addresses on a node",
        "kubelet runs up to {pods} pods on a node, but a /{subnet_len} has addresses for {room}",
        "set {name} to {room} or less, or shorten subnet_len",
    ),
    "JB0429": Code(
        W,
        "more pods than addresses in Calico's range",
        "{nodes} nodes of up to {pods} pods take more addresses than the {room} of {cidr}",
        "lower {name}, or widen the range",
    ),
    # Of the range of what a consumer refuses: those of this driver are used up.
    "JB0610": Code(
        E,
        "service range that kubeadm refuses",
        "kubeadm refuses the service range {cidr}",
        "use a prefix of /{widest} to /{narrowest}",
    ),
    "JB0611": Code(
        E,
        "pod range that kubeadm refuses",
        "kubeadm refuses the container range {cidr}: it has fewer than 14 addresses",
        "widen it to /{prefix} or wider",
    ),
    "JB0612": Code(
        E,
        "node's share too small for its range",
        "subnet_len {subnet_len} is more than 16 bits longer than the prefix of {cidr}",
        "set subnet_len to {most} or less, or narrow the range",
    ),
    "JB0613": Code(
        W,
        "external network that the cloud provider does not know",
        "the cloud provider is not told the external network, as it knows '{name}' by its id alone",
        "write the network's id; without it, services get floating IPs from the first external network",
    ),
    "JB0470": Code(
        E,
        "argument set by the compiler",
        "'{name}' of {program} is set by the compiler or by kubeadm, and the cluster depends on it",
        "{advice}",
    ),
    "JB0471": Code(
        E,
        "value that breaks the cluster",
        "'{name}' of {program} cannot have this value: {why}",
        "remove it",
    ),
    "JB0472": Code(
        E,
        "unknown to this Kubernetes version",
        "kubernetes {minor} has no {what}, and the program would not start with it",
        "remove it, or look its name up in the reference of that version",
    ),
    "JB0473": Code(
        E,
        "removed from Kubernetes",
        "the {what} was removed in kubernetes {since}, and the program would not start with it",
        "remove it",
    ),
    "JB0474": Code(
        E,
        "locked feature gate",
        "the feature gate '{name}' is locked to {fixed} in kubernetes {minor}, and programs would not start",
        "remove it",
    ),
    "JB0475": Code(
        E,
        "node ports outside the security groups",
        "service-node-port-range '{value}' is not within {low}-{high}, which the security groups open",
        "use a part of {low}-{high}, or remove it",
    ),
    "JB0476": Code(
        E,
        "API port in use",
        "port {port} of the masters is used by {owner}",
        "remove api.port (6443 is the usual one), or choose another",
    ),
    "JB0477": Code(
        W,
        "deprecated kube-proxy mode",
        "kube-proxy's mode ipvs is deprecated since kubernetes 1.35, and 1.43 will not have it",
        "set kubernetes.kube_proxy_mode: nftables",
    ),
    "JB0615": Code(
        E,
        "zone that is no label",
        "cinder's driver makes no volumes in the zone '{value}': nodes tell their zone by a label, which has "
        "letters, digits, '-', '_' and '.' alone",
        "name the zone of all volumes in kubernetes.addons.cinder_csi.availability_zone",
    ),
    "JB0616": Code(
        W,
        "images that nodes pull without a login",
        "kubeadm and containerd pull the cluster's own images without kubelet's logins",
        "let everybody who reaches the registry pull those of artifacts.image_registry",
    ),
    "JB0617": Code(
        E,
        "two files of one name for the API server",
        "two files are named '{name}', and both would stand in one folder",
        "rename one of them",
    ),
    "JB0618": Code(
        E,
        "argument names a file that is not there",
        "no file of kubernetes.api_server_files is named '{name}', so the API server does not start",
        "list it there",
    ),
}
