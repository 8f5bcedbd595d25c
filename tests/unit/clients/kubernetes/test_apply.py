"""What a spec asks of a cluster's API, brought there: after a look, in order, and nothing that is others'."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any

import pytest

from jeroboam.clients.kubernetes import applying
from jeroboam.clients.kubernetes.cluster import Kubernetes
from jeroboam.model.applied import Applier, NodeMarks, Taint, WantedObjects, objects
from jeroboam.model.client import ClientError
from jeroboam.model.inventory import Inventory, config_map, parse
from tests.support.played_kubernetes import status
from tests.unit.clients.kubernetes.conftest import Played

LIST = "/api/v1/namespaces/kube-system/configmaps/jeroboam-applied"
WEB = "/apis/apps/v1/namespaces/shop/deployments/web"
SPACE = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}
SETTINGS = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "settings", "namespace": "shop"},
    "data": {"a": "1", "b": "2"},
}
DEPLOYMENT: Mapping[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web", "namespace": "shop"},
    "spec": {"replicas": 2, "selector": {"app": "web"}, "image": "web:1"},
}
CLASS = {
    "apiVersion": "storage.k8s.io/v1",
    "kind": "StorageClass",
    "metadata": {"name": "fast"},
    "parameters": {"type": "ssd"},
}
ALL = (SPACE, SETTINGS, DEPLOYMENT)


def wanted(*documents: Mapping[str, Any], **roles: NodeMarks) -> WantedObjects:
    return WantedObjects(documents, roles, {"m-0": "master", "w-0": "default"})


def applier(played: Played) -> Applier:
    client = played.client()
    assert isinstance(client, Applier)
    return client


def plan(played: Played, *documents: Mapping[str, Any], **roles: NodeMarks) -> list[str]:
    """What a plan says, a line each, after a look at it that nothing is written."""
    before = deepcopy(played.cluster.objects)
    told = [told_of(change) for change in applier(played).plan(wanted(*documents, **roles))]
    assert played.cluster.objects == before
    return told


def apply(played: Played, *documents: Mapping[str, Any], **roles: NodeMarks) -> list[str]:
    """What an apply says that it has done; the same as the plan before it."""
    planned = plan(played, *documents, **roles)
    done = [told_of(change) for change in applier(played).apply(wanted(*documents, **roles))]
    assert [line.split(";")[0] for line in done] == [line.split(";")[0] for line in planned]
    return done


def told_of(change: Any) -> str:
    return "; ".join((f"{change.effect} {change.name}", *change.fields, *change.why))


def changed(document: Mapping[str, Any], **fields: Any) -> dict[str, Any]:
    """The deployment with other fields in its spec."""
    return {**document, "spec": {**document["spec"], **fields}}


def managers(played: Played, path: str, *names: str, operation: str = "Apply") -> None:
    entries = [{"manager": name, "operation": operation} for name in names]
    played.cluster.objects[path]["metadata"]["managedFields"] = entries


class TestObjects:
    def test_a_new_cluster_gets_all_in_order(self, played: Played) -> None:
        *told, last = apply(played, *ALL)
        assert told == ["add Namespace shop", "add ConfigMap shop/settings", "add Deployment shop/web"]
        assert last.startswith(
            "begin ConfigMap kube-system/jeroboam-applied; what was applied before is not known"
        )
        assert plan(played, *ALL) == []
        assert played.cluster.objects[WEB]["spec"] == DEPLOYMENT["spec"]

    def test_what_is_as_it_should_be_is_not_told(self, played: Played) -> None:
        apply(played, *ALL)
        assert apply(played, *ALL) == []

    def test_what_masters_applied_is_known_as_ours(self, played: Played) -> None:
        """They do so by the same field manager; then what is left out of an object goes from it."""
        answer = played.cluster.answer
        answer("PATCH", "/api/v1/namespaces/shop", {"force": "true", "fieldManager": "jeroboam"}, SPACE)
        answer("PATCH", WEB, {"force": "true", "fieldManager": "jeroboam"}, DEPLOYMENT)
        lean = {**DEPLOYMENT, "spec": {"selector": {"app": "web"}, "image": "web:1"}}
        assert plan(played, SPACE, lean)[0] == "change Deployment shop/web; .spec.replicas (gone)"

    def test_a_change_is_told_by_its_fields(self, played: Played) -> None:
        apply(played, *ALL)
        more = changed(DEPLOYMENT, image="web:2", replicas=3, command=["x"])
        (told,) = apply(played, SPACE, SETTINGS, more)
        assert told.split("; ")[1:] == [
            ".spec.command (new)",
            '.spec.image: "web:1" -> "web:2"',
            ".spec.replicas: 2 -> 3",
        ]
        assert played.cluster.objects[WEB]["spec"]["replicas"] == 3

    def test_what_somebody_else_has_set_is_left_alone_and_the_rest_is_not(self, played: Played) -> None:
        apply(played, *ALL)
        played.cluster.objects[WEB]["spec"]["replicas"] = 9
        played.cluster.set_by_others[WEB] = {".spec.replicas": ("autoscaler", 9)}
        (told,) = apply(played, SPACE, SETTINGS, changed(DEPLOYMENT, image="web:2"))
        assert told.split("; ")[1:] == [
            '.spec.image: "web:1" -> "web:2"',
            ".spec.replicas is left as it is: autoscaler set it",
        ]
        assert played.cluster.objects[WEB]["spec"] == {**DEPLOYMENT["spec"], "replicas": 9, "image": "web:2"}
        assert plan(played, SPACE, SETTINGS, changed(DEPLOYMENT, image="web:2")) == [
            "keep Deployment shop/web; .spec.replicas is left as it is: autoscaler set it"
        ]

    def test_a_secret_s_text_is_never_told(self, played: Played) -> None:
        metadata = {"name": "settings", "namespace": "shop"}
        secret = {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": metadata,
            "stringData": {"key": "hunter2"},
        }
        apply(played, SPACE, secret)
        (told,) = apply(played, SPACE, {**secret, "stringData": {"key": "hunter3"}})
        assert told == "change Secret shop/settings; .data.key"

    def test_of_two_documents_of_one_object_the_last_counts(self, played: Played) -> None:
        again = {**SETTINGS, "data": {"a": "9"}}
        apply(played, SPACE, SETTINGS, again)
        assert played.cluster.objects["/api/v1/namespaces/shop/configmaps/settings"]["data"] == {"a": "9"}
        assert plan(played, SPACE, SETTINGS, again) == []

    def test_an_object_that_names_no_namespace_is_in_the_default_one(self, played: Played) -> None:
        plain = {**SETTINGS, "metadata": {"name": "settings"}}
        apply(played, plain)
        assert "/api/v1/namespaces/default/configmaps/settings" in played.cluster.objects
        assert apply(played) == ["remove ConfigMap default/settings"]

    def test_a_class_is_made_again(self, played: Played) -> None:
        apply(played, CLASS)
        before = played.cluster.objects["/apis/storage.k8s.io/v1/storageclasses/fast"]["metadata"]["uid"]
        other = {**CLASS, "parameters": {"type": "hdd"}}
        assert apply(played, other) == ["replace StorageClass fast; .parameters.type"]
        now = played.cluster.objects["/apis/storage.k8s.io/v1/storageclasses/fast"]
        assert (now["parameters"], now["metadata"]["uid"] != before) == ({"type": "hdd"}, True)

    def test_what_may_not_change_is_not_deleted_for_it(self, played: Played) -> None:
        apply(played, *ALL)
        (told,) = apply(played, SPACE, SETTINGS, changed(DEPLOYMENT, selector={"app": "x"}))
        assert told.startswith("keep Deployment shop/web; Deployment is invalid: .spec.selector: field is")
        assert "delete it yourself" in told

    def test_one_that_the_api_refuses_stops_before_anything_is_written(self, played: Played) -> None:
        played.cluster.answers[f"PATCH {WEB}"] = [status(422, 'Deployment "web" is invalid: spec.image')]
        with pytest.raises(ClientError, match=r"is invalid: spec\.image"):
            plan(played, SPACE, DEPLOYMENT)

    def test_one_without_a_name(self, played: Played) -> None:
        (told, _) = apply(
            played, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"generateName": "x"}}
        )
        assert told == "keep ConfigMap without a name; it has no metadata.name"


class TestWhatOthersBring:
    DEFINITION: Mapping[str, Any] = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "things.example.org"},
        "spec": {
            "group": "example.org",
            "scope": "Namespaced",
            "names": {"kind": "Thing", "plural": "things"},
        },
    }
    THING: Mapping[str, Any] = {"apiVersion": "example.org/v1", "kind": "Thing", "metadata": {"name": "one"}}

    @pytest.fixture(autouse=True)
    def at_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(applying, "_PAUSE", 0.0)

    def test_an_object_is_made_after_its_kind(self, played: Played) -> None:
        told = [told_of(change) for change in applier(played).apply(wanted(self.DEFINITION, self.THING))]
        assert told[:2] == ["add CustomResourceDefinition things.example.org", "add Thing default/one"]
        assert "/apis/example.org/v1/namespaces/default/things/one" in played.cluster.objects

    def test_whatever_their_order_is(self, played: Played) -> None:
        told = applier(played).apply(wanted(self.THING, DEPLOYMENT, self.DEFINITION, SPACE))
        assert [change.name for change in told[:4]] == [
            "CustomResourceDefinition things.example.org",
            "Namespace shop",
            "Thing default/one",
            "Deployment shop/web",
        ]

    def test_a_kind_that_nobody_brings(self, played: Played) -> None:
        assert plan(played, self.THING)[0] == "add Thing one; the API has no kind Thing of example.org/v1 yet"
        with pytest.raises(ClientError, match="Thing one cannot be made: the API has no kind Thing"):
            applier(played).apply(wanted(self.THING, SPACE))
        assert "/api/v1/namespaces/shop" in played.cluster.objects


class TestRemoval:
    def test_what_left_the_spec_goes_the_last_first(self, played: Played) -> None:
        apply(played, *ALL)
        assert apply(played, SPACE) == ["remove Deployment shop/web", "remove ConfigMap shop/settings"]
        assert WEB not in played.cluster.objects
        assert plan(played, SPACE) == []

    def test_of_a_cluster_that_was_made_by_an_earlier_release_nothing_goes(self, played: Played) -> None:
        apply(played, *ALL)
        del played.cluster.objects[LIST]
        told = apply(played, SPACE)
        assert [line.split(";")[0] for line in told] == ["begin ConfigMap kube-system/jeroboam-applied"]
        assert WEB in played.cluster.objects

    def test_what_was_written_down_goes_whoever_applied_it(self, played: Played) -> None:
        apply(played, *ALL)
        (name,) = [one for one in listed(played).objects if one.kind == "Deployment"]
        played.cluster.put(LIST, config_map(Inventory((name,), {})))
        assert apply(played, SPACE, SETTINGS) == ["remove Deployment shop/web"]

    def test_what_keeps_others_things_stays(self, played: Played) -> None:
        apply(played, *ALL)
        (told,) = apply(played, SETTINGS, DEPLOYMENT)
        assert told.startswith("keep Namespace shop; it is no longer in the spec, and stays")
        assert "/api/v1/namespaces/shop" in played.cluster.objects

    @pytest.mark.parametrize(
        ("manager", "operation", "goes"),
        [
            ("flux", "Apply", False),
            ("kubectl-client-side-apply", "Update", False),
            ("kube-controller-manager", "Update", True),
            ("kubectl-scale", "Update", True),
        ],
    )
    def test_what_somebody_else_takes_care_of_stays(
        self, played: Played, manager: str, operation: str, goes: bool
    ) -> None:
        apply(played, *ALL)
        managers(played, WEB, "jeroboam")
        played.cluster.objects[WEB]["metadata"]["managedFields"].append(
            {"manager": manager, "operation": operation}
        )
        (told,) = apply(played, SPACE, SETTINGS)
        stays = (
            f"keep Deployment shop/web; it is no longer in the spec, and stays: {manager} takes care of it"
        )
        assert told.startswith("remove Deployment shop/web" if goes else stays)
        assert (WEB not in played.cluster.objects) is goes

    def test_what_somebody_made_anew_is_theirs(self, played: Played) -> None:
        apply(played, *ALL)
        managers(played, WEB, "kube-controller-manager", operation="Update")
        (told,) = apply(played, SPACE, SETTINGS)
        assert told.endswith("somebody else has made it anew")

    def test_an_account_that_nobody_has_set_a_field_of_goes(self, played: Played) -> None:
        account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "x"}}
        apply(played, account)
        managers(played, "/api/v1/namespaces/default/serviceaccounts/x")
        assert apply(played) == ["remove ServiceAccount default/x"]

    def test_what_is_gone_already_is_not_told(self, played: Played) -> None:
        apply(played, *ALL)
        del played.cluster.objects[WEB]
        assert apply(played, SPACE, SETTINGS) == []
        assert [one.kind for one in listed(played).objects] == ["Namespace", "ConfigMap"]

    def test_what_a_run_that_was_cut_off_has_made_goes_too(self, played: Played) -> None:
        apply(played, SPACE)
        played.cluster.answers[f"PATCH {WEB}"] = [status(400, "cut off")]
        with pytest.raises(ClientError, match="cut off"):
            applier(played).apply(wanted(SPACE, SETTINGS, DEPLOYMENT))
        assert apply(played, SPACE) == ["remove ConfigMap shop/settings"]

    def test_a_list_that_is_none(self, played: Played) -> None:
        played.cluster.put(LIST, {"data": {"objects": "?"}})
        with pytest.raises(ClientError, match="is no list of what was applied"):
            plan(played, SPACE)


class TestNodes:
    @pytest.fixture(autouse=True)
    def born(self, played: Played) -> None:
        """The list is there, with one label and one taint of the workers."""
        self.set(played, {"tier": "general"}, [("gpu", "yes")])
        was = NodeMarks({"tier": "general"}, (Taint("gpu", "yes", "NoSchedule"),))
        played.cluster.put(LIST, config_map(Inventory((), {"default": was})))

    @staticmethod
    def set(played: Played, labels: Mapping[str, str], taints: Iterable[tuple[str, str]]) -> None:
        node = played.cluster.node("w-0")
        node["metadata"]["labels"] |= labels
        node["spec"]["taints"] = [
            {"key": key, "value": value, "effect": "NoSchedule"} for key, value in taints
        ]

    @staticmethod
    def of(played: Played) -> tuple[dict[str, str], list[str]]:
        node = played.cluster.node("w-0")
        labels = dict(node["metadata"]["labels"])
        labels.pop("kubernetes.io/hostname")
        return labels, [f"{one['key']}={one.get('value', '')}" for one in node["spec"].get("taints", [])]

    SAME = NodeMarks({"tier": "general"}, (Taint("gpu", "yes", "NoSchedule"),))

    def test_nothing_differs(self, played: Played) -> None:
        assert apply(played, default=self.SAME) == []

    def test_others_come_in_their_place(self, played: Played) -> None:
        new = NodeMarks({"zone": "a"}, (Taint("ssd", "", "NoSchedule"),))
        (told,) = apply(played, default=new)
        assert told.split("; ") == [
            "change Node w-0",
            ".metadata.labels.tier (gone)",
            ".metadata.labels.zone: (none) -> a",
            ".spec.taints gpu=yes:NoSchedule (gone)",
            ".spec.taints ssd:NoSchedule (new)",
        ]
        assert self.of(played) == ({"zone": "a"}, ["ssd="])
        assert plan(played, default=new) == []

    def test_another_value(self, played: Played) -> None:
        new = NodeMarks({"tier": "special"}, (Taint("gpu", "no", "NoSchedule"),))
        apply(played, default=new)
        assert self.of(played) == ({"tier": "special"}, ["gpu=no"])

    def test_all_go(self, played: Played) -> None:
        apply(played, default=NodeMarks())
        assert self.of(played) == ({}, [])

    def test_what_others_have_set_stays(self, played: Played) -> None:
        self.set(played, {"own": "x"}, [("gpu", "yes"), ("node.kubernetes.io/unreachable", "")])
        new = NodeMarks({"tier": "general", "zone": "a"})
        apply(played, default=new)
        assert self.of(played) == (
            {"tier": "general", "zone": "a", "own": "x"},
            ["node.kubernetes.io/unreachable="],
        )

    def test_what_others_have_changed_stays(self, played: Played) -> None:
        self.set(played, {"tier": "mine"}, [("gpu", "yes")])
        assert apply(played, default=replaced(self.SAME, tier="special")) == [
            "keep Node w-0; label tier was changed by somebody else, and stays so"
        ]
        assert apply(played, default=NodeMarks({}, self.SAME.taints)) == []
        assert self.of(played)[0] == {"tier": "mine"}

    def test_what_others_have_taken_off_stays_off(self, played: Played) -> None:
        self.set(played, {}, [])
        assert apply(played, default=self.SAME) == []
        assert self.of(played) == ({"tier": "general"}, [])

    def test_where_nothing_was_written_down_nothing_is_taken_off(self, played: Played) -> None:
        del played.cluster.objects[LIST]
        new = NodeMarks({"tier": "special"}, (Taint("ssd", "", "NoSchedule"),))
        apply(played, default=new)
        assert self.of(played) == ({"tier": "special"}, ["gpu=yes", "ssd="])

    def test_a_run_that_was_cut_off_is_gone_on_with(self, played: Played) -> None:
        new = NodeMarks({"zone": "a"})
        played.cluster.answers["PATCH /api/v1/nodes/w-0"] = [status(400, "cut off")]
        with pytest.raises(ClientError, match="cut off"):
            applier(played).apply(wanted(SPACE, default=new))
        assert apply(played, SPACE, default=new)
        assert self.of(played) == ({"zone": "a"}, [])

    def test_a_node_that_changes_meanwhile_is_looked_at_again(self, played: Played) -> None:
        played.cluster.answers["PATCH /api/v1/nodes/w-0"] = [status(409, "the object has been modified")]
        apply(played, default=NodeMarks({"zone": "a"}))
        assert self.of(played) == ({"zone": "a"}, [])

    def test_nodes_that_are_not_there_are_nobody_s(self, played: Played) -> None:
        client = applier(played)
        assert client.plan(WantedObjects((), {"default": NodeMarks({"a": "b"})}, {"w-9": "default"})) == ()


def replaced(marks: NodeMarks, **labels: str) -> NodeMarks:
    return NodeMarks({**marks.labels, **labels}, marks.taints)


def listed(played: Played) -> Inventory:
    return parse(played.cluster.objects[LIST])


def test_a_list_of_objects_is_each_of_them() -> None:
    text = (
        "kind: ConfigMapList\napiVersion: v1\nitems:\n- {kind: ConfigMap}\n- {kind: Secret}\n---\nkind: Pod\n"
    )
    assert [one["kind"] for one in objects(text)] == ["ConfigMap", "Secret", "Pod"]


def test_the_client_of_a_roll_applies_too(played: Played) -> None:
    assert isinstance(played.client(), Kubernetes)
