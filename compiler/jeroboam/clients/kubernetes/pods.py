"""What pods, budgets and volumes say of whether a pod can leave its node, and what it leaves behind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

_MIRROR = "kubernetes.io/config.mirror"
_AT_MOST = 5


def called(thing: Any) -> str:
    """Its namespace and name, as in `shop/web-0`."""
    return f"{thing['metadata'].get('namespace', 'default')}/{thing['metadata']['name']}"


def node(pod: Any) -> str:
    """The name of its node; empty where it has none yet."""
    return str(pod.get("spec", {}).get("nodeName") or "")


def ready(pod: Any) -> bool:
    """Whether it does its work."""
    if terminating(pod):
        return False
    conditions = pod.get("status", {}).get("conditions") or []
    return any(one.get("type") == "Ready" and one.get("status") == "True" for one in conditions)


def terminating(pod: Any) -> bool:
    """Whether it was told to end, and has not yet."""
    return bool(pod["metadata"].get("deletionTimestamp"))


def owner(pod: Any) -> tuple[str, str] | None:
    """Kind and name of what made it and makes it anew elsewhere; None for a bare pod."""
    owners = pod["metadata"].get("ownerReferences") or []
    found = next((one for one in owners if one.get("controller")), None)
    return (found["kind"], found["name"]) if found else None


def stays(pod: Any) -> bool:
    """Whether a drain leaves it: it is the node's own, by a file there or by a DaemonSet, or it is done."""
    if _MIRROR in (pod["metadata"].get("annotations") or {}):
        return True
    if pod.get("status", {}).get("phase") in ("Succeeded", "Failed"):
        return True
    kind, _ = owner(pod) or ("", "")
    return kind == "DaemonSet"


def chosen(selector: Any, labels: Mapping[str, str]) -> bool:
    """Whether a LabelSelector chooses what has these labels; an empty one chooses all, none nothing."""
    if selector is None:
        return False
    wanted = selector.get("matchLabels") or {}
    return all(labels.get(key) == value for key, value in wanted.items()) and all(
        _holds(expression, labels) for expression in selector.get("matchExpressions") or []
    )


def _holds(expression: Any, labels: Mapping[str, str]) -> bool:
    key, values = expression["key"], expression.get("values") or []
    match expression["operator"]:
        case "In":
            return labels.get(key) in values
        case "NotIn":
            return labels.get(key) not in values
        case "Exists":
            return key in labels
        case _:
            return key not in labels


def budgets_of(pod: Any, budgets: Iterable[Any]) -> list[Any]:
    """The PodDisruptionBudgets that are for a pod."""
    metadata = pod["metadata"]
    return [
        budget
        for budget in budgets
        if budget["metadata"].get("namespace") == metadata.get("namespace")
        and chosen(budget.get("spec", {}).get("selector"), metadata.get("labels") or {})
    ]


def obstacles(pods: Iterable[Any], budgets: Iterable[Any], volumes: Iterable[Any]) -> tuple[str, ...]:
    """What a drain of the node that `pods` are on has against it or loses, a sentence each.

    `budgets` are all PodDisruptionBudgets, `volumes` all PersistentVolumes.
    """
    leaving = [pod for pod in pods if not stays(pod)]
    known = list(budgets)
    local = _local_claims(volumes)
    return (
        *_kind(text for pod in leaving for text in _held_back(pod, budgets_of(pod, known))),
        *_kind(
            f"pod {called(pod)} has no controller: it is lost, and nothing makes it anew"
            for pod in leaving
            if owner(pod) is None
        ),
        *_kind(
            f"pod {called(pod)} has data in volume {local[claim]}, which is on this node alone"
            for pod in leaving
            for claim in _claims(pod)
            if claim in local
        ),
        *_scratch([called(pod) for pod in leaving if _has_scratch(pod)]),
    )


def _held_back(pod: Any, budgets: list[Any]) -> Iterable[str]:
    if len(budgets) > 1:
        names = ", ".join(budget["metadata"]["name"] for budget in budgets)
        yield f"pod {called(pod)} has several budgets ({names}), and Kubernetes evicts no such pod"
        return
    for budget in budgets:
        if not budget.get("status", {}).get("disruptionsAllowed"):
            yield f"budget {called(budget)} does not let pod {called(pod)} go now"


def _claims(pod: Any) -> Iterable[tuple[str, str]]:
    namespace = pod["metadata"].get("namespace", "default")
    for volume in pod.get("spec", {}).get("volumes") or []:
        claim = (volume.get("persistentVolumeClaim") or {}).get("claimName")
        if claim:
            yield namespace, claim


def _local_claims(volumes: Iterable[Any]) -> dict[tuple[str, str], str]:
    """The names of volumes that are a folder or disk of one node, by namespace and name of their claims."""
    return {
        (claim.get("namespace", ""), claim.get("name", "")): volume["metadata"]["name"]
        for volume in volumes
        for spec in [volume.get("spec", {})]
        for claim in [spec.get("claimRef") or {}]
        if claim and ("local" in spec or "hostPath" in spec)
    }


def _has_scratch(pod: Any) -> bool:
    return any("emptyDir" in volume for volume in pod.get("spec", {}).get("volumes") or [])


def _scratch(names: list[str]) -> Iterable[str]:
    if len(names) == 1:
        yield f"pod {names[0]} loses what is in its emptyDir volumes"
    elif names:
        yield f"{len(names)} pods lose what is in their emptyDir volumes: {listed(names)}"


def _kind(sentences: Iterable[str]) -> Iterable[str]:
    """The first few of one kind, and how many more there are."""
    found = list(sentences)
    yield from found[:_AT_MOST]
    if len(found) > _AT_MOST:
        yield f"and {len(found) - _AT_MOST} more like this"


def listed(names: list[str]) -> str:
    """The first few names, and how many more there are."""
    more = f" and {len(names) - _AT_MOST} more" if len(names) > _AT_MOST else ""
    return ", ".join(names[:_AT_MOST]) + more
