"""Who may import whom: the contracts of pyproject.toml, run as a test, and proof that they bite."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.cases import ROOT

LINT_IMPORTS = Path(sys.executable).with_name("lint-imports")
PACKAGE = ROOT / "compiler" / "jeroboam"


def _lint(root: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LINT_IMPORTS, "--no-cache", "--config", root / "pyproject.toml"],
        cwd=root, env={"PYTHONPATH": str(root / "compiler")}, capture_output=True, text=True, timeout=300,
    )  # fmt: skip


def test_contracts_hold() -> None:
    done = _lint(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("model/types.py", "import jeroboam.hot.types"),
        ("platforms/ubuntu/__init__.py", "import jeroboam.drivers.kubernetes"),
        ("hot/lower.py", "import yaml"),
        ("pipeline.py", "import heatclient"),
        ("spec/bind.py", "import datetime"),
        ("deploy/settings.py", "import cryptography"),
        ("deploy/settings.py", "import docker"),
        ("flannel.py", "import jinja2"),
        ("secret_shapes.py", "import ruamel.yaml"),
        ("stray.py", ""),
    ],
)
def test_contracts_bite(module: str, line: str, tmp_path: Path) -> None:
    shutil.copytree(PACKAGE, tmp_path / "compiler" / "jeroboam", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    target = tmp_path / "compiler" / "jeroboam" / module
    text = target.read_text(encoding="utf-8") if target.exists() else ""
    target.write_text(f"{text}\n{line}\n", encoding="utf-8")
    assert _lint(tmp_path).returncode == 1


def test_every_module_says_what_it_owns() -> None:
    for path in sorted(PACKAGE.rglob("*.py")):
        first = path.read_text(encoding="utf-8").split("\n", 1)[0]
        assert first.startswith('"""'), path
        assert path.name not in {"utils.py", "helpers.py", "common.py", "misc.py"}, path


def test_a_class_name_means_one_thing() -> None:
    """A stack trace and an editor's "go to symbol" tell classes apart by their names."""
    where: dict[str, list[str]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                where.setdefault(node.name, []).append(str(path.relative_to(PACKAGE)))
    assert {name: paths for name, paths in where.items() if len(paths) > 1} == {}
