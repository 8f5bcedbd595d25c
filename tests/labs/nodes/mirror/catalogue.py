"""What the mirror holds, by the compiler's own catalogues: which file or image is made of which programs.

Everything is for amd64, and not all is what upstream has under the same name: `docker` is the Moby that
`tests/daemons` builds, with the containerd and runc of Kubernetes' nodes; etcd's image holds the etcd of
Flannel's masters; the flannel CNI plugin, whose module no proxy has, is the one of before it left the
repository of the others, built with today's CNI library; Calico is the newest that the proxy has with its
API, a minor version older than what nodes ask for; `pause` is ours; CoreDNS runs as root, which its manifest
bounds.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from jeroboam.drivers.kubernetes import catalogue as kubernetes
from jeroboam.drivers.mesos import catalogue as mesos
from jeroboam.model.artifacts import Download
from jeroboam.parts import engine
from jeroboam.parts.artifacts import image, tag
from tests.labs.nodes.mirror import programs
from tests.labs.nodes.mirror.contents import Archive, Image, Placed, Plugins, Program, Root
from tests.labs.nodes.mirror.layout import Command
from tests.labs.nodes.mirror.shell import SHELL

ARCH = "amd64"
COES = ("swarm", "kubernetes", "mesos")
"""In the order in which they are built: the one that is soon done first."""


VERSIONS: Mapping[str, tuple[str | None, ...]] = MappingProxyType(
    {"swarm": (None, "28"), "kubernetes": (None, *programs.KUBERNETES), "mesos": (None,)}
)
"""Which the mirror can hold side by side, by what they start with; None is that of a spec that names none."""


def release(minor: str | None = None) -> kubernetes.KubernetesRelease:
    """The Kubernetes of a minor version in the patch that it is built in, or of a spec that names none."""
    built = (
        programs.required(programs.product("kubernetes", minor), programs.KUBERNETES_MODULE)
        if minor
        else None
    )
    found = kubernetes.release(built.removeprefix("v") if built else minor, ARCH)
    assert found is not None
    return found


def _docker(wanted: str | None) -> Download:
    found = engine.docker_artifact(wanted, ARCH)
    assert found is not None
    return found


def version(coe: str, wanted: str | None = None) -> str:
    """One of VERSIONS in full, as a spec's `coe_version` names it."""
    if coe == "mesos":
        return _mesos_release().version
    return release(wanted).version if coe == "kubernetes" else _docker(wanted).version


def artifacts(coe: str, wanted: str | None = None) -> tuple[Download, ...]:
    """What nodes of a COE download, whatever else their spec says, by the compiler's catalogue."""
    if coe == "kubernetes":
        return (*release(wanted).artifacts, engine.etcdutl_artifact(ARCH))
    return (_docker(wanted), engine.etcd_artifact(ARCH), engine.flanneld_artifact(ARCH))


def pinned_images(coe: str) -> Mapping[str, str]:
    """The images that a spec of this COE must pin to have the mirror's: name in the catalogue, name here."""
    if coe != "mesos":
        return {}
    return {pin: name(reference) for pin, reference in _mesos_release().images.items()}


def _mesos_release() -> mesos.MesosRelease:
    found = mesos.release(None)
    assert found is not None
    return found


def path(url: str) -> str:
    """Where the mirror has what upstream has at `url`."""
    return url.partition("://")[2].partition("/")[2]


def name(reference: str) -> str:
    """The image's name in any registry that has it under its upstream path: no host, no digest."""
    return image(reference, "mirror").removeprefix("mirror/").partition("@")[0]


_ETCD = Archive(
    "etcd-v{version}-linux-amd64/", tuple(Program("etcd", it) for it in ("etcd", "etcdctl", "etcdutl"))
)
CONTENTS: Mapping[str, Program | Archive] = MappingProxyType(
    {
        "docker": Archive(
            "docker/",
            (
                *(Program("docker", it) for it in ("docker", "dockerd", "docker-proxy")),
                Program("docker-init", "docker-init"),
                *(Program("containerd", it) for it in ("containerd", "containerd-shim-runc-v2", "ctr")),
                Program("runc", "runc"),
            ),
        ),
        "etcd": _ETCD,
        "etcdutl": _ETCD,
        "flanneld": Program("flanneld", "flanneld"),
        **{program: Program("kubernetes", program) for program in ("kubeadm", "kubelet", "kubectl")},
        "containerd": Archive("bin/", (Plugins("containerd"),)),
        "runc": Program("runc", "runc"),
        "cni-plugins": Archive("", (Plugins("cni-plugins"),)),
        "crictl": Archive("", (Program("crictl", "crictl"),)),
    }
)
"""What is in the file of each artifact, by products of which another version may have its own."""

_IPTABLES = {
    f"usr/sbin/{family}{use}": "xtables-nft-multi"
    for family in ("iptables", "ip6tables")
    for use in ("", "-save", "-restore")
}
_NETWORK_TOOLS = Root(("conntrack", "ipset", "iptables", "kmod", "netbase", "nftables"), links=_IPTABLES)
"""One layer for all that write rules, so that a node fetches it once."""
_ZOOKEEPER_CLASS = "org.apache.zookeeper.server.quorum.QuorumPeerMain"
_CLASSES = ":".join(
    f"/usr/share/java/{it}.jar"
    for it in ("zookeeper", "slf4j-api", "slf4j-simple", "netty-all", "metrics-core", "snappy-java")
)
_ZOOKEEPER = Root(
    ("openjdk-17-jre-headless",),
    # What the package `zookeeper` asks for brings a desktop's JRE and a servlet container.
    tuple(f"lib{it}-java" for it in ("zookeeper", "slf4j", "netty", "dropwizard-metrics", "snappy")),
    {"usr/bin/java": "/usr/lib/jvm/java-17-openjdk-amd64/bin/java"},
)


_OF_A_MASTER = ("kube-apiserver", "kube-controller-manager", "kube-scheduler")


def images(coe: str, wanted: str | None = None) -> tuple[Image, ...]:
    """What containers of a COE's nodes are made of; `busybox` is for tests to run."""
    tools = Placed({"bin/fetch": Program("fetch", "fetch")})
    busybox = Image("library/busybox:1.35", (SHELL, tools), Command(arguments=("sh",)))
    if coe == "kubernetes":
        return (busybox, *_kubernetes(release(wanted)))
    return (busybox, *(_mesos() if coe == "mesos" else ()))


def _kubernetes(wanted: kubernetes.KubernetesRelease) -> tuple[Image, ...]:
    upstream = wanted.images
    built = programs.product("kubernetes", wanted.version)
    etcd = programs.product("etcd", tag(upstream["etcd"]))
    # One layer that their images share; see `programs/kubernetes`.
    servers = Placed(
        {"usr/local/bin/kube-servers": Program(built, "kube-servers")},
        {f"usr/local/bin/{server}": "kube-servers" for server in _OF_A_MASTER},
    )
    proxy = Placed({"usr/local/bin/kube-proxy": Program(built, "kube-proxy")})
    return (
        *(Image(f"{server}:v{wanted.version}", (servers,), Command()) for server in _OF_A_MASTER),
        Image(f"kube-proxy:v{wanted.version}", (_NETWORK_TOOLS, proxy), Command()),
        _image(upstream["pause"], Placed({"pause": Program("pause", "pause")}), "/pause"),
        _image(upstream["coredns"], Placed({"coredns": Program("coredns", "coredns")}), "/coredns"),
        _image(
            upstream["etcd"],
            Placed({f"usr/local/bin/{program}": Program(etcd, program) for program in ("etcd", "etcdctl")}),
        ),
        Image(
            name(upstream["flannel"]),
            (
                _NETWORK_TOOLS,
                Placed(
                    {
                        "opt/bin/flanneld": Program("flannel", "flanneld"),
                        "opt/bin/install-conf": Program("flannel", "install-conf"),
                    }
                ),
            ),
            Command(entrypoint=("/opt/bin/flanneld",)),
        ),
        Image(
            name(upstream["flannel-cni-plugin"]),
            (SHELL, Placed({"flannel": Program("flannel-cni-plugin", "flannel")})),
            Command(),
        ),
        *_calico(upstream),
    )


def _calico(upstream: Mapping[str, str]) -> tuple[Image, ...]:
    """Of the VXLAN backend alone: neither BIRD nor BPF."""
    node = Placed({f"usr/bin/{it}": Program("calico", it) for it in ("calico-node", "start")})
    # The installer copies all that lies beside it; one program is either plugin by its name.
    plugins = Placed(
        {f"opt/cni/bin/{it}": Program("calico", it) for it in ("calico", "install")},
        {"opt/cni/bin/calico-ipam": "calico"},
    )
    # The controllers, who are not root, write where their probes read.
    controllers = Placed(
        {f"usr/bin/{it}": Program("calico", it) for it in ("kube-controllers", "check-status", "wrapper")},
        {"status": "tmp"},
    )
    controlled = Command(("/usr/bin/wrapper", "/usr/bin/kube-controllers"), user="999")
    return (
        Image(name(upstream["calico-node"]), (_NETWORK_TOOLS, node), Command(entrypoint=("/usr/bin/start",))),
        Image(name(upstream["calico-cni"]), (plugins,), Command(entrypoint=("/opt/cni/bin/install",))),
        Image(name(upstream["calico-kube-controllers"]), (controllers,), controlled),
    )


def _mesos() -> tuple[Image, ...]:
    """ZooKeeper is real; one small program, see `programs/mesos`, stands in for Mesos and for Marathon."""
    upstream = _mesos_release().images
    daemons = {f"usr/bin/{daemon}": Program("mesos", "mesos") for daemon in ("mesos-master", "mesos-agent")}
    return (
        Image(
            name(upstream["zookeeper"]),
            (_ZOOKEEPER,),
            Command(("java", "-cp", _CLASSES, _ZOOKEEPER_CLASS, "/conf/zoo.cfg")),
        ),
        _image(upstream["mesos"], Placed(daemons)),
        _image(
            upstream["marathon"], Placed({"usr/bin/marathon": Program("mesos", "mesos")}), "/usr/bin/marathon"
        ),
    )


def _image(reference: str, layer: Placed, *entrypoint: str) -> Image:
    return Image(name(reference), (layer,), Command(entrypoint=entrypoint))
