"""parts.etcd and parts.flanneld: who is given which key, and what Docker waits for."""

from dataclasses import replace
from ipaddress import IPv4Network

from jeroboam.model.secrets import ClientCertificateOf, RandomBytes
from jeroboam.model.types import SecretRef
from jeroboam.parts.etcd import Grant, etcd_files, etcd_secrets, etcd_unit, etcd_values
from jeroboam.parts.flanneld import (
    GRANTS,
    flannel_secrets,
    flannel_steps,
    flannel_unit,
    flannel_values,
    key_secrets,
    key_steps,
    key_values,
)
from jeroboam.spec.types import BackendSpec, ContainerNetworkSpec


def test_only_masters_get_the_key_of_etcds_ca() -> None:
    assert SecretRef("etcd_ca_key") in etcd_values(master=True).values()
    assert SecretRef("etcd_ca_key") not in etcd_values(master=False).values()
    known = {secret.name for secret in etcd_secrets()}
    assert {ref.name for ref in etcd_values(master=True).values()} == known


def test_flannel_is_a_client_of_etcds_ca() -> None:
    network = _network("wireguard")
    recipes = {secret.name: secret.recipe for secret in flannel_secrets(network)}
    assert recipes["flannel_client_cert"] == ClientCertificateOf(
        "etcd_ca_key", "etcd_ca_cert", "flannel_client_key", "flannel"
    )
    assert {ref.name for ref in flannel_values(network, master=True).values()} == set(recipes)
    without = replace(network, driver="docker", backend=None)
    assert not flannel_secrets(without)
    assert not flannel_values(without, master=True)


def test_flannel_writes_below_its_subnets_alone() -> None:
    assert [grant.key for grant in GRANTS if grant.permission != "read"] == ["/coreos.com/network/subnets/"]
    (file,) = etcd_files((*GRANTS, Grant("else", "write", "/key")))
    assert file.content.splitlines()[-2:] == [
        "flannel readwrite /coreos.com/network/subnets/*",
        "else write /key",
    ]


def test_the_configuration_is_the_masters_to_write() -> None:
    assert [step.path.rpartition("/")[2] for step in flannel_steps(50, master=True)] == [
        "50-flannel-config.sh",
        "51-flannel.sh",
    ]
    assert [step.number for step in flannel_steps(50, master=False)] == [51]


def test_units_say_when_they_are_ready() -> None:
    for unit in (etcd_unit(), flannel_unit()):
        assert "Type=notify" in unit.content
        assert not unit.enabled
    assert "Before=docker.service" in flannel_unit().content


def _network(kind: str) -> ContainerNetworkSpec:
    backend = BackendSpec(kind, None, None, None, None)
    return ContainerNetworkSpec("flannel", IPv4Network("10.100.0.0/16"), 24, None, None, None, backend)


def test_wireguards_key_is_made_and_the_masters_alone_are_given_it() -> None:
    sealed, plain = _network("wireguard"), _network("vxlan")
    assert [(s.name, s.recipe) for s in key_secrets(sealed)] == [("flannel_psk", RandomBytes(32))]
    assert key_values(sealed, master=True) == {"JEROBOAM_FLANNEL_PSK": SecretRef("flannel_psk")}
    assert [step.fragment for step in key_steps(sealed, master=True)] == ["common/steps/flannel-key"]
    for network, master in ((sealed, False), (plain, True), (plain, False)):
        assert not key_values(network, master=master)
        assert not key_steps(network, master=master)
    assert key_secrets(plain) == ()
