"""Heat's own preview of an update: a question that it answers truly, and its answer against ours.

Asked with a template as it is, Heat holds nearly every resource for replaced: what it compares with has no
ids yet, so each `get_resource` looks changed. Asked with the ids written in, of all that stays, it says what
it will do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from jeroboam.deploy.plan.differ import Resources, Said
from jeroboam.deploy.plan.effects import replaced_when_failed
from jeroboam.deploy.plan.types import Change, ChangeKind
from jeroboam.deploy.types import FAILED, Stack, StackResource
from jeroboam.hot.flat import Attr, Key, Templates, nested_in, symbols

UNCHANGED, UPDATED, REPLACED = "unchanged", "updated", "replaced"
Answers = Mapping[Key, str]


def keyed(stack: Stack, found: Iterable[StackResource]) -> dict[Key, StackResource]:
    """What Heat lists of a stack, by the names that templates have for it."""
    listed = tuple(found)
    paths = _paths(stack.id, listed)
    return {
        Key(paths[owner], resource.name): resource
        for resource in listed
        if (owner := resource.stack.rpartition("/")[2]) in paths
    }


def question(
    new: Templates, live: Mapping[Key, StackResource], ours: Iterable[Change]
) -> tuple[Mapping[str, Any], Mapping[str, Mapping[str, Any]]]:
    """The template and its files with the ids of what stays written in."""
    going = {change.key for change in ours if change.kind is not ChangeKind.CHANGE}
    ids = {key: r.physical_id for key, r in live.items() if r.physical_id and key not in going}
    files = dict(new.files)
    for holder, file in nested_in(new.main, new.files).items():
        files[file] = _resolved(new.files[file], holder, ids)
    # Outputs change nothing, and would only cost Heat time.
    main = {name: section for name, section in new.main.items() if name != "outputs"}
    return _resolved(main, "", ids), files


def answers(stack: Stack, live: Mapping[Key, StackResource], raw: Mapping[str, Any]) -> Answers:
    """Heat's `resource_changes`, by resource."""
    paths = {stack.id: ""}
    names = {f"{stack.name}": ""}
    for key, resource in live.items():
        if resource.physical_id and "::" not in resource.type:
            below = "/".join(filter(None, key))
            paths[resource.physical_id] = below
            # In memory a nested stack is named without the random end of the real one.
            names[f"{stack.name}-{below}"] = below
    found: dict[Key, str] = {}
    for verdict, entries in raw.items():
        for entry in entries:
            identity = entry.get("stack_identity") or {}
            path = paths.get(str(identity.get("stack_id")), names.get(str(entry.get("stack_name"))))
            if path is not None:
                found[Key(path, entry["resource_name"])] = verdict
    return found


def overruled(
    old: Resources,
    new: Resources,
    live: Mapping[Key, StackResource],
    ours: Iterable[Change],
    heard: Answers,
) -> dict[Key, Said]:
    """Where Heat says something else than the templates do, and is to be believed."""
    by_key = {change.key: change for change in ours}
    replaced = {key for key, change in by_key.items() if change.kind is ChangeKind.REPLACE}
    result: dict[Key, Said] = {}
    for key in old.keys() & new.keys():
        change = by_key.get(key)
        if _open(new, key, old, replaced):
            said = _failed(live.get(key), new[key].type)
        else:
            said = _differing(
                heard.get(key), live.get(key), change, old[key].depends_on != new[key].depends_on
            )
        if said is not None and (change is None or said.kind is not change.kind):
            result[key] = said
    return result


def _open(new: Resources, key: Key, old: Resources, replaced: set[Key]) -> bool:
    """Whether a property has an attribute of something that stays: Heat's preview cannot know that."""
    return any(
        isinstance(symbol, Attr) and symbol.key in old and symbol.key not in replaced
        for symbol in symbols(new[key].properties)
    )


def _differing(
    verdict: str | None, resource: StackResource | None, change: Change | None, reordered: bool
) -> Said | None:
    failed = resource is not None and resource.status == FAILED
    match verdict:
        case "replaced":
            why = f"it is {resource.action}_{resource.status}" if resource and failed else "Heat says so"
            return Said(ChangeKind.REPLACE, f"replaced: {why}")
        case "updated" if change is None:
            return (
                None
                if reordered
                else Said(ChangeKind.CHANGE, "Heat says so; the templates say the same of it")
            )
        case "updated":
            return Said(ChangeKind.CHANGE, "in place: Heat says so")
        case "unchanged" if change is not None:
            return Said(None, f"Heat sees no change in {change.resource}, though the templates differ")
    return None


def _failed(resource: StackResource | None, type_name: str) -> Said | None:
    if resource is not None and resource.status == FAILED and replaced_when_failed(type_name):
        return Said(ChangeKind.REPLACE, f"replaced: it is {resource.action}_{resource.status}")
    return None


def _paths(top: str, listed: tuple[StackResource, ...]) -> dict[str, str]:
    paths = {top: ""}
    # A list holds a stack's resources in no certain order; each round goes one level down.
    while True:
        below = {
            r.physical_id: "/".join(filter(None, (paths[owner], r.name)))
            for r in listed
            if (owner := r.stack.rpartition("/")[2]) in paths
            and "::" not in r.type
            and r.physical_id
            and r.physical_id not in paths
        }
        if not below:
            return paths
        paths |= below


def _resolved(template: Mapping[str, Any], stack: str, ids: Mapping[Key, str]) -> dict[str, Any]:
    def value(of: Any) -> Any:
        match of:
            case {"get_resource": str(name)} if len(of) == 1 and Key(stack, name) in ids:
                return ids[Key(stack, name)]
            case Mapping():
                return {key: value(item) for key, item in of.items()}
            case list():
                return [value(item) for item in of]
        return of

    resources = {
        name: {**resource, "properties": value(resource.get("properties") or {})}
        for name, resource in (template.get("resources") or {}).items()
    }
    return {**template, "resources": resources}
