"""A copy of the whole project, for tests that add files to it as a contributor would."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.support.cases import ROOT


def copied(folder: Path) -> Path:
    """The copy, at `folder`; without a repository, environment or output of this one."""
    ignored = shutil.ignore_patterns(".*", "__pycache__", "build", "dist")
    return Path(shutil.copytree(ROOT, folder, ignore=ignored))


def python(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """How Python ends in a copy, with the copy's own package and tests."""
    path = f"{folder / 'compiler'}{os.pathsep}{folder}"
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST")} | {"PYTHONPATH": path}
    return subprocess.run(
        [sys.executable, *words], cwd=folder, env=environment, capture_output=True, text=True, timeout=600
    )
