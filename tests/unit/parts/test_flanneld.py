"""parts.etcd and parts.flanneld: who is given which key, and what Docker waits for."""

from jeroboam.model.types import ClientCertificateOf, SecretRef
from jeroboam.parts.etcd import etcd_secrets, etcd_unit, etcd_values
from jeroboam.parts.flanneld import flannel_steps, flannel_unit


def test_only_masters_get_the_key_of_etcds_ca() -> None:
    assert SecretRef("etcd_ca_key") in etcd_values(master=True).values()
    assert SecretRef("etcd_ca_key") not in etcd_values(master=False).values()
    known = {secret.name for secret in etcd_secrets()}
    assert {ref.name for ref in etcd_values(master=True).values()} == known


def test_flannel_is_a_client_of_etcds_ca() -> None:
    recipes = {secret.name: secret.recipe for secret in etcd_secrets()}
    assert recipes["flannel_client_cert"] == ClientCertificateOf(
        "etcd_ca_key", "etcd_ca_cert", "flannel_client_key", "flannel"
    )


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
