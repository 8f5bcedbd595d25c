"""A deployment from Python: the events in their order, what it fails with, and what became of the stack."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import nullcontext
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
from jeroboam.deploy.events import DeployEvent, UpToDate
from jeroboam.deploy.plan.gather import Planning
from jeroboam.deploy.plan.types import Change, ChangeKind, Plan
from jeroboam.deploy.preflight.findings import CheckResult, Level
from jeroboam.deploy.request import Request
from jeroboam.deploy.run import failure, run
from jeroboam.deploy.types import MadeFrom, Note, Stack, StackResource
from jeroboam.deploy.wait.notices import Moved
from jeroboam.deploy.wait.state import Progress, Round, advanced
from jeroboam.deploy.wait.verdict import WaitOutcome
from jeroboam.model.client import ClientError, Member
from jeroboam.secrets import EMPTY, Environment, SecretsError, load
from jeroboam.secrets import environment as made
from jeroboam.spec.change.types import ChangeEffect, SpecChange
from tests.support.cases import MINIMAL
from tests.unit.deploy.wait.facts import CLUSTER, SERVER, report, resource, stack

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
        assert COMPILED is not None
        self.bundle = COMPILED.bundle
        self.stack: Stack | None = None
        self.same = True
        self.findings: tuple[CheckResult, ...] = ()
        self.plan = PLAN
        self.progress = DONE
        self.done: list[str] = []
        self.given_up: tuple[StackResource, ...] = ()
        self.api_changed = False
        self.lives = True
        answers: dict[str, Callable[..., Any]] = {
            "find": lambda *_, **__: self.stack,
            "get": lambda *_, **__: self.stack,
            "through_api": self._through,
            "preflight": lambda *_: self.findings,
            "planned": lambda *_: Planning(self.plan, self.bundle, self.given_up, self.lives),
            "same_spec": lambda *_: self.same,
            "ensured": self._noting("keypairs"),
            "created": self._noting("created", stack()),
            "updated": self._noting("updated"),
            "set_aside": lambda *_: self.done.append("cleared"),
            "give_up": lambda _, server: self.done.append(f"given up {server.name}"),
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

    def _through(self, *_: Any) -> Generator[Note, None, bool]:
        self.done.append("api")
        yield Note("api")
        return self.api_changed

    def _followed(self, *_: Any) -> Generator[Moved, None, Progress]:
        self.stack = self.progress.stack
        yield Moved(self.progress, (), 1.0)
        return self.progress

    def run(self, **wishes: Any) -> list[str]:
        """The kinds of the events, in their order."""
        return [type(event).__name__ for event in self.events(**wishes)]

    def events(self, **wishes: Any) -> list[DeployEvent]:
        assert COMPILED is not None
        secrets = load(COMPILED.model, secrets_text())
        request = Request(COMPILED, lambda _: secrets, "prod.yaml", "prod.secrets.yaml", **wishes)
        cloud: Any = SimpleNamespace(options=())
        return list(run(request, cloud, Clock(lambda: 0.0, lambda _: None)))


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return World(monkeypatch)


def test_a_new_cluster(world: World) -> None:
    events = world.run()
    assert events == ["Checked", "Planned", "Note", "Note", "Submitted", "Moved", "Note", "Deployed"]
    assert world.done == ["keypairs", "created", "api"]


def test_a_change(world: World) -> None:
    world.stack = stack("CREATE_COMPLETE")
    events = world.run()
    assert events == ["Checked", "Note", "Planned", "Note", "Submitted", "Moved", "Note", "Deployed"]
    assert world.done == ["keypairs", "cleared", "updated", "api"]


def test_heat_is_told_of_servers_to_make_anew_before_it_updates(world: World) -> None:
    world.stack = stack("CREATE_FAILED")
    world.given_up = (resource("default-0", SERVER), resource("default-1", SERVER))
    world.run()
    told = ["keypairs", "cleared", "given up default-0", "given up default-1", "updated", "api"]
    assert world.done == told


def test_nothing_is_told_without_consent(world: World) -> None:
    world.stack = stack("CREATE_FAILED")
    world.given_up = (resource("default-0", SERVER),)
    assert world.run(approve=lambda _: False)[-1] == "Declined"
    assert world.done == ["keypairs"]


def test_nothing_to_do(world: World) -> None:
    world.stack, world.plan = stack("CREATE_COMPLETE"), replace(PLAN, sections=())
    assert world.run() == ["Checked", "Note", "Planned", "Note", "UpToDate"]
    assert world.done == ["keypairs", "api"]


def test_nothing_to_do_but_through_the_api(world: World) -> None:
    """As where an earlier run could not reach it."""
    world.stack, world.plan = stack("UPDATE_COMPLETE"), replace(PLAN, sections=())
    world.api_changed = True
    assert world.events()[-1] == UpToDate(world.stack, applied=True)


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


_DOMAIN = "kubernetes.dns_domain"
NEVER = SpecChange(
    _DOMAIN,
    _DOMAIN,
    "a.local",
    "b.local",
    ChangeEffect.NEVER,
    "",
    "WHY",
    "WAY",
)


def test_what_a_living_cluster_cannot_change_is_refused_with_the_way_out(world: World) -> None:
    world.stack = stack("CREATE_COMPLETE")
    world.plan = replace(PLAN, properties=(NEVER,))
    with pytest.raises(DeployError, match=r"kubernetes\.dns_domain cannot change: WHY") as refused:
        world.run(allow_replace=(_DOMAIN,))
    assert refused.value.hint == "WAY"
    assert world.done == ["keypairs"]


def _grown(version: str, progress: Progress) -> Progress:
    """The same, with a master that says that it runs a version."""
    said = replace(report("prod-master-0", final=True), made_from=MadeFrom(version, "0ld", "Ubuntu"))
    return advanced(progress, Round(1.0, progress.stack, (), (said,), CLUSTER))


COMES = Change(ChangeKind.ADD, "", "default-1", "OS::Nova::Server", node="default-1", server="prod-default-1")


def test_workers_that_would_be_newer_than_the_masters_are_refused(world: World) -> None:
    world.stack = stack("UPDATE_COMPLETE")
    world.plan = replace(PLAN, changes=(COMES,))
    world.progress = _grown("1.35.1", DONE)
    with pytest.raises(DeployError, match=r"prod-default-1 would come with .*prod-master-0 run an older one"):
        world.run()
    assert world.done == ["keypairs"]
    assert COMPILED is not None
    world.progress = _grown(COMPILED.model.coe_version, replace(DONE, action="UPDATE"))
    assert "updated" in (world.run(wait=False) and world.done)


@pytest.mark.parametrize("state", ["CREATE_FAILED", "UPDATE_FAILED"])
def test_a_cluster_that_never_was_complete_may_become_anything(world: World, state: str) -> None:
    world.stack, world.lives = stack(state), False
    world.plan = replace(PLAN, changes=(COMES,), properties=(NEVER,))
    world.progress = _grown("1.35.1", replace(DONE, action="UPDATE"))
    assert "updated" in (world.run(wait=False) and world.done)


def test_what_is_under_way_is_waited_for(world: World) -> None:
    world.stack = stack("CREATE_IN_PROGRESS")
    assert world.run() == ["Note", "Submitted", "Moved", "Note", "Deployed"]
    assert world.done == ["api"]


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


@pytest.mark.parametrize("wait", [True, False])
def test_nodes_that_go_are_forgotten_or_it_is_said_what_has_them_forgotten(
    monkeypatch: pytest.MonkeyPatch, wait: bool
) -> None:
    world = World(monkeypatch)
    world.stack = stack("UPDATE_COMPLETE")
    world.progress = Progress("UPDATE", stack("UPDATE_COMPLETE"), True, 0.0)
    gone = Change(
        ChangeKind.REMOVE, "", "default-1", "OS::Nova::Server", node="default-1", server="prod-default-1"
    )
    world.plan = Plan("prod", False, (gone,), 0)
    member = Member("prod-default-1", manager=False, ready=True)
    silent = [ClientError("no answer", unreachable=True)]

    def leave(name: str) -> None:
        if silent:
            raise silent.pop()
        world.done.append(f"leave {name}")

    client = SimpleNamespace(
        members=lambda: (member,), close=lambda _: None, drain=lambda _: (),
        leave=leave, forget=lambda name: world.done.append(f"forget {name}"),
    )  # fmt: skip
    monkeypatch.setattr("jeroboam.deploy.run.opened", lambda *_: nullcontext(client))
    events = world.events(wait=wait)
    said = [event.text for event in events if isinstance(event, Note)]
    assert "prod-default-1: no answer; asking again" in said
    assert "leave prod-default-1" in world.done
    assert ("forget prod-default-1" in world.done) is wait
    assert any("jeroboam roll prod.yaml ends that" in text for text in said) is not wait
