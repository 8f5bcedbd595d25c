"""`deploy` at the command line: what is asked of a deployment."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from jeroboam.deploy.request import Request
from tests.unit.cli.running import SPEC, Run


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
