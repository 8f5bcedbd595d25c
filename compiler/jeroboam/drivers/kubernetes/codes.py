"""What the driver `kubernetes` finds wrong: JB0410 to JB0429."""

from __future__ import annotations

from jeroboam.diagnostics.entry import Code, Severity

E, W = Severity.ERROR, Severity.WARNING

CODES: dict[str, Code] = {
    "JB0410": Code(
        E,
        "version without support",
        "kubernetes '{version}' is not a version that this release installs",
        "supported are {oldest} to {newest}, with or without a patch such as {newest}.1",
    ),
    "JB0411": Code(
        W,
        "download without a built-in digest",
        "no digest is built in for {names} {version}, so nodes trust the checksum file beside each download",
        "give their SHA-256 in artifacts.pins ({first} and so on), or give coe_version without a patch",
    ),
    "JB0413": Code(
        E,
        "add-on not available",
        "this release cannot install the add-on '{addon}' yet",
        "remove it; to have it all the same, list its manifest in kubernetes.manifests",
    ),
    "JB0414": Code(
        E,
        "block larger than Calico's",
        "calico's largest block is a /{least}, but subnet_len is {subnet_len}",
        "subnet_len must be {least} or greater",
    ),
    "JB0416": Code(
        W,
        "limit without effect",
        "'{name}' has no effect, as Kubernetes itself hands out the nodes' subnets",
        "remove it; to keep addresses free, narrow container_network.cidr",
    ),
    "JB0417": Code(
        W,
        "IPv6 containers on IPv4 nodes",
        "containers with IPv6 need nodes with IPv6, but the network that is created has IPv4 only",
        "use an existing network that has both (network.fixed_network), its IPv6 subnet by SLAAC or "
        "stateless DHCPv6, which gives each port an address by itself; or remove container_network.ipv6",
    ),
    "JB0418": Code(
        E,
        "label that a node may not give itself",
        "the label '{label}' is reserved, and kubelet would not start with it",
        "choose a label outside kubernetes.io and k8s.io, or one under node.kubernetes.io",
    ),
    "JB0419": Code(
        E,
        "storage driver that containerd lacks",
        "containerd has no storage driver '{driver}'",
        "containerd works with: {supported}",
    ),
    "JB0420": Code(
        E,
        "registry given as a range",
        "'{registry}' is not the name of one registry",
        "containerd knows registries by host or host:port; list each",
    ),
    "JB0421": Code(
        E,
        "file that Kubernetes cannot read",
        "'{path}' is not a file of Kubernetes objects: {why}",
        "each document must be YAML with an apiVersion and a kind",
    ),
    "JB0422": Code(
        W,
        "Calico untested with this version",
        "calico {calico} is tested with kubernetes {oldest} to {newest}, but not with {minor}",
        'set coe_version: "{newest}", or try it before you rely on it',
    ),
    "JB0423": Code(
        W,
        "everything is allowed",
        "with AlwaysAllow the {component} lets everybody who reaches it do everything",
        "remove authorization-mode; the API server goes by Node and RBAC, kubelet by Webhook",
        security=True,
    ),
    "JB0424": Code(
        W,
        "API for anonymous users",
        "with anonymous-auth whoever reaches the API server may ask it without saying who they are",
        "remove anonymous-auth, and check that no role is bound to system:anonymous or its group",
        security=True,
    ),
    "JB0425": Code(
        W,
        "kubelet for anonymous users",
        "with anonymous-auth whoever reaches a node may ask its kubelet without saying who they are",
        "remove anonymous-auth",
        security=True,
    ),
    "JB0426": Code(
        W,
        "kubelet's read-only port",
        "on port {port} kubelet tells whoever reaches the node what runs there, without TLS or a login",
        "remove read-only-port; metrics can be read on port 10250 by those who may",
        security=True,
    ),
    "JB0427": Code(
        W,
        "Secrets in the clear",
        "secrets lie in etcd, its volume and its backups as they are",
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
}
