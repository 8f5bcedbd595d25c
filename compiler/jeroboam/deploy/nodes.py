"""The nodes of a cluster as its stack shows them: servers, and what each said of itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from jeroboam.deploy.types import COMPLETE, FAILED, MadeFrom, NodeReport, StackResource
from jeroboam.hot.contract import MASTER, node_id, parse_node_id, server_name
from jeroboam.model.types import RoleKind, secrets_parameter

SERVER = "OS::Nova::Server"


@dataclass(frozen=True, slots=True)
class Node:
    """One node: `server` is the state of its server's resource; `last` its last step, `end` its last word."""

    name: str
    role: str
    index: int
    server: str
    last: NodeReport | None
    end: NodeReport | None

    @property
    def ready(self) -> bool:
        """Whether it said that it is part of the cluster."""
        return self.end is not None and self.end.status == "SUCCESS"

    @property
    def made_from(self) -> MadeFrom | None:
        """What it says that it was made from, None where it has not said it."""
        return self.end.made_from if self.end is not None else None

    def behind(
        self, configs: Any, held: Any = None, parameters: Mapping[str, Any] = MappingProxyType({})
    ) -> bool | None:
        """Whether a new node would be another, by the outputs `node_configs` and `held_nodes`.

        And by the stack's `parameters`, which say what secrets it would have. None for unknown.
        """
        if isinstance(held, Mapping) and node_id(self.role, self.index) in held:
            return True
        if self.other_secrets(parameters):
            return True
        now = configs.get(self.role) if isinstance(configs, Mapping) else None
        return None if now is None or self.made_from is None else self.made_from.config != now

    def other_secrets(self, parameters: Mapping[str, Any]) -> bool:
        """Whether it was made with other secrets than `parameters` of its stack tell of; not if unknown."""
        kind = RoleKind.MASTER if self.role == MASTER else RoleKind.WORKER
        now, made = parameters.get(secrets_parameter(kind)), self.made_from
        return bool(now) and made is not None and made.secrets not in ("", now)

    @property
    def failed(self) -> bool:
        """Whether it gave up, or its server could not be created."""
        return self.server == FAILED or (self.end is not None and self.end.status != "SUCCESS")

    @property
    def doing(self) -> str:
        """What it is at, in few words."""
        if self.end is not None:
            return "ready" if self.ready else f"failed: {self.end.reason}"
        if self.server == FAILED:
            return "its server could not be created"
        if self.last is not None and self.last.step is not None:
            return f"step {self.last.step}/{self.last.steps} {self.last.step_name}"
        return "booting" if self.server == COMPLETE else "waiting for its server"

    @property
    def share(self) -> float:
        """How far it is, from 0 to 1: the steps that it has behind it."""
        if self.ready:
            return 1.0
        if self.last is None or not self.last.step or not self.last.steps:
            return 0.0
        return (self.last.step - 1) / self.last.steps


def nodes(
    cluster: str, resources: Iterable[StackResource], reports: Mapping[tuple[str, bool], NodeReport]
) -> tuple[Node, ...]:
    """The nodes of `cluster`, masters first; `reports` by node and whether it is the final one."""
    found = []
    for resource in resources:
        if resource.type != SERVER or resource.action == "DELETE":
            continue
        parsed = parse_node_id(resource.name)
        if parsed is None:
            continue
        role, index, _ = parsed
        name = server_name(cluster, role, index)
        state = resource.status if resource.action != "INIT" else "INIT"
        found.append(Node(name, role, index, state, reports.get((name, False)), reports.get((name, True))))
    return tuple(sorted(found, key=lambda node: (node.role != MASTER, node.role, node.index)))
