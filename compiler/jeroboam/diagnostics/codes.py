"""The table of diagnostic codes; stable, grouped by stage, never reused.

JB01xx load, JB02xx validate, JB03xx bind and judge, JB04xx model, JB05xx lower, JB06xx check.
`docs/diagnostics.md` is generated from this table.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Severity(StrEnum):
    """How bad it is; only an error stops the pipeline."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Code(NamedTuple):
    """A row of the table; `message` and `hint` are `str.format` templates of named values."""

    severity: Severity
    title: str
    message: str
    hint: str


E, W, N = Severity.ERROR, Severity.WARNING, Severity.NOTE

CODES: dict[str, Code] = {
    # JB01xx: load
    "JB0101": Code(
        E,
        "file cannot be read",
        "cannot read '{path}': {why}",
        "name an existing file; paths inside a spec are relative to the file that names them",
    ),
    "JB0102": Code(
        E,
        "file too large",
        "'{path}' is larger than 1 MiB",
        "a spec is a few kilobytes; check that this is the right file",
    ),
    "JB0103": Code(
        E,
        "not YAML",
        "not YAML: {problem}",
        "check the indentation, colons, brackets and quotes here and on the line before",
    ),
    "JB0104": Code(E, "tab as indentation", "a tab is used as indentation", "indent with spaces"),
    "JB0105": Code(
        E,
        "not UTF-8",
        "'{path}' is not UTF-8: byte {offset} does not decode",
        "save the file as UTF-8",
    ),
    "JB0106": Code(
        E,
        "character not allowed in YAML",
        "the character {character} is not allowed in YAML",
        "remove it, or write it as an escape inside double quotes",
    ),
    "JB0107": Code(
        E, "duplicate key", "the key '{name}' is given twice", "keep one of them, or merge their contents"
    ),
    "JB0108": Code(
        E,
        "YAML alias",
        "the alias '*{name}' is used, and aliases are not accepted",
        "write the value out, or share it through a cluster template",
    ),
    "JB0109": Code(
        E,
        "YAML tag",
        "the tag '{tag}' is not accepted",
        "leave the tag out; to make a value a string, put it in quotes",
    ),
    "JB0110": Code(
        E, "key is not a string", "expected a string as key, found {found}", "put the key in quotes"
    ),
    "JB0111": Code(
        E, "more than one document", "a second YAML document starts here", "keep one document per file"
    ),
    "JB0112": Code(
        E,
        "not a mapping",
        "expected a mapping of properties, found {found}",
        "start with 'spec_version: 1'; 'jeroboam init' writes a complete example",
    ),
    "JB0113": Code(
        E, "number not usable", "the number '{number}' cannot be used: {why}", "put it in quotes if it is text"
    ),
    "JB0114": Code(
        E,
        "nested too deeply",
        "the document is nested more than {limit} levels deep",
        "a spec needs fewer than ten levels; check the brackets",
    ),
    "JB0115": Code(
        E,
        "templates in a circle",
        "the chain of templates never ends: {chain}",
        "remove 'template' from one of these files",
    ),
    "JB0116": Code(
        E,
        "not a cluster template",
        "'{path}' is not a cluster template: {why}",
        "a template starts with 'spec_version: 1' and 'kind: cluster_template'",
    ),
    "JB0117": Code(
        E,
        "cluster template where a cluster is needed",
        "'{name}' is a cluster template, not a cluster",
        "name it in a cluster: 'kind: cluster' and 'template: {path}'",
    ),
    # JB02xx: validate
    "JB0201": Code(E, "unknown property", "unknown property '{name}'", "{advice}"),
    "JB0202": Code(E, "missing property", "'{name}' is missing", "{advice}"),
    "JB0203": Code(E, "wrong type", "expected {expected}, found {found}", "{advice}"),
    "JB0204": Code(E, "not one of the values", "'{value}' is not a value of '{name}'", "{advice}"),
    "JB0205": Code(E, "wrong form", "'{value}' is not {expected}", "for example: {example}"),
    "JB0206": Code(
        E,
        "version without quotes",
        "the version {written} is written without quotes, so it is read as the number {number}",
        'write "{written}", with the quotes',
    ),
    "JB0207": Code(E, "number out of range", "{value} is {relation}", "the range is {low} to {high}"),
    "JB0208": Code(
        E, "key of another variant", "'{name}' is not a key of {variant}", "its keys are: {known}"
    ),
    "JB0209": Code(E, "too long or too short", "{what} is {relation}", "{advice}"),
    "JB0210": Code(E, "item given twice", "'{value}' is in the list twice", "remove one of them"),
    "JB0211": Code(E, "bad key", "the key '{key}' is not {expected}", "rename the key"),
    "JB0212": Code(
        E,
        "settings of another COE",
        "the block '{name}' is for coe '{name}', but coe is '{coe}'",
        "remove the block, or change 'coe'",
    ),
    "JB0213": Code(
        E,
        "secret in the spec",
        "{what} looks like a secret, and a spec must not hold any",
        "{advice}",
    ),
    "JB0214": Code(N, "old name", "'{old}' is the old name of '{new}'", "write '{new}'"),
    # JB03xx: bind and judge
    "JB0301": Code(
        E, "not a range", "'{value}' is not {expected}", "write a range such as {example}"
    ),
    "JB0302": Code(
        E, "range with host bits", "'{value}' has bits set after its prefix", "the range itself is {network}"
    ),
    "JB0303": Code(E, "not an address", "'{value}' is not {expected}", "write an address such as {example}"),
    "JB0305": Code(
        E,
        "ranges overlap",
        "the {name} {cidr} overlaps the {other} {other_cidr}",
        "choose ranges that have no address in common",
    ),
    "JB0306": Code(
        E,
        "container range too small",
        "the range {cidr} holds {parts} parts of /{subnet_len}, but the cluster may have {nodes} nodes",
        "widen container_network.cidr to /{prefix} or wider, or lengthen container_network.subnet_len",
    ),
    "JB0307": Code(
        E,
        "node range too small",
        "the range {cidr} has room for {room} nodes, but the cluster may have {nodes}",
        "widen network.cidr to /{prefix} or wider",
    ),
    "JB0308": Code(
        E,
        "parts larger than the range",
        "subnet_len {subnet_len} is not longer than the prefix of {cidr}",
        "subnet_len must be greater than {prefix}",
    ),
    "JB0309": Code(
        E,
        "limit outside the range",
        "{name} {address} is not in the range {cidr}",
        "choose the network address of a /{subnet_len} inside {cidr}",
    ),
    "JB0310": Code(
        E,
        "limit not aligned",
        "{name} {address} is not where a /{subnet_len} starts",
        "the /{subnet_len} around it starts at {start}",
    ),
    "JB0311": Code(
        E, "limits reversed", "subnet_min {low} is above subnet_max {high}", "exchange them"
    ),
    "JB0312": Code(
        W,
        "range of Docker's bridge",
        "the {name} {cidr} overlaps 172.17.0.0/16, the bridge of any Docker on the image",
        "choose another range if the image runs Docker",
    ),
    "JB0320": Code(
        E,
        "no way out of the network",
        "'external_network' is missing, but the cluster is to be reached from outside",
        "set network.external_network, or network.router, or api.floating_ip: false",
    ),
    "JB0321": Code(
        E,
        "floating IP without an external network",
        "a floating IP is wanted, but no external network is named to take it from",
        "set network.external_network, or floating_ip: false",
    ),
    "JB0322": Code(
        N,
        "API without a floating IP",
        "the API gets no floating IP, as there is no network.external_network",
        "set api.floating_ip: false to say so, or network.external_network to get one",
    ),
    "JB0323": Code(
        E,
        "existing network incomplete",
        "'{present}' is given without '{absent}'",
        "an existing network needs both; set network.{absent} too",
    ),
    "JB0324": Code(
        E,
        "router and existing network",
        "'router' is given together with 'fixed_network', which has its own",
        "remove network.router, or network.fixed_network and network.fixed_subnet",
    ),
    "JB0325": Code(
        E,
        "MTU does not fit",
        "the MTU {mtu} of the containers is more than {limit}, what {within} leaves",
        "set container_network.backend.mtu to {limit} or less, or remove it",
    ),
    "JB0326": Code(
        N,
        "API closed to the outside",
        "the API has a floating IP, but only the cluster's own network may reach it",
        "list who may in network.api_allowed_cidrs, for example [192.0.2.0/24]",
    ),
    "JB0327": Code(
        N,
        "nobody can log in",
        "there is neither 'keypair' nor 'ssh_authorized_keys', so nobody can log in to the nodes",
        "set keypair to the name of a Nova keypair",
    ),
    "JB0330": Code(
        E,
        "even number of masters",
        "{count} masters tolerate no more failures than {fewer}",
        "use an odd number: {fewer} or {more}",
    ),
    "JB0331": Code(
        E,
        "several masters without a stable address",
        "{count} masters need one address that outlives each of them",
        "set api.load_balancer: true, or api.dns_name to a name that you point at the masters",
    ),
    "JB0332": Code(
        E, "volume too small", "{name} of {size} GiB is too small", "it needs {least} GiB or more"
    ),
    "JB0333": Code(
        E, "node group given twice", "the node group '{name}' is given twice", "rename one of them"
    ),
    "JB0334": Code(
        E,
        "reserved group name",
        "the node group name '{name}' is taken by the cluster's own masters",
        "choose another name, for example 'workers'",
    ),
    "JB0335": Code(
        E,
        "host name too long",
        "the host name '{host}' has {length} characters, and 63 is the most",
        "shorten the cluster's or the group's name by {excess}",
    ),
    "JB0336": Code(E, "counts disagree", "{name} {low} is greater than {other} {high}", "{advice}"),
    "JB0337": Code(
        E,
        "volume that the storage driver cannot use",
        "storage_driver '{driver}' cannot use 'docker_volume'",
        "use storage_driver: overlay2, or remove docker_volume",
    ),
    "JB0338": Code(
        E,
        "bootstrap limit above the stack's",
        "node_bootstrap_minutes {node} is greater than create_minutes {create}",
        "raise timeouts.create_minutes above timeouts.node_bootstrap_minutes",
    ),
    "JB0340": Code(
        E,
        "network driver not for this COE",
        "network driver '{driver}' does not work with coe '{coe}'",
        "coe '{coe}' works with: {supported}",
    ),
    "JB0341": Code(
        E,
        "setting of Flannel",
        "'{name}' is a setting of network driver flannel, but the driver is '{driver}'",
        "remove it, or set container_network.driver: flannel",
    ),
    "JB0342": Code(
        E,
        "udp backend on arm64",
        "Flannel's backend 'udp' exists for amd64 only, but arch is '{arch}'",
        "use backend type vxlan",
    ),
    "JB0343": Code(
        E, "COE without plain text", "coe '{coe}' cannot run without TLS", "remove tls.enabled: false"
    ),
    "JB0350": Code(
        E,
        "not a CA certificate",
        "'{path}' holds no PEM certificate that can be read",
        "the file must hold one or more blocks between BEGIN CERTIFICATE and END CERTIFICATE",
    ),
    "JB0351": Code(
        W,
        "script without an interpreter",
        "'{path}' does not start with '#!'",
        "make its first line name an interpreter, for example #!/bin/sh",
    ),
    "JB0352": Code(
        E, "not a proxy URL", "'{value}' is not the URL of a proxy", "write http://host:port, without a path"
    ),
    "JB0353": Code(
        E, "not a taint", "'{value}' is not a taint", "write key=value:Effect, for example gpu=true:NoSchedule"
    ),
    "JB0354": Code(
        E,
        "unknown taint effect",
        "'{effect}' is not an effect of taints",
        "the effects are NoSchedule, PreferNoSchedule and NoExecute",
    ),
    "JB0355": Code(
        W, "taints without effect", "coe '{coe}' knows no taints", "remove node_taints"
    ),
    "JB0356": Code(
        E,
        "not a label",
        "the {part} '{value}' is not one that a node label can have",
        "{advice}",
    ),
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
    # JB05xx: lowering to a distro
    "JB0501": Code(
        E,
        "the distro lacks something that the COE needs",
        "coe '{coe}' needs '{capability}', which distro '{distro}' does not have",
        "choose another distro, or a version of '{coe}' that does without",
    ),
    # JB06xx: what Heat or Nova would refuse
    "JB0601": Code(
        E,
        "user data over Nova's limit",
        "user data of '{role}' can reach {size} characters of base64; nova takes at most {limit}",
        "move large files ('kubernetes.manifests', 'hooks', 'tls.trusted_ca_files') to where nodes fetch "
        "them, or split the group: volumes and masters add one line each",
    ),
    "JB0602": Code(
        E,
        "template over Heat's limit",
        "{name} is {size} characters as heat measures it; heat takes at most {limit}",
        "use 'layout: nested' under 'heat', which puts each node group in a file of its own",
    ),
    "JB0603": Code(
        E,
        "nested template over Heat's limit",
        "{name} is {size} characters as heat measures it; heat takes at most {limit}",
        "split the group into smaller node groups",
    ),
    "JB0604": Code(
        E,
        "request over Heat's limit",
        "template and files together make a request of {size} bytes; heat takes at most {limit}",
        "split the cluster: no layout makes one request smaller",
    ),
    "JB0605": Code(
        E,
        "more resources than Heat's limit",
        "the stack has {count} resources; heat's default limit is {limit}",
        "if your cloud's 'max_resources_per_stack' is higher, say 'layout: nested' under 'heat' to confirm "
        "it; otherwise use fewer nodes",
    ),
    "JB0606": Code(
        W,
        "more resources than Heat's default limit",
        "the stack has {count} resources; heat's default limit is {limit}, nested ones included",
        "make sure that your cloud's 'max_resources_per_stack' is higher",
    ),
}
