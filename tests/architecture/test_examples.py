"""The specs of docs/examples compile, on every distro and by every name of one, with nothing else changed."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from jeroboam import plugins
from jeroboam.diagnostics import Severity
from jeroboam.emit import Bundle
from jeroboam.pipeline import compile_spec
from tests.support.cases import ROOT

EXAMPLES = ROOT / "docs/examples"
CLUSTERS = sorted(
    path.name for path in EXAMPLES.glob("*.yaml") if "\nkind: cluster\n" in path.read_text(encoding="utf-8")
)
NAMES = (*plugins.names("platforms"), "coreos")
"""The last is Flatcar's old name."""


def test_each_coe_has_one_and_a_template_has_two() -> None:
    texts = {path.name: path.read_text(encoding="utf-8") for path in EXAMPLES.glob("*.yaml")}
    named = re.findall(r"^template: (\S+)$", "\n".join(texts.values()), re.MULTILINE)
    assert sorted(texts) == sorted({*CLUSTERS, *named})
    assert len(named) == 2
    coes = re.findall(r"^coe: (\S+)$", "\n".join(texts.values()), re.MULTILINE)
    assert sorted(coes) == sorted(plugins.names("drivers"))


@pytest.mark.parametrize("name", CLUSTERS)
def test_it_compiles_as_it_is(name: str) -> None:
    found = compile_spec(str(EXAMPLES / name))
    assert found.value is not None
    assert [d for d in found.diagnostics if d.severity is not Severity.NOTE] == []


@pytest.mark.parametrize("distro", NAMES)
@pytest.mark.parametrize("name", CLUSTERS)
def test_it_compiles_on_each_distro(name: str, distro: str, tmp_path: Path) -> None:
    found = _compiled_on(distro, name, tmp_path / distro)
    if distro == "coreos":
        assert found == _compiled_on("flatcar", name, tmp_path / "flatcar")


def _compiled_on(distro: str, name: str, folder: Path) -> Bundle:
    shutil.copytree(EXAMPLES, folder)
    for path in folder.glob("*.yaml"):
        _state(distro, path)
    found = compile_spec(str(folder / name))
    assert [d for d in found.diagnostics if d.severity is Severity.ERROR] == []
    assert found.value is not None
    return found.value.bundle


def _state(distro: str, path: Path) -> None:
    """Puts the distro in the place of another, where the file says one."""
    text = re.sub(r"(?m)^distro: .*$", f"distro: {distro}", path.read_text(encoding="utf-8"))
    path.write_text(text, encoding="utf-8")
