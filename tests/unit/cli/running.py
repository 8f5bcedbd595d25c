"""The command line run inside the test's own process: as good as a process of its own, and much quicker."""

from __future__ import annotations

import functools
import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
import typer.main

from jeroboam.cli import main

SPEC = """\
spec_version: 1
kind: cluster
name: demo
coe: kubernetes
distro: ubuntu
image: ubuntu-24.04
keypair: ops
network: {external_network: public, api_allowed_cidrs: [192.0.2.0/24]}
masters: {flavor: m1.medium}
node_groups:
  - {name: default, flavor: m1.large}
"""
BAD = SPEC.replace("keypair", "key_pair").replace("masters: {", "masters: {count: two, ")


class Done(NamedTuple):
    """How a run ended."""

    status: int
    out: str
    err: str


Run = Callable[..., Done]
# typer makes its commands anew for each run, which takes longer than most runs; no run changes them.
_command = functools.cache(typer.main.get_command)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Runs `jeroboam ARGUMENTS` in an empty folder, `tmp_path`; `stdin` is what it reads there."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("typer.main.get_command", _command)

    def runs(*arguments: str | Path, stdin: str | bytes = "") -> Done:
        raw = stdin.encode() if isinstance(stdin, str) else stdin
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw), encoding="utf-8"))
        monkeypatch.setattr(sys, "argv", ["jeroboam", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return Done(int(ended.value.code or 0), out, err)

    return runs


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    """A spec without errors, as the relative path `demo.yaml`."""
    (tmp_path / "demo.yaml").write_text(SPEC, encoding="utf-8")
    return Path("demo.yaml")


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    """A spec with two errors, as the relative path `bad.yaml`."""
    (tmp_path / "bad.yaml").write_text(BAD, encoding="utf-8")
    return Path("bad.yaml")
