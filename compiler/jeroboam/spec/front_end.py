"""The front end as one function: a path -> a checked ClusterSpec, every finding at its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from jeroboam.diagnostics import Diagnostic, Severity, diagnose, has_errors
from jeroboam.source import Data, Document, SpecResult, load_spec, located
from jeroboam.source.load import TEMPLATE_KIND
from jeroboam.source.pointers import within
from jeroboam.spec import accepted
from jeroboam.spec.bind import bind
from jeroboam.spec.check import check
from jeroboam.spec.resolve import resolve
from jeroboam.spec.schema import file_patterns
from jeroboam.spec.types import ClusterSpec


@dataclass(frozen=True, slots=True)
class ReadSpec:
    """A cluster without errors, typed and as the resolved document that it was bound from."""

    spec: ClusterSpec
    document: Document


def read(path: str, stdin: bytes | None = None, *, allow_outside: bool = False) -> SpecResult[ReadSpec]:
    """The cluster at `path` (`-`: `stdin`), with all that can be said about it in one run.

    With `allow_outside` it may name files that are not in its repository or folder.
    """
    return _read(path, stdin, template=False, allow_outside=allow_outside)


def judged(path: str, stdin: bytes | None = None, *, allow_outside: bool = False) -> SpecResult[ReadSpec]:
    """Like `read`, but a cluster template is judged for what it holds; its value is None."""
    return _read(path, stdin, template=True, allow_outside=allow_outside)


def properties(read: ReadSpec | Document) -> dict[str, Data]:
    """Every property with its value, defaults filled in, in the schema's order.

    The template is merged and therefore not named.
    """
    document = read.document if isinstance(read, ReadSpec) else read
    return {key: value for key, value in document.data.items() if key != "template"}


def _read(path: str, stdin: bytes | None, *, template: bool, allow_outside: bool) -> SpecResult[ReadSpec]:
    loaded = load_spec(path, stdin, files=file_patterns(), allow_outside=allow_outside)
    document = loaded.value
    if document is None:
        return SpecResult(None, loaded.diagnostics, loaded.sources)
    found = list(loaded.diagnostics)
    is_template = document.data.get("kind") == TEMPLATE_KIND
    if is_template and not template:
        name = document.data.get("name", "")
        found.append(diagnose("JB0117", "/kind", name=name, path=path.rpartition("/")[2]))
    resolved = resolve(document)
    found.extend(resolved.diagnostics)
    judgements: list[Diagnostic] = []
    value = None
    if resolved.value is not None:
        bound = bind(resolved.value)
        assert bound.value is not None
        judgements.extend(_trusted(bound.diagnostics, found, resolved.value))
        judgements.extend(_trusted(check(bound.value), [*found, *judgements], resolved.value))
        value = ReadSpec(bound.value, resolved.value)
    if is_template:
        # What a template leaves out, a cluster may state.
        judgements = [d for d in judgements if d.pointer in document.source_map]
    found.extend(judgements)
    found.extend(accepted.refused(document))
    if has_errors(found) or is_template:
        value = None
    told, silent = accepted.kept_apart(located(found, document.source_map), document)
    return SpecResult(value, told, loaded.sources, silent)


def _trusted(
    later: Iterable[Diagnostic], earlier: Iterable[Diagnostic], document: Document
) -> Iterator[Diagnostic]:
    """The later findings that are not drawn from values that an earlier stage refused."""
    refused = {d.pointer for d in earlier if d.severity is Severity.ERROR} | document.doubtful
    for finding in later:
        drawn_from = (finding.pointer, *(related.pointer for related in finding.related))
        if not any(within(pointer, refused) for pointer in drawn_from):
            yield finding
