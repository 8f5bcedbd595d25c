"""Linters over the fragments as they are, across the files that source one another."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.nodescripts.lab import FRAGMENTS

SCRIPTS = sorted(FRAGMENTS.rglob("*.sh"))
STEPS = sorted(FRAGMENTS.glob("*/steps/*.sh"))
UNITS = sorted(FRAGMENTS.rglob("*.service"))


def _name(path: Path) -> str:
    return path.relative_to(FRAGMENTS).as_posix()


@pytest.mark.parametrize("step", STEPS, ids=_name)
def test_a_step_says_what_it_does_and_stops_at_errors(step: Path) -> None:
    lines = step.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "#!/bin/bash"
    assert re.fullmatch(r"# [A-Z].*\.", lines[1])
    assert lines[2] == "set -euo pipefail"


@pytest.mark.parametrize("script", SCRIPTS, ids=_name)
def test_known_traps_are_kept_out(script: Path) -> None:
    text = script.read_text(encoding="utf-8")
    assert not re.search(r"^\s*\(\(\s*\w+(\+\+|--)\s*\)\)", text, re.MULTILINE), "fails under -e at zero"
    assert "set -x" not in text
    assert "/dev/vd" not in text
    assert not re.search(r"while (true|:)", text), "a loop without end"


@pytest.mark.parametrize("unit", UNITS, ids=_name)
def test_systemd_accepts_each_unit(unit: Path, program: Callable[[str], str], tmp_path: Path) -> None:
    """In a scratch root where every program that the unit starts exists."""
    folder = tmp_path / "etc/systemd/system"
    folder.mkdir(parents=True)
    (folder / unit.name).write_bytes(unit.read_bytes())
    for name in re.findall(r"^Exec\w+=-?(/\S+)", unit.read_text(encoding="utf-8"), re.MULTILINE):
        stub = tmp_path / name.lstrip("/")
        stub.parent.mkdir(parents=True, exist_ok=True)
        stub.touch(0o755)
    done = subprocess.run(
        [
            program("systemd-analyze"),
            "verify",
            f"--root={tmp_path}",
            "--recursive-errors=no",
            "--man=no",
            str(Path("/etc/systemd/system", unit.name)),
        ],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert not [line for line in done.stderr.splitlines() if "Unknown" in line or "ignoring" in line]
