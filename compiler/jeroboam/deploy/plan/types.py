"""What a plan says: immutable, in words and short values that may be shown; no secret is ever in it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from jeroboam.hot.flat import Key
from jeroboam.spec.change.types import SpecChange


class ChangeKind(StrEnum):
    """What happens to a resource, in the order that plans list it."""

    REMOVE = "remove"
    REPLACE = "replace"
    CHANGE = "change"
    ADD = "add"


class PropertyChange(NamedTuple):
    """A property, as `fixed_ips/0/subnet`, that differs; `old` or `new` is None where there is none.

    Both are as they are shown: long and hidden values are described. `note` says what it does, or why;
    `harmless` that it alone would leave the thing as it is.
    """

    path: str
    old: str | None
    new: str | None
    note: str = ""
    harmless: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """What an update would do to one resource, and why.

    `node` is the id of the node that it is or belongs to, empty where it is nobody's; `server` that node's
    name in Nova. `harmless` where Heat notes something down and the thing itself stays as it is; `erased`
    where a server keeps its identity and gets its disk written anew; `unmade` where it failed to be made and
    was never of use, so that nothing is lost with it.
    """

    kind: ChangeKind
    stack: str
    resource: str
    type: str
    causes: tuple[PropertyChange, ...] = ()
    node: str = ""
    server: str = ""
    harmless: bool = False
    erased: bool = False
    unmade: bool = False

    @property
    def key(self) -> Key:
        """Which resource it is."""
        return Key(self.stack, self.resource)


class RefusedChange(NamedTuple):
    """What is not done unless it is named: `name` is what `--allow-replace` takes."""

    name: str
    message: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What an update would do, in the order it is listed; `create` where there is no stack yet.

    `unchanged` counts resources. `notes` are what a reader should know beside: where Heat said otherwise than
    the templates, what is done to many servers at once.
    """

    name: str
    create: bool
    changes: tuple[Change, ...]
    unchanged: int
    notes: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    """Parts of the template that differ and are no resources, such as `outputs`."""
    properties: tuple[SpecChange, ...] = ()
    """Properties of the spec that differ, and what each does to a cluster that lives."""

    @property
    def different(self) -> bool:
        """Whether there is anything to do at all."""
        return bool(self.changes or self.sections)
