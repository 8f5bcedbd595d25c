"""No command loads what only others need: what keeps a cold start quick."""

from __future__ import annotations

from pathlib import Path

import pytest

from jeroboam.cli.commands import COMMANDS
from tests.support.cases import MINIMAL
from tests.support.command import jeroboam

NEVER = {
    "cryptography", "docker", "heatclient", "keystoneauth1", "kubernetes", "openstack", "pydantic",
    "requests", "urllib3",
}  # fmt: skip
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


def test_the_version_is_told_without_any_command(tmp_path: Path) -> None:
    done = jeroboam(["--version"], code=LIST_MODULES, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    loaded = set((tmp_path / "modules.txt").read_text(encoding="utf-8").split())
    ours = {name for name in loaded if name.startswith("jeroboam.")}
    assert "jeroboam.cli.commands" in ours
    assert not {f"jeroboam.cli.{command.module}" for command in COMMANDS.values()} & ours
    assert not any(name.startswith(("jeroboam.spec", "jeroboam.deploy", "jeroboam.model")) for name in ours)
