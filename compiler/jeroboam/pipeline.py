"""The compiler's stages, one line each, in order: this module is the table of contents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any, NamedTuple, TypeVar

from jeroboam import plugins
from jeroboam.__about__ import __version__
from jeroboam.diagnostics import Diagnostic, Outcome, diagnose, has_errors, ordered
from jeroboam.emit import Artifact, Bundle, Compiled
from jeroboam.hot.by_hand import create_line, stack_options
from jeroboam.hot.check import check_nodes, check_templates, check_user_data
from jeroboam.hot.contract import BASTION
from jeroboam.hot.document import document
from jeroboam.hot.flat import Templates
from jeroboam.hot.lower import lower
from jeroboam.hot.nested import Nested, nested
from jeroboam.model.limits import heat_bytes
from jeroboam.model.protocols import Driver, Platform
from jeroboam.model.support import Today
from jeroboam.model.types import ClusterModel, RoleKind, UserData
from jeroboam.serialize import yaml_text
from jeroboam.source import Data, SpecResult, located
from jeroboam.spec import ReadSpec, accepted, read
from jeroboam.spec.change.record import record
from jeroboam.spec.change.record import text as record_text
from jeroboam.spec.front_end import properties
from jeroboam.spec.types import ClusterSpec

T = TypeVar("T")

ENDS_SOON, ENDED = DATED = ("JB0406", "JB0407")
"""Codes of what is found on some days alone."""


def compile_spec(
    path: str,
    *,
    stdin: bytes | None = None,
    layout: str | None = None,
    allow_outside: bool = False,
    today: Today | None = None,
) -> SpecResult[Compiled]:
    """A spec to the files that it compiles to and the model that they are made from.

    `-` reads `stdin`, `layout` overrides the spec's own.

    With `allow_outside` it may name files that are not in its repository or folder.

    The files are the same on every day; with `today` it is also said when upstream's support of the version
    ends or has ended (JB0406, JB0407).
    """
    source = read(path, stdin, allow_outside=allow_outside)
    if source.value is None:
        return SpecResult(None, source.diagnostics, source.sources, source.accepted)
    return _finished(source, _compile(source.value, layout, today), whole=True, dated=today is not None)


def plan_spec(
    path: str, *, stdin: bytes | None = None, allow_outside: bool = False, today: Today | None = None
) -> SpecResult[ClusterModel]:
    """A spec to the model of its cluster: `compile_spec` without the files."""
    source = read(path, stdin, allow_outside=allow_outside)
    if source.value is None:
        return SpecResult(None, source.diagnostics, source.sources, source.accepted)
    return _finished(source, _plan(source.value.spec, today), whole=False)


class Resolved(NamedTuple):
    """A cluster as it is understood: its properties, in the schema's order, and the model made of them."""

    properties: dict[str, Data]
    model: ClusterModel


def resolve_spec(
    path: str, *, stdin: bytes | None = None, allow_outside: bool = False, today: Today | None = None
) -> SpecResult[Resolved]:
    """A spec with its template, every default, and every version that it leaves to this release filled in."""
    source = read(path, stdin, allow_outside=allow_outside)
    if source.value is None:
        return SpecResult(None, source.diagnostics, source.sources, source.accepted)
    planned = _plan(source.value.spec, today)
    model = planned.value
    if model is None or has_errors(planned.diagnostics):
        return _finished(source, Outcome(None, planned.diagnostics), whole=False)
    found = deepcopy(properties(source.value))
    for place, version in {"coe_version": model.coe_version, **model.versions}.items():
        *folders, name = place.split(".")
        inner: Any = found
        for folder in folders:
            inner = inner.setdefault(folder, {})
        inner[name] = version
    return _finished(source, Outcome(Resolved(found, model), planned.diagnostics), whole=False)


def _compile(read: ReadSpec, layout: str | None, today: Today | None) -> Outcome[Compiled]:
    spec = _with_layout(read.spec, layout)
    planned = _plan(spec, today)
    platform = plugins.platform(spec.distro)
    excess = check_nodes(spec)
    if planned.value is None or platform is None or excess:
        return Outcome(None, (*planned.diagnostics, *excess))
    model = planned.value
    user_data = {role.name: platform.user_data(role.config, heat_bytes(model, role)) for role in model.roles}
    if model.bastion is not None:
        user_data[BASTION] = platform.user_data(model.bastion, 0)
    judged = (*planned.diagnostics, *check_user_data(model, user_data))
    if has_errors(judged):
        return Outcome(None, judged)
    recorded = record(read.document, model.coe_version, spec.heat.layout, model.versions)
    templates = _templates(model, user_data, record_text(recorded))
    documents = {path: document(template) for path, template in templates.children.items()}
    parent = document(templates.parent)
    checked = (*judged, *check_templates(parent, documents, spec.heat.layout))
    if has_errors(checked):
        return Outcome(None, checked)
    artifacts = _artifacts(model, user_data, parent, documents)
    bundle = Bundle(
        spec.name, artifacts, templates.resource_count, _stack_options(spec), read.document.inputs
    )
    return Outcome(Compiled(bundle, model, Templates(parent, documents), user_data), checked)


def _plan(spec: ClusterSpec, today: Today | None) -> Outcome[ClusterModel]:
    driver, platform = plugins.driver(spec.coe), plugins.platform(spec.distro)
    missing: list[Diagnostic] = []
    if driver is None:
        supported = ", ".join(plugins.names("drivers"))
        missing.append(diagnose("JB0401", "/coe", coe=spec.coe, supported=supported))
    if platform is None:
        supported = ", ".join(plugins.names("platforms"))
        missing.append(diagnose("JB0402", "/distro", distro=spec.distro, supported=supported))
    if driver is None or platform is None:
        return Outcome(None, tuple(missing))
    planned = driver.plan(spec)
    if planned.value is None or has_errors(planned.diagnostics):
        return Outcome(None, planned.diagnostics)
    lacking = _lacking(planned.value, platform)
    codes = (*platform.notes, *_image_notes(planned.value, platform))
    notes = (diagnose(code, "/distro", distro=platform.name) for code in codes)
    dated = _support(planned.value, driver, today)
    return Outcome(None if lacking else planned.value, (*planned.diagnostics, *lacking, *notes, *dated))


def _support(model: ClusterModel, driver: Driver, today: Today | None) -> Iterator[Diagnostic]:
    """What there is to say of the version on that day: a message alone, of which no file knows."""
    support = driver.support(model.coe_version) if driver.support else None
    if today is None or support is None or support.ends > today.soon:
        return
    at = "/coe_version" if model.spec.coe_version else "/coe"
    advice = (
        f'set coe_version: "{support.following}"; a cluster that runs is brought there by jeroboam roll'
        if support.following
        else "look for a newer release of jeroboam, which knows newer versions"
    )
    code = ENDED if support.ends < today.date else ENDS_SOON
    yield diagnose(code, at, product=support.product, ends=support.ends, advice=advice)


def _image_notes(model: ClusterModel, platform: Platform) -> tuple[str, ...]:
    return tuple(
        each.given if each.capability in platform.provides else each.lacking
        for each in model.image_requirements
    )


def _lacking(model: ClusterModel, platform: Platform) -> tuple[Diagnostic, ...]:
    required = frozenset[str]().union(*(role.config.requires for role in model.roles))
    return tuple(
        diagnose("JB0501", "/distro", coe=model.spec.coe, distro=platform.name, capability=capability)
        for capability in sorted(required - platform.provides)
    )


def _templates(model: ClusterModel, user_data: Mapping[str, UserData], recorded: str) -> Nested:
    template = lower(model, user_data, recorded)
    if model.spec.heat.layout == "single":
        return Nested(template, {})
    groups = [role for role in model.roles if role.kind is RoleKind.WORKER and role.indexes]
    return nested(template, {role.name: template.owned_by(role.origin) for role in groups})


def _artifacts(
    model: ClusterModel,
    user_data: Mapping[str, UserData],
    parent: Mapping[str, object],
    children: Mapping[str, Mapping[str, object]],
) -> tuple[Artifact, ...]:
    artifacts = [Artifact(f"{model.spec.name}.hot.yaml", _header(model) + yaml_text(parent))]
    artifacts += [Artifact(path, yaml_text(child)) for path, child in children.items()]
    if model.flannel_net_conf is not None:
        artifacts.append(Artifact("flannel/net-conf.json", model.flannel_net_conf))
    for role, boots in user_data.items():
        artifacts.append(Artifact(f"user-data/{role}{boots.suffix}", boots.text))
        # Decoded, for whoever reviews: what is packed in the document cannot be read there.
        artifacts += [Artifact(f"user-data/{role}.files{f.path}", f.content) for f in boots.packed]
    return tuple(sorted(artifacts))


def _header(model: ClusterModel) -> str:
    name = model.spec.name
    create = create_line(name, f"{name}.hot.yaml", f"{name}.secrets.yaml", _stack_options(model.spec))
    # YAML 1.1 ends a comment at more characters than a newline; in ASCII there are none left.
    command = create.encode("ascii", "backslashreplace").decode("ascii")
    return f"# Compiled by Jeroboam {__version__}. Edit the spec, not this file.\n# {command}\n"


def _stack_options(spec: ClusterSpec) -> tuple[str, ...]:
    return stack_options(spec.timeouts.create_minutes, spec.tags)


def _with_layout(spec: ClusterSpec, layout: str | None) -> ClusterSpec:
    return spec if layout is None else replace(spec, heat=replace(spec.heat, layout=layout))


def _finished(
    source: SpecResult[ReadSpec], outcome: Outcome[T], *, whole: bool, dated: bool = False
) -> SpecResult[T]:
    """What was found in all stages; after the `whole` of them also what is accepted for nothing.

    What comes with the day is that only where a day was asked about, and support ends on none that is near.
    """
    assert source.value is not None
    document = source.value.document
    told, silent = accepted.kept_apart(located(outcome.diagnostics, document.source_map), document)
    silent = (*source.accepted, *silent)
    if whole and outcome.value is not None:
        near = not dated or any(finding.code in DATED for finding in (*told, *silent))
        applied = {finding.code for finding in silent} | {*(DATED if near else ())}
        told = (*told, *located(accepted.unused(document, applied), document.source_map))
    return SpecResult(outcome.value, ordered((*source.diagnostics, *told)), source.sources, silent)
