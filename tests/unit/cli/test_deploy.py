"""`deploy` at the command line: what is asked of a deployment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from jeroboam.deploy.events import Deployed
from jeroboam.deploy.request import Request
from tests.unit.cli.running import SPEC, Run
from tests.unit.deploy.wait.facts import stack


def test_the_command_that_goes_on_has_all_that_holds_for_it_too(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "demo.yaml").write_text(SPEC, encoding="utf-8")
    asked: list[Request] = []

    def deployed(request: Request, _: Any) -> Iterator[Any]:
        asked.append(request)
        yield from ()

    cloud = SimpleNamespace(options=("--os-cloud", "prod"))
    monkeypatch.setattr("jeroboam.cli.deploy.connected", lambda *_: cloud)
    monkeypatch.setattr("jeroboam.cli.deploy.run", deployed)
    words = ("--allow-replace", "demo-master-0", "--drain-timeout", "30", "--secrets", "s.yaml",
             "--api", "127.0.0.1:6443", "--ignore", "quota-ram", "--allow-outside")  # fmt: skip
    assert run("deploy", "demo.yaml", *words, "--yes", "--no-drain", "--supersede").status == 0
    assert asked[0].again == " ".join(("jeroboam deploy demo.yaml", *words, "--os-cloud", "prod"))


@pytest.mark.parametrize(
    ("spec", "words", "then"),
    [
        ("demo.yaml", (), "jeroboam credentials demo"),
        ("clusters/demo.yaml", (), "jeroboam credentials clusters/demo.yaml"),
        ("demo.yaml", ("--secrets", "s.yaml"), "jeroboam credentials demo.yaml --secrets s.yaml"),
    ],
)
def test_the_next_command_finds_the_same_secrets(
    run: Run, monkeypatch: pytest.MonkeyPatch, spec: str, words: tuple[str, ...], then: str
) -> None:
    Path("clusters").mkdir()
    Path(spec).write_text(SPEC, encoding="utf-8")
    done = replace(stack("CREATE_COMPLETE"), name="demo")
    cloud = SimpleNamespace(options=(), requests={})
    monkeypatch.setattr("jeroboam.cli.deploy.connected", lambda *_: cloud)
    monkeypatch.setattr("jeroboam.cli.deploy.run", lambda *_: iter([Deployed(done)]))
    assert f"  next: {then}\n" in run("deploy", spec, *words, "--yes").err
