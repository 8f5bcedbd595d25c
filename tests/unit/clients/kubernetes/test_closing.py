"""A node closed and opened: whose cordon it is is never forgotten, and never guessed."""

from __future__ import annotations

import pytest

from jeroboam.model.client import ClientError
from tests.support.played_kubernetes import status
from tests.unit.clients.kubernetes.conftest import Played

PATCH = "PATCH /api/v1/nodes/w-0"


def state(played: Played) -> tuple[bool, bool]:
    """Whether the worker takes work, and whether we closed it."""
    member = played.client().members()[1]
    return member.takes_work, member.ours


def test_cordon_and_mark_are_one_request(played: Played) -> None:
    played.client().close("w-0")
    assert played.cluster.requests == ["GET /api/v1/nodes/w-0", PATCH]
    assert state(played) == (False, True)


def test_again_changes_nothing(played: Played) -> None:
    played.client().close("w-0")
    played.client().close("w-0")
    assert played.cluster.requests.count(PATCH) == 1


def test_open_takes_both_back_and_what_else_is_there_stays(played: Played) -> None:
    played.cluster.node("w-0")["metadata"]["annotations"] = {"team": "a"}
    played.client().close("w-0")
    played.client().open("w-0")
    assert state(played) == (True, False)
    assert played.cluster.node("w-0")["metadata"]["annotations"] == {"team": "a"}
    played.client().open("w-0")
    assert played.cluster.requests.count(PATCH) == 2


def test_somebody_else_s_cordon_stays_theirs(played: Played) -> None:
    played.cluster.node("w-0")["spec"]["unschedulable"] = True
    played.client().close("w-0")
    assert state(played) == (False, False)
    played.client().open("w-0")
    assert state(played) == (False, False)
    assert PATCH not in played.cluster.requests


def test_somebody_who_is_quicker_is_noticed(played: Played) -> None:
    """Their cordon comes between our look and our request, which is refused then, and looked at again."""
    answer = played.cluster.answer

    def between(method: str, path: str, query: object, body: object) -> object:
        if f"{method} {path}" == PATCH and not played.cluster.node("w-0")["spec"]:
            played.cluster.node("w-0")["spec"]["unschedulable"] = True
            played.cluster.report("w-0", ready=True)
        return answer(method, path, query, body)  # type: ignore[arg-type]

    played.cluster.answer = between  # type: ignore[method-assign,assignment]
    played.client().close("w-0")
    assert state(played) == (False, False)


def test_a_node_that_changes_all_the_time(played: Played) -> None:
    played.cluster.answers[PATCH] = [status(409, "the object has been modified")] * 99
    with pytest.raises(ClientError, match="w-0 changed 5 times") as error:
        played.client().close("w-0")
    assert error.value.unreachable


def test_a_node_that_nobody_knows(played: Played) -> None:
    client = played.client()
    client.close("w-9")
    client.open("w-9")
    client.forget("w-9")
    assert client.drain("w-9") == ()
    assert len(client.members()) == 2


def test_a_node_that_goes_in_between(played: Played) -> None:
    played.cluster.answers[PATCH] = [status(404, 'nodes "w-0" not found')]
    played.client().close("w-0")


def test_forget(played: Played) -> None:
    played.client().forget("w-0")
    assert [member.name for member in played.client().members()] == ["m-0"]


def test_leave_asks_nothing_of_anybody(played: Played) -> None:
    played.client().leave("m-0")
    assert played.cluster.requests == []
