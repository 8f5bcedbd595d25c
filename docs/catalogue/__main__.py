"""`python -m docs.catalogue [--check] [NAME=VERSION ...]`: versions, digests and dates from their sources.

Reads the digests of all downloads that the compiler pins, and of the versions that are named, from two
sources each (docs/catalogue/entries.py says which), and the last days of support from two more. Where one
has none, or the two differ, it says so and writes nothing. Otherwise it writes the files, in their one form,
and prints what changed. With --check it writes nothing.

Only what is named is asked about, where something is. `support` names the last days of support.

A digest that is known is never replaced by another: upstream does not change a release, so that one who
finds it changed has to look.

Exit status: 0, or 1 where something could not be vouched for; with --check 4 where something would change.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Sequence
from copy import deepcopy
from difflib import unified_diff
from pathlib import Path

from docs.catalogue.entries import (
    ARCHES,
    ENGINE,
    KUBERNETES,
    NAMES,
    PROGRAMS,
    Entry,
    Files,
    entries,
    moved,
)
from docs.catalogue.text import text
from docs.catalogue.upstream import SourceError, Upstream

ROOT = Path(__file__).resolve().parents[2]
SUPPORT = "support"
_ENDS = {
    "schedule": "data/releases of kubernetes/website, which kubernetes.io shows as its schedule",
    "endoflife": "endoflife.date/api/v1/products/kubernetes",
}


def main(words: Sequence[str], root: Path = ROOT) -> int:
    """The exit status."""
    asked = [word for word in words if word != "--check"]
    wanted, faults = _parsed(asked)
    before = {path: (root / path).read_text(encoding="utf-8") for path in (KUBERNETES, ENGINE)}
    files: Files = {path: json.loads(of) for path, of in before.items()}
    faults += filter(None, (moved(files, name, version) for name, version in wanted if version))
    if not faults:
        upstream = Upstream()
        if wanted or not asked:
            faults += _digests(files, wanted, upstream)
        if SUPPORT in asked or not asked:
            faults += _support(files, upstream)
    for fault in faults:
        sys.stderr.write(f"{fault}\n")
    if faults:
        sys.stderr.write("nothing is written\n")
        return 1
    after = {path: text(of) for path, of in files.items()}
    for path, now in after.items():
        old, new = (it.splitlines(keepends=True) for it in (before[path], now))
        sys.stdout.writelines(unified_diff(old, new, path, path))
    if after == before:
        sys.stderr.write("all is as the sources say\n")
    elif "--check" in words:
        return 4
    else:
        for path, now in after.items():
            (root / path).write_text(now, encoding="utf-8")
    return 0


def _parsed(words: Iterable[str]) -> tuple[list[tuple[str, str]], list[str]]:
    """Names with versions, empty where it is the one that is there, and what is neither."""
    wanted: list[tuple[str, str]] = []
    faults: list[str] = []
    for word in words:
        name, _, version = word.partition("=")
        if word == SUPPORT:
            continue
        if name not in NAMES:
            faults.append(f"there is no {name!r}: {', '.join((*NAMES, SUPPORT))}")
        elif version and not re.fullmatch(r"\d+\.\d+\.\d+", version, re.A):
            faults.append(f"{word}: a version has three numbers, such as 1.2.3")
        else:
            wanted.append((name, version))
    return wanted, faults


def _digests(files: Files, wanted: Sequence[tuple[str, str]], upstream: Upstream) -> list[str]:
    """Fills in the digests that were asked for; why some are not vouched for."""
    faults: list[str] = []
    named = set(wanted)
    for entry in entries(files, upstream):
        name = "kubernetes" if entry.name in PROGRAMS else entry.name
        if not named or {(name, entry.version), (name, "")} & named:
            faults += _filled(files, entry)
    for path in (KUBERNETES, ENGINE):
        _keep_used_sources(files[path])
    return faults


def _filled(files: Files, entry: Entry) -> list[str]:
    row = files[entry.file]
    for key in entry.row:
        row = row[key]
    known, faults = deepcopy(row), []
    for arch in ARCHES:
        what = f"{entry.name} {entry.version} {arch}"
        found: dict[str, str] = {}
        for source in entry.sources:
            try:
                found[source.name] = source.digest(arch)
            except SourceError as error:
                faults.append(f"{what}: {source.name}: {error}")
        digests = set(found.values())
        if len(digests) > 1:
            told = ", ".join(f"{name} says {digest}" for name, digest in found.items())
            faults.append(f"{what}: the sources differ: {told}")
        elif known.get(arch) and digests and digests != {known[arch]}:
            faults.append(f"{what}: was {known[arch]} and is {digests.pop()} now: look why")
        elif len(found) == len(entry.sources):
            row[arch] = digests.pop()
    if not faults:
        row["digest_source"] = sorted(source.name for source in entry.sources)
        files[entry.file]["digest_sources"] |= {source.name: source.words for source in entry.sources}
    return faults


def _keep_used_sources(data: Files) -> None:
    used: set[str] = set()
    waiting = [data]
    while waiting:
        for key, value in waiting.pop().items():
            if key == "digest_source":
                used |= set(value)
            elif isinstance(value, dict):
                waiting.append(value)
    sources = data["digest_sources"]
    data["digest_sources"] = {name: sources[name] for name in sorted(sources) if name in used}


def _support(files: Files, upstream: Upstream) -> list[str]:
    """Fills in the last days of support; why some are not vouched for."""
    faults: list[str] = []
    data = files[KUBERNETES]
    for minor, of in data["minors"].items():
        try:
            first, second = upstream.scheduled_end(minor), upstream.end_of_life(minor)
        except SourceError as error:
            faults.append(f"support of {minor}: {error}")
            continue
        if first != second:
            faults.append(f"support of {minor}: Kubernetes says {first}, endoflife.date {second}")
        of["support_ends"] = first
    if not faults:
        data["support_sources"] = dict(_ENDS)
    return faults


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
