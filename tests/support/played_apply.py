"""Server-side apply as a played Kubernetes has it: of mappings; a list is one value.

A field that a manager applied before, and applies no more, goes. What others have set is found by its path.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

SPACES = frozenset({"default", "kube-flannel", "kube-system"})
"""Namespaces that are always there."""
_KINDS: Mapping[str, Mapping[str, tuple[str, bool]]] = {
    "/api/v1": {
        "ConfigMap": ("configmaps", True),
        "Namespace": ("namespaces", False),
        "Node": ("nodes", False),
        "ResourceQuota": ("resourcequotas", True),
        "Secret": ("secrets", True),
        "Service": ("services", True),
        "ServiceAccount": ("serviceaccounts", True),
    },
    "/apis/apps/v1": {"DaemonSet": ("daemonsets", True), "Deployment": ("deployments", True)},
    "/apis/storage.k8s.io/v1": {
        "CSIDriver": ("csidrivers", False),
        "StorageClass": ("storageclasses", False),
    },
    "/apis/rbac.authorization.k8s.io/v1": {
        "ClusterRole": ("clusterroles", False),
        "ClusterRoleBinding": ("clusterrolebindings", False),
        "Role": ("roles", True),
        "RoleBinding": ("rolebindings", True),
    },
    "/apis/apiregistration.k8s.io/v1": {"APIService": ("apiservices", False)},
    "/apis/apiextensions.k8s.io/v1": {"CustomResourceDefinition": ("customresourcedefinitions", False)},
}
_DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/"
_IMMUTABLE = {"StorageClass": ".parameters", "Deployment": ".spec.selector"}


def discovered(path: str, objects: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What the API says of the kinds of a group's version; nothing where it has no such group."""
    kinds = dict(_KINDS.get(path, {}))
    for where, thing in objects.items():
        if where.startswith(_DEFINITIONS) and path == f"/apis/{thing['spec']['group']}/v1":
            names = thing["spec"]["names"]
            kinds[names["kind"]] = names["plural"], thing["spec"]["scope"] == "Namespaced"
    return [
        found
        for kind, (plural, namespaced) in kinds.items()
        for found in (
            {"name": plural, "kind": kind, "namespaced": namespaced},
            {"name": f"{plural}/status", "kind": kind, "namespaced": namespaced},
        )
    ]


def applied(live: Any, before: Any, now: Any) -> Any:
    """What becomes of an object whose manager applied `before` and applies `now`."""
    if not isinstance(now, Mapping):
        return deepcopy(now)
    made = dict(live) if isinstance(live, Mapping) else {}
    old = before if isinstance(before, Mapping) else {}
    for key in old.keys() - now.keys():
        made.pop(key, None)
    for key, value in now.items():
        made[key] = applied(made.get(key), old.get(key), value)
    return made


def at(thing: Any, path: str) -> Any:
    """The value of a field of mappings, by a path without dots in keys; None where there is none."""
    for key in path.strip(".").split("."):
        thing = thing.get(key) if isinstance(thing, Mapping) else None
    return thing


def cut(thing: Any, path: str) -> None:
    """Takes such a field out, if it is there."""
    holder, _, key = path.rpartition(".")
    inner = at(thing, holder)
    if isinstance(inner, dict):
        inner.pop(key, None)


def immutable(old: Any, new: Any) -> str:
    """A field that differs and may not."""
    field = _IMMUTABLE.get(new["kind"], "")
    return field if field and at(old, field) != at(new, field) else ""
