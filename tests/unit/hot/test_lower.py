"""Templates have the resources, references and policies that operators count on."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network, IPv6Network

import pytest

from jeroboam.hot.balancer import api
from jeroboam.hot.document import document, plain
from jeroboam.hot.facts import hot_value
from jeroboam.hot.lower import lower
from jeroboam.hot.network import network
from jeroboam.hot.references import references
from jeroboam.hot.types import GetAttr, GetParam, GetResource, StrReplace, Template, Value
from jeroboam.model.types import ClusterModel, HeatFact
from jeroboam.platforms.ubuntu import PLUGIN
from jeroboam.spec.types import ClusterSpec, FloatingIpSpec, FurtherPortSpec, VolumeSpec
from tests.unit.hot.samples import NODE, SPEC, model, resource, with_masters


def template_of(spec: ClusterSpec) -> Template:
    return _lowered(model(spec))


def _lowered(cluster: ClusterModel) -> Template:
    return lower(cluster, {role.name: PLUGIN.user_data(role.config, 0) for role in cluster.roles})


def test_every_reference_has_a_target() -> None:
    template = template_of(replace(with_masters(3), api=replace(SPEC.api, load_balancer=True)))
    parameters = {p.name for p in template.parameters}
    ids = {r.id for r in template.resources}
    for r in template.resources:
        for ref in references(r.properties):
            assert (ref.name in parameters) if isinstance(ref, GetParam) else (ref.id in ids)
        assert set(r.depends_on) <= ids


def test_servers_are_named_one_by_one_and_share_one_config() -> None:
    template = template_of(SPEC)
    servers = [r for r in template.resources if r.type == "OS::Nova::Server"]
    assert [s.properties["name"] for s in servers] == ["prod-master-0", "prod-default-0", "prod-default-1"]
    assert {s.properties["user_data"] for s in servers[1:]} == {GetResource("default-config")}
    assert {s.properties["user_data_update_policy"] for s in servers} == {"IGNORE"}
    assert {s.properties["user_data_format"] for s in servers} == {"RAW"}


def test_what_nodes_signalled_outlives_the_condition_that_waited_for_it() -> None:
    """Deleting one, as Heat does when it replaces it, would wipe the handle."""
    conditions = [r for r in template_of(SPEC).resources if r.type == "OS::Heat::WaitCondition"]
    assert [(r.id, r.deletion_policy) for r in conditions] == [
        ("master-ready", "retain"),
        ("default-ready", "retain"),
    ]


def test_a_worker_waits_for_no_master() -> None:
    template = template_of(SPEC)
    reached = _depended_on(template, "default-0")
    assert "master-0" not in reached
    assert "master-ready" not in reached


def test_retired_indexes_are_left_out() -> None:
    group = replace(SPEC.node_groups[0], count=2, retired=(0,))
    template = template_of(replace(SPEC, node_groups=(group,)))
    ids = {r.id for r in template.resources}
    assert {"default-1", "default-2"} <= ids
    assert "default-0" not in ids


def test_an_empty_group_leaves_nothing_but_empty_outputs() -> None:
    template = template_of(replace(SPEC, node_groups=(replace(SPEC.node_groups[0], count=0),)))
    assert not [r.id for r in template.resources if r.id.startswith("default")]
    assert not [p.name for p in template.parameters if p.name.startswith("default")]
    output = next(o for o in template.outputs if o.name == "node_private_addresses")
    assert output.value == {"default": []}


def test_api_is_the_first_master_without_a_load_balancer() -> None:
    template = template_of(SPEC)
    assert resource(template, "api-floating-ip").properties["port_id"] == GetResource("master-0-port")


def test_load_balancer_lets_in_the_nodes_and_the_allow_list_only() -> None:
    template = template_of(replace(with_masters(3), api=replace(SPEC.api, load_balancer=True)))
    assert resource(template, "api-listener").properties["allowed_cidrs"] == ["10.0.0.0/24"]
    assert resource(template, "api-floating-ip").properties["port_id"] == GetAttr(
        "api-load-balancer", ("vip_port_id",)
    )
    assert resource(template, "api-health-monitor").properties["url_path"] == "/readyz"


def test_ovn_gets_the_only_algorithm_and_probe_it_has() -> None:
    ovn = replace(SPEC.api, load_balancer=True, load_balancer_provider="ovn")
    template = template_of(replace(with_masters(3), api=ovn))
    assert resource(template, "api-pool").properties["lb_algorithm"] == "SOURCE_IP_PORT"
    assert resource(template, "api-health-monitor").properties["type"] == "TCP"
    assert "allowed_cidrs" not in resource(template, "api-listener").properties


def test_the_listener_takes_ranges_of_its_vips_family_alone() -> None:
    ranges = (IPv4Network("10.0.0.0/24"), IPv4Network("192.0.2.0/24"), IPv6Network("2001:db8::/32"))
    spec = replace(
        with_masters(3),
        api=replace(SPEC.api, load_balancer=True),
        network=replace(SPEC.network, api_allowed_cidrs=ranges),
    )
    listener = resource(template_of(spec), "api-listener").properties
    assert listener["allowed_cidrs"] == ["10.0.0.0/24", "192.0.2.0/24"]


@pytest.mark.parametrize(
    ("masters", "balanced", "floating", "own"),
    [
        (1, False, True, []),
        (3, False, True, ["master-1-floating-ip", "master-2-floating-ip"]),
        (1, True, True, ["master-0-floating-ip"]),
        (1, False, False, ["master-0-floating-ip"]),
    ],
)
def test_one_port_has_one_floating_ip(masters: int, balanced: bool, floating: bool, own: list[str]) -> None:
    spec = replace(
        SPEC,
        masters=replace(SPEC.masters, count=masters, node=replace(NODE, floating_ip=True)),
        api=replace(SPEC.api, load_balancer=balanced, floating_ip=floating),
    )
    template = template_of(spec)
    addresses = [r for r in template.resources if r.type == "OS::Neutron::FloatingIP"]
    assert [r.id for r in addresses] == [*(["api-floating-ip"] if floating else []), *own]
    ports = [str(r.properties["port_id"]) for r in addresses]
    assert len(set(ports)) == len(ports)
    public = next(o.value for o in template.outputs if o.name == "master_public_addresses")
    first = [] if own and own[0] == "master-0-floating-ip" else ["api-floating-ip"]
    assert public == [GetAttr(one, ("floating_ip_address",)) for one in (*first, *own)]


@pytest.mark.parametrize(
    ("balanced", "port", "public"),
    [
        (
            True,
            GetAttr("api-load-balancer", ("vip_port_id",)),
            GetAttr("master-0-floating-ip", ("floating_ip_address",)),
        ),
        (False, GetResource("master-0-port"), "198.51.100.40"),
    ],
)
def test_an_existing_floating_ip_is_associated_and_none_is_made(
    balanced: bool, port: Value, public: Value
) -> None:
    given = FloatingIpSpec("5c3f1f4e-6a0b-4d1c-9b59-0f3a3c8f2d77", IPv4Address("198.51.100.40"))
    spec = replace(
        SPEC,
        masters=replace(SPEC.masters, node=replace(NODE, floating_ip=True)),
        api=replace(SPEC.api, load_balancer=balanced, existing_floating_ip=given),
    )
    template = template_of(spec)
    association = resource(template, "api-floating-ip")
    assert association.type == "OS::Neutron::FloatingIPAssociation"
    assert association.properties == {"floatingip_id": given.id, "port_id": port}
    made = [r.id for r in template.resources if r.type == "OS::Neutron::FloatingIP"]
    assert made == (["master-0-floating-ip"] if balanced else [])
    outputs = {o.name: o.value for o in template.outputs}
    assert outputs["api_address"] == "198.51.100.40"
    assert outputs["master_public_addresses"] == [public]


@pytest.mark.parametrize(
    ("api_address", "master_address", "told"),
    [
        (True, False, GetAttr("api-floating-ip", ("floating_network_id",))),
        (False, True, GetAttr("master-0-floating-ip", ("floating_network_id",))),
        (False, False, StrReplace(GetParam("external_network"), (("'", "'\\''"),))),
    ],
)
def test_a_floating_ip_tells_the_id_of_an_external_network_known_by_name(
    api_address: bool, master_address: bool, told: Value
) -> None:
    spec = replace(
        SPEC,
        masters=replace(SPEC.masters, node=replace(NODE, floating_ip=master_address)),
        api=replace(SPEC.api, floating_ip=api_address),
        network=replace(SPEC.network, cidr=None, fixed_network="n", fixed_subnet="s"),
    )
    cluster = model(spec)
    _, attachment = network(spec)
    found = hot_value(
        HeatFact.EXTERNAL_NETWORK, cluster, cluster.roles[0], "", attachment, api(cluster, attachment)
    )
    assert found == told


def test_etcd_volumes_outlive_server_and_stack() -> None:
    masters = replace(SPEC.masters, etcd_volume=VolumeSpec(20, "ssd"))
    template = template_of(replace(SPEC, masters=masters))
    volume = resource(template, "master-0-etcd-volume")
    assert volume.deletion_policy == "retain"
    assert volume.properties["volume_type"] == GetParam("master_etcd_volume_type")


def test_volumes_are_spread_over_their_own_zones() -> None:
    masters = replace(SPEC.masters, count=3, etcd_volume=VolumeSpec(20, None, ("x", "y")))
    template = template_of(replace(SPEC, masters=masters))
    zones = [resource(template, f"master-{i}-etcd-volume").properties["availability_zone"] for i in range(3)]
    assert zones == ["x", "y", "x"]
    assert "availability_zone" not in resource(template, "master-0").properties


def test_boot_volume_replaces_the_image() -> None:
    node = replace(NODE, boot_volume=VolumeSpec(40, None))
    template = template_of(replace(SPEC, masters=replace(SPEC.masters, node=node)))
    server = resource(template, "master-0").properties
    assert "image" not in server
    (disk,) = plain(server["block_device_mapping_v2"])
    assert disk["volume_size"] == 40


def test_existing_network_makes_no_network_and_asks_neutron_for_the_range() -> None:
    brought = replace(
        SPEC.network, external_network=None, cidr=None, fixed_network="corp", fixed_subnet="corp-subnet"
    )
    template = template_of(replace(SPEC, network=brought))
    types = {r.type for r in template.resources}
    assert not types & {"OS::Neutron::Net", "OS::Neutron::Subnet", "OS::Neutron::Router"}
    probe = resource(template, "master-allow-probe").properties
    assert probe["remote_ip_prefix"] == GetAttr("master-0-port", ("subnets", 0, "cidr"))


def test_existing_router_is_joined_not_made() -> None:
    template = template_of(replace(SPEC, network=replace(SPEC.network, router="edge")))
    assert resource(template, "router-interface").properties["router"] == GetParam("router")
    assert "OS::Neutron::Router" not in {r.type for r in template.resources}


def test_ports_without_port_security_have_no_groups_and_no_pairs() -> None:
    open_network = replace(SPEC, network=replace(SPEC.network, port_security=False))
    template = template_of(open_network)
    assert not {r.type for r in template.resources} & {
        "OS::Neutron::SecurityGroup",
        "OS::Neutron::SecurityGroupRule",
    }
    assert resource(template, "network").properties["port_security_enabled"] is False
    ports = [r for r in template.resources if r.type == "OS::Neutron::Port"]
    assert ports
    assert not any({"security_groups", "allowed_address_pairs"} & set(port.properties) for port in ports)


STORAGE = FurtherPortSpec("storage", "storage-ipv4", "direct", (), port_security=True)
BACKUP = FurtherPortSpec("backup", None, "normal", ("backup-clients",), port_security=True)


def test_further_ports_are_resources_of_their_own_after_the_first() -> None:
    group = replace(SPEC.node_groups[0], node=replace(NODE, ports=(STORAGE, BACKUP)))
    template = template_of(replace(SPEC, node_groups=(group,)))
    ports = [GetResource(f"default-1-{port}") for port in ("port", "port2", "port3")]
    assert resource(template, "default-1").properties["networks"] == [{"port": port} for port in ports]
    assert resource(template, "master-0").properties["networks"] == [{"port": GetResource("master-0-port")}]
    assert resource(template, "default-1-port2").properties == {
        "name": "prod-default-1-port2",
        "network": GetParam("default_port2_network"),
        "fixed_ips": [{"subnet": GetParam("default_port2_subnet")}],
        "binding:vnic_type": "direct",
    }
    assert resource(template, "default-1-port3").properties == {
        "name": "prod-default-1-port3",
        "network": GetParam("default_port3_network"),
        "security_groups": ["backup-clients"],
    }
    parameters = {p.name: (p.default, p.constraints) for p in template.parameters if "_port" in p.name}
    assert parameters == {
        "default_port2_network": ("storage", ({"custom_constraint": "neutron.network"},)),
        "default_port2_subnet": ("storage-ipv4", ({"custom_constraint": "neutron.subnet"},)),
        "default_port3_network": ("backup", ({"custom_constraint": "neutron.network"},)),
    }


def test_a_further_port_without_port_security_says_so() -> None:
    masters = replace(SPEC.masters, node=replace(NODE, ports=(replace(STORAGE, port_security=False),)))
    template = template_of(replace(SPEC, masters=masters))
    assert resource(template, "master-0-port2").properties["port_security_enabled"] is False
    assert "port_security_enabled" not in resource(template, "master-0-port").properties


def test_mtu_reaches_neutron() -> None:
    template = template_of(replace(SPEC, network=replace(SPEC.network, mtu=1400)))
    assert resource(template, "network").properties["value_specs"] == {"mtu": 1400}


def test_any_protocol_is_spelt_out() -> None:
    rules = [r for r in template_of(SPEC).resources if r.id.startswith("worker-allow-pods")]
    assert [r.properties["protocol"] for r in rules] == ["tcp", "udp", "sctp"]


def test_every_secret_is_a_hidden_parameter_without_default() -> None:
    hidden = [p for p in template_of(SPEC).parameters if p.hidden]
    assert [p.name for p in hidden] == [secret.name for secret in model(SPEC).secrets]
    assert [p.default for p in hidden] == [None, None]


def test_the_same_id_twice_is_a_bug() -> None:
    groups = (SPEC.node_groups[0], SPEC.node_groups[0])
    with pytest.raises(ValueError, match="default-0"):
        template_of(replace(SPEC, node_groups=groups))


def test_template_version_and_sections() -> None:
    sections = document(template_of(SPEC))
    assert sections["heat_template_version"] == "2018-08-31"
    assert list(sections) == [
        "heat_template_version",
        "description",
        "parameter_groups",
        "parameters",
        "resources",
        "outputs",
    ]


def _depended_on(template: Template, name: str) -> set[str]:
    """Ids of all that `name` needs before it can be made."""
    by_id = {r.id: r for r in template.resources}
    reached: set[str] = set()
    todo = [name]
    while todo:
        current = by_id[todo.pop()]
        needed = {ref.id for ref in references(current.properties) if not isinstance(ref, GetParam)}
        new = (needed | set(current.depends_on)) - reached
        reached |= new
        todo += new
    return reached
