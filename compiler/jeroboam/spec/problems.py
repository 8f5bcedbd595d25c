"""Turns schema violations into diagnostics: one for each mistake."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from jeroboam.diagnostics import Diagnostic, Pointer, diagnose
from jeroboam.source import Document
from jeroboam.source.pointers import child, pointer, tokens
from jeroboam.spec import phrases, synonyms
from jeroboam.spec.repair import stand_in
from jeroboam.spec.schema import Schema, composed, flat, member, members
from jeroboam.spec.validate import Violation, repeated

# Where one value breaks several rules, the first of these is the one to speak of.
_PRIORITY = ("type", "enum", "const", "minLength", "maxLength", "pattern")


class Problem(NamedTuple):
    """A mistake, and the pointers whose values cannot be trusted because of it."""

    diagnostic: Diagnostic
    doubtful: tuple[Pointer, ...]


def problems(broken: Iterable[Violation], document: Document) -> Iterator[Problem]:
    """The mistakes that explain the validator's violations."""
    reported: set[tuple[Pointer, str]] = set()
    written = _Written(document)
    for one in sorted(broken, key=_rank):
        at = pointer(one.path)
        if one.in_key:
            found: Iterable[Problem] = [_bad_key(one, at)]
        elif one.keyword == "type":
            found = _type(one, at, written)
        else:
            found = _SAYINGS[one.keyword](one, at)
        for problem in found:
            d = problem.diagnostic
            kind = "value" if one.keyword in _PRIORITY else d.code + d.message
            if (d.pointer, kind) not in reported:
                reported.add((d.pointer, kind))
                yield problem


def missing(data: object, schema: Schema, at: Pointer = "") -> Iterator[Problem]:
    """The required properties that `data`, defaults filled in, lacks."""
    if isinstance(data, dict):
        for name in schema.get("x-required", ()):
            if name not in data:
                yield missing_member(at, name, flat(members(schema)[name]))
        for key, value in data.items():
            yield from missing(value, member(schema, key), child(at, key))
    elif isinstance(data, list):
        for index, item in enumerate(data):
            yield from missing(item, member(schema, index), child(at, index))


def missing_member(at: Pointer, name: str, schema: Schema) -> Problem:
    """The finding that a mapping lacks a member."""
    advice = f"for example: {name}: {phrases.shown(_example(schema))}"
    where = child(at, name)
    return Problem(diagnose("JB0202", where, name=name, advice=advice), (where,))


def _rank(broken: Violation) -> tuple[list[str], int]:
    rank = _PRIORITY.index(broken.keyword) if broken.keyword in _PRIORITY else len(_PRIORITY)
    return [str(token) for token in broken.path], rank


def _bad_key(broken: Violation, at: Pointer) -> Problem:
    where = child(at, str(broken.value))
    named = phrases.shown(broken.value) or "empty"
    wanted = flat(broken.schema).get("x-expected", "a key")
    if broken.keyword == "maxLength":
        wanted = f"a key of at most {broken.wanted} characters"
    return Problem(diagnose("JB0211", where, at_key=True, key=named, expected=wanted), (where,))


class _Written:
    """Values as the user wrote them, which a number does not remember."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._lines: dict[str, list[str]] = {}

    def at(self, pointer: Pointer) -> str | None:
        """The text of the value at `pointer`, None where it spans lines or nobody wrote it."""
        place = self._document.source_map.get(pointer)
        if place is None or place.value[0] != place.value[2]:
            return None
        if place.source not in self._lines:
            self._lines[place.source] = self._document.sources[place.source].splitlines()
        line, start, _, end = place.value
        return self._lines[place.source][line][start:end]


def _type(broken: Violation, at: Pointer, given: _Written) -> Iterator[Problem]:
    value, kinds = broken.value, broken.wanted
    schema = flat(broken.schema)
    kinds_list = [kinds] if isinstance(kinds, str) else list(kinds)
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if number and schema.get("x-version"):
        written = given.at(at) or str(value)
        yield Problem(diagnose("JB0206", at, written=written, number=value), (at,))
        return
    if "string" in kinds_list and not isinstance(value, list | dict) and value is not None:
        advice = f'put the value in quotes: "{given.at(at) or phrases.shown(value)}"'
    elif "integer" in kinds_list and isinstance(value, str) and value.lstrip("-").isdigit():
        advice = "write the number without quotes"
    elif "boolean" in kinds_list:
        advice = "write true or false, without quotes"
    elif "array" in kinds_list and not isinstance(value, dict) and value is not None:
        advice = f"put the value in brackets: [{phrases.shown(value)}]"
    else:
        advice = f"for example: {phrases.shown(_any_example(broken))}"
    wanted = phrases.expected(kinds_list)
    yield Problem(diagnose("JB0203", at, expected=wanted, found=phrases.found(value), advice=advice), (at,))


def _unknown(broken: Violation, at: Pointer) -> Iterator[Problem]:
    variant = broken.schema.get("x-variant")
    schema = _schema_at(broken.path)
    known = members(schema)
    for name in broken.value:
        where = child(at, name)
        if variant is not None:
            allowed = members(broken.schema)
            if name in known and name not in allowed:
                said = diagnose(
                    "JB0208", where, at_key=True, name=name, variant=variant, known=phrases.listed(allowed)
                )
                yield Problem(said, (where,))
        elif name not in known:
            advice, meant = _meant(name, broken.value[name], at, known)
            said = diagnose("JB0201", where, at_key=True, name=name, advice=advice)
            yield Problem(said, (where, meant) if meant else (where,))


def _meant(name: str, value: object, at: Pointer, known: Iterable[str]) -> tuple[str, Pointer | None]:
    """What to do about an unknown property, and the one that it most likely is."""
    here = ".".join(token for token in tokens(at) if not token.isdigit())
    found, inside = synonyms.synonym(name), synonyms.translated(value)
    if found is not None:
        near = synonyms.relative(found, here)
        path = found.path if near is None else near.partition(".")[0]
        return synonyms.advice(found, here), pointer((*tokens("" if near is None else at), *path.split(".")))
    near = phrases.nearest(name, known)
    if inside is not None and near is None:
        return inside, None
    return _advice(name, near, known), child(at, near) if near else None


def _advice(name: str, near: str | None, known: Iterable[str]) -> str:
    elsewhere = phrases.homes(name)
    if near is not None:
        return f"did you mean '{near}'?"
    if elsewhere:
        return f"'{name}' belongs elsewhere: {phrases.listed(elsewhere[:4])}"
    return f"allowed here: {phrases.listed(known)}"


def _required(broken: Violation, at: Pointer) -> Iterator[Problem]:
    schema = _schema_at(broken.path)
    for name in broken.wanted:
        if name not in broken.value:
            yield missing_member(at, name, member(schema, name))


def _values(broken: Violation, at: Pointer) -> Iterator[Problem]:
    values = [broken.wanted] if broken.keyword == "const" else list(broken.wanted)
    value = phrases.shown(broken.value)
    texts = [value for value in values if isinstance(value, str)]
    near = phrases.nearest(value, texts) if isinstance(broken.value, str) else None
    advice = f"one of: {phrases.listed(phrases.shown(value) for value in values)}"
    if near is not None:
        advice = f"did you mean '{near}'? {advice}"
    name = _property(broken.path)
    yield Problem(diagnose("JB0204", at, value=value, name=name, advice=advice), (at,))


def _pattern(broken: Violation, at: Pointer) -> Iterator[Problem]:
    own, whole = flat(broken.schema), _schema_at(broken.path)
    wanted = own.get("x-expected", whole.get("x-expected", "in the right format"))
    example = phrases.shown(_any_example(broken))
    said = diagnose("JB0205", at, value=phrases.shown(broken.value), expected=wanted, example=example)
    yield Problem(said, (at,))


def _range(broken: Violation, at: Pointer) -> Iterator[Problem]:
    low, high = broken.schema["minimum"], broken.schema.get("maximum", "any")
    relation = f"less than {low}" if broken.keyword == "minimum" else f"more than {high}"
    said = diagnose("JB0207", at, value=broken.value, relation=relation, low=low, high=high)
    yield Problem(said, (at,))


def _size(broken: Violation, at: Pointer) -> Iterator[Problem]:
    limit = broken.wanted
    unit = "characters" if isinstance(broken.value, str) else "entries"
    fewest = broken.keyword.startswith("min")
    what = f"'{_property(broken.path)}'"
    relation = f"{'shorter' if fewest else 'longer'} than {limit} {unit}"
    advice = f"it takes {'at least' if fewest else 'at most'} {limit} {unit}"
    if fewest and not broken.value:
        relation, advice = "empty", "give it a value, or remove it"
    yield Problem(diagnose("JB0209", at, what=what, relation=relation, advice=advice), (at,))


def _twice(broken: Violation, at: Pointer) -> Iterator[Problem]:
    for index in repeated(broken.value):
        where = child(at, index)
        yield Problem(diagnose("JB0210", where, value=phrases.shown(broken.value[index])), (where,))


_Saying = Callable[[Violation, Pointer], Iterator[Problem]]
_SAYINGS: dict[str, _Saying] = {
    "additionalProperties": _unknown,
    "unevaluatedProperties": _unknown,
    "required": _required,
    "enum": _values,
    "const": _values,
    "pattern": _pattern,
    "minimum": _range,
    "maximum": _range,
    "minLength": _size,
    "maxLength": _size,
    "minItems": _size,
    "maxItems": _size,
    "maxProperties": _size,
    "uniqueItems": _twice,
}


def _schema_at(path: tuple[str | int, ...]) -> Schema:
    schema = composed()
    for token in path:
        schema = member(schema, token)
    return schema


def _property(path: Iterable[str | int]) -> str:
    """The innermost named property on the way to a value."""
    names = [token for token in path if isinstance(token, str)]
    return names[-1] if names else "the spec"


def _example(schema: Schema) -> Any:
    return next((value for value in schema.get("examples", ()) if value is not None), None)


def _any_example(broken: Violation) -> Any:
    """A value that could stand there: an example of its own, or of the list around it, or one that fits."""
    whole = _schema_at(broken.path)
    around = _example(_schema_at(broken.path[:-1]))
    values = list(around.values()) if isinstance(around, dict) else around
    if _example(whole) is None and isinstance(values, list) and values:
        return values[0]
    return stand_in(whole)
