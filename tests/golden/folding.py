"""Golden files without what another file says: each byte of a bundle is recorded once.

`fold` puts a reference in the place of a text that is elsewhere, `expand` puts the text back:

    <user-data/master.yaml>    in a template: that file, as far as what Heat fills
    <prod.hot.yaml>            in place of user data: what that template has of it
    <common/lib/node.sh>       in user data: that file below fragments/
    <gzip /etc/crictl.yaml>    in user data: that file of the role, compressed
    <file /etc/crictl.yaml>    in Ignition's: that file of the role, compressed where that is shorter
    <archive …>                in user data: these files of the role, with their modes, packed
    <… sha256:…>               where a template is whole: the same, and the digest of what stands there
    <digest of user-data/master.yaml>    in a template: which configuration nodes say that they are made from

A role's `.list` names each of its files with the fragment that it is, or `-`: those are recorded beside it.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import unquote

import yaml

from jeroboam.model.types import FileEntry
from jeroboam.resources import fragment, script
from jeroboam.userdata.archive import archive, gzipped
from jeroboam.userdata.ignition import contents
from tests.support.cases import ROOT
from tests.support.node_files import unpacked

Files = Mapping[str, str]
"""Texts by path."""
LIST = ".files.list"
"""After a role's name: what its files are."""
_FRAGMENTS = ROOT / "fragments"
_HEAT = ("- path: /etc/jeroboam/heat.env\n", "data:,JEROBOAM_")
"""What Heat fills begins with one of these."""
_DATA = "data:;base64,"
_TEXT = "data:,"
_USER_DATA = re.compile(r"user-data/[^/]+\.(?:yaml|ign)")
_CONFIG = re.compile(r"(?ms)^  (\S+)-config:\n.*?'@@JEROBOAM_CONFIG@@': '?([0-9a-f]{12})\b")
_BLOCK = re.compile(r" *\S.*(?P<bar>\|-?)\n")
_ENTRY = re.compile(r'(?P<before> *(?:"(?:contents|source)"|content): )(?P<value>\S.*?)(?P<after>,?\n)')
_IGNITIONS = re.compile(r'(?: *"compression": "gzip",\n)?( *)"source": <(?:gzip|text) (\S+)>\n')
_SHORTER = re.compile(r' *"source": <file (\S+)>\n')
_REFERENCE = re.compile(r" *<([^<>\n]+)>\n?")


class _Role(NamedTuple):
    """A role's user data: its path in the bundle, its text, and the files that are packed in it."""

    path: str
    text: str
    inside: Files


def digests(files: Files) -> Files:
    """What tells the configurations of a bundle's roles apart, by the path of their user data."""
    found = {
        role: digest
        for path, text in files.items()
        if _is_template(path)
        for role, digest in _CONFIG.findall(text)
    }
    return {role.path: found[_name(role)] for role in _roles(files) if _name(role) in found}


def fold(files: Files, *, whole: bool = False) -> dict[str, str]:
    """A bundle as recorded; a `whole` one keeps its template, all but what is packed, and refers to it."""
    roles = list(_roles(files))
    folded = {path: text for path, text in files.items() if not path.startswith("user-data/")}
    template = next(path for path in files if path.endswith(".hot.yaml"))
    shown = {_fixed(r.text): _unpacked(_fixed(r.text), r.inside) if whole else f"<{r.path}>" for r in roles}
    for path in filter(_is_template, folded):
        folded[path] = _with_blocks(folded[path], shown)
        for of_role, digest in digests(files).items():
            folded[path] = folded[path].replace(digest, f"<digest of {of_role}>")
    for role in roles:
        folded[role.path] = f"<{template}>\n" if whole else _fold_user_data(role)
        folded |= _fold_inside(role)
    return dict(sorted(folded.items()))


def expand(recorded: Files, digest_of: Files) -> dict[str, str]:
    """The bundle that was folded to this; `digest_of` are its `digests`."""
    files = {path: text for path, text in recorded.items() if not path.startswith("user-data/")}
    whole = {}
    for path in filter(_USER_DATA.fullmatch, recorded):
        name = path.rpartition(".")[0]
        inside = dict(_expand_inside(recorded, name))
        files |= {f"{name}.files{file}": text for file, text in inside.items()}
        reference = _REFERENCE.fullmatch(recorded[path])
        if reference:
            shown = _from_template(recorded[reference[1]], name.partition("/")[2])
            files[path] = "".join(_expand_entries(shown.splitlines(keepends=True), inside))
            whole[_fixed(shown)] = _fixed(files[path])
        else:
            files[path] = "".join(_expand_entries(_expand_blocks(recorded[path], _fragments()), inside))
    prefixes = {role.path: _fixed(role.text) for role in _roles(files)}
    for path in filter(_is_template, files):
        for role, digest in digest_of.items():
            files[path] = files[path].replace(f"<digest of {role}>", digest)
        files[path] = _with_blocks("".join(_expand_blocks(files[path], prefixes)), whole)
    return dict(sorted(files.items()))


def _roles(files: Files) -> Iterator[_Role]:
    for path in filter(_USER_DATA.fullmatch, files):
        name = path.rpartition(".")[0]
        folder = f"{name}.files"
        inside = {p.removeprefix(folder): t for p, t in files.items() if p.startswith(f"{folder}/")}
        yield _Role(path, files[path], inside)


def _fixed(text: str) -> str:
    """User data as far as what Heat fills."""
    return text[: max(text.rfind(beginning) for beginning in _HEAT)]


def _is_template(path: str) -> bool:
    return path.endswith(".hot.yaml") or path.startswith("nested/")


def _name(role: _Role) -> str:
    return role.path.removeprefix("user-data/").rpartition(".")[0]


def _from_template(text: str, role: str) -> str:
    fixed, filled = yaml.safe_load(text)["resources"][f"{role}-config"]["properties"]["config"]["list_join"][
        1
    ]
    return str(fixed) + str(filled["str_replace"]["template"])


@cache
def _fragments() -> Files:
    paths = (path for path in _FRAGMENTS.rglob("*") if path.is_file() and path.suffix != ".j2")
    names = (path.relative_to(_FRAGMENTS).as_posix() for path in sorted(paths))
    return MappingProxyType(
        {name: script(name) if name.endswith(".sh") else fragment(name) for name in names}
    )


@cache
def _fragments_by_text() -> Files:
    return MappingProxyType({text: path for path, text in _fragments().items()})


# --- files of a role -----------------------------------------------------------------------------


def _fold_inside(role: _Role) -> Iterator[tuple[str, str]]:
    if not role.inside:
        return
    name, known = role.path.rpartition(".")[0], _fragments_by_text()
    lines = (f"{file} {known.get(text, '-')}\n" for file, text in sorted(role.inside.items()))
    yield f"{name}{LIST}", "".join(lines)
    yield from ((f"{name}.files{file}", text) for file, text in role.inside.items() if text not in known)


def _expand_inside(recorded: Files, name: str) -> Iterator[tuple[str, str]]:
    for line in recorded.get(f"{name}{LIST}", "").splitlines():
        file, fragment = line.split()
        yield file, recorded[f"{name}.files{file}"] if fragment == "-" else _fragments()[fragment]


# --- blocks of YAML ------------------------------------------------------------------------------


def _with_blocks(text: str, known: Mapping[str, str]) -> str:
    """The text; a block that is one of the `known` texts becomes what that stands for here."""
    return "".join(_lines_with_blocks(text, known))


def _lines_with_blocks(text: str, known: Mapping[str, str]) -> Iterator[str]:
    lines = text.splitlines(keepends=True)
    at = 0
    while at < len(lines):
        yield lines[at]
        opened, at = _BLOCK.fullmatch(lines[at]), at + 1
        if opened:
            indent = _indent(lines[at]) if at < len(lines) else ""
            end = next((n for n in range(at, len(lines)) if not _belongs(lines[n], indent)), len(lines))
            body = "".join(line.removeprefix(indent) for line in lines[at:end])
            other = known.get(body if opened["bar"] == "|" else body.removesuffix("\n"))
            if other and indent:
                yield from _indented(other, indent)
                at = end


def _expand_blocks(text: str, known: Mapping[str, str]) -> Iterator[str]:
    for line in text.splitlines(keepends=True):
        found = _REFERENCE.fullmatch(line)
        if found and found[1] in known:
            yield from _indented(known[found[1]], _indent(line))
        else:
            yield line


def _indented(body: str, indent: str) -> Iterator[str]:
    lines = (body if body.endswith("\n") else f"{body}\n").splitlines(keepends=True)
    return (f"{indent}{line}" if line != "\n" else line for line in lines)


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" "))]


def _belongs(line: str, indent: str) -> bool:
    return line.startswith(indent) or line == "\n"


# --- entries of user data ------------------------------------------------------------------------


def _fold_user_data(role: _Role) -> str:
    references = {text: f"<{path}>" for text, path in _fragments_by_text().items()}
    lines = _lines_with_blocks(role.text, references)
    folded = "".join(_fold_entry(line, role.inside) for line in lines)
    # Which form is shorter turns with any comment.
    return _IGNITIONS.sub(r'\1"source": <file \2>\n', folded)


def _unpacked(text: str, inside: Files) -> str:
    """User data with what is packed told by its files and its digest, all else as it is."""
    return "".join(_fold_packed(line, inside) for line in text.splitlines(keepends=True))


def _fold_packed(line: str, inside: Files) -> str:
    entry = _ENTRY.fullmatch(line)
    reference = entry and _referred(entry["value"], inside)
    if not entry or not reference or not reference.startswith(("gzip ", "archive\n")):
        return line
    kind, rest = re.split(r"(?=\s)", reference, maxsplit=1)
    digest = hashlib.sha256(entry["value"].strip('"').encode()).hexdigest()
    return f"{entry['before']}<{kind} sha256:{digest}{rest}>{entry['after']}"


def _fold_entry(line: str, inside: Files) -> str:
    entry = _ENTRY.fullmatch(line)
    reference = entry and _referred(entry["value"], inside)
    return f"{entry['before']}<{reference}>{entry['after']}" if entry and reference else line


def _referred(value: str, inside: Files) -> str | None:
    """The reference that stands for the value of an entry, None where it is to stay."""
    text = json.loads(value) if value.startswith('"') else value
    if text in _fragments_by_text():
        return _fragments_by_text()[text]
    if text.startswith(_TEXT):
        plain = unquote(text.removeprefix(_TEXT))
        return next((f"text {file}" for file, content in inside.items() if content == plain), None)
    packed = text.removeprefix(_DATA)
    if not packed.startswith("H4sI"):
        return None
    content = gzip.decompress(base64.b64decode(packed))
    if content.decode(errors="replace") in inside.values():
        return "gzip " + next(file for file, text in inside.items() if text.encode() == content)
    if not content.startswith(b"#!/bin/bash\n"):
        return None
    # By name: the archive's own order follows from the sizes, which any comment changes.
    members = sorted(unpacked(base64.b64decode(packed)))
    return "\n".join(("archive", *(f"  {member.mode:04o} {member.path}" for member in members)))


def _expand_entries(lines: Iterable[str], inside: Files) -> Iterator[str]:
    held = ""
    for line in lines:
        if ignitions := _SHORTER.fullmatch(line):
            form = contents(inside[ignitions[1]]).items()
            yield (
                ",\n".join(f"{_indent(line)}{json.dumps(name)}: {json.dumps(it)}" for name, it in form) + "\n"
            )
            continue
        held += line
        if re.search(r"<archive( sha256:\w+)?\n$", held) or (held != line and not re.search(r">,?\n$", line)):
            continue
        entry = re.fullmatch(r"(?s)(?P<before> *\S+: )<(?P<reference>[^<>]+)>(?P<after>,?\n)", held)
        yield f"{entry['before']}{_value(entry, inside)}{entry['after']}" if entry else held
        held = ""


def _value(entry: re.Match[str], inside: Files) -> str:
    kind, *words = (word for word in entry["reference"].split() if not word.startswith("sha256:"))
    if kind in _fragments():
        return json.dumps(_fragments()[kind])
    if kind == "gzip":
        packed = base64.b64encode(gzipped(inside[words[0]].encode())).decode("ascii")
    else:
        modes = zip(words[1::2], words[::2], strict=True)
        packed = archive(FileEntry(path, inside[path], int(mode, 8)) for path, mode in modes)
    return f'"{_DATA}{packed}"' if '"' in entry["before"] else packed
