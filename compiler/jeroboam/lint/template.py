"""A text -> a template with the place of every value, as Heat's own loader reads it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jeroboam.diagnostics import Diagnostic, Outcome, Pointer, Position, Related, Span, diagnose
from jeroboam.lint.schemas import TemplateVersion, versions
from jeroboam.serialize import YamlError
from jeroboam.serialize.placed import PlacedValue, PlacedYaml, load_placed
from jeroboam.source import Place, SourceMap
from jeroboam.source.pointers import child
from jeroboam.source.types import Mark, span
from jeroboam.spec.phrases import found, listed, shown

VERSION = "heat_template_version"
PSEUDO_PARAMETERS = frozenset({"OS::stack_name", "OS::stack_id", "OS::region", "OS::project_id"})
"""Parameters that every stack has (heat/engine/hot/parameters.py)."""
_LONGEST_POINTER = 1_024
"""Values further down have no place of their own, so that places take no more room than the text."""
_CFN = ("AWSTemplateFormatVersion", "HeatTemplateFormatVersion")


@dataclass(frozen=True, slots=True)
class HotTemplate:
    """A template as plain data; whatever is not a mapping where one belongs counts as empty."""

    source: str
    data: Mapping[str, Any]
    places: SourceMap
    version: TemplateVersion

    def section(self, name: str) -> Mapping[str, Any]:
        """A section's entries, as far as the version has it."""
        return mapping(self.data.get(name)) if name in self.version.sections else {}

    @property
    def parameters(self) -> Mapping[str, Mapping[str, Any]]:
        """Parameters that are mappings."""
        return _mappings(self.section("parameters"))

    @property
    def resources(self) -> Mapping[str, Mapping[str, Any]]:
        """Resources that are mappings."""
        return _mappings(self.section("resources"))


def mapping(value: Any) -> Mapping[str, Any]:
    """The value, where it is a mapping."""
    return value if isinstance(value, dict) else {}


def read_yaml(text: str, source: str) -> Outcome[tuple[Any, SourceMap]]:
    """Plain data and places of any YAML that Heat reads, with keys that are given twice as findings."""
    try:
        tree = load_placed(text)
    except YamlError as error:
        at = Position(error.line, error.column)
        advice = error.hint or "mend it as any YAML reader says"
        return Outcome(
            None, (diagnose("JB0801", span=Span(source, at, at), problem=error.problem, advice=advice),)
        )
    places: dict[Pointer, Place] = {}
    data = _plain(tree.root, "", None, source, places)
    return Outcome((data, places), tuple(_twice(tree, source)))


def read_template(text: str, source: str) -> Outcome[HotTemplate]:
    """The template in a text; None where it is none or of a version that Heat does not know."""
    read = read_yaml(text, source)
    if read.value is None:
        return Outcome(None, read.diagnostics)
    data, places = read.value
    problem = _problem(data, source)
    if problem is None:
        number = str(data[VERSION])
        if number in versions():
            return Outcome(HotTemplate(source, data, places, versions()[number]), read.diagnostics)
        at = places[f"/{VERSION}"].value_span
        problem = diagnose("JB0803", f"/{VERSION}", span=at, version=shown(number), known=listed(versions()))
    return Outcome(None, (*read.diagnostics, problem))


def _problem(data: Any, source: str) -> Diagnostic | None:
    """Why it is no template."""
    start = Span(source, Position(1, 1), Position(1, 1))
    advice = f"begin it with a line such as {VERSION}: 2018-08-31"
    if not isinstance(data, dict):
        return diagnose(
            "JB0802", span=start, path=source, why=f"it is {found(data)}, no mapping", advice=advice
        )
    old = next((name for name in _CFN if name in data), None)
    if old is not None and VERSION not in data:
        advice = "only Heat's own format is judged"
        return diagnose("JB0802", span=start, path=source, why=f"'{old}' says CloudFormation", advice=advice)
    if VERSION not in data:
        return diagnose("JB0802", span=start, path=source, why=f"it lacks '{VERSION}'", advice=advice)
    return None


def _twice(tree: PlacedYaml, source: str) -> Iterator[Diagnostic]:
    for name, first, second in tree.twice:
        related = Related("", f"'{shown(name)}' is first given here", span(source, first))
        yield diagnose("JB0804", span=span(source, second), related=(related,), name=shown(name))


def _plain(
    node: PlacedValue, pointer: Pointer, key: Mark | None, source: str, places: dict[Pointer, Place]
) -> Any:
    """Depth is bounded by the reader's."""
    if len(pointer) <= _LONGEST_POINTER:
        places[pointer] = Place(source, node.mark, key)
    if isinstance(node.value, dict):
        return {
            name: _plain(entry.value, child(pointer, name), entry.key, source, places)
            for name, entry in node.value.items()
        }
    if isinstance(node.value, list):
        return [_plain(one, child(pointer, i), None, source, places) for i, one in enumerate(node.value)]
    return node.value


def _mappings(section: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    return {name: entry for name, entry in section.items() if isinstance(entry, dict)}
