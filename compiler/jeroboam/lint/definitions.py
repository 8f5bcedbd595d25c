"""Sections, and what stands in them: what Heat does not know, lacks, or takes in another shape only.

Facts: heat/engine/hot/template.py and heat/engine/template_common.py; heat/engine/template.py (`validate`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from jeroboam.diagnostics import Diagnostic, Pointer, diagnose
from jeroboam.lint.calls import function_in
from jeroboam.lint.schemas import TemplateVersion, versions
from jeroboam.lint.template import HotTemplate
from jeroboam.lint.values import near
from jeroboam.source.pointers import child
from jeroboam.spec.phrases import found, listed, shown

_NO_NULL = frozenset({"conditions"})
"""Sections that may be left out, but not empty."""


def check_definitions(template: HotTemplate, *, nested: bool) -> Iterator[Diagnostic]:
    """Sections, resources and outputs; parameters are judged by themselves.

    Of outputs Heat is stricter in templates that others nest.
    """
    version = template.version
    for name in template.data:
        if name not in version.sections:
            yield _no_section(name, version)
    for name in ("parameters", "resources", "outputs", "conditions"):
        value = template.data.get(name)
        empty = value is None and not (name in _NO_NULL and name in template.data)
        if name in version.sections and not isinstance(value, dict) and not empty:
            yield _shape(f"/{name}", f"'{name}'", "a mapping", value)
    for name, resource in template.section("resources").items():
        yield from _resource(child("/resources", name), name, resource, version)
    for name, output in template.section("outputs").items():
        yield from _output(child("/outputs", name), name, output, version, nested=nested)
    for name, condition in template.section("conditions").items():
        at = child("/conditions", name)
        if not isinstance(condition, bool | dict):
            yield _shape(at, f"the condition '{shown(name)}'", "true, false or a function", condition)
        elif isinstance(condition, dict) and len(condition) != 1:
            yield _shape(at, f"the condition '{shown(name)}'", "one function", condition)


def _no_section(name: str, version: TemplateVersion) -> Diagnostic:
    since = next((v.name for v in versions().values() if name in v.sections), None)
    if since is None:
        advice = near(name, version.sections, f"these are known: {listed(version.sections)}")
    else:
        advice = f"heat_template_version: {since} has it"
    return diagnose(
        "JB0805", child("", name), at_key=True, name=shown(name), version=version.name, advice=advice
    )


def _resource(at: Pointer, name: str, resource: Any, version: TemplateVersion) -> Iterator[Diagnostic]:
    what = f"the resource '{shown(name)}'"
    if not isinstance(resource, dict):
        yield _shape(at, what, "a mapping", resource)
        return
    yield from _keys(at, resource, version.resource, "a resource", version)
    if "type" not in resource or resource["type"] == "":
        yield diagnose("JB0808", at, at_key=True, what=what, name="type")
    elif not isinstance(resource["type"], str):
        yield _shape(child(at, "type"), f"the type of '{shown(name)}'", "a string", resource["type"])
    for key in ("properties", "metadata", "update_policy"):
        if key in resource and not isinstance(resource[key], dict):
            yield _shape(child(at, key), f"'{key}'", "a mapping", resource[key])
    yield from _depends_on(child(at, "depends_on"), resource.get("depends_on", []))
    yield from _deletion_policy(child(at, "deletion_policy"), resource, version)
    if "description" in resource and not isinstance(resource["description"], str):
        yield _shape(child(at, "description"), "'description'", "a string", resource["description"])


def _depends_on(at: Pointer, value: Any) -> Iterator[Diagnostic]:
    if not isinstance(value, str | list):
        yield _shape(at, "'depends_on'", "a resource's name or a list of them", value)
    for index, item in enumerate(value if isinstance(value, list) else ()):
        if not isinstance(item, str):
            yield _shape(child(at, index), "an item of 'depends_on'", "a resource's name", item)


def _deletion_policy(
    at: Pointer, resource: Mapping[str, Any], version: TemplateVersion
) -> Iterator[Diagnostic]:
    policy = resource.get("deletion_policy")
    if "deletion_policy" not in resource or function_in(policy, version):
        return
    if not isinstance(policy, str):
        yield _shape(at, "'deletion_policy'", "a string", policy)
    elif policy not in version.deletion_policies:
        known = listed(version.deletion_policies)
        what = f"version {version.name}"
        yield diagnose("JB0809", at, value=shown(policy), what=what, known=known)


def _output(
    at: Pointer, name: str, output: Any, version: TemplateVersion, *, nested: bool
) -> Iterator[Diagnostic]:
    what = f"the output '{shown(name)}'"
    if not isinstance(output, dict):
        yield _shape(at, what, "a mapping", output)
        return
    code = "JB0807" if nested else "JB0810"
    yield from _keys(at, output, version.output, "an output", version, code)
    if "value" not in output:
        yield diagnose("JB0808", at, at_key=True, what=what, name="value")


def _keys(
    at: Pointer,
    entry: Mapping[str, Any],
    known: Sequence[str],
    what: str,
    version: TemplateVersion,
    code: str = "JB0807",
) -> Iterator[Diagnostic]:
    for key in entry:
        if key not in known:
            yield unknown_key(child(at, key), key, known, what, version, code)


def unknown_key(
    at: Pointer, key: str, known: Sequence[str], what: str, version: TemplateVersion, code: str = "JB0807"
) -> Diagnostic:
    """That a definition has a key that Heat does not know there."""
    advice = near(key, known, f"it may have: {listed(known)}")
    return diagnose(code, at, at_key=True, name=shown(key), what=what, version=version.name, advice=advice)


def _shape(at: Pointer, what: str, expected: str, value: Any) -> Diagnostic:
    return diagnose("JB0806", at, expected=expected, what=what, found=found(value))
