"""The Makefile of docs/pipelines.md, run by make: what changed is compiled again, and nothing else."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.cases import ROOT
from tests.support.shared_template import SHARED_TEMPLATE, cluster_of

pytestmark = pytest.mark.slow
FILES = {
    "clusters/common/base.yaml": SHARED_TEMPLATE,
    "clusters/common/hooked.yaml": SHARED_TEMPLATE.replace("base", "hooked")
    + "hooks: {pre_bootstrap: [../hooks/pre bootstrap.sh]}\n",
    "clusters/hooks/pre bootstrap.sh": "#!/bin/sh\nset -eu\n",
    "clusters/prod.yaml": cluster_of("prod", "common/base.yaml"),
    "clusters/edge.yaml": cluster_of("edge", "common/hooked.yaml"),
}


def _recipe() -> str:
    page = (ROOT / "docs/pipelines.md").read_text(encoding="utf-8")
    (recipe,) = re.findall(r"^```make\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    return str(recipe)


def test_the_recipe_is_short() -> None:
    assert len(_recipe().splitlines()) <= 10


def test_make_follows_what_clusters_are_made_from(tmp_path: Path) -> None:
    def write(path: str, text: str) -> None:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")

    def make() -> tuple[int, list[str], str]:
        """The exit status, the specs that were compiled, and what was said besides."""
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        environment = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL")}
        done = subprocess.run(
            ["make"], cwd=tmp_path, env=environment | {"PATH": path},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        return (
            done.returncode,
            re.findall(r"^jeroboam .*/(\w+)\.yaml$", done.stdout, re.MULTILINE),
            done.stderr,
        )

    for path, text in FILES.items():
        write(path, text)
    write("Makefile", _recipe())
    assert make()[:2] == (0, ["edge", "prod"])
    assert make()[:2] == (0, [])
    # A comment changes no byte of what is compiled, and is looked at once.
    write("clusters/common/base.yaml", f"# Shared.\n{SHARED_TEMPLATE}")
    assert make()[:2] == (0, ["prod"])
    assert make()[:2] == (0, [])
    write("clusters/hooks/pre bootstrap.sh", "#!/bin/sh\nset -eux\n")
    assert make()[:2] == (0, ["edge"])
    # What is gone is the compiler's to tell, where it is named, and not make's.
    (tmp_path / "clusters/common/hooked.yaml").unlink()
    status, compiled, said = make()
    assert (status, compiled) == (2, ["edge"])
    assert "clusters/edge.yaml:4:11: error[JB0101]: cannot read 'clusters/common/hooked.yaml'" in said
    assert "No rule to make target" not in said
    write("clusters/edge.yaml", cluster_of("edge", "common/base.yaml"))
    assert make()[:2] == (0, ["edge"])
    (tmp_path / "clusters/edge.yaml").unlink()
    assert make()[:2] == (0, [])
