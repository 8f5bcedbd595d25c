"""containerd: its configuration, its registries and crictl's, from the spec's `runtime`.

Facts: docs/cri/config.md and docs/hosts.md of containerd 2 (configuration version 3).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from jeroboam.model.types import FileEntry, Unit, ended
from jeroboam.render import render
from jeroboam.resources import script
from jeroboam.serialize import yaml_text
from jeroboam.spec.mirrors import HUB, Mirror, mirror, mirrors
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
        *(FileEntry(path, ca) for path, ca in _cas(runtime).values()),
        *_registries(runtime),
        *(_insecure(registry) for registry in runtime.insecure_registries),
    )


def containerd_unit() -> Unit:
    """The service; the step that has installed it starts it."""
    return Unit("containerd.service", script("common/containerd.service"), enabled=False)


def cgroup_driver(runtime: RuntimeSpec) -> str:
    """What manages cgroups: kubelet and containerd must agree."""
    return runtime.cgroup_driver or "systemd"


def _cas(runtime: RuntimeSpec) -> dict[str, tuple[str, str]]:
    """Where the CA of each host is, and its text."""
    return {
        registry.host: (f"{_REGISTRIES}/{registry.host}/ca.crt", ended(registry.ca.text))
        for registry in runtime.registries
        if registry.ca
    }


def _registries(runtime: RuntimeSpec) -> Iterator[FileEntry]:
    """A file for each registry of which anything is said."""
    hosts: dict[str, list[Mirror]] = {registry.host: [] for registry in runtime.registries}
    for one in mirrors(runtime):
        hosts.setdefault(one.registry, []).append(mirror(one.url))
    cas = {host: path for host, (path, _) in _cas(runtime).items()}
    for registry, found in hosts.items():
        server = _DOCKER_HUB if registry == HUB else f"https://{registry}"
        asked = [(one, False, cas.get(one.host)) for one in found]
        yield _hosts(registry, server, asked, cas.get(registry))


def _insecure(registry: str) -> FileEntry:
    """As Docker takes it: TLS without looking at the certificate, else plain HTTP."""
    # Its folder is found by the host of an image's name, in small letters.
    host = registry.lower()
    hosts = [(Mirror(f"https://{host}", False), True, None), (Mirror(f"http://{host}", False), False, None)]
    return _hosts(host, f"https://{host}", hosts)


def _hosts(
    registry: str, server: str, hosts: Sequence[tuple[Mirror, bool, str | None]], ca: str | None = None
) -> FileEntry:
    """Each host with whether its certificate does not matter, and whose CA's does."""
    text = render("common/registry-hosts.toml.j2", server=server, hosts=hosts, ca=ca)
    return FileEntry(f"{_REGISTRIES}/{registry}/hosts.toml", text)
