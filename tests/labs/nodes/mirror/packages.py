"""Debian's packages, unpacked into folders: nothing is installed, and nothing of theirs is run."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

_MERGED = ("bin", "lib", "lib64", "sbin")
_UNUSED = tuple(f"usr/share/{it}" for it in ("bug", "doc", "info", "lintian", "locale", "man"))


class MissingError(Exception):
    """What this machine lacks for the mirror, or what went wrong, in words for who started it."""


def unpacked(names: Sequence[str], folder: Path, *, alone: bool = False) -> Path:
    """The root that these packages make, with all they depend on unless `alone`; `folder` is the mirror's.

    Made once. Raises MissingError where apt-get does not have them.
    """
    key = hashlib.sha256(repr((sorted(names), alone, _UNUSED)).encode()).hexdigest()[:12]
    target = folder / "packages" / key
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as work:
        debs, root = Path(work, "debs"), Path(work, "root")
        debs.mkdir()
        root.mkdir()
        # Folders that are links today; a package that still has files in one must not hide it.
        for name in _MERGED:
            (root / "usr" / name).mkdir(parents=True)
            (root / name).symlink_to(f"usr/{name}")
        try:
            _download(names, debs, alone=alone)
        except MissingError:
            # What is known of packages may be too old for those that the archive has today.
            _run(("apt-get", "update", "-q"), debs)
            _download(names, debs, alone=alone)
        for deb in sorted(debs.iterdir()):
            _unpack(deb, root)
        for unused in _UNUSED:
            shutil.rmtree(root / unused, ignore_errors=True)
        root.rename(target)
    return target


def _download(names: Sequence[str], debs: Path, *, alone: bool) -> None:
    wanted = names if alone else _with_dependencies(names, debs.parent)
    # As root, apt-get would hand the download to a user who may not write here.
    _run(("apt-get", "download", "-q", "-o", "APT::Sandbox::User=root", *wanted), debs)


def _with_dependencies(names: Sequence[str], work: Path) -> list[str]:
    """What apt-get would install on a machine that has nothing."""
    nothing = work / "status"
    nothing.touch()
    options = ("-q", "-s", "-o", f"Dir::State::Status={nothing}", "--no-install-recommends")
    said = _run(("apt-get", *options, "install", *names), work)
    return [line.split()[1] for line in said.splitlines() if line.startswith("Inst ")]


def _unpack(deb: Path, root: Path) -> None:
    files = subprocess.run(("dpkg-deb", "--fsys-tarfile", str(deb)), stdout=subprocess.PIPE, check=True)
    command = ("tar", "--extract", "--keep-directory-symlink", "--no-same-owner", "--directory", str(root))
    subprocess.run(command, input=files.stdout, check=True)


def _run(command: Sequence[str], where: Path) -> str:
    if not shutil.which(command[0]):
        raise MissingError(f"{command[0]} is not there: the mirror takes some programs from a Debian")
    done = subprocess.run(command, cwd=where, capture_output=True, text=True)
    if done.returncode:
        raise MissingError(f"{' '.join(command)}: exit {done.returncode}\n{done.stderr.strip()[-800:]}")
    return done.stdout
