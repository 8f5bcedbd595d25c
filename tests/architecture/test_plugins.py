"""The plug-in seam: a COE or distro is new files and no edit."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from jeroboam import plugins
from tests.architecture import toy
from tests.support import node_files
from tests.support.cases import ROOT

GROUP = pytest.mark.xdist_group("plugins")

DISTRO = '''
"""The distro `toy-os`: cloud-init, and nothing special."""

from jeroboam.model.types import Capability
from jeroboam.userdata.cloud_config import cloud_config


class ToyOs:
    name = "toy-os"
    provides = frozenset(Capability)
    notes = ("JB0595",)
    environment = {"JEROBOAM_BIN_DIR": "/usr/bin"}

    def user_data(self, node, heat_bytes):
        return cloud_config(node, self.environment, heat_bytes)


PLUGIN = ToyOs()
'''

CODES = '''
"""What the distro says."""

from jeroboam.diagnostics.entry import Code, Severity

CODES = {"JB0595": Code(Severity.NOTE, "a toy", "{distro} is a toy", "do not build on it")}
'''

DISTRO_SCHEMA = {"description": "A toy distro."}

SPEC = """\
spec_version: 1
kind: cluster
name: toys
coe: {coe}
distro: {distro}
image: some
keypair: ops
network: {{external_network: public}}
masters: {{flavor: small}}
node_groups: [{{name: default, flavor: small}}]
{block}
"""


COMPILE = """
import json, sys
from jeroboam.pipeline import compile_spec
for path in sys.argv[1:]:
    found = compile_spec(path)
    files = {a.path: a.content for a in found.value.bundle.artifacts} if found.value else {}
    errors = [f"{d.code}: {d.message}" for d in found.diagnostics if d.severity.value == "error"]
    notes = [f"{d.code}: {d.message}" for d in found.diagnostics if d.severity.value == "note"]
    print(json.dumps({"files": files, "errors": errors, "notes": notes}))
"""
CLI = "from jeroboam.cli import main; main()"


def _python(code: str, folder: Path, compiler: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *words],
        cwd=folder,
        env={"PYTHONPATH": str(compiler), "PYTHONDONTWRITEBYTECODE": "1", "JEROBOAM_DEBUG": "1"},
        capture_output=True,
        text=True,
        timeout=120,
    )


FOLDERS = ("compiler", "schemas", "fragments")
"""What a compile needs of the project."""
NEW = {
    "compiler/jeroboam/platforms/toy_os/__init__.py": DISTRO,
    "compiler/jeroboam/platforms/toy_os/codes.py": CODES,
    "schemas/v1/platforms/toy-os.schema.json": json.dumps(DISTRO_SCHEMA),
}
PAIRS = (
    *(("toy", distro) for distro in (*plugins.names("platforms"), "toy-os")),
    *((coe, "toy-os") for coe in plugins.names("drivers")),
)


def _spec(coe: str, distro: str, block: str = "") -> str:
    return SPEC.format(coe=coe, distro=distro, block=block)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of this tree with both toys added: new files, no edit."""
    folder = tmp_path_factory.mktemp("tree")
    for name in FOLDERS:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for path, text in NEW.items():
        assert not (folder / path).exists()
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    toy.add(folder, FOLDERS)
    return folder


@pytest.fixture(scope="module")
def bundles(tree: Path) -> Mapping[tuple[str, str], Any]:
    """What every pair that has a toy in it compiles to: its files by path, its errors."""
    for coe, distro in PAIRS:
        (tree / f"{coe}-{distro}.yaml").write_text(_spec(coe, distro), encoding="utf-8")
    paths = [f"{coe}-{distro}.yaml" for coe, distro in PAIRS]
    done = _python(COMPILE, tree, tree / "compiler", *paths)
    assert done.returncode == 0, done.stderr
    return dict(zip(PAIRS, map(json.loads, done.stdout.splitlines()), strict=True))


@GROUP
@pytest.mark.parametrize(("coe", "distro"), PAIRS)
def test_a_pair_with_a_toy_compiles(coe: str, distro: str, bundles: Mapping[tuple[str, str], Any]) -> None:
    found = bundles[coe, distro]
    assert found["errors"] == []
    assert ("JB0495: toy is a toy" in found["notes"]) is (coe == "toy")
    assert ("JB0595: toy-os is a toy" in found["notes"]) is (distro == "toy-os")
    template = found["files"]["toys.hot.yaml"]
    assert "type: OS::Nova::Server" in template
    user_data = node_files.files(found["files"][_boots_with(found["files"])])
    texts = {file.path: file.text for file in user_data}
    settings = texts["/etc/jeroboam/cluster.env"]
    assert ("/opt/jeroboam/steps/60-greeting.sh" in texts) is (coe == "toy")
    assert ("JEROBOAM_GREETING='hello'" in settings) is (coe == "toy")
    assert ("JEROBOAM_BIN_DIR='/usr/bin'" in settings) is (distro == "toy-os")
    assert any(path.startswith("/opt/jeroboam/steps/") for path in texts)


def _boots_with(files: Mapping[str, str]) -> str:
    return next(path for path in files if path in ("user-data/default.yaml", "user-data/default.ign"))


@GROUP
def test_the_command_line_knows_the_toys(tree: Path, tmp_path: Path) -> None:
    def run(*words: str) -> str:
        done = _python(CLI, tmp_path, tree / "compiler", *words)
        assert done.returncode == 0, done.stderr
        return done.stdout

    (tmp_path / "cluster.yaml").write_text(_spec("toy", "toy-os", "toy: {greeting: good morning}"), "utf-8")
    assert "JEROBOAM_GREETING='good morning'" in run("compile", "-o", "-", "cluster.yaml")
    run("validate", "cluster.yaml")
    schema = json.loads(run("schema"))
    assert "toy" in schema["properties"]["coe"]["enum"]
    assert "toy-os" in schema["properties"]["distro"]["enum"]
    assert "What nodes say." in run("explain", "toy.greeting")
    for name, plugin in (("coe", "toy"), ("distro", "toy-os")):
        assert plugin in run("explain", name)
    known = "from jeroboam.diagnostics import CODES; print(*CODES)"
    assert {"JB0495", "JB0595"} <= set(_python(known, tmp_path, tree / "compiler").stdout.split())


def test_without_its_files_a_toy_is_a_diagnostic(tmp_path: Path) -> None:
    (tmp_path / "cluster.yaml").write_text(_spec("toy", "ubuntu"), encoding="utf-8")
    done = _python(CLI, tmp_path, ROOT / "compiler", "compile", "-o", "-", "cluster.yaml")
    assert done.returncode == 3
    assert "toy" in done.stderr
    assert "Traceback" not in done.stderr


def test_every_schema_of_a_pair_is_there() -> None:
    """What the schemas offer and what there are plug-ins for may differ only by plug-ins still to come."""
    for kind, folder in (("drivers", "drivers"), ("platforms", "platforms")):
        offered = {p.name.removesuffix(".schema.json") for p in (ROOT / "schemas/v1" / folder).glob("*.json")}
        assert set(plugins.names(kind)) <= offered  # type: ignore[arg-type]
