"""What a deployment does at a cluster's own API: compares, asks, applies, and says where it cannot."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from jeroboam import compile_spec
from jeroboam.deploy.api_text import render
from jeroboam.deploy.errors import DeployError
from jeroboam.deploy.events import ApiChanged, ApiPlanned
from jeroboam.deploy.request import Request
from jeroboam.deploy.through_api import through_api, wanted_objects
from jeroboam.deploy.types import Note, Stack
from jeroboam.hot.contract import OutputName
from jeroboam.model.access import Base64, CredentialFile
from jeroboam.model.applied import AppliedFiles, ApplyEffect, ObjectChange
from jeroboam.model.types import SecretRef
from tests.support.cases import GOLDEN
from tests.support.played_kubernetes import PlayedKubernetes, serving, status
from tests.support.tls import authority, listening
from tests.unit.deploy.wait.facts import stack

SPEC = GOLDEN / "kubernetes/ubuntu/minimal/cluster.yaml"
COMPILED = compile_spec(str(SPEC)).value
ADDRESS = "192.0.2.7"
NETWORK = SimpleNamespace(ports=lambda **_: ())
CLOUD: Any = SimpleNamespace(sdk=SimpleNamespace(network=NETWORK, current_project_id="p1"))
"""A cloud that is asked for the nodes' addresses, and has none."""
LIST = "/api/v1/namespaces/kube-system/configmaps/jeroboam-applied"
DAEMON = "/apis/apps/v1/namespaces/kube-flannel/daemonsets/kube-flannel"


class Deployment:
    """The minimal cluster, deployed; its API is reached at 127.0.0.1."""

    def __init__(self, cluster: PlayedKubernetes, port: int) -> None:
        assert COMPILED is not None
        self.cluster, self.compiled = cluster, COMPILED
        outputs: dict[str, Any] = {OutputName.API_URL: f"https://{ADDRESS}:6443"}
        self.stack: Stack = replace(stack("UPDATE_COMPLETE"), outputs=outputs)
        self.request = Request(
            COMPILED, lambda _: pytest.fail("asked"), "prod.yaml", "prod.secrets.yaml", at=("127.0.0.1", port)
        )

    def run(self, **wishes: Any) -> list[Any]:
        request = replace(self.request, **wishes)
        return list(through_api(request, CLOUD, self.stack, authority(1)))


@pytest.fixture(autouse=True)
def no_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stack has no ports whose nodes could be asked for by an address."""
    monkeypatch.setattr("jeroboam.deploy.door.resources", lambda *_: ())


@pytest.fixture
def deployment(tmp_path: Path) -> Iterator[Deployment]:
    cluster = PlayedKubernetes()
    with serving(cluster, tmp_path, authority(1), name=ADDRESS) as port:
        made = Deployment(cluster, port)
        cluster.add_node("prod-master-0", master=True, version=made.compiled.model.coe_version)
        yield made


def test_what_differs_is_shown_and_then_brought(deployment: Deployment) -> None:
    planned, changed = deployment.run()
    assert isinstance(planned, ApiPlanned)
    assert isinstance(changed, ApiChanged)
    assert DAEMON in deployment.cluster.objects
    assert deployment.run() == []


class TestANewCluster:
    """Its masters have applied all: the list is begun, without a word and without a question."""

    @pytest.fixture(autouse=True)
    def made(self, deployment: Deployment) -> None:
        deployment.run()
        del deployment.cluster.objects[LIST]
        deployment.stack = replace(deployment.stack, action="CREATE")

    def test_the_list_is_begun(self, deployment: Deployment) -> None:
        assert deployment.run(approve_api=lambda _: pytest.fail("asked")) == []
        assert LIST in deployment.cluster.objects

    def test_where_it_cannot_be_reached_the_cluster_is_made_all_the_same(
        self, deployment: Deployment, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("jeroboam.clients.kubernetes.api._PAUSES", ())
        with listening(lambda _: None) as port:
            pass
        assert deployment.run(at=("127.0.0.1", port)) == []

    @pytest.mark.parametrize("method", ["GET", "PATCH"])
    def test_nor_is_it_a_failure_where_it_is_refused(self, deployment: Deployment, method: str) -> None:
        deployment.cluster.answers[f"{method} {LIST}"] = [status(403, "forbidden")]
        assert deployment.run() == []


def test_a_list_that_is_begun_is_told_and_nobody_asked(deployment: Deployment) -> None:
    deployment.run()
    del deployment.cluster.objects[LIST]
    (planned,) = deployment.run(approve_api=lambda _: pytest.fail("asked"))
    assert [change.effect for change in planned.changes] == [ApplyEffect.BEGIN]
    assert "nothing is removed this time" in planned.changes[0].why[0]
    assert LIST in deployment.cluster.objects


def test_what_is_not_agreed_to_is_not_done(deployment: Deployment) -> None:
    seen: list[Any] = []

    def refuse(changes: tuple[ObjectChange, ...]) -> bool:
        seen.extend(changes)
        return False

    (planned,) = deployment.run(approve_api=refuse)
    assert list(planned.changes) == seen
    assert seen
    assert DAEMON not in deployment.cluster.objects


def test_nobody_is_asked_about_what_stays_as_it_is(deployment: Deployment) -> None:
    deployment.run()
    deployment.cluster.set_by_others[DAEMON] = {".metadata.labels.app": ("somebody", "other")}
    deployment.cluster.objects[DAEMON]["metadata"]["labels"]["app"] = "other"
    (planned,) = deployment.run(approve_api=lambda _: pytest.fail("asked"))
    assert [change.effect for change in planned.changes] == [ApplyEffect.KEEP]


def test_an_api_that_cannot_be_reached_is_no_failure(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jeroboam.clients.kubernetes.api._PAUSES", ())
    with listening(lambda _: None) as port:
        pass
    (note,) = deployment.run(at=("127.0.0.1", port))
    assert isinstance(note, Note)
    assert note.text.startswith("warning: what the spec asks of the COE's API was not compared")
    assert "run jeroboam deploy prod.yaml from where that is reached" in note.text
    assert "--api ADDRESS:PORT" in note.text


def test_addons_of_a_version_wait_for_it(deployment: Deployment) -> None:
    deployment.cluster.node("prod-master-0")["status"]["nodeInfo"]["kubeletVersion"] = "v1.30.1"
    (note,) = deployment.run()
    assert "waits until all masters run" in note.text
    assert DAEMON not in deployment.cluster.objects


def test_what_the_api_refuses_fails(deployment: Deployment) -> None:
    deployment.cluster.answers[f"PATCH {DAEMON}"] = [status(403, "forbidden by a policy")] * 2
    deployment.cluster.put("/api/v1/namespaces/kube-flannel", {})
    with pytest.raises(DeployError, match=r"the cluster's API is not: .*forbidden by a policy") as error:
        deployment.run()
    assert "jeroboam deploy prod.yaml" in (error.value.hint or "")


def test_a_stack_that_does_not_say_where_its_api_is(deployment: Deployment) -> None:
    deployment.stack = stack("UPDATE_COMPLETE")
    assert deployment.run() == []
    assert deployment.cluster.requests == []


def test_keys_are_put_in_place_and_the_rest_is_as_it_is() -> None:
    key = b64encode(b"0123456789").decode()
    keyed = CredentialFile("10-a.yaml", "kind: A\nkey: '@{KEY}'\n", {"KEY": Base64(SecretRef("psk"))})
    files = AppliedFiles({"50-b.yaml": "kind: B\ntext: '@{NOT_A_KEY}'\n"}, (keyed,), {}, {})
    assert wanted_objects(files, {"psk": key}).documents == (
        {"kind": "A", "key": key},
        {"kind": "B", "text": "@{NOT_A_KEY}"},
    )
    with pytest.raises(DeployError, match="holds no 'psk'"):
        wanted_objects(files, {})


CHANGES: Mapping[str, ObjectChange] = {
    "+ Namespace shop": ObjectChange("Namespace shop", ApplyEffect.ADD),
    "! StorageClass fast (deleted and made again)": ObjectChange("StorageClass fast", ApplyEffect.REPLACE),
    "- ConfigMap shop/x": ObjectChange("ConfigMap shop/x", ApplyEffect.REMOVE),
}


def test_changes_in_words() -> None:
    text = render("prod", tuple(CHANGES.values()))
    assert text.splitlines() == [
        "prod: 3 objects differ at the cluster's API",
        *(f"  {line}" for line in CHANGES),
    ]


def test_what_many_nodes_have_alike_is_said_once() -> None:
    nodes = [ObjectChange(f"Node w-{index}", ApplyEffect.CHANGE, (".a (new)",)) for index in range(8)]
    other = ObjectChange("Node x", ApplyEffect.KEEP, (), ("label a stays",))
    assert render("prod", [*nodes, other]).splitlines() == [
        "prod: 8 objects differ at the cluster's API",
        "  ~ Node w-0, Node w-1, Node w-2, Node w-3, Node w-4, Node w-5 and 2 more",
        "      .a (new)",
        "  = Node x",
        "      label a stays",
    ]


def test_of_many_fields_a_few_are_told() -> None:
    change = ObjectChange("Pod x", ApplyEffect.CHANGE, tuple(f".a{index}" for index in range(20)))
    assert render("prod", [change]).splitlines()[-1] == "      and 8 more fields"
