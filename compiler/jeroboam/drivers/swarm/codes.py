"""What the driver `swarm` finds wrong: JB0430 to JB0449."""

from __future__ import annotations

from jeroboam.diagnostics.entry import Code, Severity

E, W, N = Severity.ERROR, Severity.WARNING, Severity.NOTE

CODES: dict[str, Code] = {
    "JB0430": Code(
        E,
        "version of Docker without support",
        "docker '{version}' is not a version that this release installs on {arch}",
        "known are {known}; of {oldest} to {newest}, name another in full and give artifacts.pins.docker",
    ),
    "JB0431": Code(
        E,
        "download that no node could verify",
        "no digest is known of {name} {version} for {arch}, and upstream publishes none",
        "give the SHA-256 of {url} in artifacts.pins.{name}",
    ),
    "JB0432": Code(
        E,
        "storage driver that Docker lacks",
        "docker has no storage driver '{driver}'",
        "docker works with: {supported}",
    ),
    "JB0433": Code(
        E,
        "port of Swarm's overlay",
        "udp port {port} belongs to the overlay networks of Swarm",
        "remove container_network.backend.port, or choose another",
    ),
    "JB0434": Code(
        E,
        "pool that no overlay network fits into",
        "'{pool}' cannot be split into parts of /24, one for each overlay network",
        "give an IPv4 range of /24 or larger, for example 10.32.0.0/12",
    ),
    "JB0435": Code(
        E,
        "IPv6 that Docker's bridge does not get",
        "the bridge of Docker takes only the IPv4 subnet that Flannel gives a node",
        "remove container_network.ipv6",
    ),
    # JB0436 is retired: managers always run etcd, so its volume always has a use.
    "JB0437": Code(
        E,
        "API port taken",
        "port {port} of the managers is taken by {owner}",
        "remove api.port (2376 is the usual one), or choose another",
    ),
    "JB0438": Code(
        E,
        "label that belongs to Docker",
        "the label '{label}' is reserved, and docker would not start with it",
        "choose a label outside com.docker, io.docker and org.dockerproject",
    ),
    "JB0439": Code(
        N,
        "managers that lock themselves",
        "after each restart a manager waits for `docker swarm unlock`",
        "keep a copy of /var/lib/jeroboam/swarm-unlock-key of any manager where you keep secrets",
    ),
    "JB0440": Code(
        W,
        "nobody to run a container",
        "managers that are drained run no containers, and there is no worker",
        "give a node group a count, or remove swarm.availability_of_managers",
    ),
}
