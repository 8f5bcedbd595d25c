"""Checks whether a cloud can hold a cluster, before anything is created."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jeroboam.deploy import stacks
from jeroboam.deploy.connection import Cloud
from jeroboam.deploy.errors import CloudError
from jeroboam.deploy.preflight.findings import CheckResult, Level
from jeroboam.deploy.preflight.gather import gather
from jeroboam.deploy.preflight.judge import IDS, judged, nearest, without
from jeroboam.deploy.preflight.requirements import Wanted, floors, image_rule
from jeroboam.deploy.resource_totals import Demand, demand, resource_types
from jeroboam.deploy.types import Stack
from jeroboam.emit import Bundle
from jeroboam.model.types import ClusterModel
from jeroboam.serialize import YamlError, load_yaml_all

__all__ = ["IDS", "CheckResult", "Level", "failed", "nearest", "preflight", "templates", "without"]


def preflight(
    cloud: Cloud, model: ClusterModel, bundle: Bundle, existing: Stack | None
) -> tuple[CheckResult, ...]:
    """What every check finds, `ok` ones too, in the checks' order; `existing` is the stack of the name.

    What the cloud refuses to tell is a finding `unchecked`; nothing is raised.
    """
    root, children = templates(bundle)
    total = demand(root, children)
    wanted = Wanted(
        model=model,
        total=total,
        more=total if existing is None else total - _live(cloud, existing),
        types=resource_types(root, children),
        existing=existing,
        floors=floors(model.spec.coe),
        image_rule=image_rule(model.spec.distro),
    )
    return judged(gather(cloud, wanted), wanted)


def failed(found: tuple[CheckResult, ...]) -> bool:
    """Whether any finding is an error."""
    return any(finding.level is Level.ERROR for finding in found)


def templates(bundle: Bundle) -> tuple[Mapping[str, Any], dict[str, Mapping[str, Any]]]:
    """The template of a bundle, and its nested templates by path, as data."""
    root = load_yaml_all(bundle.hot)[0]
    nested = (artifact for artifact in bundle.artifacts if artifact.path.startswith("nested/"))
    return root, {artifact.path: load_yaml_all(artifact.content)[0] for artifact in nested}


def nested_templates(files: Mapping[str, str]) -> dict[str, Mapping[str, Any]]:
    """Those of a stack's files that are templates: a client sends its environment files along."""
    found: dict[str, Mapping[str, Any]] = {}
    for name, text in files.items():
        try:
            documents = load_yaml_all(text)
        except YamlError:
            continue
        if documents and isinstance(documents[0], Mapping) and "resources" in documents[0]:
            found[name] = documents[0]
    return found


def _live(cloud: Cloud, stack: Stack) -> Demand:
    """What a stack has already: of its template, the resources that are there."""
    try:
        root = stacks.template(cloud, stack.identity)
        files = nested_templates(stacks.files(cloud, stack))
        there = frozenset(r.name for r in stacks.resources(cloud, stack) if r.physical_id)
    except CloudError:
        return Demand()
    return demand(root, files, stack.parameters, there)
