"""containerd's files are TOML that says what the spec says, whatever it says."""

from __future__ import annotations

import tomllib

import pytest

from jeroboam.parts.containerd import containerd_files
from jeroboam.spec.types import RegistrySpec, RuntimeSpec, TextFile


def _runtime(**values: object) -> RuntimeSpec:
    always = {
        "storage_driver": None,
        "registry_mirrors": (),
        "insecure_registries": (),
        "log_max_size": None,
        "log_max_files": None,
        "cgroup_driver": None,
    }
    return RuntimeSpec(**{**always, **values})  # type: ignore[arg-type]


def _files(pause: str = "registry.k8s.io/pause:3.10.2", **values: object) -> dict[str, str]:
    return {file.path: file.content for file in containerd_files(_runtime(**values), pause)}


def _plugins(text: str) -> tuple[dict[str, object], dict[str, object]]:
    config = tomllib.loads(text)
    assert config["version"] == 3
    return config["plugins"]["io.containerd.cri.v1.images"], config["plugins"]["io.containerd.cri.v1.runtime"]


def test_defaults() -> None:
    files = _files()
    images, runtime = _plugins(files["/etc/containerd/config.toml"])
    assert images["snapshotter"] == "overlayfs"
    assert images["pinned_images"] == {"sandbox": "registry.k8s.io/pause:3.10.2"}
    assert images["registry"] == {"config_path": "/etc/containerd/certs.d"}
    assert runtime["containerd"]["runtimes"]["runc"]["options"] == {"SystemdCgroup": True}  # type: ignore[index]
    assert set(files) == {"/etc/containerd/config.toml", "/etc/crictl.yaml"}


@pytest.mark.parametrize(
    ("driver", "told"), [("overlay2", "overlayfs"), ("btrfs", "btrfs"), ("vfs", "native")]
)
def test_storage_drivers_have_containerds_names(driver: str, told: str) -> None:
    images, _ = _plugins(_files(storage_driver=driver)["/etc/containerd/config.toml"])
    assert images["snapshotter"] == told


def test_cgroupfs() -> None:
    _, runtime = _plugins(_files(cgroup_driver="cgroupfs")["/etc/containerd/config.toml"])
    assert runtime["containerd"]["runtimes"]["runc"]["options"] == {"SystemdCgroup": False}  # type: ignore[index]


def test_mirrors_stand_before_docker_hub_in_their_order() -> None:
    files = _files(registry_mirrors=("https://a.example.org", "http://b.example.org:5000"))
    hosts = tomllib.loads(files["/etc/containerd/certs.d/docker.io/hosts.toml"])
    assert hosts["server"] == "https://registry-1.docker.io"
    assert list(hosts["host"]) == ["https://a.example.org", "http://b.example.org:5000"]
    assert all(host["capabilities"] == ["pull", "resolve"] for host in hosts["host"].values())


def test_a_mirror_under_a_path_is_asked_there() -> None:
    """Containerd adds /v2 to what does not end in it, a slash of the URL's own included."""
    urls = ("https://a.example.org/v2/hub", "https://b.example.org/hub/", "https://c.example.org/hub/v2")
    files = _files(registry_mirrors=(*urls, "https://d.example.org/"))
    hosts = tomllib.loads(files["/etc/containerd/certs.d/docker.io/hosts.toml"])["host"]
    assert {url: host.get("override_path", False) for url, host in hosts.items()} == {
        "https://a.example.org/v2/hub": True,
        "https://b.example.org/hub": False,
        "https://c.example.org/hub": False,
        "https://d.example.org": False,
    }


def test_any_registry_has_mirrors() -> None:
    quay = RegistrySpec("quay.io", ("https://m.example.org/quay", "http://n.example.org:5000"), None)
    hub = RegistrySpec("docker.io", ("https://m.example.org/v2/hub",), None)
    files = _files(registries=(quay, hub))
    hosts = tomllib.loads(files["/etc/containerd/certs.d/quay.io/hosts.toml"])
    assert hosts["server"] == "https://quay.io"
    assert list(hosts["host"]) == list(quay.mirrors)
    hosts = tomllib.loads(files["/etc/containerd/certs.d/docker.io/hosts.toml"])
    assert hosts["server"] == "https://registry-1.docker.io"
    assert hosts["host"]["https://m.example.org/v2/hub"]["override_path"] is True


def test_a_ca_is_trusted_at_its_host_be_it_a_registry_or_a_mirror() -> None:
    own = RegistrySpec("r.example.org:5000", (), TextFile("r.pem", "of r"))
    mirror = RegistrySpec("m.example.org", (), TextFile("m.pem", "of m\n"))
    quay = RegistrySpec("quay.io", ("https://m.example.org/quay", "https://n.example.org"), None)
    files = _files(registries=(own, mirror, quay))
    folder = "/etc/containerd/certs.d"
    assert tomllib.loads(files[f"{folder}/r.example.org:5000/hosts.toml"]) == {
        "server": "https://r.example.org:5000",
        "ca": f"{folder}/r.example.org:5000/ca.crt",
    }
    assert files[f"{folder}/r.example.org:5000/ca.crt"] == "of r\n"
    hosts = tomllib.loads(files[f"{folder}/quay.io/hosts.toml"])
    assert "ca" not in hosts
    assert hosts["host"]["https://m.example.org/quay"]["ca"] == f"{folder}/m.example.org/ca.crt"
    assert "ca" not in hosts["host"]["https://n.example.org"]


def test_insecure_registries_in_capitals_are_found_by_images_names() -> None:
    assert "/etc/containerd/certs.d/r.example.org/hosts.toml" in _files(
        insecure_registries=("R.Example.org",)
    )


def test_insecure_registries_are_tried_by_tls_first() -> None:
    hosts = tomllib.loads(
        _files(insecure_registries=("r:5000",))["/etc/containerd/certs.d/r:5000/hosts.toml"]
    )
    assert [(url, host["skip_verify"]) for url, host in hosts["host"].items()] == [
        ("https://r:5000", True),
        ("http://r:5000", False),
    ]


@pytest.mark.parametrize("nasty", ['"]\nroot = "/evil', "a\\b", "é", "a\x7fb", "{{ x }}", "%i", "\U0001f600"])
def test_no_text_breaks_out_of_its_string(nasty: str) -> None:
    files = _files(nasty, registry_mirrors=(f"https://{nasty.replace('/', '')}",))
    images, _ = _plugins(files["/etc/containerd/config.toml"])
    assert images["pinned_images"] == {"sandbox": nasty}
    assert list(tomllib.loads(files["/etc/containerd/certs.d/docker.io/hosts.toml"])["host"]) == [
        f"https://{nasty.replace('/', '')}"
    ]
