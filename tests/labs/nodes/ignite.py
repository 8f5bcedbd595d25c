"""Ignition, run on a machine's root before its first boot, as the systems it is made for run it in theirs."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROGRAM = "/usr/lib/dracut/modules.d/30ignition/ignition"
STAGES = ("fetch", "files")
PRESET = "etc/systemd/system-preset/20-ignition.preset"


@contextmanager
def mounted(root: Path, disk: Path, usr: Path) -> Iterator[Path]:
    """The root on `disk` as a folder at `root`, with the disk of its /usr in place."""
    root.mkdir()
    _run("mount", "-o", "loop", str(disk), str(root))
    try:
        _run("mount", "-o", "loop,ro", str(usr), str(root / "usr"))
        try:
            yield root
        finally:
            _run("umount", str(root / "usr"))
    finally:
        _run("umount", str(root))


def ignite(folder: Path, root: Path, config: str, hostname: str | None) -> None:
    """Applies the config to the system at `root`; `folder` holds what is left of it.

    `hostname` is what the system's initramfs takes from the metadata service, None where it takes none.
    """
    programs = folder / "programs"
    programs.mkdir()
    (folder / "config.ign").write_text(config, encoding="utf-8")
    # Ignition has everything relabelled by a policy that no Debian has.
    (programs / "setfiles").symlink_to("/bin/true")
    if hostname:
        (root / "etc/hostname").write_text(f"{hostname}\n", encoding="ascii")
    _apply(folder, root, programs)


def _apply(folder: Path, root: Path, programs: Path) -> None:
    environment = {
        **os.environ,
        "IGNITION_CONFIG_FILE": str(folder / "config.ign"),
        "PATH": f"{programs}:{os.environ['PATH']}",
    }
    state = ("-config-cache", str(folder / "cache.json"), "-state-file", str(folder / "state.json"))
    for stage in STAGES:
        words = (PROGRAM, "-platform", "file", "-root", str(root), "-stage", stage, "-log-to-stdout", *state)
        done = subprocess.run(
            words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert done.returncode == 0, f"Ignition, stage {stage}: {done.stdout[-1500:]}"
    # systemd enables what presets name when it starts for the first time.
    preset = root / PRESET
    lines = preset.read_text(encoding="utf-8").splitlines() if preset.exists() else []
    for verb, unit in (line.split()[:2] for line in lines if line.startswith(("enable ", "disable "))):
        _run("systemctl", f"--root={root}", "--quiet", verb, unit)


def _run(*words: str) -> None:
    subprocess.run(words, check=True)
