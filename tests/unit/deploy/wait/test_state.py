from __future__ import annotations

from dataclasses import replace

import pytest

from jeroboam.deploy.errors import CloudError
from jeroboam.deploy.types import Stack
from jeroboam.deploy.wait.notices import NoticeKind, notices
from jeroboam.deploy.wait.state import Progress, Round, advanced, signalled, unknown
from jeroboam.deploy.wait.verdict import WaitOutcome, awaited, of_heat, verdict
from tests.unit.deploy.wait.facts import CLUSTER, event, report, resource, stack

REFUSED = CloudError("connection refused", temporary=True)


def _begun(action: str = "CREATE", before: Stack | None = None) -> Progress:
    return advanced(
        Progress(action, before or stack(), True, 0.0), Round(0.0, before or stack(), (), (), CLUSTER)
    )


def test_an_event_moves_its_resource_on() -> None:
    after = advanced(_begun(), Round(5.0, stack(), (event("master-0", "CREATE_COMPLETE"),)))
    (master,) = [node for node in after.nodes if node.role == "master"]
    assert master.doing == "booting"
    assert after.done == 1
    assert after.moved == 5.0
    assert after.marker == "event-1"


def test_an_older_event_changes_nothing() -> None:
    later = advanced(_begun(), Round(1.0, stack(), (event("master-0", "CREATE_FAILED", after=9),)))
    same = advanced(later, Round(2.0, stack(), (event("master-0", "CREATE_IN_PROGRESS", after=3),)))
    assert same.nodes[0].server == "FAILED"


def test_a_signal_does_not_change_what_state_its_handle_is_in() -> None:
    after = advanced(_begun(), Round(1.0, stack(), (event("default-ready-handle", "SIGNAL_COMPLETE"),)))
    assert {r.action for r in after.resources.values()} == {"INIT"}


def test_reports_are_kept_until_a_newer_one_comes() -> None:
    one = advanced(_begun(), Round(1.0, stack(), (), (report("prod-default-0", 3),)))
    two = advanced(one, Round(2.0, stack(), (), (report("prod-default-0", final=True),)))
    assert [node.doing for node in one.nodes if node.role == "default"] == ["step 3/9 30-step"]
    assert [node.ready for node in two.nodes if node.role == "default"] == [True]


def test_masters_come_first() -> None:
    assert [node.name for node in _begun().nodes] == ["prod-master-0", "prod-default-0"]


def test_nothing_new_does_not_count_as_movement() -> None:
    assert advanced(_begun(), Round(50.0, stack())).moved == 0.0


def test_silence_of_heat_is_no_silence_of_the_stack() -> None:
    away = advanced(_begun(), Round(3.0, problem=REFUSED))
    still = advanced(away, Round(8.0, problem=REFUSED))
    back = advanced(still, Round(30.0, stack()))
    assert (away.unanswered, still.unanswered, back.unanswered) == (3.0, 3.0, None)
    assert back.moved == 30.0


@pytest.mark.parametrize(
    ("before", "heard", "expected"),
    [
        ("CREATE_COMPLETE", Round(1.0, stack("CREATE_COMPLETE")), WaitOutcome.WAITING),
        ("UPDATE_COMPLETE", Round(1.0, stack("UPDATE_COMPLETE")), WaitOutcome.WAITING),
        ("UPDATE_FAILED", Round(1.0, stack("UPDATE_FAILED")), WaitOutcome.WAITING),
        ("UPDATE_COMPLETE", Round(1.0, stack("UPDATE_IN_PROGRESS")), WaitOutcome.WAITING),
        (
            "UPDATE_COMPLETE",
            Round(1.0, stack("UPDATE_COMPLETE"), (event("prod", "UPDATE_IN_PROGRESS"),)),
            WaitOutcome.COMPLETE,
        ),
        (
            "CREATE_COMPLETE",
            Round(1.0, stack("UPDATE_FAILED"), (event("prod", "UPDATE_FAILED"),)),
            WaitOutcome.FAILED,
        ),
        (
            "CREATE_COMPLETE",
            Round(1.0, stack("ROLLBACK_COMPLETE"), (event("prod", "UPDATE_FAILED"),)),
            WaitOutcome.FAILED,
        ),
    ],
)
def test_what_was_before_is_never_taken_for_the_outcome(
    before: str, heard: Round, expected: WaitOutcome
) -> None:
    start = Progress("UPDATE", stack(before), False, 0.0)
    assert verdict(advanced(start, heard)) is expected


@pytest.mark.parametrize(
    ("before", "begun"), [("DELETE_IN_PROGRESS", True), ("DELETE_FAILED", False), ("CREATE_COMPLETE", False)]
)
def test_a_stack_that_is_gone_was_deleted(before: str, begun: bool) -> None:
    """Even before anyone saw it go: a small one is gone at the first look, and its events with it."""
    start = Progress("DELETE", stack(before), begun, 0.0)
    assert verdict(advanced(start, Round(1.0, stack("DELETE_COMPLETE")))) is WaitOutcome.GONE


@pytest.mark.parametrize("state", ["DELETE_IN_PROGRESS", "DELETE_COMPLETE", "DELETE_FAILED"])
@pytest.mark.parametrize("begun", [True, False])
def test_a_stack_that_someone_deletes_meanwhile_is_gone(state: str, begun: bool) -> None:
    start = Progress("UPDATE", stack("CREATE_COMPLETE"), begun, 0.0)
    assert verdict(advanced(start, Round(1.0, stack(state)))) is WaitOutcome.GONE


MADE = tuple(replace(r, action="CREATE", status="COMPLETE") for r in CLUSTER)
MASTER = report("prod-master-0", final=True)


def _waiting_for_nodes(*heard: Round) -> Progress:
    """Heat is done at second 1; nodes have 100 seconds."""
    progress = Progress("UPDATE", stack("UPDATE_IN_PROGRESS"), True, 0.0, patience=100.0)
    for one in (Round(1.0, stack("UPDATE_COMPLETE"), (), (MASTER,), MADE, certain=True), *heard):
        progress = advanced(progress, one)
    return progress


@pytest.mark.parametrize(
    ("heard", "expected"),
    [
        ((), WaitOutcome.WAITING),
        ((Round(101.0, stack("UPDATE_COMPLETE")),), WaitOutcome.WAITING),
        ((Round(102.0, stack("UPDATE_COMPLETE")),), WaitOutcome.UNREADY),
        ((Round(9.0, stack("UPDATE_COMPLETE"), (), (report("prod-default-0", 3),)),), WaitOutcome.WAITING),
        (
            (Round(9.0, stack("UPDATE_COMPLETE"), (), (report("prod-default-0", final=True),)),),
            WaitOutcome.COMPLETE,
        ),
        (
            (Round(9.0, stack("UPDATE_COMPLETE"), (), (report("prod-default-0", final=True, failed="x"),)),),
            WaitOutcome.UNREADY,
        ),
        ((Round(200.0, problem=REFUSED),), WaitOutcome.WAITING),
    ],
)
def test_nodes_that_heat_did_not_wait_for_are_waited_for(
    heard: tuple[Round, ...], expected: WaitOutcome
) -> None:
    progress = _waiting_for_nodes(*heard)
    assert progress.completed == 1.0
    assert verdict(progress) is expected


def test_heat_is_not_done_until_everything_was_asked_for() -> None:
    """A report whose event came late would make a node look silent, or ready where it gave up since."""
    start = Progress("UPDATE", stack("UPDATE_IN_PROGRESS"), True, 0.0, patience=100.0)
    early = advanced(start, Round(1.0, stack("UPDATE_COMPLETE"), (), (), MADE))
    assert (of_heat(early), verdict(early)) == (WaitOutcome.COMPLETE, WaitOutcome.WAITING)


def test_an_update_by_someone_else_while_nodes_are_waited_for_starts_anew() -> None:
    progress = _waiting_for_nodes(Round(5.0, stack("UPDATE_IN_PROGRESS")))
    assert (progress.completed, verdict(progress)) == (None, WaitOutcome.WAITING)


def test_without_patience_heats_word_is_enough() -> None:
    progress = replace(_waiting_for_nodes(), patience=None)
    assert verdict(progress) is WaitOutcome.COMPLETE


def test_only_the_handles_that_were_signalled_are_asked_about() -> None:
    events = (
        event("default-ready-handle", "SIGNAL_COMPLETE"),
        event("default-ready-handle", "SIGNAL_COMPLETE", number=2),
        event("default-ready", "CREATE_COMPLETE"),
    )
    assert [handle.name for handle in signalled(_begun(), events)] == ["default-ready-handle"]


def test_new_resources_are_noticed() -> None:
    assert unknown(_begun(), (event("default-1", "CREATE_IN_PROGRESS"),))
    assert not unknown(_begun(), (event("prod", "UPDATE_IN_PROGRESS"), event("default-0", "UPDATE_COMPLETE")))


def test_what_is_waited_for_is_named() -> None:
    booting = (event("default-0", "CREATE_COMPLETE"), event("master-0", "CREATE_IN_PROGRESS", number=2))
    progress = advanced(_begun(), Round(1.0, stack(), booting, (report("prod-default-0", 4),)))
    assert awaited(progress) == ("prod-default-0: step 4/9 40-step", "master-0 (OS::Nova::Server)")


# --- what is told ---------------------------------------------------------------------------------


def test_a_line_for_each_node_and_each_resource_worth_one() -> None:
    before = _begun()
    heard = Round(
        4.0,
        stack(),
        (
            event("default-0", "CREATE_IN_PROGRESS"),
            event("default-0", "CREATE_COMPLETE", after=2, number=2),
            event("default-progress-handle", "SIGNAL_COMPLETE", after=3, number=3),
        ),
        (report("prod-default-0", 2),),
    )
    told = notices(before, advanced(before, heard), heard)
    assert [n.text for n in told if not n.minor] == [
        "default-0 CREATE_COMPLETE",
        "prod-default-0: step 2/9 20-step",
    ]


def test_a_failure_is_told_with_its_reason_whatever_failed() -> None:
    before = _begun()
    heard = Round(4.0, stack(), (event("api-port", "CREATE_FAILED", reason="Quota exceeded"),))
    (told,) = notices(before, advanced(before, heard), heard)
    assert (told.text, told.minor) == ("api-port CREATE_FAILED: Quota exceeded", False)


def test_an_outage_is_told_once_and_so_is_its_end() -> None:
    start = _begun()
    rounds = [
        Round(3.0, problem=REFUSED),
        Round(5.0, problem=REFUSED),
        Round(33.0, stack()),
    ]
    kinds, before = [], start
    for heard in rounds:
        after = advanced(before, heard)
        kinds.append([n.kind for n in notices(before, after, heard)])
        before = after
    assert kinds == [[NoticeKind.OUTAGE], [], [NoticeKind.ANSWER]]


def test_what_was_ready_before_is_no_news() -> None:
    heard = Round(0.0, stack(), (), (report("prod-default-0", final=True),), CLUSTER)
    assert notices(None, advanced(Progress("UPDATE", stack(), True, 0.0), heard), heard) == ()


def test_a_node_that_gave_up_says_why() -> None:
    heard = Round(4.0, stack(), (), (report("prod-default-0", final=True, failed="step 40-x failed"),))
    before = _begun()
    (told,) = notices(before, advanced(before, heard), heard)
    assert told.text == "prod-default-0: failed: step 40-x failed"


def test_a_server_of_another_kind_of_name_is_no_node() -> None:
    heard = Round(0.0, stack(), (), (), (*CLUSTER, resource("bastion", "OS::Nova::Server")))
    assert len(advanced(Progress("CREATE", stack(), True, 0.0), heard).nodes) == 2


def test_that_heat_is_done_and_nodes_are_not_is_told_once() -> None:
    before = Progress("UPDATE", stack("UPDATE_IN_PROGRESS"), True, 0.0, patience=100.0)
    told = []
    for heard in (
        Round(1.0, stack("UPDATE_COMPLETE"), (), (MASTER,), MADE),
        Round(1.5, stack("UPDATE_COMPLETE"), (), (), MADE, certain=True),
        Round(3.5, stack("UPDATE_COMPLETE"), (), (report("prod-default-0", 2),), MADE, certain=True),
    ):
        after = advanced(before, heard)
        told.append([n.text for n in notices(before, after, heard) if n.kind is NoticeKind.QUIET])
        before = after
    assert told == [
        [],
        ["prod: Heat is done, but it did not wait for prod-default-0 (booting); waiting on"],
        [],
    ]
