"""Pods told to leave a node: who is asked, who is not, and what is said of those that stay."""

from __future__ import annotations

import pytest

from jeroboam.model.client import ClientError
from tests.support.played_kubernetes import status
from tests.unit.clients.kubernetes.conftest import Played

EVICT = "POST /api/v1/namespaces/shop/pods/web-0/eviction"


@pytest.fixture(autouse=True)
def web(played: Played) -> None:
    played.cluster.add_pod("shop/web-0", "w-0", owner="ReplicaSet/web", labels={"app": "web"})
    played.client().close("w-0")


def test_all_leave_but_what_is_the_node_s_own(played: Played) -> None:
    client = played.client()
    assert client.drain("w-0") == ("pod kube-system/coredns-1 is ending", "pod shop/web-0 is ending")
    assert client.drain("w-0") == ()
    assert played.cluster.pods_on("w-0") == ["kube-flannel/kube-flannel-w-0", "kube-system/kube-proxy-w-0"]


def test_a_master_s_own_programs_stay(played: Played) -> None:
    before = played.cluster.pods_on("m-0")
    assert played.client().drain("m-0") == ()
    assert played.cluster.pods_on("m-0") == before
    assert len(before) == 6


def test_what_is_done_is_not_told_to_end(played: Played) -> None:
    played.cluster.add_pod("shop/job-0", "w-0", owner="Job/job")["status"]["phase"] = "Succeeded"
    played.client().drain("w-0")
    assert played.client().drain("w-0") == ()


def test_a_bare_pod_leaves_too(played: Played) -> None:
    played.cluster.add_pod("shop/bare", "w-0")
    assert "pod shop/bare is ending" in played.client().drain("w-0")


def test_one_that_takes_its_time_is_told_once(played: Played) -> None:
    played.cluster.slow.add("web-0")
    client = played.client()
    client.drain("w-0")
    assert client.drain("w-0") == ("pod shop/web-0 is ending",)
    assert played.cluster.requests.count(EVICT) == 1


def test_a_budget_is_respected_and_named(played: Played) -> None:
    budget = played.cluster.add_budget("shop/careful", 0, app="web")
    client = played.client()
    client.drain("w-0")
    (left,) = client.drain("w-0")
    assert left.startswith(
        "pod shop/web-0 may not go yet: The disruption budget careful needs 1 healthy pods"
    )
    budget["status"]["disruptionsAllowed"] = 1
    client.drain("w-0")
    assert client.drain("w-0") == ()


def test_two_budgets_of_one_pod_stop_that_pod_alone(played: Played) -> None:
    played.cluster.add_budget("shop/one", 1, app="web")
    played.cluster.add_budget("shop/two", 1, app="web")
    client = played.client()
    client.drain("w-0")
    (left,) = client.drain("w-0")
    assert left.startswith("pod shop/web-0 cannot be evicted: This pod has more than one PodDisruptionBudget")


def test_a_busy_api_is_asked_again_in_the_next_round(played: Played) -> None:
    played.cluster.answers[EVICT] = [status(429, "too many requests")]
    client = played.client()
    assert "pod shop/web-0 cannot be evicted: too many requests" in client.drain("w-0")
    client.drain("w-0")
    assert client.drain("w-0") == ()


def test_a_namespace_that_is_being_deleted(played: Played) -> None:
    ending = status(403, "unable to create", NamespaceTerminating="being terminated")
    played.cluster.answers[EVICT] = [ending] * 2
    assert "pod shop/web-0 cannot be evicted: unable to create" in played.client().drain("w-0")


def test_rights_that_are_missing_are_no_pod_s_matter(played: Played) -> None:
    played.cluster.answers[EVICT] = [status(403, "pods/eviction is forbidden")] * 2
    with pytest.raises(ClientError, match="pods/eviction is forbidden"):
        played.client().drain("w-0")


def test_the_next_pod_of_the_same_name_is_left_alone(played: Played) -> None:
    """A StatefulSet made it anew, elsewhere, since we looked."""
    pods = played.cluster.answer("GET", "/api/v1/pods", {"fieldSelector": "spec.nodeName=w-0"}, None)
    played.cluster.answers["GET /api/v1/pods"] = [pods]
    played.cluster.add_pod("shop/web-0", "m-0", owner="StatefulSet/web")
    assert played.client().drain("w-0") == ("pod kube-system/coredns-1 is ending",)
    assert "shop/web-0" in played.cluster.pods_on("m-0")


class TestDns:
    """Both pods of CoreDNS are on one node, as when all others came later."""

    @pytest.fixture(autouse=True)
    def second(self, played: Played) -> None:
        labels = {"k8s-app": "kube-dns"}
        played.cluster.add_pod("kube-system/coredns-2", "w-0", owner="ReplicaSet/coredns", labels=labels)

    @staticmethod
    def dns(played: Played) -> list[str]:
        return [pod for pod in played.cluster.pods_on("w-0") if "coredns" in pod]

    def test_the_second_goes_when_the_first_is_served_elsewhere(self, played: Played) -> None:
        client = played.client()
        assert "pod kube-system/coredns-2 waits until DNS is served elsewhere" in client.drain("w-0")
        (new,) = [pod for pod in played.cluster.pods_on("m-0") if "coredns" in pod]
        made = played.cluster.objects[f"/api/v1/namespaces/kube-system/pods/{new.split('/')[1]}"]
        made["status"]["conditions"] = []
        assert client.drain("w-0") == ("pod kube-system/coredns-2 waits until DNS is served elsewhere",)
        assert self.dns(played) == ["kube-system/coredns-2"]
        made["status"]["conditions"] = [{"type": "Ready", "status": "True"}]
        client.drain("w-0")
        assert self.dns(played) == []

    def test_where_there_is_no_other_node_both_go(self, played: Played) -> None:
        played.client().close("m-0")
        played.client().drain("w-0")
        assert self.dns(played) == []

    def test_one_that_is_served_elsewhere_waits_for_nothing(self, played: Played) -> None:
        played.cluster.add_pod("kube-system/coredns-3", "m-0", labels={"k8s-app": "kube-dns"})
        played.client().drain("w-0")
        assert self.dns(played) == []

    def test_a_pod_of_a_user_s_that_is_labelled_so_waits_for_nothing(self, played: Played) -> None:
        played.cluster.add_pod("shop/dns-0", "w-0", labels={"k8s-app": "kube-dns"})
        played.client().drain("w-0")
        assert "shop/dns-0" not in played.cluster.pods_on("w-0")


def test_one_that_left_by_itself(played: Played) -> None:
    played.cluster.answers[EVICT] = [status(404, 'pods "web-0" not found')]
    assert played.client().drain("w-0") == ("pod kube-system/coredns-1 is ending",)
