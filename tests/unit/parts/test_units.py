"""What units of nodes ask of each other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.cases import ROOT

FRAGMENTS = ROOT / "fragments"
DAEMONS = {
    path.name
    for path in FRAGMENTS.rglob("*.service")
    if "Restart=always" in path.read_text(encoding="utf-8").splitlines()
}
UNITS = [path for kind in ("service", "conf") for path in FRAGMENTS.rglob(f"*.{kind}")]


def test_daemons_are_known() -> None:
    assert {"docker.service", "flanneld.service", "kubelet.service"} <= DAEMONS


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_no_unit_is_given_up_for_a_daemon_that_systemd_starts_again(path: Path) -> None:
    """A required unit that fails while it starts takes the start of others with it, for good."""
    required = re.findall(r"^(?:Requires|BindsTo)=(.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert DAEMONS.isdisjoint(name for names in required for name in names.split())
