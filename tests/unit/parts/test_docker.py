"""parts.docker: the daemon's configuration."""

import json
from typing import Any

from jeroboam.parts.docker import docker_files, docker_unit
from jeroboam.spec.types import RegistrySpec, RuntimeSpec, TextFile

PLAIN = RuntimeSpec(None, (), (), None, None, None)


def daemon(runtime: RuntimeSpec = PLAIN, **more: Any) -> dict[str, Any]:
    file, *_ = docker_files(runtime, **more)
    assert file.path == "/etc/docker/daemon.json"
    document: dict[str, Any] = json.loads(file.content)
    return document


def test_without_an_api_only_the_socket_is_open() -> None:
    document = daemon()
    assert document["hosts"] == ["unix:///run/docker.sock"]
    assert not [key for key in document if key.startswith("tls")]
    assert "live-restore" not in document


def test_the_api_is_for_holders_of_a_certificate() -> None:
    document = daemon(api_port=2376)
    assert document["hosts"] == ["unix:///run/docker.sock", "tcp://0.0.0.0:2376"]
    assert document["tlsverify"] is True
    assert {document[f"tls{name}"] for name in ("cacert", "cert", "key")} == {
        f"/etc/docker/pki/{name}" for name in ("ca.crt", "server.crt", "server.key")
    }


def test_logs_are_bounded() -> None:
    assert daemon()["log-opts"] == {"max-size": "10m", "max-file": "3"}
    runtime = RuntimeSpec("vfs", (), (), "5k", 7, "cgroupfs")
    document = daemon(runtime)
    assert document["log-opts"] == {"max-size": "5k", "max-file": "7"}
    assert document["exec-opts"] == ["native.cgroupdriver=cgroupfs"]


def test_a_storage_driver_takes_images_out_of_containerds_store() -> None:
    assert "storage-driver" not in daemon()
    document = daemon(RuntimeSpec("btrfs", (), (), None, None, None))
    assert document["storage-driver"] == "btrfs"
    assert document["features"] == {"containerd-snapshotter": False}


def test_registries_and_labels_are_as_given() -> None:
    runtime = RuntimeSpec(None, ("https://m.example.org",), ("r.example.org:5000",), None, None, None)
    document = daemon(runtime, labels={"tier": "web"})
    assert document["registry-mirrors"] == ["https://m.example.org"]
    assert document["insecure-registries"] == ["r.example.org:5000"]
    assert document["labels"] == ["tier=web"]


def test_dockers_own_registry_has_mirrors_and_any_has_a_ca() -> None:
    hub = RegistrySpec("docker.io", ("https://m.example.org/",), None)
    own = RegistrySpec("r.example.org:5000", (), TextFile("r.pem", "of r"))
    runtime = RuntimeSpec(None, (), (), None, None, None, registries=(hub, own))
    assert daemon(runtime)["registry-mirrors"] == ["https://m.example.org"]
    _, ca = docker_files(runtime)
    assert (ca.path, ca.content) == ("/etc/docker/certs.d/r.example.org:5000/ca.crt", "of r\n")


def test_the_header_of_overlays_is_taken_off_once() -> None:
    """By Docker itself, of the MTU that it is told."""
    document = daemon(mtu=1450)
    assert document["mtu"] == 1450
    option = "com.docker.network.driver.mtu"
    assert document["default-network-opts"] == {"bridge": {option: "1450"}, "overlay": {option: "1450"}}
    assert "default-network-opts" not in daemon()


def test_flanneld_tells_the_bridges_mtu_itself() -> None:
    document = daemon(mtu=1450, flannel=True)
    assert "mtu" not in document
    assert "overlay" in document["default-network-opts"]


def test_the_service_waits_for_its_storage() -> None:
    assert "RequiresMountsFor=/var/lib/docker" in docker_unit().content
