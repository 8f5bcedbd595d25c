"""The JSON of a cluster template or a cluster -> its settings with their places, types judged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from jeroboam.diagnostics import Diagnostic, Position, Span, diagnose, has_errors
from jeroboam.imports.magnum.secretive import is_secretive, is_secretive_option
from jeroboam.imports.magnum.table import MagnumSetting, MagnumTable
from jeroboam.imports.magnum.values import arguments, truth
from jeroboam.serialize import json_line
from jeroboam.source import Data, SourceMap
from jeroboam.source.json_text import parsed_json
from jeroboam.source.locate import located, span_of
from jeroboam.source.nodes import flattened
from jeroboam.source.pointers import child
from jeroboam.spec.phrases import found, nearest, shown

NOTHING = frozenset({"", "-", "None", "null"})
"""What `openstack coe` prints, and people write, for no value."""
TEMPLATE, CLUSTER = "template", "cluster"
_SHOW = {
    TEMPLATE: "write it anew: openstack coe cluster template show NAME -f json > template.json",
    CLUSTER: "write it anew: openstack coe cluster show NAME -f json > cluster.json",
}
_CODES = {TEMPLATE: "JB0702", CLUSTER: "JB0703"}
_MARKS = {TEMPLATE: ("coe", "image_id"), CLUSTER: ("cluster_template_id",)}
# As the API answers to who asks for all of them.
_LISTS = frozenset({"clustertemplates", "baymodels", "clusters", "bays"})
_KINDS = {
    "text": "a text",
    "integer": "an integer",
    "boolean": "true or false",
    "mapping": "a mapping of labels",
}


@dataclass(frozen=True, slots=True)
class GivenSetting:
    """An attribute or label as it was given: its value as text, and its place; `row` None if unknown."""

    name: str
    text: str
    row: MagnumSetting | None
    span: Span | None
    is_label: bool

    @property
    def called(self) -> str:
        """How messages call it."""
        return f"label {self.name}" if self.is_label else self.name

    @property
    def shown(self) -> str:
        """The value for a message or a comment, on one short line."""
        return "…" if self.may_be_secret else shown(self.text)

    @property
    def may_be_secret(self) -> bool:
        """Whether nobody is to see the value: of what is unknown, nobody knows."""
        if self.row is None or self.row.secret or is_secretive(self.name, self.text):
            return True
        return self.row.how == "arguments" and _tells_options(self.text)


@dataclass(frozen=True, slots=True)
class MagnumObject:
    """A cluster template or a cluster: its attributes that are set, and its labels."""

    kind: str
    path: str
    attributes: Mapping[str, GivenSetting]
    labels: Mapping[str, GivenSetting]


@dataclass(frozen=True, slots=True)
class ReadObject:
    """What was read of a file; `value` is None where it is no such object or has errors.

    `hidden` are the places of values that may be secrets: excerpts get into logs.
    """

    value: MagnumObject | None
    diagnostics: tuple[Diagnostic, ...]
    hidden: tuple[Span, ...] = ()


def _tells_options(text: str) -> bool:
    """Whether an option in the text may be a secret; one that is no line of options is no better known."""
    try:
        options, _ = arguments(text)
    except ValueError:
        return True
    return any(is_secretive_option(name, value) for name, value in options.items())


def read_object(text: str, path: str, kind: str, table: MagnumTable) -> ReadObject:
    """The object of this kind in the JSON `text` of the file that a user knows as `path`."""
    tree = parsed_json(text, path)
    if tree.node is None:
        hinted = (_with_hint(d, _SHOW[kind]) for d in tree.diagnostics)
        return ReadObject(None, tuple(hinted))
    data, places = flattened(tree.node)
    unlike = _unlike(data, path, kind)
    if unlike is not None:
        return ReadObject(None, located((*tree.diagnostics, unlike), places))
    assert isinstance(data, dict)
    findings = located((*tree.diagnostics, *_mistyped(data, table)), places)
    attributes = {
        name: GivenSetting(name, _text(value), table.attribute(name), _at("", name, places), is_label=False)
        for name, value in data.items()
        if name != "labels" and not _is_nothing(value)
    }
    given = data.get("labels")
    labels = {
        name: GivenSetting(name, _text(value), table.label(name), _at("/labels", name, places), is_label=True)
        for name, value in (given.items() if isinstance(given, dict) else ())
        if not _is_nothing(value)
    }
    hidden = tuple(
        setting.span
        for setting in (*attributes.values(), *labels.values())
        if setting.span and setting.may_be_secret
    )
    made = None if has_errors(findings) else MagnumObject(kind, path, attributes, labels)
    return ReadObject(made, findings, hidden)


def _with_hint(finding: Diagnostic, hint: str) -> Diagnostic:
    if finding.code != "JB0701":
        return finding
    return Diagnostic(finding.code, finding.severity, finding.message, hint=hint, span=finding.span)


def _unlike(data: Data, path: str, kind: str) -> Diagnostic | None:
    """Why this is no object of that kind, if it is none."""
    span = None
    advice = _SHOW[kind]
    other = CLUSTER if kind == TEMPLATE else TEMPLATE
    if isinstance(data, list):
        why = "it is a list"
        span = Span(path, Position(1, 1), Position(1, 2))
    elif not isinstance(data, dict):
        why = f"it is {found(data)}"
    elif all(_is_nothing(data.get(name)) for name in _MARKS[kind]):
        if any(not _is_nothing(data.get(name)) for name in _MARKS[other]):
            why = f"it is a cluster{' template' if other == TEMPLATE else ''}"
            advice = "name the template first and then the cluster"
        elif lists := _LISTS & data.keys():
            why = f"it is a list, of {min(lists)}"
        else:
            why = f"it has no '{_MARKS[kind][0]}'"
        span = Span(path, Position(1, 1), Position(1, 2))
    else:
        missing = [name for name in _MARKS[kind] if _is_nothing(data.get(name))]
        if not missing:
            return None
        why = f"it has no '{missing[0]}'"
        span = Span(path, Position(1, 1), Position(1, 2))
    return diagnose(_CODES[kind], span=span, path=path, why=why, advice=advice)


def _mistyped(data: Mapping[str, Data], table: MagnumTable) -> Iterator[Diagnostic]:
    """Attributes whose values are of another type, or that are unknown, and labels that are no texts."""
    for name, value in data.items():
        row = table.attribute(name)
        if row is None:
            near = nearest(name, [row.name for row in table.attributes])
            hint = f"did you mean '{near}'? The spec names it in a comment" if near else None
            told = "…" if is_secretive("", name) else name
            yield diagnose("JB0707", child("", name), at_key=True, name=told, hint=hint)
        elif not _is_nothing(value) and not _is_of(value, row):
            yield diagnose(
                "JB0704", child("", name), expected=_KINDS[row.type], name=name, found=found(value)
            )
    labels = data.get("labels")
    for name, value in labels.items() if isinstance(labels, dict) else ():
        if isinstance(value, list | dict):
            yield diagnose("JB0704", child("/labels", name), expected="a text", name=name, found=found(value))


def _is_of(value: Data, row: MagnumSetting) -> bool:
    if row.type == "any":
        return True
    if row.type == "mapping":
        return isinstance(value, dict)
    if row.type == "boolean":
        return isinstance(value, bool) or (isinstance(value, str) and truth(value) is not None)
    if row.type == "integer":
        is_number = isinstance(value, int) and not isinstance(value, bool)
        return is_number or (isinstance(value, str) and value.strip().isdecimal())
    return isinstance(value, str)


def _is_nothing(value: Data) -> bool:
    return value is None or value in ([], {}) or (isinstance(value, str) and value.strip() in NOTHING)


def _text(value: Data) -> str:
    """A value as Magnum has it: a label, whatever was given, as text."""
    if isinstance(value, str):
        return value
    return json_line(value).rstrip("\n")


def _at(parent: str, name: str, places: SourceMap) -> Span | None:
    return span_of(child(parent, name), places)
