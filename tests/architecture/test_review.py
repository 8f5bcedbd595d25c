"""A change of a packed cluster as a reviewer sees it, with what docs/pipelines.md gives for that."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

from tests.support.cases import GOLDEN, ROOT, compiled_text

PAGE = (ROOT / "docs" / "pipelines.md").read_text(encoding="utf-8")
SPEC = (GOLDEN / "kubernetes" / "flatcar" / "minimal" / "cluster.yaml").read_text(encoding="utf-8")


def _written(folder: Path, more: str) -> None:
    bundle = compiled_text(SPEC + more, folder)
    for path, text in bundle.files.items():
        target = folder / "build" / bundle.name / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


def _git(folder: Path, *words: str) -> str:
    done = subprocess.run(("git", *words), cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout


def test_one_argument_is_a_few_lines(tmp_path: Path) -> None:
    attributes = re.search(r"```text\n(build/\*/user-data.*?)```", PAGE, re.DOTALL)
    command = re.search(r"^git (config diff\.hot\.textconv .*)$", PAGE, re.MULTILINE)
    assert attributes
    assert command
    _git(tmp_path, "init", "-q")
    _git(tmp_path, *shlex.split(command[1]))
    (tmp_path / ".gitattributes").write_text(attributes[1], encoding="utf-8")
    _written(tmp_path, "")
    _git(tmp_path, "add", "--all")
    _written(tmp_path, 'kubernetes: {kubelet_args: {max-pods: "40"}}\n')
    folded = [f":!build/*/user-data/*.{suffix}" for suffix in ("yaml", "ign")]
    shown = _git(tmp_path, "diff", "--", ".", *folded)
    changed = [line for line in shown.splitlines() if re.match(r"[+-][^+-]", line)]
    assert any("max-pods" in line or "maxPods" in line for line in changed), shown
    assert len(shown) < 4000
    assert not any("H4sI" in line for line in changed)
