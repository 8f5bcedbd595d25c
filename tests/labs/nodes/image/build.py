"""`python -m tests.labs.nodes.image.build [IMAGE…]`: makes these images, or all, unless they are there."""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tests.labs.cloud.settings import settings
from tests.labs.nodes import programs
from tests.labs.nodes.image import packages
from tests.labs.nodes.place import IMAGES

HERE = Path(__file__).parent
FIRST, LAST = "first.sh", "last.sh"
RELEASE = "bookworm"
DISK = "12G"
"""Of a root; it takes only what is written."""
SOURCES = (Path("/etc/apt/sources.list.d/debian.sources"), Path("/etc/apt/sources.list"))
"""Where this machine may say from where it has its packages; read when needed, kept nowhere."""


class Layout(NamedTuple):
    """One image; `scripts`, in this folder, make it of its family's root."""

    name: str
    scripts: tuple[str, ...] = ()


class Family(NamedTuple):
    """Images of the same packages; `script`, in this folder, makes of a Debian what they have in common.

    Before it and after it go `first.sh` and `last.sh`, as for all families.
    """

    packages: tuple[str, ...]
    script: str
    layouts: tuple[Layout, ...]
    usr_apart: bool = False
    """Whether /usr is a disk of its own, which machines share and cannot write to."""


FAMILIES = (
    Family((*packages.BOOT, *packages.SERVER, *packages.UBUNTU), "ubuntu.sh", (Layout("ubuntu"),)),
    Family(
        (*packages.BOOT, *packages.SERVER, *packages.CLOUD_INIT),
        "cloud-init.sh",
        (Layout("fedora-atomic", ("ostree.sh", "fedora-atomic.sh")),),
        usr_apart=True,
    ),
    Family(
        (*packages.BOOT, *packages.SERVER),
        "ignition.sh",
        # In this order: the second takes back what the first adds.
        (Layout("flatcar", ("flatcar.sh",)), Layout("fedora-coreos", ("ostree.sh", "fedora-coreos.sh"))),
        usr_apart=True,
    ),
)


def build(family: Family) -> None:
    """Makes the images unless they are there, made from the same packages and scripts."""
    marks = [IMAGES / layout.name / "made-from" for layout in family.layouts]
    if all(mark.exists() and mark.read_text(encoding="ascii") == _wanted(family) for mark in marks):
        return
    began = time.monotonic()
    IMAGES.mkdir(parents=True, exist_ok=True)
    root = IMAGES / f"root-{family.layouts[0].name}"
    shutil.rmtree(root, ignore_errors=True)
    _bootstrap(family, root)
    for layout, mark in zip(family.layouts, marks, strict=True):
        for script in layout.scripts:
            _run(("sh", str(HERE / script), str(root)))
        _image(root, mark.parent, usr_apart=family.usr_apart)
        mark.write_text(_wanted(family), encoding="ascii")
    shutil.rmtree(root)
    names = ", ".join(layout.name for layout in family.layouts)
    _say(f"{names}: made in {time.monotonic() - began:.0f} s")


def _image(root: Path, folder: Path, *, usr_apart: bool) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name in ("vmlinuz", "initrd.img"):
        shutil.copyfile(sorted((root / "boot").glob(f"{name}-*"))[-1], folder / name)
    if not usr_apart:
        _disk(root, folder / "root.img")
        return
    usr, aside = root / "usr", root.with_name(f"{root.name}-usr")
    _disk(usr, folder / "usr.img")
    usr.rename(aside)
    usr.mkdir()
    try:
        _disk(root, folder / "root.img")
    finally:
        usr.rmdir()
        aside.rename(usr)


def _bootstrap(family: Family, root: Path) -> None:
    source = next((file for file in SOURCES if file.exists() and file.stat().st_size), None)
    if source is None:
        raise SystemExit("this machine names no archive of Debian's packages")
    options = (
        *("--mode=root", "--variant=minbase", "--skip=cleanup/apt/lists"),
        *("--aptopt=Apt::Install-Recommends false", "--aptopt=Acquire::Check-Valid-Until false"),
        *("--dpkgopt=path-exclude=/usr/share/doc/*", "--dpkgopt=path-exclude=/usr/share/locale/*"),
        *("--dpkgopt=path-exclude=/usr/share/man/*",),
        f"--include={','.join(family.packages)}",
        *(f'--customize-hook=sh {HERE / script} "$1"' for script in (FIRST, family.script, LAST)),
    )
    # However it ends, nothing stays mounted below a root that is removed later.
    _run(
        ("unshare", "--mount", "mmdebstrap", *options, RELEASE, str(root), "-"),
        source.read_text(encoding="utf-8"),
    )


def _disk(root: Path, image: Path) -> None:
    with image.open("wb") as file:
        file.truncate(int(DISK.removesuffix("G")) << 30)
    # Without a journal: what the machine loses with its power is of no interest.
    options = ("-O", "^has_journal", "-E", "lazy_itable_init=1,nodiscard")
    _run(("mke2fs", "-q", "-t", "ext4", "-L", "root", *options, "-d", str(root), str(image)))


def _run(command: Sequence[str], given: str = "") -> None:
    done = subprocess.run(
        ("nice", "-n", "10", *command), input=given, text=True, stdout=sys.stderr, env=_environment()
    )
    if done.returncode:
        raise SystemExit(f"'{command[0]}' failed (exit {done.returncode})")


def _environment() -> dict[str, str]:
    return {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}


def _wanted(family: Family) -> str:
    files = sorted(file for file in HERE.iterdir() if file.suffix in (".sh", ".service", ".conf"))
    texts = [file.read_text(encoding="utf-8") for file in files]
    return hashlib.sha256(" ".join((RELEASE, DISK, *family.packages, *texts)).encode()).hexdigest()


def _say(text: str) -> None:
    print(text, flush=True)


def main() -> None:
    """The command line; images of one family are made together."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.labs.nodes.image.build", description=__doc__.split("\n")[0]
    )
    known = [layout.name for family in FAMILIES for layout in family.layouts]
    parser.add_argument("image", nargs="*", help=f"one of {', '.join(known)} (default: all)")
    asked = parser.parse_args().image or known
    if unknown := set(asked) - set(known):
        parser.error(f"no such image: {', '.join(sorted(unknown))}")
    programs.install(settings())
    for family in FAMILIES:
        if any(layout.name in asked for layout in family.layouts):
            build(family)


if __name__ == "__main__":
    main()
