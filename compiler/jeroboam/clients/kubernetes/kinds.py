"""Where objects of a kind are in the API, as the API itself says."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from jeroboam.clients.kubernetes.api import KubernetesApi
from jeroboam.model.applied import ObjectName


@dataclass(frozen=True, slots=True)
class ObjectPlace:
    """An object's path, and its name with the namespace that the API has it in."""

    path: str
    name: ObjectName


class Kinds:
    """The kinds that an API has; each group is asked for once, one that lacks a kind again."""

    def __init__(self, api: KubernetesApi) -> None:
        self._api = api
        self._known: dict[tuple[str, str], tuple[str, bool]] = {}

    def place(self, name: ObjectName) -> ObjectPlace | None:
        """Where it is, or would be; None where the API has no such kind."""
        wanted = name.api_version, name.kind
        if wanted not in self._known:
            self._ask(name.api_version)
        if wanted not in self._known:
            return None
        plural, namespaced = self._known[wanted]
        full = name._replace(namespace=(name.namespace or "default") if namespaced else "")
        within = f"/namespaces/{quote(full.namespace, safe='')}" if namespaced else ""
        return ObjectPlace(f"{_root(name.api_version)}{within}/{plural}/{quote(name.name, safe=':')}", full)

    def _ask(self, api_version: str) -> None:
        found = self._api.find(_root(api_version)) or {}
        for resource in found.get("resources") or []:
            if "/" not in resource["name"]:
                self._known[api_version, resource["kind"]] = resource["name"], bool(resource["namespaced"])


def _root(api_version: str) -> str:
    return f"/apis/{quote(api_version)}" if "/" in api_version else f"/api/{quote(api_version)}"
