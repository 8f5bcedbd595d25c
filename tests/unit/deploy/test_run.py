"""A deployment from Python: the events in their order, what it fails with, and what became of the stack."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

from jeroboam import compile_spec
from jeroboam.deploy.clock import Clock
from jeroboam.deploy.errors import DeployError
from jeroboam.deploy.plan.types import Change, ChangeKind, Plan
from jeroboam.deploy.preflight.findings import CheckResult, Level
from jeroboam.deploy.run import Request, failure, run
from jeroboam.deploy.types import Note, Stack
from jeroboam.deploy.wait.notices import Moved
from jeroboam.deploy.wait.state import Progress, Round, advanced
from jeroboam.deploy.wait.verdict import WaitOutcome
from jeroboam.secrets import EMPTY, Environment, SecretsError, load
from jeroboam.secrets import environment as made
from tests.support.cases import MINIMAL
from tests.unit.deploy.wait.facts import CLUSTER, report, stack

AGAIN = "jeroboam deploy prod.yaml"


@pytest.mark.parametrize(
    ("state", "action", "message"),
    [
        ("CREATE_FAILED", "CREATE", "the stack 'prod' failed; it is left as it is"),
        ("UPDATE_FAILED", "UPDATE", "the stack 'prod' failed; it is left as it is"),
        (
            "ROLLBACK_COMPLETE",
            "CREATE",
            "the stack 'prod' failed; Heat undid it: all that was made of it is deleted again",
        ),
        (
            "ROLLBACK_COMPLETE",
            "UPDATE",
            "the stack 'prod' failed; Heat undid it: its resources are as they were before this update",
        ),
        (
            "ROLLBACK_FAILED",
            "UPDATE",
            "the stack 'prod' failed; Heat could not undo it all, and left it so: Conflict: in use",
        ),
    ],
)
def test_what_a_failure_left_is_said(state: str, action: str, message: str) -> None:
    left = stack(state, "Conflict: in use")
    error = failure(Progress(action, left, True, 0.0), WaitOutcome.FAILED, action, AGAIN)
    assert error.message == message
    assert error.hint == "once the cause is fixed, go on from here: jeroboam deploy prod.yaml"


@pytest.mark.parametrize(
    ("state", "how"), [("DELETE_COMPLETE", "was deleted"), ("DELETE_IN_PROGRESS", "is being deleted")]
)
def test_a_stack_that_someone_deleted_is_said_to_be(state: str, how: str) -> None:
    error = failure(Progress("CREATE", stack(state), True, 0.0), WaitOutcome.GONE, "CREATE", AGAIN)
    assert error.message == f"the stack 'prod' {how} meanwhile, by someone else"


def test_nodes_that_did_not_become_ready_are_named_with_their_reasons() -> None:
    reports = (
        report("prod-master-0", final=True),
        report("prod-default-0", final=True, failed="step 40-x failed"),
    )
    done = Round(1.0, stack("UPDATE_COMPLETE"), (), reports, CLUSTER)
    progress = advanced(Progress("UPDATE", stack("UPDATE_COMPLETE"), True, 0.0), done)
    error = failure(progress, WaitOutcome.UNREADY, "UPDATE", AGAIN)
    assert error.message == (
        "Heat is done with 'prod', but not all of its nodes are ready: "
        "prod-default-0: failed: step 40-x failed"
    )
    assert error.hint is not None
    assert "systemctl restart jeroboam-bootstrap" in error.hint
    assert "retired" in error.hint


COMPILED = compile_spec(str(MINIMAL.spec)).value
PLAN = Plan("prod", True, (), 0, sections=("outputs",))
DONE = Progress("CREATE", stack("CREATE_COMPLETE"), True, 0.0)


@cache
def secrets_text() -> str:
    """A secrets file as `jeroboam secrets` writes it."""
    assert COMPILED is not None
    model = COMPILED.model
    found = made(
        model.spec.name, model.secrets, EMPTY, "", {},
        rotate=False, random=Random(7), now=datetime.now(UTC),
    )  # fmt: skip
    assert isinstance(found, Environment)
    return found.text


class World:
    """What the cloud would say, and what it is told; every question of `run` is answered here."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.stack: Stack | None = None
        self.same = True
        self.findings: tuple[CheckResult, ...] = ()
        self.plan = PLAN
        self.progress = DONE
        self.done: list[str] = []
        answers: dict[str, Callable[..., Any]] = {
            "find": lambda *_, **__: self.stack,
            "preflight": lambda *_: self.findings,
            "planned": lambda *_: self.plan,
            "same_spec": lambda *_: self.same,
            "ensured": self._noting("keypairs"),
            "created": self._noting("created", stack()),
            "updated": self._noting("updated"),
            "set_aside": lambda *_: self.done.append("cleared"),
            "marker": lambda *_: "event-9",
            "snapshot": lambda *_: self.progress,
            "follow": self._followed,
        }
        for name, answer in answers.items():
            patch.setattr(f"jeroboam.deploy.run.{name}", answer)

    def _noting(self, word: str, value: Any = None) -> Callable[..., Generator[Note, None, Any]]:
        def notes(*_: Any) -> Generator[Note, None, Any]:
            self.done.append(word)
            yield Note(word)
            return value

        return notes

    def _followed(self, *_: Any) -> Generator[Moved, None, Progress]:
        self.stack = self.progress.stack
        yield Moved(self.progress, (), 1.0)
        return self.progress

    def run(self, **wishes: Any) -> list[str]:
        """The kinds of the events, in their order."""
        assert COMPILED is not None
        secrets = load(COMPILED.model, secrets_text())
        request = Request(COMPILED, lambda _: secrets, "prod.yaml", "prod.secrets.yaml", **wishes)
        cloud: Any = SimpleNamespace(options=())
        return [type(event).__name__ for event in run(request, cloud, Clock(lambda: 0.0, lambda _: None))]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return World(monkeypatch)


def test_a_new_cluster(world: World) -> None:
    events = world.run()
    assert events == ["Checked", "Planned", "Note", "Note", "Submitted", "Moved", "Deployed"]
    assert world.done == ["keypairs", "created"]


def test_a_change(world: World) -> None:
    world.stack = stack("CREATE_COMPLETE")
    events = world.run()
    assert events == ["Checked", "Note", "Planned", "Note", "Submitted", "Moved", "Deployed"]
    assert world.done == ["keypairs", "cleared", "updated"]


def test_nothing_to_do(world: World) -> None:
    world.stack, world.plan = stack("CREATE_COMPLETE"), replace(PLAN, sections=())
    assert world.run() == ["Checked", "Note", "Planned", "UpToDate"]
    assert world.done == ["keypairs"]


def test_no_consent(world: World) -> None:
    assert world.run(approve=lambda _: False) == ["Checked", "Planned", "Declined"]
    assert world.done == []


def test_what_the_preflight_finds_ends_it(world: World) -> None:
    world.findings = (CheckResult("dns", Level.ERROR, "no room"),)
    with pytest.raises(DeployError, match="nothing was changed"):
        world.run()
    assert world.done == []
    assert world.run(ignore=("dns",))[-1] == "Deployed"


def test_a_loss_that_nobody_allowed(world: World) -> None:
    world.stack = stack("CREATE_COMPLETE")
    lost = Change(
        ChangeKind.REPLACE, "", "master-0", "OS::Nova::Server", node="master-0", server="prod-master-0"
    )
    world.plan = replace(PLAN, changes=(lost,))
    with pytest.raises(DeployError, match="refused: ") as refused:
        world.run()
    assert refused.value.hint is not None
    assert "--allow-replace" in refused.value.hint
    assert world.done == ["keypairs"]


def test_what_is_under_way_is_waited_for(world: World) -> None:
    world.stack = stack("CREATE_IN_PROGRESS")
    assert world.run() == ["Note", "Submitted", "Moved", "Deployed"]
    assert world.done == []


def test_another_change_that_is_under_way_is_left_alone(world: World) -> None:
    world.stack, world.same = stack("UPDATE_IN_PROGRESS"), False
    with pytest.raises(DeployError, match="with another version of the spec"):
        world.run()
    assert world.done == []


def test_who_does_not_wait(world: World) -> None:
    assert world.run(wait=False)[-1] == "Submitted"


def test_time_that_is_up(world: World) -> None:
    world.progress = Progress("CREATE", stack(), True, 0.0)
    assert world.run(minutes=0)[-2:] == ["Moved", "Unfinished"]


def test_a_strangers_stack(world: World) -> None:
    world.stack = replace(stack("CREATE_COMPLETE"), tags=())
    with pytest.raises(DeployError, match="that Jeroboam did not create"):
        world.run()
    assert world.done == []


def test_a_heat_that_finishes_an_earlier_version_again_and_again(world: World) -> None:
    world.same = False
    with pytest.raises(DeployError, match="finished an earlier version of 'prod' 3 times"):
        world.run()
    assert world.done == ["keypairs", "created", "updated", "updated", "updated"]


def test_secrets_that_lack_something() -> None:
    assert COMPILED is not None
    lines = [line for line in secrets_text().splitlines() if not line.lstrip().startswith("encryption_key")]
    with pytest.raises(SecretsError, match="the secrets file lacks encryption_key"):
        load(COMPILED.model, "\n".join(lines))


@pytest.mark.parametrize("text", ["a: [", "kind: cluster\n"])
def test_a_file_that_is_none_of_secrets(text: str) -> None:
    assert COMPILED is not None
    with pytest.raises(SecretsError, match="the secrets file exists and is not "):
        load(COMPILED.model, text)
