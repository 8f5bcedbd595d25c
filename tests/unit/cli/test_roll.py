"""`roll` at the command line: what is asked of a roll, and what is said where one ends early."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer

from jeroboam.deploy.errors import CloudError
from jeroboam.deploy.roll.run import RollRequest
from jeroboam.errors import JeroboamError
from jeroboam.model.client import ClientError
from tests.unit.cli.running import SPEC, Run

Asked = list[RollRequest]


@pytest.fixture
def ends(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[BaseException | None], Asked]:
    """Has rolls end so, and gives what they were asked."""
    (tmp_path / "demo.yaml").write_text(SPEC, encoding="utf-8")
    cloud = SimpleNamespace(options=("--os-cloud", "prod"))
    monkeypatch.setattr("jeroboam.cli.roll.connected", lambda *_: cloud)

    def ending(error: BaseException | None) -> Asked:
        asked: Asked = []

        def run(request: RollRequest, _: Any) -> Iterator[Any]:
            asked.append(request)
            yield from ()
            if error:
                raise error

        monkeypatch.setattr("jeroboam.cli.roll.run", run)
        return asked

    return ending


def test_the_command_that_goes_on_has_all_that_was_asked(run: Run, ends: Any) -> None:
    words = ("--group", "default", "--max-unavailable", "3", "--drain-timeout", "30", "--secrets", "s.yaml",
             "--api", "127.0.0.1:6443", "--ignore", "quota-ram", "--allow-outside")  # fmt: skip
    asked = ends(None)
    assert run("roll", "demo.yaml", *words, "--yes", "--no-drain").status == 0
    assert asked[0].command(()) == " ".join(("jeroboam roll demo.yaml", *words, "--os-cloud", "prod"))


def test_the_command_that_goes_on_leaves_out_nodes_that_are_made_anew(run: Run, ends: Any) -> None:
    asked = ends(None)
    run("roll", "demo.yaml", "--node", "demo-default-0", "--node", "demo-default-1", "--yes")
    assert (
        asked[0].command({"demo-default-0"})
        == "jeroboam roll demo.yaml --node demo-default-1 --os-cloud prod"
    )


def test_through_a_tunnel_all_of_the_api_is_reached_there_and_nothing_changed_unasked(
    run: Run, ends: Any
) -> None:
    asked = ends(None)
    run("roll", "demo.yaml", "--api", "127.0.0.1:6443")
    assert asked[0].deploy.at == ("127.0.0.1", 6443)
    with pytest.raises(typer.Exit):
        asked[0].deploy.approve_api(())


def test_a_group_and_a_node_of_perhaps_another_are_not_taken_together(run: Run, ends: Any) -> None:
    asked = ends(None)
    done = run("roll", "demo.yaml", "--group", "default", "--node", "master-0")
    assert (done.status, asked) == (2, [])
    assert "--group and --node exclude each other" in done.err


@pytest.mark.parametrize(
    "error", [CloudError("Nova is away"), ClientError("the swarm does not let it go", "look at its managers")]
)
def test_how_a_roll_goes_on_is_said_whatever_ends_it(run: Run, ends: Any, error: JeroboamError) -> None:
    ends(error)
    done = run("roll", "demo.yaml", "--yes")
    assert done.status == 1
    assert error.message in done.err
    assert (error.hint or "") in done.err
    assert "to go on: jeroboam roll demo.yaml --os-cloud prod" in done.err


def test_interrupted_it_says_how_to_go_on(run: Run, ends: Any) -> None:
    ends(KeyboardInterrupt())
    done = run("roll", "demo.yaml", "--yes")
    assert done.status == 130
    assert "left 'demo' as it is; to go on: jeroboam roll demo.yaml" in done.err
