"""Hypothesis strategies: specs of every shape, and strings that try to break out of their place."""

from __future__ import annotations

import ipaddress
import os
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from jeroboam import plugins
from jeroboam.drivers.kubernetes.catalogue import supported_minors

Spec = dict[str, Any]

LABELS = st.from_regex(r"[a-z]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)
NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._ -]{0,14}[A-Za-z0-9]", fullmatch=True)
POLICIES = st.sampled_from(["affinity", "anti-affinity", "soft-affinity", "soft-anti-affinity", None])
ZONES = st.lists(st.sampled_from(["az1", "az2", "nova", "zone-ä"]), max_size=3, unique=True)
VOLUMES = st.fixed_dictionaries({"size": st.integers(20, 200)}, optional={"type": NAMES})
# Texts that some reader of YAML takes for something else.
OTHERWISE = st.sampled_from(
    ["y", "N", "on", "no", "true", "null", "1e3", "12e4", "0o12", "0x1f", "012", "1_0", "2026-01-02", "1.5"]
)
KEY_NAMES = st.from_regex(r"[a-z][a-z0-9-]{0,8}[a-z0-9]", fullmatch=True)


def subset(choices: dict[str, SearchStrategy[Any]], **required: SearchStrategy[Any]) -> SearchStrategy[Spec]:
    """`required`, and any of `choices`."""
    return st.fixed_dictionaries(required, optional=choices)


def ports(names: SearchStrategy[str]) -> SearchStrategy[list[Spec]]:
    """Further ports on networks of these names; Neutron has no groups for one without port security."""
    kinds = ["direct", "direct-physical", "macvtap", "virtio-forwarder", "smart-nic", "baremetal", "normal"]
    common = {"subnet": names, "vnic_type": st.sampled_from(kinds)}
    groups = st.lists(names, max_size=2, unique=True)
    secured = subset({**common, "security_groups": groups}, network=names)
    return st.lists(secured | subset(common, network=names, port_security=st.just(False)), max_size=3)


NODES: dict[str, SearchStrategy[Any]] = {
    "availability_zones": ZONES,
    "server_group_policy": POLICIES,
    "boot_volume": VOLUMES,
    "docker_volume": VOLUMES,
    "floating_ip": st.booleans(),
    "node_labels": st.dictionaries(KEY_NAMES, KEY_NAMES | OTHERWISE, max_size=3),
    "node_taints": st.lists(
        st.builds(
            "{}={}:{}".format, KEY_NAMES, KEY_NAMES | OTHERWISE, st.sampled_from(["NoSchedule", "NoExecute"])
        ),
        max_size=2,
        unique=True,
    ),
    "server_metadata": st.dictionaries(KEY_NAMES, NAMES, max_size=3),
    "security_groups": st.lists(NAMES, max_size=2, unique=True),
    "kubelet_args": st.fixed_dictionaries(
        {}, optional={"image-gc-high-threshold": st.just("80"), "node-labels": st.just("a=y,b=1e3")}
    ),
    "config_drive": st.booleans(),
    "image": NAMES,
    "ports": ports(NAMES),
}


@st.composite
def addressed(draw: st.DrawFn, spec: Spec) -> Spec:
    """`spec`, now and then with a bastion, and with floating IPs that are there already, each used once."""
    free = iter(range(1, 255))

    def kept() -> Spec:
        number = next(free)
        return {"id": f"5c3f1f4e-6a0b-4d1c-9b59-0f3a3c8f2d{number:02x}", "address": f"198.51.100.{number}"}

    public = "external_network" in spec["network"]
    if draw(st.booleans()):
        bastion = draw(subset({"image": NAMES, "availability_zone": st.just("az1")}, flavor=NAMES))
        how = draw(st.sampled_from(["made", "kept", "none"]))
        if how == "kept":
            bastion["existing_floating_ip"] = kept()
        elif how == "none" or not public:
            bastion["floating_ip"] = False
        spec["bastion"] = bastion
    for node in (spec["masters"], *spec["node_groups"]):
        if draw(st.sampled_from([False, False, True])):
            node.pop("floating_ip", None)
            retired, living = set(node.get("retired", ())), node.get("count", 1)
            highest = next(n for n in range(99) if len(set(range(n)) - retired) == living)
            node["existing_floating_ips"] = [kept() for _ in range(highest)]
    return spec


BACKENDS: SearchStrategy[Spec] = st.one_of(
    subset(
        {"vni": st.integers(1, 2**24 - 1), "port": st.integers(1024, 65535), "direct_routing": st.booleans(),
         "mtu": st.integers(1280, 8900), "gbp": st.booleans()},
        type=st.just("vxlan"),
    ),
    st.just({"type": "host-gw"}),
    subset(
        {"port": st.integers(1024, 65535), "mtu": st.integers(1280, 8900), "keepalive": st.integers(0, 65535),
         "mode": st.sampled_from(["separate", "auto", "ipv4", "ipv6"])},
        type=st.just("wireguard"),
    ),
    subset({"port": st.integers(1024, 65535)}, type=st.just("udp")),
    subset({"direct_routing": st.booleans()}, type=st.just("ipip")),
)  # fmt: skip

CIDRS = st.lists(
    # Those of the nodes and one of the other family among them, which services count or refuse otherwise.
    st.sampled_from(
        [
            "192.0.2.0/24",
            "198.51.100.7/32",
            "0.0.0.0/0",
            "203.0.113.0/25",
            "10.0.0.0/24",
            "172.20.0.0/20",
            "2001:db8::/32",
        ]
    ),
    max_size=3,
    unique=True,
)

NETWORKS: SearchStrategy[Spec] = st.one_of(
    subset(
        {"cidr": st.sampled_from(["10.0.0.0/24", "10.7.0.0/20", "192.168.8.0/22"]),
         "dns_nameservers": st.just(["9.9.9.9"]), "mtu": st.integers(1280, 9000),
         "ntp_servers": st.just(["ntp.example.org", "192.0.2.123"]),
         "ssh_allowed_cidrs": CIDRS, "api_allowed_cidrs": CIDRS, "node_port_allowed_cidrs": CIDRS},
        external_network=NAMES,
    ),
    subset({"ssh_allowed_cidrs": CIDRS}, router=NAMES),
    subset(
        {"cidr": st.just("172.20.0.0/20"), "external_network": NAMES, "api_allowed_cidrs": CIDRS},
        fixed_network=NAMES, fixed_subnet=NAMES,
    ),
)  # fmt: skip

DOMAINS = st.lists(LABELS | st.sampled_from(["y", "no", "1e3", "0o12"]), min_size=1, max_size=3).map(".".join)
SANS = st.lists(DOMAINS | DOMAINS.map("*.{}".format) | st.ip_addresses().map(str), max_size=3, unique=True)

RUNTIMES: SearchStrategy[Spec] = subset(
    {"registries": st.just([{"host": "quay.io", "mirrors": ["https://m.example.org/v2/quay"]}]),
     "registry_mirrors": st.just(["https://m.example.org/hub"]), "registry_credentials": st.booleans()},
)  # fmt: skip

ADDONS = st.dictionaries(
    st.sampled_from(["cloud_controller_manager", "cinder_csi", "metrics_server"]),
    st.booleans().map(lambda on: {"enabled": on}),
)

GATES = st.dictionaries(st.sampled_from(["AllAlpha", "AllBeta", "ComponentFlagz"]), st.booleans())
PLUGINS = st.lists(st.sampled_from(["AlwaysPullImages", "NodeRestriction", "PodNodeSelector"]), unique=True)
ARGUMENTS = {
    "api_server_args": subset(
        {"event-ttl": OTHERWISE, "audit_log_maxage": OTHERWISE, "feature-gates": st.just("AllAlpha=false"),
         "enable-admission-plugins": st.just("EventRateLimit,NodeRestriction")},
    ),
    "controller_manager_args": subset({"terminated-pod-gc-threshold": OTHERWISE, "v": OTHERWISE}),
    "scheduler_args": subset({"v": OTHERWISE, "bind-address": st.just("::")}),
    "kubelet_args": subset({"v": OTHERWISE, "node-labels": st.builds("{}={}".format, KEY_NAMES, OTHERWISE)}),
}  # fmt: skip
KUBERNETES: SearchStrategy[Spec] = subset(
    {
        **ARGUMENTS,
        "service_cidr": st.sampled_from(["10.254.0.0/16", "100.64.0.0/12", "198.18.0.0/28"]),
        "dns_domain": DOMAINS,
        "kube_proxy_mode": st.sampled_from(["iptables", "ipvs", "nftables"]),
        "max_pods": st.integers(1, 500),
        "feature_gates": GATES,
        "admission_plugins": PLUGINS,
        "encrypt_secrets": st.booleans(),
    },
    addons=ADDONS,
)


@st.composite
def node_groups(draw: st.DrawFn) -> list[Spec]:
    """Up to three groups, some empty, some with broken nodes retired."""
    groups = draw(st.lists(subset(NODES, name=LABELS, flavor=NAMES, count=st.integers(0, 3)), max_size=3))
    for group in groups:
        if draw(st.booleans()):
            group["retired"] = draw(st.lists(st.integers(0, 4), max_size=2, unique=True))
    return groups


@st.composite
def container_networks(draw: st.DrawFn) -> Spec:
    """Flannel, or now and then Calico, on a range with enough subnets for all nodes of `node_groups`."""
    prefix = draw(st.integers(10, 18))
    calico = draw(st.sampled_from([False, False, True]))
    network = {
        "driver": "calico" if calico else "flannel",
        "cidr": str(ipaddress.ip_network((int(ipaddress.ip_address("10.128.0.0")), prefix))),
        "subnet_len": draw(st.integers(max(prefix + 6, 20) if calico else prefix + 6, 26)),
        **({} if calico else {"backend": draw(BACKENDS)}),
    }
    if draw(st.booleans()):
        network["ipv6"] = {"cidr": "fd00:10::/48", "subnet_len": 122 if calico else 64}
    return network


DISTROS = st.sampled_from(plugins.names("platforms"))


@st.composite
def specs(draw: st.DrawFn) -> Spec:
    """A whole spec; most are accepted, the rest break a rule across properties."""
    count = draw(st.sampled_from([1, 3, 5]))
    spec: Spec = {
        "spec_version": 1,
        "kind": "cluster",
        "name": draw(LABELS | st.sampled_from(["y", "no", "null", "e3"])),
        "coe": "kubernetes",
        "distro": draw(DISTROS),
        "image": draw(NAMES),
        "keypair": draw(NAMES),
        "network": draw(NETWORKS),
        "container_network": draw(container_networks()),
        "masters": draw(subset({**NODES, "etcd_volume": VOLUMES}, count=st.just(count), flavor=NAMES)),
        "node_groups": draw(node_groups()),
        "kubernetes": draw(KUBERNETES),
        "runtime": draw(RUNTIMES),
        "timeouts": {"create_minutes": 60, "node_bootstrap_minutes": draw(st.integers(5, 50))},
    }
    public = "external_network" in spec["network"] or "router" in spec["network"]
    if count > 1 or draw(st.booleans()):
        spec["api"] = {"load_balancer": True, "floating_ip": public and draw(st.booleans())}
    if not public:
        spec["api"] = {**spec.get("api", {}), "floating_ip": False}
    if "external_network" not in spec["network"]:
        spec.setdefault("api", {})["floating_ip"] = False
        for node in (spec["masters"], *spec["node_groups"]):
            node.pop("floating_ip", None)
    names = draw(subset({"dns_name": DOMAINS, "extra_sans": SANS, "port": st.sampled_from([443, 8443])}))
    if names:
        spec["api"] = {**spec.get("api", {}), **names}
    if minor := draw(st.sampled_from([None, *supported_minors()])):
        spec["coe_version"] = minor
    if draw(st.booleans()):
        spec["proxy"] = {"http": "http://proxy.example.org:3128", "no_proxy": [".example.org"]}
    return draw(addressed(spec))


# --- all that a service of OpenStack is told ----------------------------------------------------------

_CALM = st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs"))
KEPT = st.text(
    st.characters(codec="utf-8", categories=("L", "N", "P", "S"), max_codepoint=0xFFFE),
    min_size=1,
    max_size=40,
)
"""What services can keep: no character above U+FFFF."""
EDGES = st.sampled_from(
    ["a" * 255, "ä" * 255, "😀" * 64, " led by a space", "followed by one ", "a:b", "a/b", "0", "-", "None"]
)
ANY_NAMES = st.one_of(NAMES, st.text(_CALM, min_size=1, max_size=40), EDGES)
"""What the schema calls a name."""
ANY_LABELS = st.one_of(LABELS, st.from_regex(r"[a-z]([a-z0-9-]{0,38}[a-z0-9])?", fullmatch=True))
SIZES = st.one_of(st.integers(10, 100), st.integers(10, 65536))
ANY_BOOT_VOLUMES = subset({"type": ANY_NAMES}, size=SIZES)
ANY_VOLUMES = subset(
    {"type": ANY_NAMES, "availability_zones": st.lists(ANY_NAMES, max_size=2, unique=True)}, size=SIZES
)
METADATA = st.dictionaries(
    st.one_of(KEY_NAMES, st.from_regex(r"[A-Za-z0-9_:.-]{1,40}", fullmatch=True), st.just("k" * 255)),
    st.one_of(NAMES, KEPT, KEPT, st.text(_CALM, max_size=60), st.just("v" * 255)),
    max_size=4,
)
ANY_NODES: dict[str, SearchStrategy[Any]] = {
    "image": ANY_NAMES,
    "availability_zones": st.lists(
        st.one_of(st.sampled_from(["az1", "az2", "zone-ä", "rack 7"]), ANY_NAMES), max_size=3, unique=True
    ),
    "server_group_policy": POLICIES,
    "boot_volume": ANY_BOOT_VOLUMES,
    "docker_volume": ANY_VOLUMES,
    "floating_ip": st.booleans(),
    "server_metadata": METADATA,
    "security_groups": st.lists(ANY_NAMES, max_size=3, unique=True),
    "ports": ports(ANY_NAMES),
    "config_drive": st.booleans(),
}
ADDRESSES = st.one_of(
    st.sampled_from(["9.9.9.9", "1.1.1.1", "192.0.2.53", "2620:fe::9"]), st.ip_addresses(v=4).map(str)
)


def _cidr(version: int, shortest: int, longest: int) -> SearchStrategy[str]:
    """Ranges without host bits."""
    return st.builds(
        lambda address, length: (
            str(ipaddress.ip_network((int(address), length), strict=False))
            if version == 4
            else str(ipaddress.IPv6Network((int(address), length), strict=False))
        ),
        st.ip_addresses(v=version),  # type: ignore[arg-type]
        st.integers(shortest, longest),
    )


ANY_CIDRS = st.lists(
    st.one_of(
        st.sampled_from(
            [
                "10.0.0.0/24",
                "10.0.0.0/16",
                "10.9.8.0/23",
                "0.0.0.0/0",
                "::/0",
                "192.0.2.7/32",
                "2001:db8::/32",
            ]
        ),
        _cidr(4, 1, 32),
        _cidr(4, 1, 32),
        _cidr(6, 1, 128),
    ),
    max_size=5,
    unique=True,
)
CLIENTS: dict[str, SearchStrategy[Any]] = {
    "ssh_allowed_cidrs": ANY_CIDRS,
    "api_allowed_cidrs": ANY_CIDRS,
    "node_port_allowed_cidrs": ANY_CIDRS,
}
NODE_RANGES = st.one_of(
    st.sampled_from(["10.0.0.0/24", "10.9.8.0/23", "192.168.0.0/26", "100.64.0.0/16"]), _cidr(4, 16, 27)
)
MADE = {
    "cidr": NODE_RANGES,
    "dns_nameservers": st.lists(ADDRESSES, max_size=5, unique=True),
    "mtu": st.one_of(st.integers(576, 9216), st.sampled_from([576, 1280, 1500, 9216])),
    **CLIENTS,
}
ANY_NETWORKS = st.one_of(
    subset(MADE, external_network=ANY_NAMES),
    subset(MADE, external_network=ANY_NAMES),
    subset(MADE, router=ANY_NAMES),
    subset(
        {**CLIENTS, "cidr": NODE_RANGES, "external_network": ANY_NAMES},
        fixed_network=ANY_NAMES,
        fixed_subnet=ANY_NAMES,
    ),
)
ANY_PORTS = st.one_of(st.integers(1, 65535), st.sampled_from([22, 80, 443, 2376, 5050, 6443, 8443]))
APIS = subset({
    "load_balancer": st.booleans(),
    "load_balancer_provider": st.one_of(st.sampled_from(["ovn", "amphora", "octavia"]), ANY_NAMES),
    "floating_ip": st.booleans(),
    "port": ANY_PORTS,
    "dns_name": st.sampled_from(["k8s.example.org", "a.example"]),
})  # fmt: skip
ENGINES = {
    "kubernetes": ["flannel", "flannel", "calico", "none"],
    "swarm": ["docker", "flannel", "none"],
    "mesos": ["docker", "flannel", "none"],
}


@st.composite
def service_specs(draw: st.DrawFn) -> Spec:
    """Specs of all that requests to Heat, Nova, Neutron, Cinder and Octavia are made of."""
    coe = draw(st.sampled_from(["kubernetes", "kubernetes", "swarm", "mesos"]))
    count = draw(st.sampled_from([1, 1, 3, 5]))
    driver = draw(st.sampled_from(ENGINES[coe]))
    spec: Spec = {
        "spec_version": 1,
        "kind": "cluster",
        "name": draw(ANY_LABELS),
        "coe": coe,
        "distro": draw(DISTROS),
        "image": draw(ANY_NAMES),
        "keypair": draw(ANY_NAMES),
        "tags": draw(st.lists(st.one_of(NAMES, KEPT), max_size=3, unique=True)),
        "description": draw(st.text(_CALM, max_size=80)),
        "network": draw(ANY_NETWORKS),
        "container_network": {"driver": driver},
        "masters": draw(
            subset({**ANY_NODES, "etcd_volume": ANY_VOLUMES}, count=st.just(count), flavor=ANY_NAMES)
        ),
        "node_groups": draw(
            st.lists(
                subset(ANY_NODES, name=ANY_LABELS, flavor=ANY_NAMES, count=st.integers(0, 3)),
                max_size=3,
                unique_by=lambda group: group["name"],
            )
        ),
        "api": draw(APIS),
        "timeouts": {"create_minutes": draw(st.integers(5, 1440)), "node_bootstrap_minutes": 5},
    }
    if driver == "flannel":
        spec["container_network"]["backend"] = draw(BACKENDS)
    public = "external_network" in spec["network"]
    if not public:
        spec["api"]["floating_ip"] = False
        for node in (spec["masters"], *spec["node_groups"]):
            node.pop("floating_ip", None)
    if coe == "kubernetes":
        spec["kubernetes"] = {"addons": draw(ADDONS)}
        if count > 1:
            spec["api"]["load_balancer"] = True
    if coe == "mesos":
        spec["network"].setdefault("cidr", "10.0.0.0/24")
    if not any(node.get("security_groups") for node in (spec["masters"], *spec["node_groups"])):
        spec["network"]["port_security"] = draw(st.booleans())
    return draw(addressed(spec))


# --- what container runtimes and flannel read ---------------------------------------------------------

HOSTS = st.sampled_from(
    [
        "mirror.example.org",
        "mirror.example.org:5000",
        "192.0.2.9",
        "192.0.2.9:5000",
        "[2001:db8::9]:5000",
        "localhost:5000",
    ]
)
RUNTIMES = subset({
    "storage_driver": st.sampled_from(["overlay2", "btrfs", "zfs", "vfs"]),
    "registry_mirrors": st.lists(st.builds("{}://{}{}".format, st.sampled_from(["https", "http"]), HOSTS,
                                           st.sampled_from(["", "/"])), max_size=3, unique=True),
    "insecure_registries": st.lists(HOSTS.filter(lambda host: "[" not in host), max_size=3, unique=True),
    "log_max_size": st.from_regex(r"[1-9][0-9]{0,5}[kmg]", fullmatch=True),
    "log_max_files": st.integers(1, 100),
    "cgroup_driver": st.sampled_from(["systemd", "cgroupfs"]),
})  # fmt: skip


@st.composite
def runtime_specs(draw: st.DrawFn) -> Spec:
    """Specs of all that Docker, containerd and flannel are configured with."""
    coe = draw(st.sampled_from(["kubernetes", "swarm", "mesos"]))
    containers = draw(container_networks().filter(lambda network: network["driver"] == "flannel"))
    if coe != "kubernetes":
        containers.pop("ipv6", None)
    spec: Spec = {
        "spec_version": 1,
        "kind": "cluster",
        "name": draw(LABELS),
        "coe": coe,
        "distro": "ubuntu",
        "image": "ubuntu-24.04",
        "keypair": "ops",
        "network": {"external_network": "public", "cidr": "172.20.0.0/20"},
        "container_network": containers,
        "runtime": draw(RUNTIMES),
        "masters": {"flavor": "m1.medium"},
        "node_groups": [
            {"name": "default", "flavor": "m1.medium", "node_labels": draw(NODES["node_labels"])}
        ],
    }
    if draw(st.booleans()):
        spec["network"]["mtu"] = draw(st.integers(1280, 9000))
    if draw(st.booleans()):
        spec["artifacts"] = {
            "image_registry": draw(st.sampled_from(["r.example.org", "r.example.org:5000/a/b_c"]))
        }
    return spec


# --- hostile text -----------------------------------------------------------------------------------

DEPTH = int(os.environ.get("JEROBOAM_TEST_DEPTH") or 1)
"""How many times the examples of a quick run are tried; `make test-properties` asks for more."""

WEAPONS = (
    "'", '"', "\\", "`touch canary`", "$(touch canary)", "${HOME}", "$HOME", "!!", "; touch canary;",
    "| touch canary", "&& touch canary", "%index%", "%n", "%%", "%h", "{{", "}}", "{% raw %}", "{{ 7*7 }}",
    "#% if x", "{##", "@@X@@", "@@JEROBOAM_SIGNAL@@", "@@SIGNAL@@", "@{X}", "${JEROBOAM_X}",
    "{get_param: x}", "get_file", "!!python/object", "&a *a", "*a", "<<", "---", "...", "- ", "? ", ": ",
    " #", "#", "|", ">", "yes", "no", "on", "null", "~", "0x1f", "1e3", "012", "12:30:45", "2018-08-31",
    ".inf", "=", "[", "]", "{", "}", ",", "EOF", "</script>", "ä", "…", "😀", "\u2028", "\u202e", "\ufeff",
    "\xa0", "\\n", "\\x27", "'\\''", "a" * 64,
)  # fmt: skip
"""What some reader on the way to a node gives a meaning to."""

LINES: SearchStrategy[str] = st.lists(
    st.one_of(st.sampled_from(WEAPONS), st.text(_CALM, max_size=5)), max_size=8
).map("".join)
"""One line, full of weapons."""

LONG = st.sampled_from(WEAPONS).map(lambda weapon: (weapon * 4096)[:4096])
HOSTILE_LINES = st.one_of(LINES, LONG)
HOSTILE_TEXTS: SearchStrategy[str] = st.lists(
    st.one_of(LINES, st.sampled_from(["\n", "\t", "  ", "  indented", "trailing "])), max_size=6
).map("\n".join)
"""Several lines, indented and trailed in every way."""
