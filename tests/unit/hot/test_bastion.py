"""The bastion: a server of its own, the one way to the nodes' SSH, with nothing of the cluster in it."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from jeroboam import plugins
from jeroboam.hot.contract import OutputName
from jeroboam.model.types import NodeConfig
from jeroboam.pipeline import compile_spec
from jeroboam.secrets.seal import KEYPAIR_PARAMETERS
from jeroboam.serialize import yaml_text
from jeroboam.spec.metadata import OWN_METADATA
from tests.unit.hot.compiled import template
from tests.unit.spec.specs import BASE, spec_of

CLIENTS = ["192.0.2.0/24", "198.51.100.7/32"]
OPEN = {**BASE["network"], "ssh_allowed_cidrs": CLIENTS}
KEPT = {"id": "5c3f1f4e-6a0b-4d1c-9b59-0f3a3c8f2d77", "address": "198.51.100.40"}


def _with(**changes: Any) -> dict[str, Any]:
    return template(**{"network": OPEN, "bastion": {"flavor": "m1.small"}, **changes})


def _ssh(found: dict[str, Any]) -> set[tuple[str, str]]:
    """Whose port 22 is open, and to whom."""
    return {
        (rule["security_group"]["get_resource"], str(rule.get("remote_ip_prefix") or rule["remote_group"]))
        for resource in found["resources"].values()
        if resource["type"] == "OS::Neutron::SecurityGroupRule"
        and (rule := resource["properties"]).get("port_range_min") == 22
    }


def test_clients_reach_the_bastion_and_it_alone_reaches_the_nodes() -> None:
    nodes, entrance = ("master-security-group", "worker-security-group"), "bastion-security-group"
    assert _ssh(template(network=OPEN)) == {(group, client) for group in nodes for client in CLIENTS}
    found = _with()
    through = str({"get_resource": entrance})
    assert _ssh(found) == {
        *((entrance, client) for client in CLIENTS),
        *((group, through) for group in nodes),
    }
    members = {
        name for name, resource in found["resources"].items()
        if {"get_resource": entrance} in (resource.get("properties") or {}).get("security_groups", [])
    }  # fmt: skip
    assert members == {"bastion-port"}


def test_it_is_no_node_and_nothing_waits_for_it() -> None:
    without, found = template(network=OPEN), _with()
    added = found["resources"].keys() - without["resources"].keys()
    assert {name for name in added if "-allow-" not in name} == {
        "bastion", "bastion-port", "bastion-floating-ip", "bastion-security-group",
    }  # fmt: skip
    waiting = {name for name, one in found["resources"].items() if "bastion" in str(one.get("depends_on"))}
    assert waiting == set()
    # The record of the spec says that there is one.
    told = without["outputs"].keys() - {OutputName.SPEC}
    assert all(found["outputs"][name] == without["outputs"][name] for name in told)
    assert found["outputs"]["bastion_address"]["value"] == {
        "get_attr": ["bastion-floating-ip", "floating_ip_address"]
    }
    assert "bastion_address" not in without["outputs"]


@pytest.mark.parametrize("coe", plugins.names("drivers"))
@pytest.mark.parametrize("distro", plugins.names("platforms"))
@pytest.mark.parametrize("layout", ["single", "nested"])
def test_nothing_of_the_cluster_is_in_it(coe: str, distro: str, layout: str) -> None:
    found = _with(
        coe=coe, distro=distro, heat={"layout": layout}, container_network={"driver": "flannel"},
        network={**OPEN, "ntp_servers": ["ntp.example.org"]}, ssh_authorized_keys=["ssh-ed25519 AAAA a@b"],
    )  # fmt: skip
    server = found["resources"]["bastion"]["properties"]
    # The comment of a node's keypair opens the secrets.
    assert server["key_name"] == {"get_param": "bastion_keypair"}
    assert found["parameters"]["bastion_keypair"]["default"] == "ops"
    assert "bastion_keypair" not in KEYPAIR_PARAMETERS
    assert server["metadata"] == {"jeroboam-cluster": "demo", "jeroboam-group": "bastion"}
    assert isinstance(server["user_data"], str)
    assert "@@" not in server["user_data"]


def test_its_files_are_sshds_settings_and_what_sets_its_clock_and_trust() -> None:
    def given(**network: Any) -> NodeConfig:
        text = yaml_text({**BASE, "network": {**OPEN, **network}, "bastion": {"flavor": "f"}})
        compiled = compile_spec("-", stdin=text.encode())
        assert compiled.value is not None
        config = compiled.value.model.bastion
        assert config is not None
        return config

    plain, timed = given(), given(ntp_servers=["ntp.example.org"])
    programs = {"bastion.sh", "run.sh", "lib/files.sh", "lib/log.sh", "lib/node.sh"}
    sshd = "/etc/ssh/sshd_config.d/10-jeroboam.conf"
    assert {f.path for f in plain.files} == {sshd, *(f"/opt/jeroboam/{name}" for name in programs)}
    assert {f.path for f in timed.files} - {f.path for f in plain.files} == {"/opt/jeroboam/steps/05-time.sh"}
    assert (plain.environment, plain.heat_values) == ({}, {})
    assert timed.environment == {"JEROBOAM_NTP_SERVERS": "ntp.example.org"}
    settings = next(f.content for f in plain.files if f.path == sshd)
    assert {"PasswordAuthentication no", "AllowTcpForwarding yes"} <= set(settings.splitlines())


@pytest.mark.parametrize(
    ("bastion", "kind", "address"),
    [
        ({}, "OS::Neutron::FloatingIP", {"get_attr": ["bastion-floating-ip", "floating_ip_address"]}),
        ({"existing_floating_ip": KEPT}, "OS::Neutron::FloatingIPAssociation", "198.51.100.40"),
        ({"floating_ip": False}, None, {"get_attr": ["bastion-port", "fixed_ips", 0, "ip_address"]}),
    ],
)
def test_its_address(bastion: dict[str, Any], kind: str | None, address: Any) -> None:
    found = _with(bastion={"flavor": "m1.small", **bastion})
    given = found["resources"].get("bastion-floating-ip")
    assert (given and given["type"]) == kind
    assert found["outputs"]["bastion_address"]["value"] == address
    if kind == "OS::Neutron::FloatingIPAssociation":
        port = {"get_resource": "bastion-port"}
        assert given["properties"] == {"floatingip_id": KEPT["id"], "port_id": port}


def test_image_zone_and_keypair_are_what_is_said() -> None:
    found = _with(bastion={"flavor": "m1.small", "image": "small", "availability_zone": "az1"}, keypair=None)
    assert found["parameters"]["bastion_image"]["default"] == "small"
    assert _with()["parameters"]["bastion_image"]["default"] == BASE["image"]
    server = found["resources"]["bastion"]["properties"]
    assert server["availability_zone"] == "az1"
    assert "key_name" not in server
    assert "bastion_keypair" not in found["parameters"]


def test_without_port_security_it_has_no_group() -> None:
    found = _with(network={**OPEN, "port_security": False})
    assert "security_groups" not in found["resources"]["bastion-port"]["properties"]
    assert not [name for name in found["resources"] if "security-group" in name]


def test_it_has_a_floating_ip_unless_the_network_is_others() -> None:
    def floats(**network: str) -> bool:
        spec = spec_of(bastion={"flavor": "f"}, network={"ssh_allowed_cidrs": CLIENTS, **network}).spec
        assert spec.bastion is not None
        return spec.bastion.floating_ip

    assert floats(external_network="public")
    assert floats(external_network="public", router="r")
    assert not floats(router="r")
    assert not floats(fixed_network="n", fixed_subnet="s")


def test_its_own_metadata_is_all_that_servers_get_unasked() -> None:
    """The table of keys that a spec cannot set is what the compiler writes, of nodes and bastion."""
    servers = [one for one in _with()["resources"].values() if one["type"] == "OS::Nova::Server"]
    assert {frozenset(server["properties"]["metadata"]) for server in servers} == {OWN_METADATA}


def test_user_data_that_nova_refuses_is_told() -> None:
    text = yaml_text({**BASE, "network": OPEN, "bastion": {"flavor": "f"}, "ssh_authorized_keys": KEYS})
    found = compile_spec("-", stdin=text.encode())
    assert {d.pointer for d in found.diagnostics if d.code == "JB0601"} >= {"/bastion"}


KEYS = [f"ssh-ed25519 {'A' * 3000}{index} a@b" for index in range(20)]


def test_hot_is_yaml_that_names_the_bastion_once() -> None:
    text = yaml_text({**BASE, "network": OPEN, "bastion": {"flavor": "f"}})
    found = compile_spec("-", stdin=text.encode())
    assert found.value is not None
    paths = [artifact.path for artifact in found.value.bundle.artifacts]
    assert "user-data/bastion.yaml" in paths
    artifact = next(a for a in found.value.bundle.artifacts if a.path == "user-data/bastion.yaml")
    embedded = yaml.safe_load(found.value.bundle.hot)["resources"]["bastion"]["properties"]["user_data"]
    assert embedded == artifact.content
