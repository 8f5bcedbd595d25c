"""Diagnostic codes of the driver `swarm`: JB0430 to JB0449, JB0614."""

from __future__ import annotations

from jeroboam.diagnostics.entry import Code, Severity

E, W, N = Severity.ERROR, Severity.WARNING, Severity.NOTE

CODES: dict[str, Code] = {
    "JB0430": Code(
        E,
        "unsupported Docker version",
        "this release does not install docker '{version}' on {arch}",
        "use one of: {known}; for another from {oldest} to {newest}, give it in full and set "
        "artifacts.pins.docker",
    ),
    "JB0431": Code(
        E,
        "download without a digest",
        "there is no known digest of {name} {version} for {arch}, and upstream publishes none",
        "set artifacts.pins.{name} to the SHA-256 of {url}",
    ),
    "JB0432": Code(
        E,
        "unsupported storage driver",
        "docker has no storage driver '{driver}'",
        "use one of: {supported}",
    ),
    "JB0433": Code(
        E,
        "port of Swarm's overlay",
        "udp port {port} is used by Swarm's overlay networks",
        "remove container_network.backend.port, or choose another",
    ),
    "JB0434": Code(
        E,
        "address pool too small",
        "'{pool}' cannot be split into subnets of /24, one for each overlay network",
        "give an IPv4 range of /24 or larger, for example 10.32.0.0/12",
    ),
    "JB0435": Code(
        E,
        "IPv6 on Docker's bridge",
        "docker's bridge uses only the IPv4 subnet that Flannel gives a node",
        "remove container_network.ipv6",
    ),
    # JB0436 is retired: managers always run etcd, so its volume always has a use.
    "JB0437": Code(
        E,
        "API port in use",
        "port {port} of the managers is used by {owner}",
        "remove api.port (2376 is the usual one), or choose another",
    ),
    "JB0438": Code(
        E,
        "reserved label",
        "the label '{label}' is reserved, and docker would not start with it",
        "choose a label outside com.docker, io.docker and org.dockerproject",
    ),
    "JB0439": Code(
        N,
        "locked managers",
        "after each restart a manager waits for `docker swarm unlock`",
        "store a copy of /var/lib/jeroboam/swarm-unlock-key from any manager where you keep secrets",
    ),
    "JB0440": Code(
        W,
        "no node runs containers",
        "drained managers run no containers, and there is no worker",
        "set the count of a node group, or remove swarm.availability_of_managers",
    ),
    # Octavia's timeout_client_data and timeout_member_data, which no property of Heat's listener sets.
    "JB0614": Code(
        N,
        "quiet connections through a load balancer",
        "octavia's load balancer ends a connection that is quiet for 50 seconds, such as followed logs",
        "after the deployment: openstack loadbalancer listener set --timeout-client-data 3600000 "
        "--timeout-member-data 3600000 {listener}",
    ),
}
