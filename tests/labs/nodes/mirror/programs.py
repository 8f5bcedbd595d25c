"""The programs that files and images are made of: Go modules, built here, and Debian's packages.

What is built is kept with a mark of all that it was made from, so that a second run builds only what changed.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from tests.labs.nodes.mirror import packages
from tests.labs.nodes.mirror.packages import MissingError
from tests.support.cases import ROOT

HERE = Path(__file__).resolve().parent / "programs"
DOCKER = ROOT / ".tools" / "daemons"
"""Where `make test-daemons` has its Docker, which is the mirror's too."""
_DOCKER_PROGRAMS = tuple(f"usr/local/bin/{program}" for program in ("docker", "dockerd", "docker-proxy"))
_DOCKERS = ROOT / "tests" / "daemons" / "programs.sh"
"""Puts it there."""
_CLOCK = HERE.with_name("clock")
"""What makes programs of Go go by a node's clock; see its clock.go."""
KUBERNETES_MODULE = "k8s.io/kubernetes"
_KUBERNETES_TOLD = tuple(f"k8s.io/{it}version.gitVersion" for it in ("component-base/", "client-go/pkg/"))
_FLANNEL = "github.com/flannel-io/flannel"
_DOCKER = "github.com/docker/docker"
_CALICO = "github.com/projectcalico/calico"
_CONTAINERD = "github.com/containerd/containerd/v2"
_PLUGINS = "github.com/containernetworking/plugins"
_PLUGIN_PATHS = (
    *("ipam/dhcp", "ipam/host-local", "ipam/static"),
    *("main/bridge", "main/dummy", "main/host-device", "main/ipvlan", "main/loopback", "main/macvlan"),
    *("main/ptp", "main/tap", "main/vlan"),
    *("meta/bandwidth", "meta/firewall", "meta/portmap", "meta/sbr", "meta/tuning", "meta/vrf"),
)


class Module(NamedTuple):
    """A Go module of `programs/` and what is built of it.

    `programs` maps a file's name to its package; `version` is the module whose version the variables
    `told` learn. `cgo` is for programs that hold C; one whose name ends in `.test` is its package's tests.
    `copied` are files of the module `version`, by their names beside the programs. `of` is where another
    version's product has all but its `REQUIRES.mod` and `REQUIRES.sum`.
    """

    programs: Mapping[str, str]
    version: str | None = None
    told: tuple[str, ...] = ()
    tags: str = ""
    cgo: bool = False
    copied: Mapping[str, str] = MappingProxyType({})
    of: str = ""
    requires: str = "go"
    without_v: bool = False
    """Whether the version is told so."""


def _in_cmd(module: str, *names: str) -> dict[str, str]:
    return {name: f"{module}/cmd/{name}" for name in names}


_DEFAULT: Mapping[str, Module] = MappingProxyType(
    {
        "etcd": Module(
            {
                "etcd": "jeroboam.test/mirror/etcd",
                **{name: f"go.etcd.io/etcd/{name}/v3" for name in ("etcdctl", "etcdutl")},
            }
        ),
        # Flannel's udp backend is C.
        "flanneld": Module({"flanneld": _FLANNEL}, _FLANNEL, (f"{_FLANNEL}/pkg/version.Version",), cgo=True),
        "containerd": Module(
            _in_cmd(_CONTAINERD, "containerd", "ctr", "containerd-shim-runc-v2"),
            _CONTAINERD,
            (f"{_CONTAINERD}/version.Version",),
            tags="no_btrfs",
        ),
        "runc": Module({"runc": "github.com/opencontainers/runc"}, tags="seccomp", cgo=True),
        "kubernetes": Module(
            {
                **_in_cmd(KUBERNETES_MODULE, "kubeadm", "kubelet", "kubectl", "kube-proxy"),
                "kube-servers": "jeroboam.test/mirror/kubernetes",
            },
            KUBERNETES_MODULE,
            _KUBERNETES_TOLD,
        ),
        "cni-plugins": Module(
            {path.rpartition("/")[2]: f"{_PLUGINS}/plugins/{path}" for path in _PLUGIN_PATHS},
            _PLUGINS,
            (f"{_PLUGINS}/pkg/utils/buildversion.BuildVersion",),
        ),
        "flannel-cni-plugin": Module(
            {"flannel": f"{_PLUGINS}/plugins/meta/flannel"},
            _PLUGINS,
            (f"{_PLUGINS}/pkg/utils/buildversion.BuildVersion",),
        ),
        "crictl": Module(
            {"crictl": "sigs.k8s.io/cri-tools/cmd/crictl"},
            "sigs.k8s.io/cri-tools",
            ("sigs.k8s.io/cri-tools/pkg/version.Version",),
        ),
        "coredns": Module({"coredns": "github.com/coredns/coredns"}),
        "flannel": Module(
            {"flanneld": _FLANNEL, "install-conf": f"{_FLANNEL}/cmd/install_conf"},
            _FLANNEL,
            (f"{_FLANNEL}/pkg/version.Version",),
            cgo=True,
        ),
        # Felix without C has no BPF dataplane.
        "calico": Module(
            {
                "start": "jeroboam.test/mirror/calico",
                "calico-node": f"{_CALICO}/node/cmd/calico-node",
                **{name: f"{_CALICO}/cni-plugin/cmd/{name}" for name in ("calico", "install")},
                **{
                    name: f"{_CALICO}/kube-controllers/cmd/{name}"
                    for name in ("kube-controllers", "check-status", "wrapper")
                },
            },
            _CALICO,
            (f"{_CALICO}/pkg/buildinfo.Version",),
        ),
        "conformance": Module(
            {
                "e2e.test": f"{KUBERNETES_MODULE}/test/e2e",
                "ginkgo": "github.com/onsi/ginkgo/v2/ginkgo",
                **{name: f"{KUBERNETES_MODULE}/test/images/{name}" for name in ("agnhost", "nonewprivs")},
                "sample-apiserver": "k8s.io/sample-apiserver",
            },
            KUBERNETES_MODULE,
            _KUBERNETES_TOLD,
            copied={
                **{f"localhost.{it}": f"test/images/agnhost/porter/localhost.{it}" for it in ("crt", "key")},
                **{f"{it}.jpg": f"test/images/{it}/html/{it}.jpg" for it in ("kitten", "nautilus")},
                **{f"{it}.json": f"test/images/{it}/html/data.json" for it in ("kitten", "nautilus")},
            },
        ),
        "fetch": Module({"fetch": "jeroboam.test/mirror/fetch"}),
        "mesos": Module({"mesos": "jeroboam.test/mirror/mesos"}),
        "pause": Module({"pause": "jeroboam.test/mirror/pause"}),
    }
)

KUBERNETES, ETCD = ("1.34", "1.35", "1.37"), ("3.7",)
"""Minor versions beside the default ones."""
MODULES: Mapping[str, Module] = MappingProxyType(
    {
        **_DEFAULT,
        **{
            f"{product}-{minor}": _DEFAULT[product]._replace(of=product, requires=minor)
            for product, minors in (("kubernetes", KUBERNETES), ("etcd", ETCD))
            for minor in minors
        },
        "docker-28": Module(
            {
                **{it: f"{_DOCKER}/cmd/{it}" for it in ("dockerd", "docker-proxy")},
                "docker": "github.com/docker/cli/cmd/docker",
            },
            _DOCKER,
            (f"{_DOCKER}/dockerversion.Version", "github.com/docker/cli/cli/version.Version"),
            tags="exclude_graphdriver_btrfs",
            without_v=True,
        ),
    }
)

_TAGS: Mapping[str, str] = MappingProxyType({"v0.0.0-20251021213802-b1f3c43f8437": "v3.31.0"})
"""What a product is told of a commit; Calico takes what has no number for older than its version 3."""


def product(name: str, version: str) -> str:
    """What has a program of the product `name` in that version: one named by the start of it, or `name`."""
    parts = version.split(".")
    named = (f"{name}-{'.'.join(parts[:count])}" for count in (2, 1))
    return next((it for it in named if it in MODULES), name)


def _folder(name: str) -> Path:
    return HERE / (MODULES[name].of or name)


def required(name: str, module: str) -> str | None:
    """The version of `module`, with its v, that what `name` is built by asks for."""
    text = (_folder(name) / f"{MODULES[name].requires}.mod").read_text(encoding="utf-8")
    found = re.search(rf"^\s*(?:require )?{re.escape(module)} (v[^\s+]+)", text, re.MULTILINE)
    return found[1] if found else None


def build(name: str, folder: Path) -> Path:
    """The folder of a product's programs, made unless it is there and of today; `folder` is the mirror's.

    Raises MissingError when this machine lacks what it takes, or when a build fails.
    """
    target = folder / "programs" / name
    mark = target / ".made-of"
    made_of = _made_of(name)
    if mark.exists() and mark.read_text(encoding="ascii") == made_of:
        return target
    began = time.monotonic()
    print(f"{name}: building", flush=True)
    part = target.with_name(f"{name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    _OTHERS.get(name, _go)(name, part, folder)
    (part / ".made-of").write_text(made_of, encoding="ascii")
    shutil.rmtree(target, ignore_errors=True)
    part.rename(target)
    print(f"{name}: {time.monotonic() - began:.0f} s", flush=True)
    return target


def _go(name: str, target: Path, folder: Path) -> None:
    module = MODULES[name]
    needed = ("go", "gcc", "pkg-config") if module.cgo else ("go",)
    if missing := [program for program in needed if not shutil.which(program)]:
        raise MissingError(f"{name} is built with {', '.join(missing)}, which this machine lacks")
    environment = {**os.environ, "CGO_ENABLED": str(int(module.cgo))}
    flags = f"-mod=readonly -buildvcs=false -modfile={module.requires}.mod"
    environment["GOFLAGS"] = f"{os.environ.get('GOFLAGS', '')} {flags}"
    if name == "runc":
        environment |= _seccomp(folder)
    overlay = _run((str(_CLOCK / "overlay.sh"), str(folder / "clock")), _folder(name), environment).strip()
    # What else would be C: a static program cannot load what glibc asks for names.
    tags = f"{module.tags} netgo osusergo" if module.cgo else module.tags
    # One after another: a linker takes as much memory as its program.
    for program, package in module.programs.items():
        how = ("test", "-c", "-vet=off") if program.endswith(".test") else ("build",)
        words = ("go", *how, "-overlay", overlay, "-o", str(target / program))
        words += ("-tags", tags, "-ldflags", _ldflags(name, module))
        _run((*words, package), _folder(name), environment)
    for file, path in module.copied.items():
        assert module.version
        shutil.copyfile(_sources_of(module.version, _folder(name), environment) / path, target / file)


def _sources_of(module: str, where: Path, environment: Mapping[str, str]) -> Path:
    """The folder of a module that one in `where` requires, once its programs are built."""
    return Path(_run(("go", "list", "-m", "-f", "{{.Dir}}", module), where, environment).strip())


def _ldflags(name: str, module: Module) -> str:
    version = required(name, module.version) if module.version else None
    version = _TAGS.get(version or "", version)
    if version and module.without_v:
        version = version.removeprefix("v")
    told = [f"-X {variable}={version}" for variable in module.told]
    if module.version == KUBERNETES_MODULE and version:
        major, minor, _ = version.lstrip("v").split(".", 2)
        packages_told = ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")
        told += [f"-X {p}.git{n}={v}" for p in packages_told for n, v in (("Major", major), ("Minor", minor))]
    static = ["-extldflags -static"] if module.cgo else []
    return " ".join(("-s", "-w", *told, *static))


def _seccomp(folder: Path) -> dict[str, str]:
    """Where the C library that runc filters system calls with is, as pkg-config is told."""
    root = packages.unpacked(("libseccomp-dev",), folder, alone=True)
    described = next(root.glob("usr/lib/*/pkgconfig"))
    # Go's cache is blind to what pkg-config says, and would link with the folder of an earlier clone.
    cached_by = {"CGO_CFLAGS": f"-O2 -g -I{root}/usr/include", "CGO_LDFLAGS": f"-O2 -g -L{described.parent}"}
    return {"PKG_CONFIG_PATH": str(described), "PKG_CONFIG_SYSROOT_DIR": str(root), **cached_by}


def _docker(_: str, target: Path, __: Path) -> None:
    asked = _sources("docker")
    if not DOCKER.exists() or any(DOCKER.stat().st_mtime < file.stat().st_mtime for file in asked):
        _run((str(_DOCKERS), str(DOCKER)), ROOT, os.environ)
        DOCKER.touch()
    for path in _DOCKER_PROGRAMS:
        shutil.copy2(DOCKER / path, target)


def _packaged(package: str, program: str) -> Callable[[str, Path, Path], None]:
    """Takes a program that needs no libraries from a package of Debian, as the product's."""

    def take(name: str, target: Path, folder: Path) -> None:
        shutil.copy2(packages.unpacked((package,), folder, alone=True) / program, target / name)

    return take


_OTHERS: Mapping[str, Callable[[str, Path, Path], None]] = MappingProxyType(
    {
        "docker": _docker,
        "bash": _packaged("bash-static", "usr/bin/bash-static"),
        "docker-init": _packaged("tini", "usr/bin/tini-static"),
        "busybox": _packaged("busybox-static", "usr/bin/busybox"),
    }
)


def products() -> tuple[str, ...]:
    """Every product that there is."""
    return (*MODULES, *_OTHERS)


def _made_of(name: str) -> str:
    """A digest of a product's sources and of how it is built."""
    digest = hashlib.sha256(repr(MODULES.get(name)).encode())
    for path in _sources(name):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest() + "\n"


def _sources(name: str) -> tuple[Path, ...]:
    """What of the checkout a product is made from."""
    if name == "docker":
        return (_DOCKERS, *sorted(_DOCKERS.with_suffix("").rglob("go.*")), *sorted(_CLOCK.iterdir()))
    if name not in MODULES:
        return ()
    own = (f"{MODULES[name].requires}.mod", f"{MODULES[name].requires}.sum")
    files = (path for path in sorted(_folder(name).rglob("*")) if path.is_file())
    made = (path for path in files if path.name in own or path.suffix not in (".mod", ".sum"))
    return (*made, *sorted(_CLOCK.iterdir()))


def _run(command: tuple[str, ...], where: Path, environment: Mapping[str, str]) -> str:
    done = subprocess.run(command, cwd=where, env=environment, capture_output=True, text=True)
    if done.returncode:
        last = "\n".join((done.stdout + done.stderr).splitlines()[-15:])
        raise MissingError(f"{' '.join(command)}: exit {done.returncode}\n{last}")
    return done.stdout
