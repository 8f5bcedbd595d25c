"""A node group that a cluster adds to its template's, when it was most likely meant to change one of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from jeroboam.diagnostics import Pointer, Related, diagnose
from jeroboam.source import Data, Document
from jeroboam.source.pointers import child, last, parent
from jeroboam.spec.phrases import listed, nearest
from jeroboam.spec.problems import Problem

_GROUPS = "/node_groups"


def with_groups_named(
    lacking: Iterable[Problem], data: Mapping[str, Data], document: Document
) -> Iterator[Problem]:
    """The missing properties; those of a group with nearly the name of a template's group as one finding."""
    inherited = _inherited(data, document)
    found: dict[Pointer, list[Problem]] = {}
    for problem in lacking:
        group = parent(problem.diagnostic.pointer)
        if parent(group) == _GROUPS and _meant(group, inherited, document) is not None:
            found.setdefault(group, []).append(problem)
        else:
            yield problem
    for group, problems in found.items():
        meant = _meant(group, inherited, document)
        assert meant is not None
        where, names = child(group, "name"), [last(problem.diagnostic.pointer) for problem in problems]
        absent = listed([f"'{name}'" for name in names], " and ")
        related = (Related(inherited[meant], "the template's group is here"),)
        said = diagnose(
            "JB0216", where, related=related, name=_name(group, document), lacking=absent, near=meant
        )
        yield Problem(said, (group,))


def _inherited(data: Mapping[str, Data], document: Document) -> dict[str, Pointer]:
    """Groups that only templates write, by name."""
    main, groups = document.source_map[""].source, data.get("node_groups")
    found: dict[str, Pointer] = {}
    for index in range(len(groups) if isinstance(groups, list) else 0):
        group = child(_GROUPS, index)
        place = document.source_map.get(group)
        if place is not None and place.source != main and _name(group, document):
            found[_name(group, document)] = group
    return found


def _meant(group: Pointer, inherited: Mapping[str, Pointer], document: Document) -> str | None:
    name = _name(group, document)
    return nearest(name, inherited) if name and name not in inherited else None


def _name(group: Pointer, document: Document) -> str:
    groups = document.data.get("node_groups")
    value = groups[int(last(group))] if isinstance(groups, list) else None
    name = value.get("name") if isinstance(value, dict) else None
    return name if isinstance(name, str) else ""
