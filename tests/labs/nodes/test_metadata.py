"""What a machine is told about itself is laid out as Nova does it."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import pytest

from tests.labs.nodes import metadata, metadata_service
from tests.labs.nodes.machine import write_drive
from tests.labs.nodes.servers import Key, Port, Server, Subnet

SUBNET = Subnet(
    "s",
    "11112222-net",
    1450,
    IPv4Network("10.0.0.0/24"),
    IPv4Address("10.0.0.1"),
    (IPv4Address("192.0.2.53"),),
)
PORT = Port("0123456789ab-port", "fa:16:3e:00:00:01", IPv4Address("10.0.0.5"), SUBNET)
SERVER = Server(
    id="11111111-1111-4111-8111-111111111111",
    name="prod-master-0",
    project="p",
    zone="az1",
    metadata={"jeroboam-cluster": "prod"},
    user_data="#cloud-config\n",
    config_drive=True,
    key=Key("ops", "ssh-ed25519 AAAA ops"),
    distro="ubuntu",
    vcpus=1,
    memory=2048,
    disk=20,
    ports=(PORT,),
)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/latest/meta-data/local-ipv4", "10.0.0.5"),
        ("/latest/meta-data/public-keys/", "0=ops"),
        ("/latest/meta-data/public-keys/0", "openssh-key"),
        ("/2009-04-04/meta-data/public-keys/0/openssh-key", "ssh-ed25519 AAAA ops"),
        ("/openstack/2018-08-27/user_data", "#cloud-config\n"),
        ("/latest/user-data", "#cloud-config\n"),
    ],
)
def test_both_layouts_are_there(path: str, text: str) -> None:
    assert metadata.found(metadata.service(SERVER), path) == text


def test_folders_are_listed() -> None:
    tree = metadata.service(SERVER)
    listed = (metadata.found(tree, "/openstack") or "").splitlines()
    assert listed[0] == "2012-08-10/"
    assert "latest/" in listed
    assert "placement/" in (metadata.found(tree, "/latest/meta-data") or "").splitlines()
    assert metadata.found(tree, "/openstack/latest/password") is None


def test_a_server_knows_its_name_its_zone_and_its_wires() -> None:
    documents = {name: text for name, text in metadata.openstack(SERVER).items() if name != "user_data"}
    told = json.loads(documents["meta_data.json"])
    assert told["hostname"] == "prod-master-0.novalocal"
    assert told["availability_zone"] == "az1"
    assert told["meta"] == {"jeroboam-cluster": "prod"}
    network = json.loads(documents["network_data.json"])
    assert network["links"][0]["mtu"] == 1450
    assert network["networks"][0]["type"] == "ipv4_dhcp"
    assert network["services"] == [{"type": "dns", "address": "192.0.2.53"}]


def test_the_service_knows_who_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata_service, "METADATA_ADDRESS", "127.0.0.1")
    with metadata_service.serving(0) as served:
        url = f"http://127.0.0.1:{served.port}/openstack/latest/user_data"
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(url)
        served.known[IPv4Address("127.0.0.1")] = metadata.service(SERVER)
        with urllib.request.urlopen(url) as answer:
            assert answer.read() == b"#cloud-config\n"


def test_a_config_drive_has_the_same(tmp_path: Path) -> None:
    write_drive(SERVER, tmp_path)
    assert (tmp_path / "openstack/latest/user_data").read_text("utf-8") == "#cloud-config\n"
    told = json.loads((tmp_path / "ec2/latest/meta-data.json").read_text("utf-8"))
    assert told["public-keys"]["0"]["openssh-key"] == "ssh-ed25519 AAAA ops"
