"""`restore` at the command line: what is asked of a restoration, what is shown, and how to go on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from jeroboam.deploy.errors import CloudError
from jeroboam.deploy.roll.restore import RestorePlan, RestorePlanned, RestoreRequest
from jeroboam.errors import JeroboamError
from jeroboam.model.client import ClientError
from tests.unit.cli.running import SPEC, Run

Asked = list[RestoreRequest]
PLAN = RestorePlan("demo", ("demo-master-0", "demo-master-1"), answers=True)


@pytest.fixture
def ends(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[BaseException | None], Asked]:
    """Has restorations end so, and gives what they were asked."""
    (tmp_path / "demo.yaml").write_text(SPEC, encoding="utf-8")
    (tmp_path / "a.snapshot").write_bytes(b"state")
    cloud = SimpleNamespace(options=("--os-cloud", "prod"))
    monkeypatch.setattr("jeroboam.cli.restore.connected", lambda *_: cloud)

    def ending(error: BaseException | None) -> Asked:
        asked: Asked = []

        def restored(request: RestoreRequest, _: Any) -> Iterator[Any]:
            asked.append(request)
            yield RestorePlanned(PLAN)
            request.approve(PLAN)
            if error:
                raise error

        monkeypatch.setattr("jeroboam.cli.restore.restored", restored)
        return asked

    return ending


def test_what_is_asked_and_what_will_be_lost(run: Run, ends: Any) -> None:
    asked = ends(None)
    words = ("--secrets", "s.yaml", "--api", "127.0.0.1:6443", "--allow-outside")
    done = run("restore", "demo.yaml", "a.snapshot", *words, "--yes", "--lose-newer")
    assert done.status == 0, done.err
    (request,) = asked
    assert request.digest == sha256(b"state").hexdigest()
    assert (request.snapshot, request.lose_newer) == (Path("a.snapshot"), True)
    assert request.deploy.at == ("127.0.0.1", 6443)
    again = ("jeroboam restore demo.yaml a.snapshot", *words, "--os-cloud prod")
    assert request.command == " ".join(again)
    assert "demo: to be restored from 'a.snapshot'\n" in done.err
    assert "  will be lost  all that the cluster was told since it was taken" in done.err
    assert "demo-master-0, demo-master-1: all away at once" in done.err
    assert "  = warning: the API answers, and has what is newer\n" in done.err


def test_unasked_nothing_is_done(run: Run, ends: Any) -> None:
    ends(None)
    done = run("restore", "demo.yaml", "a.snapshot")
    assert done.status == 2
    assert "nothing was changed; to go on without being asked: --yes" in done.err


@pytest.mark.parametrize("error", [CloudError("Heat is away", "look at it"), ClientError("refused")])
def test_one_that_fails_says_how_to_go_on(run: Run, ends: Any, error: JeroboamError) -> None:
    ends(error)
    done = run("restore", "demo.yaml", "a.snapshot", "--yes")
    assert done.status == 1
    assert error.message in done.err
    assert "to go on: jeroboam restore demo.yaml a.snapshot --os-cloud prod" in done.err


def test_one_that_is_left_says_how_to_go_on(run: Run, ends: Any) -> None:
    ends(KeyboardInterrupt())
    done = run("restore", "demo.yaml", "a.snapshot", "--yes")
    assert done.status == 130
    assert "left 'demo' as it is; to go on: jeroboam restore demo.yaml a.snapshot" in done.err


def test_a_file_that_is_not_there(run: Run, ends: Any) -> None:
    asked = ends(None)
    done = run("restore", "demo.yaml", "none.snapshot")
    assert (done.status, asked) == (1, [])
    assert "cannot read 'none.snapshot': No such file or directory" in done.err


def test_without_a_file_it_is_said_who_goes_on(run: Run, ends: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = ends(CloudError("Heat is away"))
    plan = RestorePlan("demo", ("demo-master-0", "demo-master-1"), answers=False, survivor="demo-master-2")
    monkeypatch.setattr("tests.unit.cli.test_restore.PLAN", plan)
    done = run("restore", "demo.yaml", "--yes")
    assert done.status == 1
    (request,) = asked
    assert (request.snapshot, request.digest) == (None, "")
    assert "demo: to go on from demo-master-2, with all that it knows\n" in done.err
    assert "  masters       demo-master-0, demo-master-1: away for good" in done.err
    assert "will be lost" not in done.err
    assert "to go on: jeroboam restore demo.yaml --os-cloud prod" in done.err


def test_newer_state_is_lost_to_a_snapshot_alone(run: Run, ends: Any) -> None:
    asked = ends(None)
    done = run("restore", "demo.yaml", "--lose-newer")
    assert (done.status, asked) == (2, [])
    assert "--lose-newer is for a snapshot: name its file" in done.err
