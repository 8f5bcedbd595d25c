"""The overlay by which programs of Go go by a node's clock, of a Go that is only a script."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from tests.labs.nodes.mirror import programs

SCRIPT = Path(programs.__file__).with_name("clock") / "overlay.sh"
ASSEMBLY = "TEXT time·now<ABIInternal>(SB),NOSPLIT,$16-24\n\tRET\n"


def _overlay(folder: Path, assembly: str) -> subprocess.CompletedProcess[str]:
    runtime = folder / "go" / "src" / "runtime"
    runtime.mkdir(parents=True)
    (runtime / "time_linux_amd64.s").write_text(assembly, encoding="utf-8")
    go = folder / "bin" / "go"
    go.parent.mkdir()
    go.write_text(f"#!/bin/sh\necho {folder}/go\n", encoding="ascii")
    go.chmod(0o755)
    environment = {**os.environ, "PATH": f"{go.parent}:{os.environ['PATH']}"}
    words = (str(SCRIPT), str(folder / "overlay"))
    return subprocess.run(words, env=environment, cwd=folder, capture_output=True, text=True)


def test_time_now_is_ours_and_calls_the_machines(tmp_path: Path) -> None:
    done = _overlay(tmp_path, ASSEMBLY)
    assert done.returncode == 0, done.stderr
    replaced = json.loads(Path(done.stdout.strip()).read_text(encoding="utf-8"))["Replace"]
    runtime = tmp_path / "go" / "src" / "runtime"
    assembly = Path(replaced[str(runtime / "time_linux_amd64.s")]).read_text(encoding="utf-8")
    assert assembly == ASSEMBLY.replace("time·now<", "·machineNow<")
    ours = Path(replaced[str(runtime / "timeasm.go")]).read_text(encoding="utf-8")
    assert "//go:linkname time_now time.now" in ours


def test_a_runtime_of_another_shape_is_refused(tmp_path: Path) -> None:
    done = _overlay(tmp_path, ASSEMBLY.replace("time·now", "time·other"))
    assert done.returncode == 1
    assert "does not have time.now where clock.go expects it" in done.stderr
