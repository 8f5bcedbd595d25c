"""The table of diagnostic codes; stable, grouped by stage, never reused.

JB01xx load, JB02xx validate, JB03xx bind and judge, JB04xx model, JB05xx lower, JB06xx check.
`docs/diagnostics.md` is generated from this table.
"""

from __future__ import annotations

from jeroboam.diagnostics.entry import Code, Severity
from jeroboam.diagnostics.judge_codes import JUDGE
from jeroboam.diagnostics.load_codes import LOAD
from jeroboam.diagnostics.mesos_codes import MESOS
from jeroboam.diagnostics.swarm_codes import SWARM
from jeroboam.diagnostics.validate_codes import VALIDATE

__all__ = ["CODES", "Code", "Severity"]

E, W, N = Severity.ERROR, Severity.WARNING, Severity.NOTE

CODES: dict[str, Code] = {
    **LOAD,
    **VALIDATE,
    **JUDGE,
    # JB04xx: the model
    "JB0401": Code(
        E,
        "COE without a driver",
        "this release has no driver for coe '{coe}' yet",
        "the spec itself is fine; compile supports: {supported}",
    ),
    "JB0402": Code(
        E,
        "distro without a platform",
        "this release has no platform for distro '{distro}' yet",
        "the spec itself is fine; compile supports: {supported}",
    ),
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
    "JB0412": Code(
        E,
        "pin of an unknown download",
        "'{name}' is not a download of this cluster",
        "the downloads are: {names}",
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
    "JB0415": Code(
        E,
        "too few parts for Flannel",
        "subnet_len {subnet_len} splits the range into fewer than the 4 parts that Flannel needs",
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
        "use an existing network that has both (network.fixed_network), or remove container_network.ipv6",
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
    **MESOS,
    "JB0422": Code(
        W,
        "Calico untested with this version",
        "calico {calico} is tested with kubernetes {oldest} to {newest}, but not with {minor}",
        'set coe_version: "{newest}", or try it before you rely on it',
    ),
    **SWARM,
    # JB05xx: lowering to a distro
    "JB0501": Code(
        E,
        "the distro lacks something that the COE needs",
        "coe '{coe}' needs '{capability}', which distro '{distro}' does not have",
        "choose another distro, or remove the setting that needs it",
    ),
    "JB0502": Code(
        N,
        "distro without maintenance",
        "'{distro}' had its last release in November 2019; nobody mends its kernel or its packages",
        "use fedora-coreos, its successor",
    ),
    "JB0503": Code(
        E,
        "name that user data cannot carry",
        "the external network's name '{name}' is not ASCII, which is all that Ignition takes in '{distro}'",
        "write the network's id",
    ),
    # JB06xx: what Heat or Nova would refuse
    "JB0601": Code(
        E,
        "user data over Nova's limit",
        "user data of '{role}' can reach {size} characters of base64; Nova takes at most {limit}",
        "let a hook download what is large in hooks, tls.trusted_ca_files or kubernetes.manifests; "
        "split a large group with docker_volume, which takes a line for each node",
    ),
    "JB0602": Code(
        E,
        "template over Heat's limit",
        "{name} has {size} characters as Heat counts them; Heat takes at most {limit}",
        "set heat.layout: nested, which gives each node group a template of its own, "
        "and split a group that is too large even so",
    ),
    "JB0603": Code(
        E,
        "nested template over Heat's limit",
        "{name} has {size} characters as Heat counts them; Heat takes at most {limit}",
        "split the node group into smaller ones",
    ),
    "JB0604": Code(
        E,
        "request over Heat's limit",
        "template and files together make a request of {size} bytes; Heat takes at most {limit}",
        "use fewer nodes, or fewer node groups, as each brings its own user data; or make two clusters of "
        "it: no layout makes the request smaller",
    ),
    "JB0605": Code(
        E,
        "more resources than Heat's limit",
        "the stack has {count} resources; Heat's default limit is {limit}",
        "use fewer nodes, volumes or floating IPs; if your cloud's heat.conf allows more "
        "(max_resources_per_stack), set heat.layout: nested to confirm it",
    ),
    "JB0606": Code(
        W,
        "more resources than Heat's default limit",
        "the stack has {count} resources, nested ones included; Heat's default limit is {limit}",
        "make sure that max_resources_per_stack in your cloud's heat.conf is {count} or more",
    ),
}
