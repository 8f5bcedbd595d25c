"""The recipe of docs/pipelines.md that comments on a pull request, run as it stands there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.support.cases import ROOT
from tests.unit.cli.running import SPEC

pytestmark = pytest.mark.slow
# Says what it was asked, instead of GitHub.
GH = '#!/bin/sh\necho "$@" >> "$ASKED"\ncat diff.md >> "$ASKED"\n'


def _script() -> str:
    page = (ROOT / "docs/pipelines.md").read_text(encoding="utf-8")
    (block,) = re.findall(
        r"^```yaml\n(# \.github/workflows/diff\.yaml\n.*?)^```", page, re.MULTILINE | re.DOTALL
    )
    workflow = yaml.safe_load(block)
    # YAML reads the key `on` as true.
    assert workflow[True] == "pull_request"
    assert workflow["permissions"] == {"contents": "read", "pull-requests": "write"}
    steps = workflow["jobs"]["diff"]["steps"]
    # What comes from a pull request is never part of a script.
    assert all("${{" not in step.get("run", "") for step in steps)
    script: str = steps[-1]["run"]
    return script


def test_it_comments_on_what_a_running_cluster_would_feel(tmp_path: Path) -> None:
    def git(*words: str) -> None:
        subprocess.run(["git", *words], cwd=tmp_path / "repo", check=True, env=env, capture_output=True)

    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "gh").write_text(GH)
    (programs / "gh").chmod(0o755)
    env = {
        "PATH": f"{programs}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "ASKED": str(tmp_path / "asked"),
        "GITHUB_BASE_REF": "main",
        "PULL_REQUEST": "7",
        **{f"GIT_{who}_NAME": "A" for who in ("AUTHOR", "COMMITTER")},
        **{f"GIT_{who}_EMAIL": "a@example.org" for who in ("AUTHOR", "COMMITTER")},
    }
    folder = tmp_path / "repo"
    (folder / "clusters/eu west").mkdir(parents=True)
    base = SPEC.replace("kind: cluster", "kind: cluster_template").replace("name: demo", "name: base")
    (folder / "clusters/base.yaml").write_text(base)
    for path in ("clusters/a.yaml", "clusters/eu west/b.yaml"):
        up = "../" * (path.count("/") - 1)
        name = Path(path).stem
        (folder / path).write_text(f"spec_version: 1\nkind: cluster\nname: {name}\ntemplate: {up}base.yaml\n")
    git("init", "--quiet", "-b", "main")
    git("add", "--all")
    git("commit", "--quiet", "-m", "a")
    # As a checkout of a pull request has it: its own commit, and the base as origin has it.
    git("update-ref", "refs/remotes/origin/main", "HEAD")
    with (folder / "clusters/eu west/b.yaml").open("a") as file:
        file.write("node_groups: [{name: default, flavor: m1.huge}]\n")
    (folder / "clusters/new.yaml").write_text(SPEC.replace("name: demo", "name: new"))
    git("add", "--all")
    git("commit", "--quiet", "-m", "b")
    # As GitHub runs a step.
    command = ["bash", "-e", "-c", _script()]
    ran = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr
    asked = (tmp_path / "asked").read_text()
    assert asked.startswith("pr comment 7 --body-file diff.md\n<!-- jeroboam diff b -->\n### `b`: ")
    assert asked.count("pr comment") == 1
    assert "| `node_groups.default.flavor` | `m1.large` | `m1.huge` |" in asked
    # A spec that has become wrong ends the job.
    with (folder / "clusters/a.yaml").open("a") as file:
        file.write("oops: 1\n")
    git("commit", "--quiet", "-am", "c")
    git("worktree", "remove", "--force", "../base")
    assert subprocess.run(command, cwd=folder, env=env, capture_output=True).returncode == 3
