"""The entries of the two files of versions, and which two sources vouch for each download.

| download | first | second |
| --- | --- | --- |
| kubeadm, kubelet, kubectl | the checksum beside it on dl.k8s.io | what kubespray or kops pins |
| containerd, runc, CNI plugins, crictl, etcd | the checksums of the release | GitHub's record of its upload |
| flanneld, whose releases have no checksums | GitHub's record of its upload | the file itself |
| Docker, whose site has no checksums | the file itself | the same file on a mirror of another host |
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

from docs.catalogue.upstream import Upstream

KUBERNETES = "compiler/jeroboam/drivers/kubernetes/catalogue.json"
ENGINE = "compiler/jeroboam/parts/engine.json"
ARCHES = ("amd64", "arm64")
PROGRAMS = ("kubeadm", "kubelet", "kubectl")
ALONE = ("etcd", "flanneld")
"""Entries of the engine that have one version each."""
NAMES = ("kubernetes", "containerd", "runc", "cni-plugins", "crictl", "docker", *ALONE)
"""What can be asked for in another version."""
_DOCKERS_MIRROR = "https://mirrors.tuna.tsinghua.edu.cn/docker-ce"
_BESIDE = "upstream's own list of checksums, beside the file"
_RECORD = "GitHub's record of the release, computed as the file was uploaded"
_TABLES = "kubernetes-sigs/kubespray, or kubernetes/kops, which pin the digests of what they install"
_ITSELF = "the file at its address, read as a whole"
_MIRRORED = f"the same file on a mirror, {_DOCKERS_MIRROR}, read as a whole"

Files = dict[str, Any]
"""The two files as data, by path."""


class Source(NamedTuple):
    """What a digest is taken from: its name, what it is in words, and how it is asked for a processor's."""

    name: str
    words: str
    digest: Callable[[str], str]


class Entry(NamedTuple):
    """A version of a download: file and keys of the row with its digests, and who vouches for them."""

    name: str
    version: str
    file: str
    row: tuple[str, ...]
    sources: tuple[Source, Source]


def entries(files: Files, upstream: Upstream) -> list[Entry]:
    """Every version that the files pin."""
    kubernetes, engine = files[KUBERNETES], files[ENGINE]
    found = [
        Entry(
            name, version, KUBERNETES, ("digests", name, version),
            _of_kubernetes(name, _Download(upstream, kubernetes["downloads"][name], version)),
        )
        for name, versions in kubernetes["digests"].items()
        for version in versions
    ]  # fmt: skip
    for version in engine["docker"]["digests"]:
        docker = _Download(upstream, engine["docker"], version)
        sources = (
            Source("measured", _ITSELF, docker.measured),
            Source("mirror", _MIRRORED, docker.measured_on_mirror),
        )
        found.append(Entry("docker", version, ENGINE, ("docker", "digests", version), sources))
    for name in ALONE:
        version = engine[name]["version"]
        sources = _of_release(_Download(upstream, engine[name], version))
        found.append(Entry(name, version, ENGINE, (name, "digests"), sources))
    return found


def _of_kubernetes(name: str, download: _Download) -> tuple[Source, Source]:
    if name not in PROGRAMS:
        return _of_release(download)
    pinned = partial(download.upstream.pinned, name, download.version)
    return (Source("upstream", _BESIDE, download.listed), Source("installers", _TABLES, pinned))


def _of_release(download: _Download) -> tuple[Source, Source]:
    record = Source("github", _RECORD, download.recorded)
    if "sha256_url" not in download.row:
        return (record, Source("measured", _ITSELF, download.measured))
    return (Source("upstream", _BESIDE, download.listed), record)


class _Download(NamedTuple):
    """A version of a download, with its row of the file: `url`, and for some `sha256_url` and `machine`."""

    upstream: Upstream
    row: Mapping[str, Any]
    version: str

    def _url(self, template: str, arch: str) -> str:
        machine = self.row.get("machine", {}).get(arch, arch)
        url: str = self.row[template].format(version=self.version, arch=arch, machine=machine)
        return url

    def listed(self, arch: str) -> str:
        return self.upstream.listed(self._url("sha256_url", arch), self._url("url", arch).rpartition("/")[2])

    def recorded(self, arch: str) -> str:
        return self.upstream.recorded(self._url("url", arch))

    def measured(self, arch: str) -> str:
        return self.upstream.measured(self._url("url", arch))

    def measured_on_mirror(self, arch: str) -> str:
        path = self._url("url", arch).split("/", 3)[3]
        return self.upstream.measured(f"{_DOCKERS_MIRROR}/{path}")


def moved(files: Files, name: str, version: str) -> str | None:
    """Makes a version of `NAMES` what the files ask for, without a digest yet; why it cannot be, or None.

    Versions of Kubernetes and of Docker are added to those that can be asked for. Another download has one
    for each minor version of Kubernetes, or one in all, which is replaced.
    """
    kubernetes, engine = files[KUBERNETES], files[ENGINE]
    if name == "docker":
        oldest, newest = (_numbers(engine["docker"][end]) for end in ("oldest", "newest"))
        if not (oldest <= _numbers(version) and _numbers(version)[:1] <= newest):
            return f"docker {version} is none that this release installs"
        _add(engine["docker"]["digests"], version)
    elif name in ALONE:
        if engine[name]["version"] != version:
            engine[name] |= {"version": version, "digests": {}}
    elif name == "kubernetes":
        return _moved_kubernetes(kubernetes, version)
    else:
        minors = [
            minor for minor in kubernetes["minors"] if name != "crictl" or version.startswith(f"{minor}.")
        ]
        if not minors:
            return f"crictl {version} goes with no minor version of Kubernetes that this release installs"
        for minor in minors:
            kubernetes["minors"][minor]["versions"][name] = version
        used = {of["versions"][name] for of in kubernetes["minors"].values()}
        rows = kubernetes["digests"][name]
        kubernetes["digests"][name] = {it: of for it, of in rows.items() if it in used}
        _add(kubernetes["digests"][name], version)
    return None


def _moved_kubernetes(data: Any, version: str) -> str | None:
    minor = data["minors"].get(version.rpartition(".")[0])
    if minor is None:
        return f"kubernetes {version} is of a minor version that has to be added first, with its images"
    minor["patches"] = sorted({*minor["patches"], version}, key=_numbers)
    for program in PROGRAMS:
        _add(data["digests"][program], version)
    return None


def _add(rows: dict[str, Any], version: str) -> None:
    rows.setdefault(version, {})
    ordered = {it: rows[it] for it in sorted(rows, key=_numbers)}
    rows.clear()
    rows.update(ordered)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))
