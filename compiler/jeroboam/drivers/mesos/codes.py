"""What the driver `mesos` finds wrong: JB0450 to JB0469."""

from __future__ import annotations

from jeroboam.diagnostics.entry import Code, Severity

E, W, N = Severity.ERROR, Severity.WARNING, Severity.NOTE

CODES: dict[str, Code] = {
    "JB0450": Code(
        E,
        "Mesos version without support",
        "mesos '{version}' is not a version that this release installs",
        "supported: {supported}; Mesos is retired, and no newer one will come",
    ),
    "JB0451": Code(
        E,
        "Mesos on this processor",
        "no image of Mesos exists for arch '{arch}'",
        "Mesos has images for: {supported}",
    ),
    "JB0452": Code(
        N,
        "Mesos without TLS",
        "passwords and tasks cross the network in the clear, for Mesos and Marathon speak HTTP",
        "keep network.api_allowed_cidrs to networks that you trust",
    ),
    "JB0453": Code(
        N,
        "images of a retired project",
        "the images {names} of Mesos {version}, which is retired, come from Docker Hub by tag alone",
        "copy them to a registry of your own and name it in artifacts.image_registry; artifacts.pins takes "
        "their digests",
    ),
    "JB0454": Code(
        E,
        "option that the compiler sets",
        "'{name}' is set by the compiler, and the cluster depends on it",
        "remove it; what can be chosen has a property of its own",
    ),
    "JB0455": Code(
        E,
        "not an attribute",
        "'{name}' with the value '{value}' is no attribute that Mesos accepts, and the agent would not start",
        "use a word, a number or a range such as [1-9], without brackets, colons and semicolons otherwise",
    ),
    "JB0456": Code(
        N,
        "control groups version 1",
        "what agents run tasks with needs control groups version 1; an agent that booted with version 2 "
        "is restarted once to change that, which takes an image with systemd 257 or older",
        "choose such an image, or use containerizers: [mesos] with posix isolators, which needs no restart",
    ),
    "JB0457": Code(
        W,
        "Mesos without authentication",
        "whoever reaches mesos-master can run commands on every agent, and nobody has to say who they are",
        "remove mesos.authentication: false",
        security=True,
    ),
    "JB0458": Code(
        W,
        "volume without use",
        "etcd runs for Flannel only, so etcd_volume is not used with network driver '{driver}'",
        "remove masters.etcd_volume",
    ),
    "JB0459": Code(
        N,
        "Flannel for Docker's containers",
        "containers of the docker containerizer are on Flannel's network, other tasks on the hosts' own",
        "name the docker containerizer alone in mesos.containerizers if no task should do that",
    ),
    "JB0460": Code(
        E,
        "port taken by Mesos",
        "port {port} is needed for something else on the masters",
        "choose another one; taken are 2181, 2888, 3888, 5050 to 5052 and tasks' 31000 to 32000",
    ),
    "JB0461": Code(
        E,
        "storage driver that Docker lacks",
        "there is no storage driver '{driver}' in Docker",
        "use one of: {supported}",
    ),
    "JB0462": Code(
        E,
        "IPv6 for Docker's bridge",
        "containers of Docker get IPv4 addresses only from Flannel",
        "remove container_network.ipv6",
    ),
    "JB0463": Code(
        W,
        "control groups version 1, which the distro gave up",
        "what agents run tasks with needs control groups version 1, which current images of '{distro}' no "
        "longer have: on those every agent fails at its first steps",
        "set mesos.containerizers: [mesos] with posix isolators, which runs tasks as plain processes; for "
        "Docker's containers use distro: ubuntu with 24.04, or an older image with systemd 257 at most",
    ),
    "JB0464": Code(
        W,
        "Mesos in the clear",
        "with tls.enabled: false passwords and tasks cross the network in the clear",
        "keep network.api_allowed_cidrs to networks that you trust; this release has no TLS for Mesos",
        security=True,
    ),
}
