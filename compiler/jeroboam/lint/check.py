"""A template and all that it nests -> what is wrong with them."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Any, NamedTuple

from jeroboam.diagnostics import Diagnostic, Pointer, diagnose
from jeroboam.lint.calls import FunctionCall, all_calls, function_in
from jeroboam.lint.definitions import check_definitions
from jeroboam.lint.folding import FoldingScope, Replaced
from jeroboam.lint.functions import check_function
from jeroboam.lint.limits import MAX_NESTED_DEPTH, check_limits
from jeroboam.lint.parameters import check_parameters
from jeroboam.lint.references import check_references
from jeroboam.lint.registry import (
    TypeRegistry,
    TypeTarget,
    check_given,
    is_remote,
    merged_registry,
    read_environment,
    target,
)
from jeroboam.lint.schemas import (
    BASE_ATTRIBUTES,
    PropertySchema,
    ResourceSchema,
    heat_version,
    resource_schema,
    resource_types,
)
from jeroboam.lint.secrets import check_defaults
from jeroboam.lint.services import check_services
from jeroboam.lint.template import HotTemplate, mapping, read_template
from jeroboam.lint.values import Owner, check_properties, near
from jeroboam.source import SpecResult, located
from jeroboam.source.files import STDIN, FileRequest, beside, path_of_folder, shown, text_of
from jeroboam.source.pointers import child
from jeroboam.storage.inputs import Root, root_of

_MOST_FOUND = 1_000
"""Findings of one template: who mends those asks again."""
_HINTS = {
    "JB0101": "name an existing file; paths in a template are relative to it",
    "JB0102": "a request to Heat has less than that",
    "JB0119": "copy the file next to the template, or pass --allow-outside if you trust all that it names",
}
# A file that is no text goes to Heat as base64.
_NO_TEXT = "JB0105"
_STATUS = {"HIDDEN": "hidden", "UNSUPPORTED": "not supported", "DEPRECATED": "deprecated"}
_TYPES = {
    "string": "String",
    "number": "Number",
    "comma_delimited_list": "List",
    "json": "Map",
    "boolean": "Boolean",
}
# The property that holds the definition of a group's members, and what is replaced in each of them.
_GROUPS = {"OS::Heat::ResourceGroup": "resource_def", "OS::Heat::AutoScalingGroup": "resource"}


class _Nested(NamedTuple):
    """What is known of a template as a type: its schema, its resources with those below, its levels."""

    schema: ResourceSchema | None
    resources: int
    height: int


def lint_hot(
    path: str,
    stdin: bytes | None = None,
    *,
    environments: Sequence[str] = (),
    allow_outside: bool = False,
) -> SpecResult[HotTemplate]:
    """What Heat or a service would refuse of the template at `path` (`-` is `stdin`), and what it nests.

    `environments` are paths; later ones win. What files name has to be in their repository or folder unless
    `allow_outside`. The value is None where the template cannot be read.
    """
    main = STDIN if path == "-" else path
    root = None if allow_outside else root_of(str(path_of_folder(main)))
    linter = _Linter(root)
    linter.environments(environments)
    template = linter.template(path, FileRequest(), stdin)
    if template is not None:
        linter.judge(template, (os.path.realpath(path),))
        linter.found += check_given(linter.registry, template.section("parameters"), main)
    return SpecResult(template, located(linter.found, {}), linter.sources)


class _Linter:
    """The state of one run: texts that were read, templates that are known as types, and findings."""

    def __init__(self, root: Root | None) -> None:
        self.root = root
        self.registry = TypeRegistry()
        self.sources: dict[str, str] = {}
        self.found: list[Diagnostic] = []
        self.nested: dict[str, _Nested] = {}
        self.files: dict[str, str | Diagnostic] = {}

    def environments(self, paths: Sequence[str]) -> None:
        registries = []
        for path in paths:
            text = self._text(path, FileRequest())
            if text is not None:
                registry, found = read_environment(text, path)
                registries.append(registry)
                self.found += found
        self.registry = merged_registry(registries)

    def template(self, path: str, asked: FileRequest, stdin: bytes | None = None) -> HotTemplate | None:
        text = self._text(path, asked, stdin)
        if text is None:
            return None
        read = read_template(text, STDIN if path == "-" and asked.span is None else path)
        self.found += read.diagnostics
        return read.value

    def judge(self, template: HotTemplate, chain: tuple[str, ...]) -> _Nested:
        """All findings of a template and of those that it nests; `chain` are the paths that lead to it."""
        types: dict[str, ResourceSchema | None] = {}
        resources, height = len(template.section("resources")), 0
        found: list[Diagnostic] = []
        for name, resource in template.resources.items():
            at = child(child("/resources", name), "type")
            known = self._type(template, name, resource.get("type"), at, chain, found)
            types[name] = known.schema
            resources, height = resources + known.resources, max(height, known.height)
        scope = self._scope(template)
        found += islice(self._findings(template, types, scope, chain), _MOST_FOUND)
        if len(chain) == 1:
            found += check_limits(template, resources)
        self.found += located(_without_repeats(found), template.places)
        return _Nested(_as_type(template, self.registry.defaults), resources, height + 1)

    def _findings(
        self,
        template: HotTemplate,
        types: Mapping[str, ResourceSchema | None],
        scope: FoldingScope,
        chain: tuple[str, ...],
    ) -> Iterator[Diagnostic]:
        uses = tuple(all_calls(template))
        yield from check_definitions(template, nested=len(chain) > 1)
        yield from check_parameters(template)
        yield from check_defaults(template)
        yield from check_references(template, uses, types)
        for call in uses:
            if isinstance(call, FunctionCall):
                yield from check_function(call, template.version)
                yield from self._file(template, call)
        for name, resource in template.resources.items():
            schema = types[name]
            if schema is not None:
                yield from _resource(child("/resources", name), resource, schema, scope)
            yield from self._members(template, name, resource, scope, chain)
        yield from check_services(template, scope)

    def _type(
        self,
        template: HotTemplate,
        name: str,
        kind: Any,
        at: Pointer,
        chain: tuple[str, ...],
        found: list[Diagnostic],
    ) -> _Nested:
        """What a type is; its findings are added to `found`, those of a template to the run's."""
        unknown = _Nested(None, 0, 0)
        if not isinstance(kind, str) or not kind:
            return unknown
        end = target(self.registry, name, kind, template.source)
        if end.path is not None:
            return self._template_as_type(template, end, at, chain)
        schema = resource_schema(end.name)
        if schema is None:
            advice = near(end.name, resource_types(), "if an environment maps it, name that: -e FILE")
            found.append(diagnose("JB0820", at, name=end.name[:255], advice=advice))
        elif schema.status in _STATUS:
            status = _STATUS[schema.status]
            found.append(diagnose("JB0821", at, name=end.name, status=status, version=heat_version()))
        return _Nested(schema, 0, 0)

    def _template_as_type(
        self, template: HotTemplate, end: TypeTarget, at: Pointer, chain: tuple[str, ...]
    ) -> _Nested:
        assert end.path is not None
        if is_remote(end.path):
            return _Nested(None, 0, 0)
        identity, path = os.path.realpath(end.path), shown(end.path)
        place = template.places.get(at)
        span = place.value_span if place else None
        if identity in chain:
            depth = len(chain)
            self.found.append(diagnose("JB0872", at, span=span, depth=depth, limit=MAX_NESTED_DEPTH))
            return _Nested(None, 0, 0)
        if identity not in self.nested:
            # While it is read, what nests it again knows nothing of it.
            self.nested[identity] = _Nested(None, 0, 0)
            read = self.template(path, FileRequest(at, span))
            if read is not None:
                self.nested[identity] = self.judge(read, (*chain, identity))
        known = self.nested[identity]
        if len(chain) + known.height - 1 > MAX_NESTED_DEPTH:
            depth = len(chain) + known.height - 1
            self.found.append(diagnose("JB0872", at, span=span, depth=depth, limit=MAX_NESTED_DEPTH))
        return known

    def _members(
        self,
        template: HotTemplate,
        name: str,
        resource: Mapping[str, Any],
        scope: FoldingScope,
        chain: tuple[str, ...],
    ) -> Iterator[Diagnostic]:
        """The definition of a group's members, which has a type and properties like a resource."""
        key = _GROUPS.get(str(resource.get("type")))
        properties = mapping(resource.get("properties"))
        definition = mapping(properties.get(key or ""))
        kind = definition.get("type")
        if key is None or not isinstance(kind, str):
            return
        at = child(child(child(child("/resources", name), "properties"), key), "")[:-1]
        found: list[Diagnostic] = []
        known = self._type(template, "", kind, child(at, "type"), chain, found)
        yield from found
        if known.schema is None:
            return
        varying = properties.get("index_var", "%index%") if key == "resource_def" else None
        inner = replace(scope, replaced=(Replaced(varying),) if isinstance(varying, str) else ())
        yield from _properties(child(at, "properties"), definition, known.schema, inner)

    def _file(self, template: HotTemplate, call: FunctionCall) -> Iterator[Diagnostic]:
        """What keeps a file from being read that the template puts in."""
        if call.kind != "GetFile" or not isinstance(call.arguments, str) or is_remote(call.arguments):
            return
        read = self._read(beside(call.arguments, template.source), call.pointer, template)
        if isinstance(read, Diagnostic) and read.code != _NO_TEXT:
            yield read

    def _scope(self, template: HotTemplate) -> FoldingScope:
        # Of whatever was written there, a type may be a list.
        kinds = {name: str(parameter.get("type")) for name, parameter in template.parameters.items()}
        return FoldingScope(template.version, kinds, partial(self._constant, template))

    def _constant(self, template: HotTemplate, name: str) -> str | None:
        if is_remote(name):
            return None
        read = self._read(beside(name, template.source), "", template)
        return None if isinstance(read, Diagnostic) else read

    def _read(self, path: str, pointer: Pointer, template: HotTemplate) -> str | Diagnostic:
        if path not in self.files:
            place = template.places.get(pointer) or template.places[""]
            self.files[path] = text_of(path, FileRequest(pointer, place.value_span), root=self.root)
        read = self.files[path]
        if isinstance(read, Diagnostic):
            place = template.places.get(pointer) or template.places[""]
            return replace(_hinted(read), pointer=pointer, span=place.value_span)
        return read

    def _text(self, path: str, asked: FileRequest, stdin: bytes | None = None) -> str | None:
        text = text_of(path, asked, stdin, self.root)
        if isinstance(text, Diagnostic):
            self.found.append(_hinted(text))
            return None
        self.sources[STDIN if path == "-" and asked.span is None else path] = text
        return text


def _hinted(found: Diagnostic) -> Diagnostic:
    return replace(found, hint=_HINTS.get(found.code, found.hint))


def _resource(
    at: Pointer, resource: Mapping[str, Any], schema: ResourceSchema, scope: FoldingScope
) -> Iterator[Diagnostic]:
    policy = resource.get("update_policy")
    if "external_id" not in resource:
        yield from _properties(child(at, "properties"), resource, schema, scope)
        if not schema.any_properties:
            yield from _made_whole(at, resource, scope)
    if isinstance(policy, dict) and not function_in(policy, scope.version):
        owner = Owner(f"the update policy of {schema.name}")
        yield from check_properties(policy, child(at, "update_policy"), schema.update_policy, owner, scope)
    deletion = resource.get("deletion_policy")
    if isinstance(deletion, str) and deletion.lower() == "snapshot" and not schema.snapshots:
        known = "delete, retain"
        yield diagnose("JB0809", child(at, "deletion_policy"), value=deletion, what=schema.name, known=known)


def _made_whole(at: Pointer, resource: Mapping[str, Any], scope: FoldingScope) -> Iterator[Diagnostic]:
    """Fact: Heat takes a function there, and then fails over it (heat/engine/properties.py, `validate`)."""
    for key in ("properties", "update_policy"):
        if call := function_in(resource.get(key), scope.version):
            yield diagnose("JB0811", child(at, key), at_key=True, function=call[0], key=key)


def _properties(
    at: Pointer, resource: Mapping[str, Any], schema: ResourceSchema, scope: FoldingScope
) -> Iterator[Diagnostic]:
    properties = resource.get("properties")
    if properties is None:
        properties = {}
    owner = Owner(schema.name, schema.any_properties)
    if isinstance(properties, dict) and not function_in(properties, scope.version):
        yield from check_properties(properties, at, schema.properties, owner, scope)


def _as_type(template: HotTemplate, defaults: Collection[str]) -> ResourceSchema:
    """A template as others may use it: its parameters are properties, its outputs attributes."""
    properties = {
        name: PropertySchema(
            type=_TYPES[parameter["type"]],
            required=parameter.get("default") is None and name not in defaults,
            converts=parameter["type"] in ("json", "comma_delimited_list"),
        )
        for name, parameter in template.parameters.items()
        if str(parameter.get("type")) in _TYPES
    }
    attributes = BASE_ATTRIBUTES.union(template.section("outputs"))
    return ResourceSchema(f"'{template.source}'", properties, attributes, nested=True)


def _without_repeats(found: Sequence[Diagnostic]) -> Iterator[Diagnostic]:
    """The findings, each once, without the milder of two about one function."""
    refused = {finding.pointer for finding in found if finding.code == "JB0840"}
    for finding in dict.fromkeys(found):
        if finding.code != "JB0841" or finding.pointer not in refused:
            yield finding
