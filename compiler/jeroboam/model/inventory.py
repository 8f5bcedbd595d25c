"""What was applied to a cluster last, as an object of the cluster: what is no longer wanted is told by it.

It is begun by the first who applies; masters, which do so when a cluster is made, leave it to others.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from jeroboam.model.applied import NodeMarks, ObjectName, Taint, named
from jeroboam.serialize import json_line

NAMESPACE, NAME = "kube-system", "jeroboam-applied"


@dataclass(frozen=True, slots=True)
class Inventory:
    """Objects in the order that they were applied in, and the marks of each role."""

    objects: tuple[ObjectName, ...]
    marks: Mapping[str, NodeMarks]


def inventory(documents: Iterable[Mapping[str, Any]], marks: Mapping[str, NodeMarks]) -> Inventory:
    """Of what is to be applied."""
    names = (name for document in documents if (name := named(document)))
    return Inventory(tuple(dict.fromkeys(names)), marks)


def config_map(of: Inventory) -> dict[str, Any]:
    """The ConfigMap; a line for each object, and one for each role."""
    roles = {
        name: {
            "labels": dict(sorted(marks.labels.items())),
            "taints": [list(taint) for taint in marks.taints],
        }
        for name, marks in sorted(of.marks.items())
    }
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": NAME, "namespace": NAMESPACE},
        "data": {
            "objects": "".join(json_line(list(one)) for one in of.objects),
            "roles": "".join(json_line([name, told]) for name, told in roles.items()),
        },
    }


def parse(found: Mapping[str, Any]) -> Inventory:
    """What such a ConfigMap tells. Raises ValueError where it tells something else."""
    try:
        data = found["data"]
        return Inventory(
            tuple(_object(json.loads(line)) for line in data["objects"].splitlines()),
            dict(_role(json.loads(line)) for line in data["roles"].splitlines()),
        )
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError("it is no list of what was applied") from error


def _object(told: Any) -> ObjectName:
    return ObjectName(*map(str, told))


def _role(told: Any) -> tuple[str, NodeMarks]:
    name, marks = told
    taints = tuple(Taint(*map(str, taint)) for taint in marks["taints"])
    return str(name), NodeMarks(dict(marks["labels"]), taints)
