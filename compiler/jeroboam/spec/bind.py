"""A resolved Document -> ClusterSpec: ranges and addresses parsed, files attached, all of it frozen."""

from __future__ import annotations

from types import MappingProxyType

from jeroboam.diagnostics import Diagnostic, Outcome, Related, diagnose
from jeroboam.source import Data, Document
from jeroboam.source.pointers import child
from jeroboam.spec import types as t
from jeroboam.spec.schema import block, visits
from jeroboam.spec.values import View

_FLANNEL_ONLY = ("backend", "subnet_min", "subnet_max")


def bind(document: Document) -> Outcome[t.ClusterSpec]:
    """The typed spec, always given, for further checks.

    With errors it holds stand-ins, at the pointers that the errors name.
    """
    findings: list[Diagnostic] = []
    top = View(document, findings)
    spec = t.ClusterSpec(
        name=top.get("name"),
        description=top.get("description"),
        tags=top.texts("tags"),
        coe=top.get("coe"),
        coe_version=_version(top.get("coe_version")),
        distro=top.get("distro"),
        arch=t.Arch(top.get("arch")),
        keypair=top.get("keypair"),
        ssh_authorized_keys=top.texts("ssh_authorized_keys"),
        masters=_masters(top),
        node_groups=tuple(_group(group, top) for group in top.views("node_groups")),
        network=_network(top.view("network")),
        api=_api(top.view("api")),
        container_network=_container_network(top.view("container_network")),
        runtime=_runtime(top.view("runtime")),
        proxy=_proxy(top.view("proxy")),
        tls=_tls(top.view("tls")),
        artifacts=_artifacts(top.view("artifacts")),
        timeouts=_timeouts(top.view("timeouts")),
        hooks=_hooks(top.view("hooks")),
        heat=_heat(top.view("heat")),
        options=_options(top),
        files=_option_files(top),
        bastion=_bastion(top.view("bastion"), top) if top.has("bastion") else None,
    )
    return Outcome(spec, tuple(findings))


def frozen(value: Data) -> t.Frozen:
    """Plain data, read-only."""
    if isinstance(value, dict):
        return MappingProxyType({key: frozen(inner) for key, inner in value.items()})
    return tuple(frozen(item) for item in value) if isinstance(value, list) else value


def _version(text: str | None) -> str | None:
    return None if text is None else text.removeprefix("v")


def _masters(top: View) -> t.MastersSpec:
    view = top.view("masters")
    return t.MastersSpec(view.get("count"), _node(view, top), view.volume("etcd_volume"))


def _group(view: View, top: View) -> t.NodeGroupSpec:
    return t.NodeGroupSpec(
        name=view.get("name"),
        count=view.get("count"),
        retired=tuple(view.get("retired")),
        node=_node(view, top),
    )


def _image(view: View, top: View) -> str:
    """Its own image, or that of all."""
    image = view.get("image") or top.get("image")
    if image is None:
        pointer = f"{view.at}/image"
        related = (Related("/image", "there is none for all nodes"),)
        advice = "set it here, or once at the top for all nodes"
        view.note("JB0202", pointer, related=related, name="image", advice=advice)
    return image or ""


def _node(view: View, top: View) -> t.NodeSpec:
    given = map(_floating_ip, view.views("existing_floating_ips"))
    return t.NodeSpec(
        flavor=view.get("flavor"),
        image=_image(view, top),
        availability_zones=view.texts("availability_zones"),
        server_group_policy=view.get("server_group_policy"),
        boot_volume=view.volume("boot_volume"),
        docker_volume=view.volume("docker_volume"),
        floating_ip=view.get("floating_ip"),
        node_labels=MappingProxyType(dict(view.get("node_labels"))),
        node_taints=view.texts("node_taints"),
        server_metadata=MappingProxyType(dict(view.get("server_metadata"))),
        security_groups=view.texts("security_groups"),
        ports=tuple(map(_port, view.views("ports"))),
        kubelet_args=MappingProxyType(dict(view.get("kubelet_args"))),
        hooks=_hooks(view.view("hooks")),
        config_drive=view.get("config_drive"),
        existing_floating_ips=tuple(one for one in given if one is not None),
    )


def _port(view: View) -> t.FurtherPortSpec:
    return t.FurtherPortSpec(
        network=view.get("network"),
        subnet=view.get("subnet"),
        vnic_type=view.get("vnic_type"),
        security_groups=view.texts("security_groups"),
        port_security=view.get("port_security"),
    )


def _network(view: View) -> t.NetworkSpec:
    return t.NetworkSpec(
        external_network=view.get("external_network"),
        cidr=view.network4("cidr") if view.has("cidr") else None,
        dns_nameservers=view.each("dns_nameservers", view.any_address),
        ntp_servers=view.texts("ntp_servers"),
        fixed_network=view.get("fixed_network"),
        fixed_subnet=view.get("fixed_subnet"),
        router=view.get("router"),
        mtu=view.get("mtu"),
        port_security=view.get("port_security"),
        ssh_allowed_cidrs=view.each("ssh_allowed_cidrs", view.any_cidr),
        api_allowed_cidrs=view.each("api_allowed_cidrs", view.any_cidr),
        node_port_allowed_cidrs=view.each("node_port_allowed_cidrs", view.any_cidr),
    )


def _floating_ip(view: View) -> t.FloatingIpSpec | None:
    address = view.address4("address")
    return None if address is None else t.FloatingIpSpec(view.get("id"), address)


def _existing_floating_ip(view: View) -> t.FloatingIpSpec | None:
    return _floating_ip(view.view("existing_floating_ip")) if view.has("existing_floating_ip") else None


def _bastion(view: View, top: View) -> t.BastionSpec:
    existing = _existing_floating_ip(view)
    return t.BastionSpec(
        flavor=view.get("flavor"),
        image=_image(view, top),
        availability_zone=view.get("availability_zone"),
        floating_ip=view.get("floating_ip") or existing is not None,
        existing_floating_ip=existing,
    )


def _api(view: View) -> t.ApiSpec:
    existing = _existing_floating_ip(view)
    return t.ApiSpec(
        load_balancer=view.get("load_balancer"),
        load_balancer_provider=view.get("load_balancer_provider"),
        floating_ip=view.get("floating_ip") or existing is not None,
        existing_floating_ip=existing,
        port=view.get("port"),
        dns_name=view.get("dns_name"),
        extra_sans=view.each("extra_sans", view.name_or_address),
    )


def _container_network(view: View) -> t.ContainerNetworkSpec:
    driver = view.get("driver")
    flannel = driver == "flannel"
    for name in _FLANNEL_ONLY:
        if view.has(name) and not flannel:
            pointer = f"{view.at}/{name}"
            view.findings.append(diagnose("JB0341", pointer, at_key=True, name=name, driver=driver))
    return t.ContainerNetworkSpec(
        driver=driver,
        cidr=view.network4("cidr"),
        subnet_len=view.get("subnet_len"),
        subnet_min=view.address4("subnet_min"),
        subnet_max=view.address4("subnet_max"),
        ipv6=_ipv6(view.view("ipv6")) if view.has("ipv6") else None,
        backend=_backend(view.view("backend")) if flannel else None,
    )


def _ipv6(view: View) -> t.Ipv6Spec:
    return t.Ipv6Spec(view.network6("cidr"), view.get("subnet_len"))


def _backend(view: View) -> t.BackendSpec:
    return t.BackendSpec(
        type=view.get("type"),
        vni=view.get("vni"),
        port=view.get("port"),
        direct_routing=view.get("direct_routing"),
        mtu=view.get("mtu"),
        gbp=view.get("gbp"),
        mode=view.get("mode"),
        keepalive=view.get("keepalive"),
    )


def _runtime(view: View) -> t.RuntimeSpec:
    return t.RuntimeSpec(
        storage_driver=view.get("storage_driver"),
        registry_mirrors=view.texts("registry_mirrors"),
        insecure_registries=view.texts("insecure_registries"),
        log_max_size=view.get("log_max_size"),
        log_max_files=view.get("log_max_files"),
        cgroup_driver=view.get("cgroup_driver"),
        registries=tuple(map(_registry, view.views("registries"))),
        registry_credentials=view.get("registry_credentials"),
    )


def _registry(view: View) -> t.RegistrySpec:
    ca = view.file(child(view.at, "ca_file"), view.get("ca_file")) if view.has("ca_file") else None
    # In capitals no image's name finds it.
    return t.RegistrySpec(view.get("host").lower(), view.texts("mirrors"), ca)


def _proxy(view: View) -> t.ProxySpec:
    return t.ProxySpec(view.get("http"), view.get("https"), view.texts("no_proxy"))


def _tls(view: View) -> t.TlsSpec:
    return t.TlsSpec(
        enabled=view.get("enabled"),
        trusted_ca_files=view.each("trusted_ca_files", view.file),
        verify_openstack_ca=view.get("verify_openstack_ca"),
    )


def _artifacts(view: View) -> t.ArtifactsSpec:
    pins = {name: digest.removeprefix("sha256:") for name, digest in view.get("pins").items()}
    return t.ArtifactsSpec(view.get("mirror"), view.get("image_registry"), MappingProxyType(pins))


def _timeouts(view: View) -> t.TimeoutsSpec:
    return t.TimeoutsSpec(view.get("create_minutes"), view.get("node_bootstrap_minutes"))


def _hooks(view: View) -> t.HooksSpec:
    return t.HooksSpec(view.each("pre_bootstrap", view.file), view.each("post_bootstrap", view.file))


def _heat(view: View) -> t.HeatSpec:
    return t.HeatSpec(view.get("layout"), view.get("template_version"))


def _options(top: View) -> MappingProxyType[str, t.Frozen]:
    """The COE's own block; its ranges are parsed to be judged, and stay text."""
    coe = top.get("coe")
    options = top.document.data.get(coe, {})
    for visit in visits(options, block(coe), f"/{coe}"):
        if "x-range" in visit.schema and isinstance(visit.value, str):
            top.any_cidr(visit.pointer, visit.value)
    value = frozen(options)
    return value if isinstance(value, MappingProxyType) else MappingProxyType({})


def _option_files(top: View) -> MappingProxyType[str, t.TextFile]:
    coe = top.get("coe")
    files = {
        visit.value: t.TextFile(visit.value, top.document.files[visit.pointer])
        for visit in visits(top.document.data.get(coe, {}), block(coe), f"/{coe}")
        if visit.schema.get("x-file") and isinstance(visit.value, str) and visit.pointer in top.document.files
    }
    return MappingProxyType(files)
