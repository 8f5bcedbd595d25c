"""Has a cluster's API hold what a spec asks for: by server-side apply, and a list of what was applied last.

The field manager is the one that masters apply by when the cluster is made, so what is left out of an object
goes from it. A field that somebody else has set since is theirs, and is left alone.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from jeroboam.clients.kubernetes import marks
from jeroboam.clients.kubernetes.api import AnswerError, KubernetesApi
from jeroboam.clients.kubernetes.fields import differences, without
from jeroboam.clients.kubernetes.kinds import Kinds, ObjectPlace
from jeroboam.model.applied import ApplyEffect, NodeMarks, ObjectChange, ObjectName, WantedObjects, named
from jeroboam.model.client import ClientError
from jeroboam.model.inventory import NAME, NAMESPACE, Inventory, config_map, inventory, parse

MANAGER = "jeroboam"
_APPLY = "application/apply-patch+yaml"
_LIST = f"/api/v1/namespaces/{NAMESPACE}/configmaps/{NAME}"
_NODES = "/api/v1/nodes"
_CONFLICT = "FieldManagerConflict"
_TRIES = 5
_ROUNDS, _PAUSE = 12, 5.0
"""How often a kind or a namespace that another object brings is waited for, and how long each time."""
_REMADE = frozenset({"StorageClass"})
"""Kinds that can be made again without a loss: volumes and claims keep what they were made with."""
_HOLDERS = frozenset({"CustomResourceDefinition", "Namespace", "PersistentVolume", "PersistentVolumeClaim"})
"""Kinds that are never removed: what others keep in them would go too."""
_KEEPERS = frozenset({"helm", "kubectl-client-side-apply", "kubectl-create", "kubectl-replace"})
"""Field managers that write whole objects, by other means than server-side apply."""
_OTHERS = re.compile(r'conflict with "([^"]*)"')


class _NotYetError(Exception):
    """What the object needs is not there: its kind, or its namespace."""


class Applying:
    """An Applier's work on one cluster. All raise ClientError."""

    def __init__(self, api: KubernetesApi) -> None:
        self._api, self._kinds = api, Kinds(api)

    def plan(self, wanted: WantedObjects) -> tuple[ObjectChange, ...]:
        """What `apply` would do; nothing is written."""
        before = self._inventory()
        found = [self._planned(document) for document in _last(wanted.documents)]
        removals = [self._removal(place, live) for place, live in self._gone(before, wanted)]
        nodes = [self._marked(name, role, before, wanted, dry=True) for name, role in wanted.nodes.items()]
        return tuple(change for change in (*found, *removals, *nodes, *_first(before)) if change)

    def apply(self, wanted: WantedObjects) -> tuple[ObjectChange, ...]:
        """Does it. The list is written before, too: what a run that is cut off has made is in it."""
        before = self._inventory()
        known = before.objects if before else ()
        now = inventory(wanted.documents, wanted.marks)
        # Until the nodes are marked, their marks are those from before.
        marked = before.marks if before else {}
        if before is None or set(now.objects) - set(known):
            self._write(Inventory(tuple(dict.fromkeys((*known, *now.objects))), marked))
        found = [*self._all(_last(wanted.documents))]
        for place, live in self._gone(before, wanted):
            removal = self._removal(place, live)
            if removal.effect is ApplyEffect.REMOVE:
                self._delete(place.path, live)
            found.append(removal)
        found += [self._marked(name, role, before, wanted, dry=False) for name, role in wanted.nodes.items()]
        self._write(now)
        return tuple(change for change in (*found, *_first(before)) if change)

    # --- the list of what was applied

    def _inventory(self) -> Inventory | None:
        found = self._api.find(_LIST)
        try:
            return parse(found) if found else None
        except ValueError as error:
            raise ClientError(
                f"the ConfigMap {NAMESPACE}/{NAME} is no list of what was applied",
                f"if nothing is to be removed, delete it: kubectl -n {NAMESPACE} delete configmap {NAME}",
            ) from error

    def _write(self, told: Inventory) -> None:
        self._patch(_LIST, config_map(told), force=True)

    # --- one object

    def _planned(self, document: Mapping[str, Any]) -> ObjectChange | None:
        try:
            return self._sent(document, dry=True)
        except _NotYetError as error:
            return ObjectChange(str(named(document)), ApplyEffect.ADD, why=(str(error),))

    def _all(self, documents: Iterable[Mapping[str, Any]]) -> Iterable[ObjectChange | None]:
        """Applies all in order; what waits for another one is tried again."""
        waiting, why = list(documents), ""
        for round_ in range(_ROUNDS):
            if round_:
                self._api.sleep(_PAUSE)
            still: list[Mapping[str, Any]] = []
            for document in waiting:
                try:
                    yield self._sent(document, dry=False)
                except _NotYetError as error:
                    still.append(document)
                    why = f"{named(document)} cannot be made: {error}"
            waiting = still
            if not waiting:
                return
        raise ClientError(
            why, "apply what brings it first, then run the same command again", unreachable=True
        )

    def _sent(self, document: Mapping[str, Any], *, dry: bool) -> ObjectChange | None:
        """What an apply of it does, or would do. Raises _NotYetError."""
        name = named(document)
        if name is None:
            return ObjectChange(
                f"{document.get('kind')} without a name", ApplyEffect.KEEP, why=("it has no metadata.name",)
            )
        place = self._kinds.place(name)
        if place is None:
            raise _NotYetError(f"the API has no kind {name.kind} of {name.api_version} yet")
        live = self._api.find(place.path)
        try:
            made, kept = self._yielding(place, _prepared(document, place.name), dry=dry)
        except AnswerError as error:
            return self._refused(place, live, document, error, dry=dry)
        fields = differences(live, made) if live else ()
        if live and not fields and not kept:
            return None
        effect = ApplyEffect.KEEP if live and not fields else ApplyEffect.CHANGE if live else ApplyEffect.ADD
        return ObjectChange(str(place.name), effect, fields, kept)

    def _yielding(
        self, place: ObjectPlace, body: Mapping[str, Any], *, dry: bool
    ) -> tuple[Mapping[str, Any], tuple[str, ...]]:
        """What becomes of it without the fields that are somebody else's, and which those are."""
        kept: list[str] = []
        while True:
            try:
                return self._patch(place.path, body, dry=dry), tuple(sorted(kept))
            except AnswerError as error:
                theirs = [cause for cause in error.causes if cause.reason == _CONFLICT]
                if error.status != 409 or not theirs:
                    raise
                for cause in theirs:
                    less = without(body, cause.field)
                    if less is None:
                        raise
                    body = less
                    who = _OTHERS.match(cause.message)
                    kept.append(
                        f"{cause.field} is left as it is: {who[1] if who else 'somebody else'} set it"
                    )

    def _refused(
        self, place: ObjectPlace, live: Any, document: Mapping[str, Any], error: AnswerError, *, dry: bool
    ) -> ObjectChange:
        """What an object comes to that the API does not take. Raises _NotYetError, and AnswerError."""
        if error.status == 404 and place.name.namespace:
            raise _NotYetError(f"there is no namespace {place.name.namespace} yet") from error
        if error.status == 409:
            return ObjectChange(str(place.name), ApplyEffect.KEEP, why=(error.said,))
        if error.status != 422 or live is None:
            raise error
        if place.name.kind not in _REMADE:
            advice = "delete it yourself, and run the same command again, if it shall be so"
            return ObjectChange(str(place.name), ApplyEffect.KEEP, why=(error.said, advice))
        if not dry:
            self._delete(place.path, live)
            self._patch(place.path, _prepared(document, place.name))
        fields = differences(
            live, {**live, **document, "metadata": {**live["metadata"], **document["metadata"]}}
        )
        return ObjectChange(str(place.name), ApplyEffect.REPLACE, fields)

    def _patch(
        self, path: str, body: Mapping[str, Any], *, dry: bool = False, force: bool = False
    ) -> dict[str, Any]:
        query = {"fieldManager": MANAGER, "force": str(force).lower()} | ({"dryRun": "All"} if dry else {})
        found: dict[str, Any] = self._api.patch(path, body, _APPLY, **query)
        return found

    def _delete(self, path: str, live: Any) -> None:
        """That very object, not another one that has been made in its place."""
        self._api.delete(
            path,
            {
                "apiVersion": "v1",
                "kind": "DeleteOptions",
                "propagationPolicy": "Background",
                "preconditions": {"uid": live["metadata"]["uid"]},
            },
        )

    # --- what is no longer wanted

    def _gone(self, before: Inventory | None, wanted: WantedObjects) -> list[tuple[ObjectPlace, Any]]:
        """What was applied, is there, and is not wanted any more; the last first."""
        known = [place for name in (before.objects if before else ()) if (place := self._kinds.place(name))]
        names = [name for document in wanted.documents if (name := named(document))]
        still = {place.path for name in names if (place := self._kinds.place(name))}
        absent = [place for place in reversed(known) if place.path not in still]
        return [(place, live) for place in absent if (live := self._api.find(place.path))]

    @staticmethod
    def _removal(place: ObjectPlace, live: Any) -> ObjectChange:
        # A ServiceAccount that nobody has set a field of has no managers at all.
        managers = {
            entry.get("manager", ""): entry.get("operation")
            for entry in live["metadata"].get("managedFields") or []
        }
        others = [
            name
            for name, operation in managers.items()
            if name != MANAGER and (operation == "Apply" or name in _KEEPERS)
        ]
        if place.name.kind in _HOLDERS:
            why = "it is no longer in the spec, and stays: what others keep in it would go too"
        elif others:
            why = f"it is no longer in the spec, and stays: {', '.join(sorted(others))} takes care of it too"
        elif managers and MANAGER not in managers:
            why = "it is no longer in the spec, and stays: somebody else has made it anew"
        else:
            return ObjectChange(str(place.name), ApplyEffect.REMOVE)
        return ObjectChange(str(place.name), ApplyEffect.KEEP, why=(why,))

    # --- nodes

    def _marked(
        self, name: str, role: str, before: Inventory | None, wanted: WantedObjects, *, dry: bool
    ) -> ObjectChange | None:
        old = before.marks.get(role) if before else None
        new = wanted.marks.get(role, NodeMarks())
        for _ in range(_TRIES):
            node = self._api.find(f"{_NODES}/{name}")
            change = marks.changed(node, old, new) if node else None
            if change is None:
                return None
            effect = ApplyEffect.CHANGE if change.fields else ApplyEffect.KEEP
            if change.fields and not dry:
                try:
                    self._api.patch(f"{_NODES}/{name}", change.patch, fieldManager=MANAGER)
                except AnswerError as error:
                    if error.status != 409:
                        raise
                    continue
            return ObjectChange(f"Node {name}", effect, change.fields, change.why)
        raise ClientError(
            f"the Node object of {name} changed {_TRIES} times while it was being marked",
            "run the same command again",
            unreachable=True,
        )


def _last(documents: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Of several documents of one object the last, where the first stands: another would undo it."""
    found: dict[Any, Mapping[str, Any]] = {}
    for place, document in enumerate(documents):
        found[named(document) or place] = document
    return list(found.values())


def _first(before: Inventory | None) -> Sequence[ObjectChange]:
    """That there is no list yet."""
    if before:
        return ()
    why = "what was applied before is not known, so nothing is removed this time"
    return (ObjectChange(str(ObjectName("v1", "ConfigMap", NAMESPACE, NAME)), ApplyEffect.BEGIN, why=(why,)),)


def _prepared(document: Mapping[str, Any], name: ObjectName) -> dict[str, Any]:
    """The object as it is sent: in its namespace, and a Secret's text as the API keeps it."""
    metadata = dict(document["metadata"])
    if name.namespace:
        metadata["namespace"] = name.namespace
    made = {**document, "metadata": metadata}
    text = made.pop("stringData", None) if name.kind == "Secret" else None
    if text:
        encoded = {key: b64encode(str(value).encode()).decode("ascii") for key, value in text.items()}
        made["data"] = {**(document.get("data") or {}), **encoded}
    return made
