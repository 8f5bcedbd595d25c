"""Diagnostic codes of the driver `mesos`: JB0450 to JB0469."""

from __future__ import annotations

from jeroboam.diagnostics.entry import Code, Severity

E, W, N = Severity.ERROR, Severity.WARNING, Severity.NOTE

CODES: dict[str, Code] = {
    "JB0450": Code(
        E,
        "unsupported Mesos version",
        "this release does not install mesos '{version}'",
        "use one of: {supported}; Mesos is retired, so there will be no newer version",
    ),
    "JB0451": Code(
        E,
        "architecture without Mesos images",
        "there are no Mesos images for arch '{arch}'",
        "use one of: {supported}",
    ),
    "JB0452": Code(
        N,
        "Mesos without TLS",
        "mesos and Marathon use plain HTTP, so passwords and tasks cross the network unencrypted",
        "limit network.api_allowed_cidrs to networks that you trust",
    ),
    "JB0453": Code(
        N,
        "images of a retired project",
        "mesos {version} is retired, and its images {names} are pulled from Docker Hub by tag, without "
        "digests",
        "copy them to your own registry, set artifacts.image_registry to it, and pin their digests in "
        "artifacts.pins",
    ),
    "JB0454": Code(
        E,
        "option set by the compiler",
        "'{name}' is set by the compiler, and the cluster depends on it",
        "remove it; what can be changed has its own property in the spec",
    ),
    "JB0455": Code(
        E,
        "invalid attribute",
        "mesos does not accept the value '{value}' of attribute '{name}', and the agent would not start",
        "use a word, a number or a range such as [1-9]; brackets, colons and semicolons are not allowed "
        "otherwise",
    ),
    "JB0456": Code(
        N,
        "cgroup v1 needed",
        "mesos tasks need cgroup v1; agents that boot with v2 reboot once to switch, which needs systemd "
        "257 or older",
        "use an image with systemd 257 or older, or containerizers: [mesos] with posix isolators, which "
        "needs no reboot",
    ),
    "JB0457": Code(
        W,
        "Mesos without authentication",
        "anyone who reaches mesos-master can run commands on every agent, without authentication",
        "remove mesos.authentication: false",
        security=True,
    ),
    "JB0458": Code(
        W,
        "unused volume",
        "etcd runs for Flannel only, so etcd_volume is not used with network driver '{driver}'",
        "remove masters.etcd_volume",
    ),
    "JB0459": Code(
        N,
        "tasks outside Flannel's network",
        "only containers of the docker containerizer are on Flannel's network; other tasks use the host's",
        "set mesos.containerizers: [docker] if all tasks should be on Flannel's network",
    ),
    "JB0460": Code(
        E,
        "port in use",
        "port {port} is used by something else on the masters",
        "choose another port; in use are 22, 53, 2181, 2888, 3888, 5050 to 5052, 31000 to 32000 (tasks), and "
        "2379 and 2380 with Flannel",
    ),
    "JB0461": Code(
        E,
        "unsupported storage driver",
        "docker has no storage driver '{driver}'",
        "use one of: {supported}",
    ),
    "JB0462": Code(
        E,
        "IPv6 on Docker's bridge",
        "docker's bridge uses only the IPv4 subnet that Flannel gives a node",
        "remove container_network.ipv6",
    ),
    "JB0463": Code(
        W,
        "distro without cgroup v1",
        "mesos tasks need cgroup v1, which current images of '{distro}' no longer have: every agent fails "
        "in its first steps",
        "set mesos.containerizers: [mesos] with posix isolators, which runs tasks as plain processes; for "
        "Docker containers use distro: ubuntu with 24.04, or an older image with systemd 257 or older",
    ),
    "JB0464": Code(
        W,
        "Mesos without encryption",
        "with tls.enabled: false, passwords and tasks cross the network unencrypted",
        "limit network.api_allowed_cidrs to networks that you trust; this release has no TLS for Mesos",
        security=True,
    ),
    "JB0465": Code(
        E,
        "unknown option of Mesos",
        "{name!r} is not an option that {program} {version} runs with: it would pass over it in silence",
        "see docs/configuration of Mesos 1.11; names have underscores",
    ),
    "JB0466": Code(
        E,
        "value that Mesos does not read",
        "{program} does not start with {value!r} as its option '{name}'",
        "give {wanted}",
    ),
    "JB0467": Code(
        E,
        "option of Mesos given twice",
        "'{name}' and '{other}' are the same option, and {program} does not start with both",
        "remove one of them",
    ),
}
