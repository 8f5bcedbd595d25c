"""Which files of a repository are specs, and what each is made from; none of them is judged here."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from jeroboam.source.files import beside
from jeroboam.source.load import MAX_TEMPLATES, TEMPLATE_KIND
from jeroboam.source.nodes import YamlNode
from jeroboam.source.parse import parsed
from jeroboam.storage.inputs import InputError, Root, contents

KINDS = ("cluster", TEMPLATE_KIND)
# What tells a spec that is no YAML at the moment, or has two documents.
_CLAIM = re.compile(
    r"""^["']?(?:spec_version["']?[ \t]*:|"""
    r"""kind["']?[ \t]*:[ \t]*["']?(cluster(?:_template)?)["']?[ \t]*(?:#|\r?$))""",
    re.MULTILINE,
)
# Whatever else is YAML is not parsed for it: a repository holds what its specs compile to.
_KIND = re.compile(r"""kind["']?\s*:\s*(?:[!&]\S*\s+)*["']?cluster(?:_template)?\b""")


class FoundSpec(NamedTuple):
    """A file that is a spec, in whatever state.

    `name` is the cluster's, None where none is written; `files` are the resolved paths of the file itself, of
    its templates, and of what all these name.
    """

    path: str
    name: str | None
    is_template: bool
    files: frozenset[str]


class _Read(NamedTuple):
    name: str | None
    is_template: bool
    template: str | None
    named: tuple[str, ...]


def found_specs(
    paths: Iterable[str], patterns: Iterable[tuple[str, ...]], root: Root | None
) -> Iterator[FoundSpec]:
    """Those of `paths` that are specs, in their order; a file with several names is found by the first.

    A spec has `spec_version`, or the `kind` of a cluster or of a template, at its top. `patterns` are the
    places of values that name files, as `load_spec` takes them; nothing outside of `root` is read.
    """
    places = tuple(patterns)
    known: dict[str, _Read | None] = {}
    told: set[str] = set()

    def reading(path: str) -> _Read | None:
        identity = os.path.realpath(path)
        if identity not in known:
            known[identity] = _reading(path, places, root)
        return known[identity]

    for path in paths:
        read, identity = reading(path), os.path.realpath(path)
        if read is None or identity in told:
            continue
        told.add(identity)
        files, link = {identity}, read
        for _ in range(MAX_TEMPLATES):
            files.update(link.named)
            following = reading(link.template) if link.template else None
            if link.template:
                files.add(os.path.realpath(link.template))
            if following is None:
                break
            link = following
        yield FoundSpec(path, read.name, read.is_template, frozenset(files))


def _reading(path: str, patterns: tuple[tuple[str, ...], ...], root: Root | None) -> _Read | None:
    try:
        raw = contents(path, root=root)
    except (InputError, OSError, ValueError):
        return None
    # A spec in another encoding is one too, and told so by whoever judges it.
    text = raw.decode("utf-8", "replace").removeprefix("\ufeff")
    if "spec_version" not in text and not _KIND.search(text):
        return None
    node = parsed(text, path).node
    if node is None:
        claims = [claim[1] for claim in _CLAIM.finditer(text)]
        return _Read(None, TEMPLATE_KIND in claims, None, ()) if claims else None
    kind, template, name = (_text(node, key) for key in ("kind", "template", "name"))
    top = node.value if isinstance(node.value, dict) else {}
    if "spec_version" not in top and kind not in KINDS:
        return None
    named = tuple(
        os.path.realpath(beside(value, path)) for pattern in patterns for value in _values(node, pattern)
    )
    return _Read(name, kind == TEMPLATE_KIND, template and beside(template, path), named)


def _text(node: YamlNode, key: str) -> str | None:
    entry = node.value.get(key) if isinstance(node.value, dict) else None
    return entry.node.value if entry and isinstance(entry.node.value, str) and entry.node.value else None


def _values(node: YamlNode, pattern: tuple[str, ...]) -> Iterator[str]:
    """The texts at a place."""
    value = node.value
    if not pattern:
        if isinstance(value, str) and value:
            yield value
    elif pattern[0] == "*" and isinstance(value, list):
        for item in value:
            yield from _values(item, pattern[1:])
    elif isinstance(value, dict) and pattern[0] in value:
        yield from _values(value[pattern[0]].node, pattern[1:])
