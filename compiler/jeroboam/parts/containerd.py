"""containerd: its configuration, its registries and crictl's, from the spec's `runtime`.

Facts: docs/cri/config.md and docs/hosts.md of containerd 2 (configuration version 3).
"""

from __future__ import annotations

from jeroboam.model.types import FileEntry, Unit
from jeroboam.render import render
from jeroboam.resources import fragment
from jeroboam.serialize import yaml_text
from jeroboam.spec.mirrors import Mirror, mirror
from jeroboam.spec.types import RuntimeSpec

SOCKET = "unix:///run/containerd/containerd.sock"
STORAGE = "/var/lib/containerd"
SNAPSHOTTERS = {None: "overlayfs", "overlay2": "overlayfs", "btrfs": "btrfs", "zfs": "zfs", "vfs": "native"}
"""containerd's name for each storage driver that it has without further set-up."""
_REGISTRIES = "/etc/containerd/certs.d"
_DOCKER_HUB = "https://registry-1.docker.io"


def containerd_files(runtime: RuntimeSpec, sandbox_image: str) -> tuple[FileEntry, ...]:
    """All files that containerd and crictl read. Raises KeyError for a storage driver not in SNAPSHOTTERS."""
    config = render(
        "common/containerd.toml.j2",
        snapshotter=SNAPSHOTTERS[runtime.storage_driver],
        sandbox_image=sandbox_image,
        systemd_cgroup=cgroup_driver(runtime) == "systemd",
        registries=_REGISTRIES,
    )
    return (
        FileEntry("/etc/containerd/config.toml", config),
        FileEntry("/etc/crictl.yaml", yaml_text({"runtime-endpoint": SOCKET, "image-endpoint": SOCKET})),
        *_mirrors(runtime.registry_mirrors),
        *(_insecure(registry) for registry in runtime.insecure_registries),
    )


def containerd_unit() -> Unit:
    """The service; the step that has installed it starts it."""
    return Unit("containerd.service", fragment("common/containerd.service"), enabled=False)


def cgroup_driver(runtime: RuntimeSpec) -> str:
    """What manages cgroups: kubelet and containerd must agree."""
    return runtime.cgroup_driver or "systemd"


def _mirrors(mirrors: tuple[str, ...]) -> tuple[FileEntry, ...]:
    """Of Docker Hub alone: another registry's images under the same names would be other images."""
    if not mirrors:
        return ()
    hosts = [(mirror(url), False) for url in mirrors]
    return (_hosts("docker.io", _DOCKER_HUB, hosts),)


def _insecure(registry: str) -> FileEntry:
    """As Docker takes it: TLS without looking at the certificate, else plain HTTP."""
    # Its folder is found by the host of an image's name, in small letters.
    host = registry.lower()
    hosts = [(Mirror(f"https://{host}", False), True), (Mirror(f"http://{host}", False), False)]
    return _hosts(host, f"https://{host}", hosts)


def _hosts(registry: str, server: str, hosts: list[tuple[Mirror, bool]]) -> FileEntry:
    text = render("common/registry-hosts.toml.j2", server=server, hosts=hosts)
    return FileEntry(f"{_REGISTRIES}/{registry}/hosts.toml", text)
