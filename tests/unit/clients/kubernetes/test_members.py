"""Node objects as members of a cluster."""

from __future__ import annotations

import pytest

from jeroboam.model.client import Member
from tests.unit.clients.kubernetes.conftest import Played


def test_a_master_and_a_worker(played: Played) -> None:
    assert played.client().members() == (
        Member("m-0", manager=True, ready=True, version="1.36.2"),
        Member("w-0", manager=False, ready=True, version="1.36.2"),
    )


def test_a_long_list_is_read_to_its_end(played: Played) -> None:
    for index in range(1200):
        played.cluster.put(f"/api/v1/nodes/x-{index:04}", {"status": {}})
    assert len(played.client().members()) == 1202
    assert played.cluster.requests == ["GET /api/v1/nodes"] * 3


def test_one_that_says_what_is_wrong(played: Played) -> None:
    played.cluster.report("w-0", ready=False, message="container runtime\x1b is down")
    member = played.client().members()[1]
    assert (member.ready, member.why) == (False, r"container runtime\x1b is down")


def test_one_that_says_nothing_any_more(played: Played) -> None:
    played.cluster.unheard("w-0")
    member = played.client().members()[1]
    assert (member.ready, member.why) == (False, "its kubelet reports no more")


def test_since_when_a_node_is_not_ready(played: Played) -> None:
    def since(status: str, time: str) -> str:
        condition = {"type": "Ready", "status": status, "lastTransitionTime": time}
        played.cluster.node("w-0")["status"]["conditions"] = [condition]
        return played.client().members()[1].since

    for status in ("False", "Unknown"):
        assert since(status, "2026-11-29T11:02:03Z") == "2026-11-29T11:02:03Z"
        assert since(status, "lately") == ""
    assert since("True", "2026-11-29T11:02:03Z") == ""
    # It is not ready as it is being deleted: what its kubelet said before is of another time.
    played.cluster.node("w-0")["metadata"]["deletionTimestamp"] = "2026-11-29T12:00:00Z"
    assert since("True", "2026-11-29T11:02:03Z") == ""


def test_one_that_has_never_said_anything(played: Played) -> None:
    played.cluster.put("/api/v1/nodes/w-1", {})
    member = played.client().members()[2]
    assert (member.ready, member.why, member.version) == (False, "its kubelet has not reported yet", "")


def test_one_that_is_being_deleted(played: Played) -> None:
    played.cluster.node("w-0")["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    member = played.client().members()[1]
    assert (member.ready, member.why) == (False, "its Node object is being deleted")


def test_one_that_somebody_uncordoned_is_no_longer_ours(played: Played) -> None:
    client = played.client()
    client.close("w-0")
    assert client.members()[1].ours
    del played.cluster.node("w-0")["spec"]["unschedulable"]
    assert not client.members()[1].ours


@pytest.mark.parametrize(
    ("said", "told"),
    [("2027-09-01T10:00:00Z", "2027-09-01T10:00:00Z"), ("soon", ""), ("2027-09-01T10:00:00", ""), ("", "")],
)
def test_a_master_says_when_its_certificates_end(played: Played, said: str, told: str) -> None:
    for name in ("m-0", "w-0"):
        played.cluster.node(name)["metadata"]["annotations"] = {"jeroboam.dev/certificates-end": said}
    master, worker = played.client().members()
    assert (master.certificates_end, worker.certificates_end) == (told, "")


def test_a_master_says_when_it_took_its_last_snapshot(played: Played) -> None:
    for name in ("m-0", "w-0"):
        said = {"jeroboam.dev/snapshot": "2026-11-29T18:00:00Z"}
        played.cluster.node(name)["metadata"]["annotations"] = said
    master, worker = played.client().members()
    assert (master.last_snapshot, worker.last_snapshot) == ("2026-11-29T18:00:00Z", "")
