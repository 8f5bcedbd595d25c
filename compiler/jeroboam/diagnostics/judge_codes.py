"""Codes JB0301 to JB0376: what a schema cannot say about a spec."""

from __future__ import annotations

from jeroboam.diagnostics.entry import Code, Severity

E, W, N = Severity.ERROR, Severity.WARNING, Severity.NOTE

JUDGE: dict[str, Code] = {
    "JB0301": Code(E, "not a range", "'{value}' is not {expected}", "write a range such as {example}"),
    "JB0302": Code(E, "range with host bits", "'{value}' has host bits set", "write {network}"),
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
        "{cidr} has only {parts} subnets of /{subnet_len}, but the cluster may have {nodes} nodes",
        "widen container_network.cidr to /{prefix} or wider, or raise container_network.subnet_len",
    ),
    "JB0307": Code(
        E,
        "node range too small",
        "{cidr} has room for only {room} nodes, but the cluster may have {nodes}",
        "widen network.cidr to /{prefix} or wider",
    ),
    "JB0308": Code(
        E,
        "subnets larger than the range",
        "subnet_len {subnet_len} is not longer than the prefix of {cidr}",
        "set subnet_len to more than {prefix}",
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
        "{name} {address} is not the start of a /{subnet_len}",
        "use {start}, the start of the /{subnet_len} that it is in",
    ),
    "JB0311": Code(E, "limits reversed", "subnet_min {low} is above subnet_max {high}", "swap them"),
    "JB0312": Code(
        W,
        "overlap with Docker's bridge",
        "the {name} {cidr} overlaps 172.17.0.0/16, the default bridge of any Docker on the image",
        "choose another range if the image runs Docker",
    ),
    "JB0320": Code(
        E,
        "no external network",
        "'external_network' is missing, but the cluster must be reachable from outside",
        "set network.external_network, or network.router, or api.floating_ip: false",
    ),
    "JB0321": Code(
        E,
        "floating IP without an external network",
        "a floating IP is requested, but no external network is set",
        "set network.external_network, or floating_ip: false",
    ),
    "JB0322": Code(
        N,
        "API without a floating IP",
        "the API gets no floating IP, because network.external_network is not set",
        "set api.floating_ip: false to confirm this, or network.external_network to get one",
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
        "'router' is given together with 'fixed_network', which has its own router",
        "remove network.router, or network.fixed_network and network.fixed_subnet",
    ),
    "JB0325": Code(
        E,
        "MTU does not fit",
        "the container MTU {mtu} is greater than {limit}, the limit for {within}",
        "set container_network.backend.mtu to {limit} or less, or remove it",
    ),
    "JB0326": Code(
        N,
        "API closed to the outside",
        "the API has a floating IP, but only the cluster's own network may reach it",
        "list the ranges that may reach it in network.api_allowed_cidrs, for example [192.0.2.0/24]",
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
        "{count} masters need one stable address that does not depend on any of them",
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
        "the node group name '{name}' is taken by the cluster's own {owner}",
        "choose another name, for example 'workers'",
    ),
    "JB0335": Code(
        E,
        "host name too long",
        "the host name '{host}' has {length} characters; the limit is 63",
        "shorten the cluster's or the group's name by {excess}",
    ),
    "JB0337": Code(
        E,
        "volume that the storage driver cannot use",
        "storage_driver '{driver}' cannot use 'docker_volume'",
        "use storage_driver: overlay2, or remove docker_volume",
    ),
    "JB0338": Code(
        E,
        "node timeout above the stack's",
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
        "the flannel backend 'udp' exists for amd64 only, but arch is '{arch}'",
        "use backend type vxlan",
    ),
    "JB0343": Code(E, "TLS required", "coe '{coe}' cannot run without TLS", "remove tls.enabled: false"),
    "JB0345": Code(
        E,
        "further port on the cluster's network",
        "each node has a port on network '{network}' already: with another, its address is no longer sure",
        "name another network, or remove the port",
    ),
    "JB0346": Code(
        W,
        "security groups that nothing enforces",
        "a port of vnic_type {vnic_type} bypasses the host: few clouds enforce its security groups",
        "remove security_groups and filter in front of that network, unless your cloud's devices do",
    ),
    "JB0347": Code(
        W,
        "ports on one network",
        "two ports of each node are on '{network}': what the node sends there leaves by one of them alone",
        "remove one, unless a hook bonds them",
    ),
    "JB0350": Code(
        E,
        "not a CA certificate",
        "'{path}' has no valid PEM certificate",
        "name a file with one or more blocks between BEGIN CERTIFICATE and END CERTIFICATE",
    ),
    "JB0351": Code(
        W,
        "script without an interpreter",
        "'{path}' does not start with '#!'",
        "start the first line with an interpreter, for example #!/bin/sh",
    ),
    "JB0352": Code(
        E, "not a proxy URL", "'{value}' is not the URL of a proxy", "write http://host:port, without a path"
    ),
    "JB0353": Code(
        E,
        "not a taint",
        "'{value}' is not a taint",
        "write key=value:Effect, for example gpu=true:NoSchedule",
    ),
    "JB0354": Code(
        E,
        "unknown taint effect",
        "'{effect}' is not a taint effect",
        "use one of: NoSchedule, PreferNoSchedule, NoExecute",
    ),
    "JB0355": Code(W, "taints without effect", "coe '{coe}' has no taints", "remove node_taints"),
    "JB0356": Code(
        E,
        "not a label",
        "'{value}' is not a valid {part} of a node label",
        "{advice}",
    ),
    "JB0357": Code(
        E,
        "metadata key read as a file",
        "heat's client reads the key '{key}' as a file to fetch, and the stack could not be created",
        "rename the key",
    ),
    "JB0358": Code(
        E,
        "no port left for IPv6",
        "wireguard uses port {port} for ipv4 and the next one for ipv6, which does not exist",
        "use a port of 65534 or lower",
    ),
    "JB0359": Code(
        E,
        "tunnel mode without IPv6",
        "mode '{mode}' sends both address families through one tunnel, but containers have IPv4 only",
        "remove it, or give container_network.ipv6",
    ),
    "JB0360": Code(
        E,
        "IPv6 with an IPv4-only backend",
        "the flannel backend '{type}' carries IPv4 only, but container_network.ipv6 is given",
        "use backend type vxlan, wireguard or host-gw",
    ),
    "JB0361": Code(
        E,
        "metadata key of Jeroboam's own",
        "every server gets the metadata key '{key}' from Jeroboam, which finds a cluster's servers by it",
        "rename the key",
    ),
    "JB0362": Code(
        E,
        "floating IPs that do not fit the nodes",
        "floating IPs listed: {given}, needed: {needed}, one for each index up to the highest",
        "list {needed}; what stands at a retired index is not used",
    ),
    "JB0363": Code(
        E,
        "floating IP named twice",
        "the floating IP {value} is named twice, and it leads to one port",
        "name another one, or remove it here",
    ),
    "JB0364": Code(
        E,
        "two floating IPs for one port",
        "{what} would have two floating IPs, and Neutron associates one with a port",
        "{advice}",
    ),
    "JB0365": Code(
        W,
        "bastion that nobody reaches",
        "nobody can log in to the bastion: {why}",
        "{advice}",
    ),
    "JB0366": Code(
        E,
        "files too large for so many node groups",
        "hooks and certificates have {size} characters, embedded once for each of {roles} kinds of nodes; "
        "the limit is {limit} in total",
        "embed less (a hook can download large files), or use fewer node groups",
    ),
    "JB0367": Code(
        E,
        "duplicate taint",
        "two taints have the key '{key}' and the effect '{effect}', and a node takes one",
        "remove one of them, or change its key or effect",
    ),
    "JB0368": Code(
        E,
        "hook with Windows line endings",
        "the first line of '{path}' ends with a carriage return, so nodes do not find its interpreter",
        "save it with Unix line endings (LF)",
    ),
    "JB0370": Code(
        W,
        "SSH open to the internet",
        "'{cidr}' lets the internet reach SSH on {what}",
        "limit network.ssh_allowed_cidrs to the ranges that you log in from, for example [192.0.2.0/24]",
        security=True,
    ),
    "JB0371": Code(
        W,
        "API open to the internet",
        "'{cidr}' lets the internet reach the cluster's API",
        "limit network.api_allowed_cidrs to the ranges that need it, for example [192.0.2.0/24]",
        security=True,
    ),
    "JB0372": Code(
        W,
        "node ports open to the internet",
        "'{cidr}' lets the internet reach every port that a service publishes on the nodes",
        "publish services through a load balancer, or limit network.node_port_allowed_cidrs to its ranges",
        security=True,
    ),
    "JB0373": Code(
        W,
        "OpenStack's endpoints not verified",
        "nodes send their credentials to anyone who impersonates OpenStack's services",
        "remove tls.verify_openstack_ca: false, and add the cloud's own CA to tls.trusted_ca_files",
        security=True,
    ),
    "JB0374": Code(
        W,
        "downloads over plain HTTP",
        "'{url}' is plain HTTP: anyone on the path can see and block what nodes download",
        "serve the mirror over https, with its CA in tls.trusted_ca_files",
        security=True,
    ),
    "JB0375": Code(
        W,
        "images over plain HTTP",
        "'{url}' is plain HTTP: anyone on the path can replace images that are named by tag",
        "serve the mirror over https, with its CA in tls.trusted_ca_files",
        security=True,
    ),
    "JB0376": Code(
        W,
        "insecure registry",
        "nodes pull images from '{registry}' over plain HTTP, or from anyone who impersonates it",
        "remove it from runtime.insecure_registries, and add the registry's CA to tls.trusted_ca_files",
        security=True,
    ),
}
