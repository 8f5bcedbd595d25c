"""The built wheel, in an empty environment far from the checkout, compiles every golden case."""

from __future__ import annotations

import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from jeroboam.__about__ import __version__
from tests.support.cases import CASES, GOLDEN, ROOT, compiled
from tests.support.command import on_disk, written
from tests.support.day import DAY

pytestmark = pytest.mark.xdist_group("wheel")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, ROOT],
        check=True, capture_output=True, timeout=300,
    )  # fmt: skip
    return next(out.glob("*.whl"))


def test_contents(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    data = f"jeroboam-{__version__}.data"
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"jeroboam", data}
    pages = {f"{data}/data/share/man/man1/{page.name}" for page in (ROOT / "docs/man").glob("*.1")}
    assert {name for name in names if name.startswith(f"{data}/")} == pages
    for tree in ("schemas", "fragments"):
        ours = {f"jeroboam/_data/{p.relative_to(ROOT)}" for p in (ROOT / tree).rglob("*") if p.is_file()}
        assert ours == {name for name in names if name.startswith(f"jeroboam/_data/{tree}/")}
    sources = {
        p.relative_to(ROOT / "compiler").as_posix() for p in (ROOT / "compiler" / "jeroboam").rglob("*.*")
    }
    assert {p for p in sources if p.endswith((".py", ".json", ".yaml", ".typed"))} <= set(names)
    assert any(name.endswith("/licenses/LICENSE") for name in names)


def test_installed_wheel_compiles_every_case(wheel: Path, tmp_path: Path) -> None:
    home = tmp_path / "env"
    venv.create(home, with_pip=False, symlinks=True)
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", home, "install", "--quiet", "--disable-pip-version-check",
         "--no-compile", "-c", ROOT / "tests/constraints.txt", wheel],
        check=True, capture_output=True, timeout=300,
    )  # fmt: skip
    away = tmp_path / "away"
    shutil.copytree(GOLDEN, away, ignore=shutil.ignore_patterns("expected"))
    specs = [case.spec.relative_to(GOLDEN) for case in CASES]
    done = subprocess.run(
        [home / "bin" / "jeroboam", "compile", "-o", "out", *specs],
        cwd=away, env=DAY, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    bundles = [compiled(case.spec) for case in CASES]
    assert written(away / "out") == {k: v for b in bundles for k, v in on_disk(b.name, b.files).items()}
