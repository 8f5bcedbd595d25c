"""A cluster is named by its stack or by its spec, to every command alike that needs no more than that."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import typer.main

from jeroboam.cli.app import app
from jeroboam.cli.inputs import cluster_named
from jeroboam.cli.terminal import CommandError
from tests.support.tiny_cloud import TinyCloud
from tests.unit.cli.running import BAD, SPEC, Run

COMMANDS = ("status", "diagnose", "delete")
NAMES = ("demo", "clusters/one.yaml", "clusters/one")


@pytest.fixture(autouse=True)
def _spec(tmp_path: Path, run: Run) -> None:
    """A spec whose file is not called as its cluster is."""
    assert run is not None
    for name, text in {"one.yaml": SPEC, "one": SPEC, "bad.yaml": BAD}.items():
        (tmp_path / "clusters").mkdir(exist_ok=True)
        (tmp_path / "clusters" / name).write_text(text, encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("command", COMMANDS)
def test_by_name_or_by_spec(command: str, name: str, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def looks(_: Any, stack: str, **__: Any) -> None:
        asked.append(stack)
        raise CommandError("enough")

    monkeypatch.setattr(f"jeroboam.cli.{command}.connected", lambda *_: None)
    monkeypatch.setattr(f"jeroboam.cli.{command}.{'_stack' if command == 'delete' else 'existing'}", looks)
    done = run(command, name)
    assert (done.status, asked) == (1, ["demo"])
    assert "error: enough" in done.err


@pytest.mark.parametrize("command", COMMANDS)
def test_errors_of_the_spec_are_told_and_no_cloud_is_asked(command: str, run: Run) -> None:
    done = run(command, "clusters/bad.yaml")
    assert (done.status, done.out) == (3, "")
    assert "clusters/bad.yaml:" in done.err
    assert "error[JB0201]" in done.err


def test_every_command_says_so(run: Run) -> None:
    group = typer.main.get_command(app)
    for command in (*COMMANDS, "credentials"):
        first = group.commands[command].params[0]  # type: ignore[attr-defined]
        assert first.metavar == "NAME|SPEC"
    assert cluster_named("-prod-", allow_outside=False) == ("-prod-", None)
    assert run("status", "clusters/none.yaml").status == 3


@pytest.mark.filterwarnings("ignore")  # of OpenStack's clients
def test_the_status_of_a_spec(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with TinyCloud(stack={"stack_name": "demo"}) as cloud:
        for name, value in cloud.variables().items():
            monkeypatch.setenv(name, value)
        done = run("status", "clusters/one.yaml")
        assert done.status == 0
        assert done.out.startswith("demo  CREATE_COMPLETE")
        assert done.out == run("status", "demo").out
