"""Paths of fields as Kubernetes' API writes them: where objects differ, and what is taken out of one."""

from __future__ import annotations

from typing import Any

import pytest

from jeroboam.clients.kubernetes.fields import differences, without

METADATA = {"name": "web"}


def differing(old: Any, new: Any) -> tuple[str, ...]:
    return differences({"metadata": METADATA, "spec": old}, {"metadata": METADATA, "spec": new})


def test_what_servers_and_controllers_write_is_no_difference() -> None:
    old = {"metadata": METADATA, "status": {"a": 1}}
    written = {
        "resourceVersion": "2", "generation": 2, "uid": "x", "managedFields": [1], "creationTimestamp": "now",
        "annotations": {"deprecated.daemonset.template.generation": "2"},
    }  # fmt: skip
    assert differences(old, {"metadata": METADATA | written, "status": {"a": 2}}) == ()


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"a": {"b": "x"}}, {"a": {"b": "y"}}, (".spec.a.b",)),
        ({}, {"a": {"b": 1}}, (".spec.a (new)",)),
        ({"a": 1}, {}, (".spec.a (gone)",)),
        ({"a": True}, {"a": False}, (".spec.a: true -> false",)),
        ({"a": [{"name": "x", "v": 1}]}, {"a": [{"name": "x", "v": 2}]}, ('.spec.a[name="x"].v: 1 -> 2',)),
        (
            {"a": [{"name": "x"}]},
            {"a": [{"name": "y"}, {"name": "x"}]},
            ('.spec.a[name="y"] (new)',),
        ),
        ({"a": ["p", "q"]}, {"a": ["p", "r", "s"]}, (".spec.a[1]", ".spec.a[2] (new)")),
        ({"a": "x"}, {"a": ["x"]}, (".spec.a",)),
        ({"a\x1b": "x"}, {"a\x1b": "y"}, (r".spec.a\x1b",)),
    ],
)
def test_differences(old: Any, new: Any, expected: tuple[str, ...]) -> None:
    assert differing(old, new) == expected


DOCUMENT = {
    "metadata": {"labels": {"app": "x", "app.kubernetes.io/name": "y"}, "finalizers": ["a", "b"]},
    "spec": {
        "containers": [
            {"name": "one", "image": "i", "ports": [{"containerPort": 80, "protocol": "TCP", "name": "web"}]}
        ]
    },
}


@pytest.mark.parametrize(
    ("path", "gone"),
    [
        (".spec", lambda it: it["spec"]),
        (
            ".metadata.labels.app.kubernetes.io/name",
            lambda it: it["metadata"]["labels"]["app.kubernetes.io/name"],
        ),
        (".metadata.labels.app", lambda it: it["metadata"]["labels"]["app"]),
        ('.spec.containers[name="one"].image', lambda it: it["spec"]["containers"][0]["image"]),
        (
            '.spec.containers[name="one"].ports[containerPort=80,protocol="TCP"].name',
            lambda it: it["spec"]["containers"][0]["ports"][0]["name"],
        ),
        ('.metadata.finalizers[="b"]', lambda it: it["metadata"]["finalizers"][1]),
        (".metadata.finalizers[1]", lambda it: it["metadata"]["finalizers"][1]),
    ],
)
def test_one_field_is_taken_out(path: str, gone: Any) -> None:
    assert gone(DOCUMENT)
    made = without(DOCUMENT, path)
    with pytest.raises((KeyError, IndexError)):
        gone(made)
    assert gone(DOCUMENT)
    assert made is not None
    assert len(str(made)) < len(str(DOCUMENT))


@pytest.mark.parametrize(
    "path",
    [
        ".spec.replicas",
        '.spec.containers[name="two"].image',
        ".metadata.labels.ap",
        "spec",
        ".spec.containers.x",
    ],
)
def test_a_field_that_is_not_there(path: str) -> None:
    assert without(DOCUMENT, path) is None
