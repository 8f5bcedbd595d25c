"""What is said of a cluster as a whole, and of what is away by intent not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jeroboam.clients.kubernetes import api
from jeroboam.model.client import ClientError
from tests.support.played_kubernetes import status
from tests.unit.clients.kubernetes.conftest import Played

NONE: frozenset[str] = frozenset()


def three_masters(played: Played) -> None:
    played.cluster.add_node("m-1", master=True)
    played.cluster.add_node("m-2", master=True)


def fail(played: Played, pod: str) -> None:
    played.cluster.objects[f"/api/v1/namespaces/kube-system/pods/{pod}"]["status"]["conditions"] = []


def test_nothing_is_wrong(played: Played) -> None:
    assert played.client().problems(NONE) == ()
    assert all(request.startswith("GET ") for request in played.cluster.requests)


def test_what_the_api_server_says_against_itself(played: Played) -> None:
    played.cluster.unready = ("etcd", "informer-sync")
    assert played.client().problems(NONE) == (
        "the API server says that it is not ready: etcd, informer-sync",
    )


def test_an_api_server_that_cannot_be_asked_is_no_finding(
    played: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "_PAUSES", ())
    played.cluster.answers["GET /readyz"] = [status(503, "no backend")]
    with pytest.raises(ClientError, match="no backend"):
        played.client().problems(NONE)


@pytest.mark.parametrize("program", ["kube-apiserver", "kube-controller-manager", "kube-scheduler"])
def test_a_program_of_a_master(played: Played, program: str) -> None:
    three_masters(played)
    fail(played, f"{program}-m-1")
    assert played.client().problems(NONE) == (f"not ready on m-1: {program}",)
    assert played.client().problems(frozenset({"m-1"})) == ()


def test_programs_that_are_not_there_at_all(played: Played) -> None:
    played.cluster.put(
        "/api/v1/nodes/m-1", {"metadata": {"labels": {"node-role.kubernetes.io/control-plane": ""}}}
    )
    first = played.client().problems(NONE)[0]
    assert first == "not ready on m-1: etcd, kube-apiserver, kube-controller-manager, kube-scheduler"


def test_a_pod_of_a_user_s_that_is_called_so_is_not_it(played: Played) -> None:
    del played.cluster.objects["/api/v1/namespaces/kube-system/pods/etcd-m-0"]
    played.cluster.add_pod("kube-flannel/etcd-m-0", "m-0")
    assert played.client().problems(NONE) == ("not ready on m-0: etcd",)


def test_one_of_three_masters_may_be_away(played: Played) -> None:
    three_masters(played)
    assert played.client().problems(frozenset({"m-1"})) == ()


def test_two_of_three_may_not(played: Played) -> None:
    three_masters(played)
    assert played.client().problems(frozenset({"m-1", "m-2"})) == (
        "1 of 3 members of etcd are ready without m-1, m-2; its quorum takes 2",
    )


def test_nor_one_with_another_that_is_sick(played: Played) -> None:
    three_masters(played)
    fail(played, "etcd-m-2")
    assert played.client().problems(frozenset({"m-1"})) == (
        "not ready on m-2: etcd",
        "1 of 3 members of etcd are ready without m-1; its quorum takes 2",
    )
    assert played.client().problems(frozenset({"m-2"})) == ()


def test_a_master_whose_node_is_forgotten_is_still_a_member(played: Played) -> None:
    """Two are listed and one is away: one of three is no quorum, and of two neither."""
    three_masters(played)
    played.cluster.remove_node("m-2")
    fail(played, "etcd-m-0")
    client = played._replace(door=replace(played.door, masters=("192.0.2.7",) * 5)).client()
    assert "1 of 5 members of etcd are ready; its quorum takes 3" in client.problems(NONE)


def test_one_master_alone_has_nobody_to_ask(played: Played) -> None:
    assert played.client().problems(frozenset({"m-0"})) == ()


def test_dns_has_to_be_somewhere(played: Played) -> None:
    fail(played, "coredns-1")
    assert played.client().problems(NONE) == ("no pod of CoreDNS is ready",)


def test_dns_has_to_be_moved_before_its_node_goes(played: Played) -> None:
    client = played.client()
    assert client.problems(frozenset({"w-0"})) == ()
    client.close("w-0")
    assert client.problems(frozenset({"w-0"})) == ("no pod of CoreDNS is ready elsewhere",)
    client.drain("w-0")
    assert client.problems(frozenset({"w-0"})) == ()


def test_dns_on_a_node_that_is_gone(played: Played) -> None:
    del played.cluster.objects["/api/v1/nodes/w-0"]
    assert played.client().problems(frozenset({"w-0"})) == ("no pod of CoreDNS is ready elsewhere",)


@pytest.mark.parametrize(
    "daemon", ["kube-system/kube-proxy", "kube-flannel/kube-flannel", "kube-system/calico-node"]
)
def test_what_every_node_runs(played: Played, daemon: str) -> None:
    space, name = daemon.split("/")
    played.cluster.add_daemon(daemon)
    assert played.client().problems(NONE) == ()
    del played.cluster.objects[f"/api/v1/namespaces/{space}/pods/{name}-w-0"]
    assert played.client().problems(NONE) == (f"{name} is not ready on w-0",)
    assert played.client().problems(frozenset({"w-0"})) == ()


def test_a_daemon_of_a_user_s_is_theirs(played: Played) -> None:
    played.cluster.put("/apis/apps/v1/namespaces/kube-system/daemonsets/logs", {})
    assert played.client().problems(NONE) == ()
