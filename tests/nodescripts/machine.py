"""A throw-away machine: a disk laid out by the real user data, booted in namespaces of its own.

The document is applied as cloud-init or Ignition does it and the rest is left to what it starts, so that
paths, modes, quoting and unpacking are the document's own.
"""

from __future__ import annotations

import atexit
import base64
import functools
import gzip
import json
import os
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes

import yaml

from jeroboam import plugins
from jeroboam.model.limits import heat_bytes
from jeroboam.model.types import Capability, HeatFact, Role, RoleKind
from tests.nodescripts.clusters import FACTS, HOSTS, NO_PROGRESS, VOLUMES, Cluster, recorder
from tests.nodescripts.images import IMAGES, PLAYED, REAL
from tests.support.cases import ROOT
from tests.support.node_files import is_ignition

UNITS = "etc/systemd/system"
WRITABLE = ("etc", "opt", "played", "run", "sys", "tmp", "var")
"""What may be written on every distro; `sys` stands for the kernel's, `played` is the recorders'."""
NOTES = ("active", "dies", "failed", "formatted", "journal", "mounted", "programs", "restarts", "up")
"""Folders of what the recorders keep."""
LONGEST = 90
"""Seconds that a boot may take."""
NAMESPACES = ("--user", "--map-root-user", "--mount", "--net", "--pid", "--fork", "--uts")
"""What inside.py asks for, as words for unshare(1)."""


class Boot(NamedTuple):
    """How it went; `codes` are the exit statuses of what the boot runs, the bootstrap's last."""

    disk: Path
    codes: list[int]
    signals: list[tuple[str, dict[str, Any]]]
    seconds: float
    output: str

    def of(self, handle: str) -> list[dict[str, Any]]:
        """The signals that one handle got."""
        return [body for name, body in self.signals if name == handle]

    def text(self, path: str) -> str:
        """A file of the machine."""
        return (self.disk / path).read_text(encoding="utf-8")

    def calls(self) -> list[str]:
        """How the recorders were called, in order."""
        return self.text("played/calls").splitlines()

    def steps(self) -> list[str]:
        """The names of the steps that the user data placed, in order."""
        return sorted(path.stem for path in (self.disk / "opt/jeroboam/steps").glob("*.sh"))


def boot(
    folder: Path,
    cluster: Cluster,
    kind: RoleKind,
    index: int = 0,
    *,
    tampered: str | None = None,
    dies: str | None = None,
    progress: bool = True,
) -> Boot:
    """Boots a node of the cluster in `folder`; masters before it are up, and all of them for a worker.

    `tampered` is part of the path of a download that is not what it was; `dies` a daemon that ends at once;
    without `progress` nobody answers where the node tells of it.
    """
    role, disk = cluster.role(kind), folder / "disk"
    image = IMAGES[cluster.model.spec.distro]
    masters = [pair.partition("=")[2] for pair in FACTS[HeatFact.MASTER_ADDRESSES].split()]
    address = masters[index] if kind is RoleKind.MASTER else "10.0.0.77"
    up = masters[:index] if kind is RoleKind.MASTER else masters
    name = f"{cluster.model.spec.name}-{role.name}-{index}"
    _lay_out(disk, cluster, role, name, address)
    started = _apply(_document(cluster, role, progress), disk)
    if dies:
        (disk / "played/dies" / dies).touch()
    mirror = cluster.folder / "mirror"
    paths = [f"/{path.relative_to(mirror)}" for path in mirror.rglob("*") if path.is_file()]
    description = {
        "disk": str(disk),
        "host": image.host.format(name=name, address=address.replace(".", "-")),
        "address": address,
        "up": up,
        "mirror": str(mirror),
        "tampered": [path for path in paths if tampered and tampered in path],
        "writable": [*WRITABLE, *image.writable],
        "local": image.local,
        "metadata": cluster.metadata(kind),
        "programs": _programs(image.programs),
        "commands": started.first + started.each_time,
        "after_reboot": started.each_time,
        **cluster.tls(),
    }
    (folder / "machine.json").write_text(json.dumps(description), encoding="utf-8")
    code = _inside(folder)
    output = (disk / "output").read_text("utf-8", "replace") if (disk / "output").exists() else ""
    assert code == 0, (folder / "log").read_text("utf-8") + output
    seen = json.loads((folder / "seen.json").read_text(encoding="utf-8"))
    signals = [(name, body) for name, body in seen["signals"]]
    return Boot(disk, seen["codes"], signals, seen["seconds"], output)


def _inside(folder: Path) -> int:
    """Boots the machine that the folder describes; the exit status of its inside."""
    maker = _maker()
    assert maker.stdin is not None
    assert maker.stdout is not None
    maker.stdin.write(f"{folder}\n".encode())
    maker.stdin.flush()
    answered, _, _ = select.select([maker.stdout], [], [], LONGEST)
    answer = maker.stdout.readline() if answered else b""
    if not answer:
        _maker.cache_clear()
        _end(maker)
        return -signal.SIGKILL
    return int(answer)


@functools.cache
def _maker() -> subprocess.Popen[bytes]:
    """The process that makes machines; it ends with this one."""
    maker = subprocess.Popen(
        [sys.executable, "-S", "-m", "tests.nodescripts.inside"],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    atexit.register(_end, maker)
    return maker


def _end(maker: subprocess.Popen[bytes]) -> None:
    if maker.poll() is None:
        # With the first process of a machine all of it ends.
        os.killpg(maker.pid, signal.SIGKILL)
    with maker:
        pass


# --- the image -----------------------------------------------------------------------------------


def _lay_out(disk: Path, cluster: Cluster, role: Role, name: str, address: str) -> None:
    """What is on the disk, in /sys and around the recorders before user data comes."""
    spec, platform = cluster.model.spec, plugins.platform(cluster.model.spec.distro)
    assert platform is not None
    image = IMAGES[spec.distro]
    for folder in NOTES:
        (disk / "played" / folder).mkdir(parents=True)
    for folder in image.folders:
        (disk / folder).mkdir(parents=True)
    files = {
        **image.files,
        "/etc/hosts": HOSTS,
        "/etc/ssl/openssl.cnf": "[req]\ndistinguished_name = name\n[name]\n",
        "/played/address": f"{address}\n",
        "/played/units": "".join(f"{unit}\n" for unit in image.units),
        "/played/calls": "",
    }
    if Capability.CGROUP_V2 in platform.provides:
        files["/sys/fs/cgroup/cgroup.controllers"] = "cpu memory\n"
    else:
        (disk / "sys/fs/cgroup/memory").mkdir(parents=True)
    for fact, device in VOLUMES.items():
        for pair in FACTS[fact].split():
            number, _, volume = pair.partition("=")
            if fact in role.config.heat_values.values() and number == name.rpartition("-")[2]:
                files[f"/sys/block/{device}/serial"] = volume[:20]
    if image.afterburn:
        files["/run/metadata/afterburn"] = f"AFTERBURN_OPENSTACK_HOSTNAME={name}.novalocal\n"
    for path, text in files.items():
        _write(disk, path, text.encode(), 0o644)
    for program in (*PLAYED, *image.programs):
        _write(disk, f"/played/programs/{program}", recorder(program).encode(), 0o755)


def _programs(more: tuple[str, ...]) -> dict[str, str]:
    """Where the links of /usr/bin lead."""
    found = {}
    for name, real in (*((name, name) for name in REAL), ("sh", "bash"), ("real-sleep", "sleep")):
        path = shutil.which(real)
        assert path is not None, f"this machine lacks {real}"
        found[name] = f"/host{Path(path).resolve()}"
    return {**found, **{name: f"/played/programs/{name}" for name in (*PLAYED, *more)}}


# --- user data -----------------------------------------------------------------------------------


class Started(NamedTuple):
    """What user data makes the machine run: at its first boot, and at each."""

    first: list[list[str]]
    each_time: list[list[str]]


def _document(cluster: Cluster, role: Role, progress: bool) -> str:
    """The user data as the server gets it, Heat's values in their places."""
    platform = plugins.platform(cluster.model.spec.distro)
    assert platform is not None
    data = platform.user_data(role.config, heat_bytes(cluster.model, role))
    escapes = str.maketrans(dict(data.escapes))
    heat = data.heat
    for name, value in data.placeholders.items():
        silent = value is HeatFact.PROGRESS and not progress
        heat = heat.replace(name, (NO_PROGRESS if silent else cluster.value(value)).translate(escapes))
    return data.fixed + heat


def _apply(document: str, disk: Path) -> Started:
    if is_ignition(document):
        return _ignition(json.loads(document), disk)
    config = yaml.safe_load(document)
    for entry in config["write_files"]:
        plain = entry["content"].encode()
        content = base64.b64decode(plain, validate=True) if entry.get("encoding") == "b64" else plain
        _write(disk, entry["path"], content, int(entry["permissions"], 8))
    enabled = [command[-1] for command in config["runcmd"] if command[:2] == ["systemctl", "enable"]]
    return Started(config["runcmd"], [["systemctl", "boot", name] for name in enabled])


def _ignition(config: Mapping[str, Any], disk: Path) -> Started:
    for unit in config["systemd"]["units"]:
        if unit.get("mask"):
            known = (disk / "played/units").read_text("utf-8").split()
            assert unit["name"] in known, f"{unit['name']} is no unit of this image"
        else:
            _write(disk, f"/{UNITS}/{unit['name']}", unit["contents"].encode(), 0o644)
    for entry in config["storage"]["files"]:
        head, data = entry["contents"]["source"].split(",", 1)
        content = base64.b64decode(data, validate=True) if ";base64" in head else unquote_to_bytes(data)
        if entry["contents"].get("compression") == "gzip":
            content = gzip.decompress(content)
        _write(disk, entry["path"], content, entry["mode"])
    names = [unit["name"] for unit in config["systemd"]["units"] if unit.get("enabled")]
    return Started([], [["systemctl", "boot", name] for name in names])


def _write(disk: Path, path: str, content: bytes, mode: int) -> None:
    target = disk / path.lstrip("/")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    target.chmod(mode)
