"""What a drain will lose, or fail on, said before anything is done."""

from __future__ import annotations

from typing import Any

import pytest

from jeroboam.clients.kubernetes.pods import chosen
from tests.unit.clients.kubernetes.conftest import Played


def obstacles(played: Played, node: str = "w-0") -> tuple[str, ...]:
    found = played.client().obstacles(node)
    assert all(request.startswith("GET ") for request in played.cluster.requests)
    return found


def web(played: Played, **spec: Any) -> None:
    played.cluster.add_pod("shop/web-0", "w-0", owner="ReplicaSet/web", labels={"app": "web"}, **spec)


def test_nothing_to_say(played: Played) -> None:
    web(played)
    played.cluster.add_budget("shop/web", 1, app="web")
    assert obstacles(played) == ()


def test_a_budget_that_allows_nothing(played: Played) -> None:
    web(played)
    played.cluster.add_budget("shop/careful", 0, app="web")
    assert obstacles(played) == ("budget shop/careful does not let pod shop/web-0 go now",)
    assert obstacles(played, "m-0") == ()


def test_a_budget_of_another_namespace(played: Played) -> None:
    web(played)
    played.cluster.add_budget("other/careful", 0, app="web")
    assert obstacles(played) == ()


def test_two_budgets(played: Played) -> None:
    web(played)
    played.cluster.add_budget("shop/one", 1, app="web")
    played.cluster.add_budget("shop/two", 1, app="web")
    assert obstacles(played) == (
        "pod shop/web-0 has several budgets (one, two), and Kubernetes evicts no such pod",
    )


def test_bare_pods_are_few_sentences_however_many(played: Played) -> None:
    for index in range(7):
        played.cluster.add_pod(f"shop/bare-{index}", "w-0")
    found = obstacles(played)
    assert found[0] == "pod shop/bare-0 has no controller: it is lost, and nothing makes it anew"
    assert (len(found), found[5]) == (6, "and 2 more like this")


def test_scratch_data(played: Played) -> None:
    web(played, volumes=[{"name": "tmp", "emptyDir": {}}])
    assert obstacles(played) == ("pod shop/web-0 loses what is in its emptyDir volumes",)
    played.cluster.add_pod("shop/a", "w-0", owner="ReplicaSet/a", volumes=[{"name": "x", "emptyDir": {}}])
    assert obstacles(played) == ("2 pods lose what is in their emptyDir volumes: shop/web-0, shop/a",)


def test_data_on_the_node_s_own_disk(played: Played) -> None:
    web(played, volumes=[{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}])
    claim = {"namespace": "shop", "name": "data"}
    played.cluster.put("/api/v1/persistentvolumes/pv-1", {"spec": {"claimRef": claim, "csi": {}}})
    assert obstacles(played) == ()
    played.cluster.put("/api/v1/persistentvolumes/pv-1", {"spec": {"claimRef": claim, "local": {}}})
    assert obstacles(played) == ("pod shop/web-0 has data in volume pv-1, which is on this node alone",)


def test_daemons_and_files_of_the_node_are_none(played: Played) -> None:
    played.cluster.add_budget("kube-system/all", 0)
    scratch = [{"name": "x", "emptyDir": {}}]
    played.cluster.add_pod("kube-system/kube-proxy-m-0", "m-0", owner="DaemonSet/kube-proxy", volumes=scratch)
    assert obstacles(played, "m-0") == ()


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        (None, False),
        ({}, True),
        ({"matchLabels": {"app": "web"}}, True),
        ({"matchLabels": {"app": "web", "tier": "x"}}, False),
        ({"matchExpressions": [{"key": "app", "operator": "In", "values": ["api", "web"]}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["web"]}]}, False),
        ({"matchExpressions": [{"key": "tier", "operator": "NotIn", "values": ["x"]}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "Exists"}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}, False),
        (
            {
                "matchLabels": {"app": "web"},
                "matchExpressions": [{"key": "tier", "operator": "Exists"}],
            },
            False,
        ),
    ],
)
def test_selectors(selector: Any, expected: bool) -> None:
    assert chosen(selector, {"app": "web"}) is expected
