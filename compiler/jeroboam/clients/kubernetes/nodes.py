"""What a Node object says of a node."""

from __future__ import annotations

import re
from typing import Any

from jeroboam.escape import escaped
from jeroboam.model.client import Member

OURS = "jeroboam.dev/closed-by-roll"
"""The annotation of a node that was closed by us, and by nobody else before."""
CERTIFICATES_END = "jeroboam.dev/certificates-end"
"""The annotation in which a master says when the first of its certificates ends: fragments/kubernetes."""
SNAPSHOT = "jeroboam.dev/snapshot"
"""The annotation in which a master says when it took its last snapshot of etcd."""
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_CONTROL_PLANE = "node-role.kubernetes.io/control-plane"


def name(node: Any) -> str:
    """Its name, which is its server's."""
    return str(node["metadata"]["name"])


def manages(node: Any) -> bool:
    """Whether it is a master."""
    return _CONTROL_PLANE in (node["metadata"].get("labels") or {})


def closed(node: Any) -> bool:
    """Whether it gets no new pods."""
    return bool(node.get("spec", {}).get("unschedulable"))


def ours(node: Any) -> bool:
    """Whether it has our mark."""
    return OURS in (node["metadata"].get("annotations") or {})


def member(node: Any) -> Member:
    """A Node object as a member."""
    why = _why(node)
    info = node.get("status", {}).get("nodeInfo", {})
    return Member(
        name=name(node),
        manager=manages(node),
        ready=not why,
        takes_work=not closed(node),
        ours=closed(node) and ours(node),
        version=str(info.get("kubeletVersion", "")).removeprefix("v"),
        why=why,
        certificates_end=_time(node, CERTIFICATES_END) if manages(node) else "",
        last_snapshot=_time(node, SNAPSHOT) if manages(node) else "",
        since=_since(node) if why else "",
    )


def _time(node: Any, annotation: str) -> str:
    said = str((node["metadata"].get("annotations") or {}).get(annotation, ""))
    return said if _TIME.fullmatch(said) else ""


def _since(node: Any) -> str:
    """When its kubelet came to say that it is not ready, or fell silent."""
    ready = _ready(node) or {}
    said = str(ready.get("lastTransitionTime") or "")
    return said if _TIME.fullmatch(said) and ready.get("status") != "True" else ""


def _ready(node: Any) -> Any:
    """Its condition Ready, None where it has none."""
    conditions = node.get("status", {}).get("conditions") or []
    return next((condition for condition in conditions if condition.get("type") == "Ready"), None)


def _why(node: Any) -> str:
    """What is wrong with it; nothing where it is ready."""
    if node["metadata"].get("deletionTimestamp"):
        return "its Node object is being deleted"
    ready = _ready(node)
    if ready is None:
        return "its kubelet has not reported yet"
    if ready.get("status") == "True":
        return ""
    if ready.get("status") == "Unknown":
        return "its kubelet reports no more"
    return escaped(
        str(ready.get("message") or ready.get("reason") or "its kubelet says that it is not ready")
    )
