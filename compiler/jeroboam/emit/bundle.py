"""What a spec compiles to, before it is on disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from jeroboam.hot.flat import Templates
from jeroboam.model.types import ClusterModel, UserData


class Artifact(NamedTuple):
    """A file of the result; `path` is relative to the cluster's folder, with forward slashes."""

    path: str
    content: str


@dataclass(frozen=True, slots=True)
class Bundle:
    """What a spec compiles to, sorted by path; `resources` counts those of all templates.

    `stack_options` are what the stack needs besides template and secrets, when it is made by hand. `inputs`
    are the paths of all files that were read, as seen from the working folder; the same may be elsewhere.
    """

    name: str
    artifacts: tuple[Artifact, ...]
    resources: int
    stack_options: tuple[str, ...]
    inputs: tuple[str, ...] = field(default=(), compare=False)

    @property
    def hot(self) -> str:
        """The text of the template."""
        return next(a.content for a in self.artifacts if a.path == f"{self.name}.hot.yaml")


@dataclass(frozen=True, slots=True)
class Compiled:
    """A compiled spec: the files, and the model of the cluster that they are made from.

    `templates` and `user_data`, by role, are what the files hold, as data.
    """

    bundle: Bundle
    model: ClusterModel
    templates: Templates
    user_data: Mapping[str, UserData]
