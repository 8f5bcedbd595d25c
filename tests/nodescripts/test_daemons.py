"""daemons.sh: which daemon is given up, and what is told of it."""

from __future__ import annotations

import pytest

from tests.nodescripts.lab import Node

SYSTEMCTL = """
read -r count rest <"$JEROBOAM_ROOT/restarts"
echo "${rest:-$count}" >"$JEROBOAM_ROOT/restarts"
echo "$count"
"""
"""How often systemd has restarted it, at each look: a list whose last stays."""
JOURNALCTL = """
case "$*" in *"--identifier env --lines 1 "*) echo "the last word" ;; *) echo "some words" ;; esac
"""


def _await(node: Node, restarts: str, seconds: int = 5, command: str = "false") -> tuple[int, str]:
    """The exit status and the errors of a wait in which each pause is so long."""
    node.place("restarts", f"{restarts}\n")
    node.stub("systemctl", SYSTEMCTL, quiet=True)
    node.stub("journalctl", JOURNALCTL)
    done = node.bash(
        f"sleep() {{ SECONDS=$((SECONDS + {seconds})); }}; use daemons\n"
        f"await_daemon etcd 'etcd to answer' {command}; echo it answers"
    )
    return done.returncode, done.stderr or done.stdout


def test_one_that_keeps_ending_is_told_with_its_own_last_line(node: Node) -> None:
    assert _await(node, "0 1 2 3 4") == (1, "waiting for etcd to answer\netcd keeps exiting: the last word\n")


@pytest.mark.parametrize("restarts", ["0 1 2 3", "7", "7 0 1 2 3"], ids=["few", "of an earlier try", "anew"])
def test_one_that_has_not_ended_often_since_is_waited_for(node: Node, restarts: str) -> None:
    code, told = _await(node, restarts)
    assert code == 1
    assert told.endswith("timed out waiting for etcd to answer\n")


@pytest.mark.parametrize("restarts", ["7 8 9 10 11", "7 0 1 2 3 4"], ids=["going on", "anew"])
def test_what_an_earlier_try_left_in_the_count_is_no_restart_of_this_one(node: Node, restarts: str) -> None:
    assert "etcd keeps exiting" in _await(node, restarts)[1]


def test_long_silence_before_it_first_ends_is_no_patience_with_it(node: Node) -> None:
    assert "etcd keeps exiting" in _await(node, "0 " * 60 + "1 2 3 4")[1]


def test_one_that_ends_for_want_of_others_is_let_be(node: Node) -> None:
    """It lasts longer from one end to the next."""
    code, told = _await(node, "0 1 2 3 4 5", seconds=30)
    assert (code, "keeps exiting" in told) == (1, False)


def test_kubelet_is_told_within_a_minute(node: Node) -> None:
    """It lasts a second, and systemd waits for ten; looks are five seconds apart."""
    restarts = " ".join(str(max(0, (second - 1) // 11)) for second in range(0, 60, 5))
    assert restarts.split().index("4") * 5 < 60
    assert "etcd keeps exiting" in _await(node, restarts)[1]


def test_one_that_answers_ends_the_wait(node: Node) -> None:
    assert _await(node, "0", command="true") == (0, "it answers\n")
