"""What `deploy` fails with: what became of the stack, and what to do."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from jeroboam.cli.consent import Order
from jeroboam.cli.deploy import _failed
from jeroboam.cli.live import Lines
from jeroboam.deploy.types import Stack
from jeroboam.deploy.wait.state import Progress, Round, advanced
from jeroboam.deploy.wait.verdict import Verdict
from tests.unit.deploy.wait.facts import CLUSTER, report, stack

CLOUD: Any = SimpleNamespace()
ORDER = Order("prod.yaml", None, True, True, None, False, False, (), (), Lines.TEXT, None, None)


@pytest.fixture(autouse=True)
def explained(monkeypatch: pytest.MonkeyPatch) -> list[Stack]:
    """The stacks that a cause was looked for."""
    seen: list[Stack] = []
    monkeypatch.setattr("jeroboam.cli.deploy.explain", lambda _, of: seen.append(of))
    return seen


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
def test_what_a_failure_left_is_said(state: str, action: str, message: str, explained: list[Stack]) -> None:
    left = stack(state, "Conflict: in use")
    failure = _failed(ORDER, CLOUD, Progress(action, left, True, 0.0), Verdict.FAILED, action)
    assert failure.message == message
    assert failure.hint == "once the cause is gone, go on from here: jeroboam deploy prod.yaml"
    assert explained == [left]


@pytest.mark.parametrize(
    ("state", "how"), [("DELETE_COMPLETE", "was deleted"), ("DELETE_IN_PROGRESS", "is being deleted")]
)
def test_a_stack_that_someone_deleted_is_said_to_be(state: str, how: str, explained: list[Stack]) -> None:
    progress = Progress("CREATE", stack(state), True, 0.0)
    failure = _failed(ORDER, CLOUD, progress, Verdict.GONE, "CREATE")
    assert failure.message == f"the stack 'prod' {how} meanwhile, by someone else"
    assert explained == []


def test_nodes_that_did_not_become_ready_are_named_with_their_reasons(explained: list[Stack]) -> None:
    reports = (
        report("prod-master-0", final=True),
        report("prod-default-0", final=True, failed="step 40-x failed"),
    )
    done = Round(1.0, stack("UPDATE_COMPLETE"), (), reports, CLUSTER)
    progress = advanced(Progress("UPDATE", stack("UPDATE_COMPLETE"), True, 0.0), done)
    failure = _failed(ORDER, CLOUD, progress, Verdict.UNREADY, "UPDATE")
    assert failure.message == (
        "Heat is done with 'prod', but not all of its nodes are ready: "
        "prod-default-0: failed: step 40-x failed"
    )
    assert failure.hint is not None
    assert "systemctl restart jeroboam-bootstrap" in failure.hint
    assert "retired" in failure.hint
    assert explained == []
