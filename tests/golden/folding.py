"""Golden files without what another file says: each byte of a bundle is recorded once.

`fold` puts a reference in the place of a text that is elsewhere, `expand` puts the text back:

    <user-data/master.yaml>    in a template: that file, as far as what Heat fills
    <prod.hot.yaml>            in place of user data: what that template has of it
    <common/lib.sh>            in user data: that file below fragments/
    <gzip /etc/crictl.yaml>    in user data: that file of the role, compressed
    <archive …>                in user data: these files of the role, with their modes, packed

A role's `.list` names each of its files with the fragment that it is, or `-`: those are recorded beside it.
"""

from __future__ import annotations

import base64
import gzip
import io
import json
import re
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

import yaml

from jeroboam.model.types import FileEntry
from jeroboam.userdata.archive import archive, gzipped
from tests.support.cases import ROOT

Files = Mapping[str, str]
"""Texts by path."""
LIST = ".files.list"
"""After a role's name: what its files are."""
_FRAGMENTS = ROOT / "fragments"
_HEAT = ("- path: /etc/jeroboam/heat.env\n", "data:,JEROBOAM_")
"""What Heat fills begins with one of these."""
_DATA = "data:;base64,"
_USER_DATA = re.compile(r"user-data/[^/]+\.(?:yaml|ign)")
_BLOCK = re.compile(r" *\S.*(?P<bar>\|-?)\n")
_ENTRY = re.compile(r'(?P<before> *(?:"(?:contents|source)"|content): )(?P<value>\S.*?)(?P<after>,?\n)')
_REFERENCE = re.compile(r" *<([^<>\n]+)>\n?")


class _Role(NamedTuple):
    """A role's user data: its path in the bundle, its text, and the files that are packed in it."""

    path: str
    text: str
    inside: Files


def fold(files: Files, *, whole: bool = False) -> dict[str, str]:
    """A bundle as it is recorded; a `whole` one keeps its template as it is, and refers to that."""
    roles = list(_roles(files))
    folded = {path: text for path, text in files.items() if not path.startswith("user-data/")}
    template = next(path for path in files if path.endswith(".hot.yaml"))
    if not whole:
        prefixes = {_fixed(role.text): role.path for role in roles}
        for path in (path for path in folded if path == template or path.startswith("nested/")):
            folded[path] = "".join(_fold_blocks(folded[path], prefixes))
    for role in roles:
        folded[role.path] = f"<{template}>\n" if whole else _fold_user_data(role)
        folded |= _fold_inside(role)
    return dict(sorted(folded.items()))


def expand(recorded: Files) -> dict[str, str]:
    """The bundle that was folded to this."""
    files = {path: text for path, text in recorded.items() if not path.startswith("user-data/")}
    for path in filter(_USER_DATA.fullmatch, recorded):
        name = path.rpartition(".")[0]
        inside = dict(_expand_inside(recorded, name))
        files |= {f"{name}.files{file}": text for file, text in inside.items()}
        reference = _REFERENCE.fullmatch(recorded[path])
        if reference:
            files[path] = _from_template(recorded[reference[1]], name.partition("/")[2])
        else:
            files[path] = "".join(_expand_entries(_expand_blocks(recorded[path], _fragments()), inside))
    prefixes = {role.path: _fixed(role.text) for role in _roles(files)}
    for path in (path for path in files if path.endswith(".hot.yaml") or path.startswith("nested/")):
        files[path] = "".join(_expand_blocks(files[path], prefixes))
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


def _from_template(text: str, role: str) -> str:
    fixed, filled = yaml.safe_load(text)["resources"][f"{role}-config"]["properties"]["config"]["list_join"][
        1
    ]
    return str(fixed) + str(filled["str_replace"]["template"])


@cache
def _fragments() -> Files:
    paths = (path for path in _FRAGMENTS.rglob("*") if path.is_file() and path.suffix != ".j2")
    return MappingProxyType(
        {p.relative_to(_FRAGMENTS).as_posix(): p.read_text("utf-8") for p in sorted(paths)}
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


def _fold_blocks(text: str, known: Mapping[str, str]) -> Iterator[str]:
    """Lines; a block that is one of the `known` texts becomes the reference to it."""
    lines = text.splitlines(keepends=True)
    at = 0
    while at < len(lines):
        yield lines[at]
        opened, at = _BLOCK.fullmatch(lines[at]), at + 1
        if opened:
            indent = _indent(lines[at]) if at < len(lines) else ""
            end = next((n for n in range(at, len(lines)) if not _belongs(lines[n], indent)), len(lines))
            body = "".join(line.removeprefix(indent) for line in lines[at:end])
            reference = known.get(body if opened["bar"] == "|" else body.removesuffix("\n"))
            if reference and indent:
                yield f"{indent}<{reference}>\n"
                at = end


def _expand_blocks(text: str, known: Mapping[str, str]) -> Iterator[str]:
    for line in text.splitlines(keepends=True):
        found = _REFERENCE.fullmatch(line)
        if found and found[1] in known:
            indent, body = _indent(line), known[found[1]]
            lines = (body if body.endswith("\n") else f"{body}\n").splitlines(keepends=True)
            yield from (f"{indent}{one}" if one != "\n" else one for one in lines)
        else:
            yield line


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" "))]


def _belongs(line: str, indent: str) -> bool:
    return line.startswith(indent) or line == "\n"


# --- entries of user data ------------------------------------------------------------------------


def _fold_user_data(role: _Role) -> str:
    lines = _fold_blocks(role.text, _fragments_by_text())
    return "".join(_fold_entry(line, role.inside) for line in lines)


def _fold_entry(line: str, inside: Files) -> str:
    entry = _ENTRY.fullmatch(line)
    reference = entry and _referred(entry["value"], inside)
    return f"{entry['before']}<{reference}>{entry['after']}" if entry and reference else line


def _referred(value: str, inside: Files) -> str | None:
    """The reference that stands for the value of an entry, None where it is to stay."""
    text = json.loads(value) if value.startswith('"') else value
    if text in _fragments_by_text():
        return _fragments_by_text()[text]
    packed = text.removeprefix(_DATA)
    if not packed.startswith("H4sI"):
        return None
    content = gzip.decompress(base64.b64decode(packed))
    if content.decode(errors="replace") in inside.values():
        return "gzip " + next(file for file, text in inside.items() if text.encode() == content)
    try:
        with tarfile.open(fileobj=io.BytesIO(content)) as tar:
            return "\n".join(("archive", *(f"  {member.mode:04o} /{member.name}" for member in tar)))
    except tarfile.ReadError:
        return None


def _expand_entries(lines: Iterable[str], inside: Files) -> Iterator[str]:
    held = ""
    for line in lines:
        held += line
        if held.endswith("<archive\n") or (held != line and not re.search(r">,?\n$", line)):
            continue
        entry = re.fullmatch(r"(?s)(?P<before> *\S+: )<(?P<reference>[^<>]+)>(?P<after>,?\n)", held)
        yield f"{entry['before']}{_value(entry, inside)}{entry['after']}" if entry else held
        held = ""


def _value(entry: re.Match[str], inside: Files) -> str:
    kind, *words = entry["reference"].split()
    if kind in _fragments():
        return json.dumps(_fragments()[kind])
    if kind == "gzip":
        packed = base64.b64encode(gzipped(inside[words[0]].encode())).decode("ascii")
    else:
        modes = zip(words[1::2], words[::2], strict=True)
        packed = archive(FileEntry(path, inside[path], int(mode, 8)) for path, mode in modes)
    return f'"{_DATA}{packed}"' if '"' in entry["before"] else packed
