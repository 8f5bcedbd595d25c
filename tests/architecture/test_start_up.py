"""Compiling loads nothing that only other commands need: what keeps a cold start quick."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.cases import MINIMAL
from tests.support.command import jeroboam

NEVER = {"heatclient", "keystoneauth1", "openstack", "cryptography", "requests", "urllib3", "pydantic"}
NOT_WITHOUT_NEED = {"jsonschema", "asyncio", "ssl", "http.client", "unittest", "multiprocessing"}
LIST_MODULES = """
import sys
from jeroboam.cli import main
try:
    main()
finally:
    with open("modules.txt", "w") as out:
        out.write("\\n".join(sorted(sys.modules)))
"""


@pytest.mark.parametrize("command", ["compile", "validate"])
def test_modules(command: str, tmp_path: Path) -> None:
    where: list[str | Path] = ["-o", tmp_path] if command == "compile" else []
    done = jeroboam([command, *where, MINIMAL.spec], code=LIST_MODULES, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    loaded = set((tmp_path / "modules.txt").read_text(encoding="utf-8").split())
    assert "jeroboam.pipeline" in loaded or command == "validate"
    assert loaded & (NEVER | NOT_WITHOUT_NEED) == set()
