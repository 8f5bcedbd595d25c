"""What a COE's API is to hold of a cluster's spec, and what an apply does about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple, Protocol, runtime_checkable

from jeroboam.model.access import CredentialFile
from jeroboam.serialize import load_yaml_all


class Taint(NamedTuple):
    """A taint of a node; a node has one of each key and effect."""

    key: str
    value: str
    effect: str


@dataclass(frozen=True, slots=True)
class NodeMarks:
    """What the COE is told of each node of a role."""

    labels: Mapping[str, str] = field(default_factory=dict)
    taints: tuple[Taint, ...] = ()


class ObjectName(NamedTuple):
    """An object of an API; `namespace` is empty where it has none, or leaves it to the API."""

    api_version: str
    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"


def objects(text: str) -> Iterator[dict[str, Any]]:
    """The objects of a YAML file, those of a list one by one. Raises YamlError."""
    for document in load_yaml_all(text):
        items = document.get("items") if str(document.get("kind")).endswith("List") else None
        yield from items if isinstance(items, list) else [document]


def named(document: Mapping[str, Any]) -> ObjectName | None:
    """What an object calls itself; None where it leaves that to the API, or is no object."""
    try:
        metadata = document["metadata"]
        found = (
            document["apiVersion"], document["kind"], metadata.get("namespace") or "", metadata["name"],
        )  # fmt: skip
    except (AttributeError, KeyError, TypeError):
        return None
    return ObjectName(*map(str, found))


@dataclass(frozen=True, slots=True)
class AppliedFiles:
    """What a spec has its cluster's API hold, as files whose names' order is the order to apply them in.

    `files` are YAML; in those of `keyed`, `@{NAME}` stands for a secret. `marks` are those of each role, and
    `nodes` says which role each node is of.
    """

    files: Mapping[str, str]
    keyed: tuple[CredentialFile, ...]
    marks: Mapping[str, NodeMarks]
    nodes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class WantedObjects:
    """The same as objects, secrets in place."""

    documents: tuple[Mapping[str, Any], ...]
    marks: Mapping[str, NodeMarks]
    nodes: Mapping[str, str]


class ApplyEffect(StrEnum):
    """What an apply does to an object."""

    ADD = "add"
    CHANGE = "change"
    REPLACE = "replace"
    """It is deleted and made again, as its API changes no such object."""
    REMOVE = "remove"
    KEEP = "keep"
    """Nothing, though it is not as the spec has it."""
    BEGIN = "begin"
    """The list of what was applied is begun with it."""


@dataclass(frozen=True, slots=True)
class ObjectChange:
    """What an apply does to one object, such as `DaemonSet kube-flannel/kube-flannel`.

    `fields` are the paths of what differs, with old and new value where those are short and no secrets.
    `why` are sentences: what of it is left alone, and for what reason.
    """

    name: str
    effect: ApplyEffect
    fields: tuple[str, ...] = ()
    why: tuple[str, ...] = ()


@runtime_checkable
class Applier(Protocol):
    """A Client whose COE takes what a spec asks for through its API; both methods raise ClientError."""

    def plan(self, wanted: WantedObjects) -> tuple[ObjectChange, ...]:
        """What `apply` would do now, as the API itself says; nothing where all is as it should be."""

    def apply(self, wanted: WantedObjects) -> tuple[ObjectChange, ...]:
        """Does it, and says what it has done; may be called again, after a kill too."""
