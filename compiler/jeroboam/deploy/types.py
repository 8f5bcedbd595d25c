"""What is known of a stack: immutable facts as Heat tells them, times in UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

IN_PROGRESS, COMPLETE, FAILED = "IN_PROGRESS", "COMPLETE", "FAILED"
HANDLE = "OS::Heat::WaitConditionHandle"
CONDITION = "OS::Heat::WaitCondition"


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack; `action` is CREATE, UPDATE, DELETE, CHECK …, `status` IN_PROGRESS, COMPLETE or FAILED.

    `outputs` by name, only those that Heat could resolve; hidden `parameters` are masked.
    """

    id: str
    name: str
    action: str
    status: str
    reason: str
    created: datetime
    updated: datetime | None
    tags: tuple[str, ...]
    timeout_minutes: int | None
    parameters: Mapping[str, str]
    outputs: Mapping[str, Any]

    @property
    def identity(self) -> str:
        """How the API names it: name and id."""
        return f"{self.name}/{self.id}"


@dataclass(frozen=True, slots=True)
class StackResource:
    """A resource of a stack or of one nested below it; `stack` is the identity of the one that owns it.

    `reason` is the full text; `physical_id` is the service's id of it, empty while there is none.
    `depended_on_by` are the ids of resources of the same stack that need it.
    """

    stack: str
    name: str
    type: str
    action: str
    status: str
    reason: str
    physical_id: str
    updated: datetime
    depended_on_by: tuple[str, ...]
    created: datetime | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a resource, or to a stack (then `resource` is the stack's name).

    Heat cuts `reason` at 255 characters. `stack` is the identity of the stack that owns the resource.
    """

    id: str
    time: datetime
    stack: str
    resource: str
    physical_id: str
    action: str
    status: str
    reason: str


class MadeFrom(NamedTuple):
    """What a node says that it was made from: the COE's version, its configuration's digest, its system.

    `secrets` is the digest of its lasting secrets, empty where the stack was told none.
    """

    coe_version: str
    config: str
    system: str
    secrets: str = ""


@dataclass(frozen=True, slots=True)
class NodeReport:
    """The last that a node said: on its role's progress handle (`final` False) or ready handle (True).

    `step` of `steps` named `step_name` after `seconds`, where it told them; `status` is SUCCESS or FAILURE.
    `void_of` is None while it counts; else an update set it aside, and it is the word of the server with this
    id, or of one that is gone for good where that is empty. Nodes of earlier releases do not say what they
    were `made_from`.
    """

    node: str
    role: str
    final: bool
    status: str
    reason: str
    step: int | None
    steps: int | None
    step_name: str | None
    seconds: int | None
    void_of: str | None = None
    made_from: MadeFrom | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence about what goes on meanwhile."""

    text: str
