"""An image's root as a folder, and a node's own on top of it."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
from pathlib import Path

from tests.labs.nodes.ignite import ignite
from tests.labs.nodes.machine import IGNITED, initramfs_name, write_drive
from tests.labs.nodes.place import IMAGES
from tests.labs.nodes.servers import Server

HERE = Path(__file__).resolve().parent
SEED = "lib/cloud/seed/config_drive"
"""Below /var: where cloud-init looks for a config drive's files before it looks for a drive."""
_UNPACK = """
mount -o loop,ro "$1/root.img" "$2"
if [ -e "$1/usr.img" ]; then mount -o loop,ro "$1/usr.img" "$2/usr"; fi
cp -a "$2/." "$3"
"""


def unpacked(distro: str) -> Path:
    """The image's files as a folder, made once; with `usr-apart` beside it where its /usr is read-only."""
    image = IMAGES / distro
    place, made_from = image / "unpacked", (image / "made-from").read_text(encoding="ascii")
    with (image / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        mark = place / "made-from"
        if not mark.exists() or mark.read_text(encoding="ascii") != made_from:
            shutil.rmtree(place, ignore_errors=True)
            (place / "root").mkdir(parents=True)
            mounted = place / "mounted"
            mounted.mkdir()
            words = ("unshare", "--mount", "sh", "-euc", _UNPACK, "sh")
            subprocess.run((*words, str(image), str(mounted), str(place / "root")), check=True)
            if (image / "usr.img").exists():
                (place / "usr-apart").touch()
            mark.write_text(made_from, encoding="ascii")
    return place / "root"


def prepare(server: Server, folder: Path) -> Path:
    """Makes in `folder` what a node's root is made of, with what Ignition adds; gives the image below it."""
    image = unpacked(server.distro)
    content = folder / "content"
    for place in ("root", "layer", "disk", "content/upper", "content/work"):
        (folder / place).mkdir(parents=True)
    for file, text in {"id": server.id, "devices": ""}.items():
        (folder / file).write_text(text, encoding="ascii")
    var, ignites = content / "var", server.distro in IGNITED
    subprocess.run(("cp", "-a", "--reflink=auto", str(image / "var"), str(var)), check=True)
    words = ("sh", str(HERE / "layer.sh"), str(folder / "layer"), str(image), str(var))
    subprocess.run(words, check=True)
    if server.config_drive and not ignites:
        write_drive(server, var / SEED)
    _disk(content, folder / "disk.img", server.disk)
    if ignites:
        _ignite(server, folder, image)
    return image


def _disk(content: Path, disk: Path, gibibytes: int) -> None:
    """A file system of that size, which takes only what is written; `content` moves into it."""
    with disk.open("wb") as file:
        file.truncate(gibibytes << 30)
    options = ("-q", "-t", "ext4", "-E", "lazy_itable_init=1,lazy_journal_init=1,nodiscard")
    subprocess.run(("mke2fs", *options, "-d", str(content), str(disk)), check=True)
    shutil.rmtree(content)


def _ignite(server: Server, folder: Path, image: Path) -> None:
    root = folder / "root"
    subprocess.run(("sh", str(HERE / "root.sh"), str(folder), str(image)), check=True)
    try:
        ignite(folder, root, server.user_data, initramfs_name(server))
    finally:
        for mounted in (root, folder / "disk"):
            subprocess.run(("umount", "--recursive", str(mounted)), check=True)
