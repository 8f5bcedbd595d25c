"""Every COE on every distro: each pair has a golden case, and any spec compiles on any distro."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from jeroboam import plugins
from jeroboam.diagnostics import Severity
from jeroboam.pipeline import compile_spec
from tests.support.cases import CASES, Case

DISTROS = plugins.names("platforms")


def test_every_pair_has_a_minimal_case() -> None:
    pairs = {(coe, distro) for coe in plugins.names("drivers") for distro in DISTROS}
    cases = {(case.coe, case.distro.replace("_", "-")) for case in CASES if case.name == "minimal"}
    assert cases == pairs


@pytest.mark.parametrize("distro", DISTROS)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_changing_the_distro_alone_is_enough(case: Case, distro: str, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(case.folder, tmp_path / "case"))
    spec = folder / "cluster.yaml"
    text = re.sub(r"^distro:.*\n", "", spec.read_text(encoding="utf-8"), flags=re.MULTILINE)
    spec.write_text(f"{text}distro: {distro}\n", encoding="utf-8")
    found = compile_spec(str(spec))
    errors = {d.code for d in found.diagnostics if d.severity is Severity.ERROR}
    # A distro may lack what a case is about (an old kernel has no WireGuard), and then says so.
    assert errors <= (set() if case.name in ("minimal", "ha") else {"JB0501"})
    assert (found.value is None) == bool(errors)
