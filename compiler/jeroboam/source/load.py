"""A path -> Document: the file, its chain of templates merged, and the files that they name."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import reduce
from pathlib import Path

from jeroboam.diagnostics import Diagnostic, Pointer, Position, Span, diagnose
from jeroboam.source.files import STDIN, FileRequest, beside, path_of_folder, shown, text_of, without_detours
from jeroboam.source.locate import located
from jeroboam.source.merge import merged
from jeroboam.source.nodes import Entry, YamlNode, flattened
from jeroboam.source.parse import parsed
from jeroboam.source.pointers import child
from jeroboam.source.types import Document, SpecResult, span
from jeroboam.storage.inputs import Root, root_of

TEMPLATE_KIND = "cluster_template"
MAX_TEMPLATES = 16
MAX_TOTAL = 2 << 20
"""Bytes of all files of a spec together; one that is named twice counts twice."""
# At the start of a line or, in flow style, of a mapping's entry. Nothing here is tried twice at a place.
_CLAIM = re.compile(
    r"""(?:^|[{,])[ \t]*["']?"""
    r"""(?:spec_version["']?[ \t]*:|kind["']?[ \t]*:[ \t]*["']?cluster(?:_template)?\b)""",
    re.MULTILINE,
)


class _Allowance:
    """Where the files may be that a spec names, which were read, and how many bytes more all may have."""

    def __init__(self, root: Root | None) -> None:
        self.root = root
        self.left = MAX_TOTAL
        self.read: list[str] = []

    def lacks(self, text: str, path: str) -> bool:
        """Whether `text`, of the file at `path`, is over the limit; it is counted."""
        self.read.append(path)
        self.left -= len(text.encode())
        return self.left < 0

    def refusal(self, path: str, asked: FileRequest) -> Diagnostic:
        """That the file at `path` is the one too many."""
        return diagnose("JB0127", asked.pointer, span=asked.span, path=path, limit=MAX_TOTAL >> 20)


def load_spec(
    path: str,
    stdin: bytes | None = None,
    *,
    files: Iterable[tuple[str, ...]] = (),
    allow_outside: bool = False,
) -> SpecResult[Document]:
    """The spec at `path` (`-` is `stdin`, or standard input when that is None), merged with its templates.

    `files` are the places of values that name files, as tokens with `*` for any list item. What files name
    has to be in the spec's repository or folder unless `allow_outside`. A value with errors is usable for
    further checks, but no cluster. Texts that are no specs are not among the sources.
    """
    sources: dict[str, str] = {}
    found: list[Diagnostic] = []
    main = STDIN if path == "-" else path
    allowance = _Allowance(None if allow_outside else root_of(str(path_of_folder(main))))
    chain = _chain(path, stdin, sources, allowance, found)
    if chain is None:
        return SpecResult(None, located(found, {}), _specs(sources))
    root = reduce(merged, reversed(chain))
    texts: dict[Pointer, str] = {}
    for pattern in files:
        root = _with_files(root, pattern, "", main, texts, allowance, found)
    data, places = flattened(root)
    assert isinstance(data, dict)
    inputs = tuple(dict.fromkeys(without_detours(p) for p in allowance.read[main == STDIN :]))
    document = Document(data, places, texts, sources, inputs)
    return SpecResult(document, located(found, places), _specs(sources))


def _specs(sources: Mapping[str, str]) -> dict[str, str]:
    """Those that may be quoted."""
    return {name: text for name, text in sources.items() if _claims_to_be_a_spec(text)}


def _chain(
    path: str, stdin: bytes | None, sources: dict[str, str], allowance: _Allowance, found: list[Diagnostic]
) -> list[YamlNode] | None:
    """The main file's tree first, each followed by its template's; None when one cannot be used."""
    chain: list[YamlNode] = []
    seen: dict[str, str] = {}
    asked = FileRequest()
    while True:
        name = STDIN if path == "-" and not chain else path if not chain else shown(path)
        text = text_of(path, asked, stdin, allowance.root)
        if isinstance(text, Diagnostic):
            found.append(text)
            return None
        identity = os.path.realpath(path)
        if identity in seen:
            loop = " -> ".join([*seen.values(), name])
            found.append(diagnose("JB0115", asked.pointer, span=asked.span, chain=loop))
            return None
        if allowance.lacks(text, path):
            found.append(allowance.refusal(name, asked))
            return None
        seen[identity] = name
        sources[name] = text
        claimed = _claims_to_be_a_spec(text)
        if chain and not claimed:
            why = "it has neither 'spec_version' nor the 'kind' of a spec"
            found.append(diagnose("JB0116", asked.pointer, span=asked.span, path=name, why=why))
            return None
        tree = parsed(text, name)
        found.extend(tree.diagnostics if claimed or tree.node else _no_spec(tree.diagnostics, name))
        if tree.node is None:
            return None
        if chain:
            found.extend(_not_a_template(tree.node, name, asked.span))
        chain.append(tree.node)
        entry = _entry(tree.node, "template")
        if entry is None or not isinstance(entry.node.value, str) or not entry.node.value:
            return chain
        asked = FileRequest("/template", span(name, entry.node.mark))
        if len(chain) > MAX_TEMPLATES:
            found.append(diagnose("JB0128", asked.pointer, span=asked.span, limit=MAX_TEMPLATES))
            return None
        path = beside(entry.node.value, name)


def _no_spec(found: Iterable[Diagnostic], name: str) -> Iterator[Diagnostic]:
    """The diagnostic of a file that is not a spec; nothing of its content is quoted."""
    shapes = [d for d in found if d.code == "JB0112"]
    start = Position(1, 1)
    yield from shapes or [diagnose("JB0121", span=Span(name, start, start), path=name)]


def _not_a_template(node: YamlNode, name: str, asked: Span | None) -> Iterator[Diagnostic]:
    kind, version = _entry(node, "kind"), _entry(node, "spec_version")
    if kind is None or kind.node.value != TEMPLATE_KIND:
        why = "it has no kind" if kind is None else f"its kind is '{kind.node.value}'"
    elif version is None or version.node.value != 1:
        why = "its spec_version is not 1"
    else:
        return
    yield diagnose("JB0116", "/template", span=asked, path=name, why=why)


def _with_files(
    node: YamlNode,
    pattern: tuple[str, ...],
    at: Pointer,
    main: str,
    texts: dict[Pointer, str],
    allowance: _Allowance,
    found: list[Diagnostic],
) -> YamlNode:
    """`node` with each value at `pattern` turned into a path relative to the main file, its text read."""
    if not pattern:
        return _with_file(node, at, main, texts, allowance, found)
    if pattern[0] == "*" and isinstance(node.value, list):
        items = [
            _with_files(item, pattern[1:], child(at, index), main, texts, allowance, found)
            for index, item in enumerate(node.value)
        ]
        return node._replace(value=items)
    if isinstance(node.value, dict) and pattern[0] in node.value:
        key, inner = node.value[pattern[0]]
        entry = Entry(
            key, _with_files(inner, pattern[1:], child(at, pattern[0]), main, texts, allowance, found)
        )
        return node._replace(value={**node.value, pattern[0]: entry})
    return node


def _with_file(
    node: YamlNode,
    at: Pointer,
    main: str,
    texts: dict[Pointer, str],
    allowance: _Allowance,
    found: list[Diagnostic],
) -> YamlNode:
    if not isinstance(node.value, str) or not node.value or allowance.left < 0:
        return node
    path = beside(node.value, node.source)
    asked = FileRequest(at, span(node.source, node.mark))
    text = text_of(path, asked, root=allowance.root)
    if not isinstance(text, Diagnostic) and allowance.lacks(text, path):
        text = allowance.refusal(path, asked)
    if isinstance(text, Diagnostic):
        found.append(text)
        return node
    texts[at] = text
    if node.source == main or Path(node.value).is_absolute():
        return node
    home = path_of_folder(main)
    if Path(path).is_absolute() != home.is_absolute():
        return node._replace(value=path)
    return node._replace(value=os.path.relpath(path, home).replace(os.sep, "/"))


def _entry(node: YamlNode, key: str) -> Entry | None:
    return node.value.get(key) if isinstance(node.value, dict) else None


def _claims_to_be_a_spec(text: str) -> bool:
    """Whether it has `spec_version`, or the `kind` of a cluster or of a template: only such are quoted."""
    return _CLAIM.search(text) is not None
