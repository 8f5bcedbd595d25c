"""The command line as users run it: a process of its own, with nothing of ours in its environment."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from jeroboam.emit import manifest
from tests.support.cases import ROOT
from tests.support.day import DAY

RUN = "from jeroboam.cli import main; main()"


def jeroboam(
    arguments: Sequence[str | Path],
    *,
    cwd: Path = ROOT,
    env: Mapping[str, str] | None = None,
    stdin: str = "",
    code: str = RUN,
) -> subprocess.CompletedProcess[str]:
    """Runs `jeroboam ARGUMENTS` in `cwd` on the tests' day, with `env` and nothing else of this process's."""
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=cwd,
        env={"PYTHONPATH": str(ROOT / "compiler"), **DAY, **(env or {})},
        input=stdin,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
    )


def written(folder: Path) -> dict[str, bytes]:
    """Every file below `folder` by relative path."""
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()
    }


def on_disk(name: str, artifacts: Mapping[str, str]) -> dict[str, bytes]:
    """What `written` finds of the cluster `name`, whose bundle holds `artifacts`: those and their list."""
    contents = {path: text.encode() for path, text in artifacts.items()}
    contents[manifest.NAME] = manifest.text(contents).encode()
    return {f"{name}/{path}": content for path, content in contents.items()}
