"""How upstream's tests went: read from what ginkgo wrote, and told as a page of docs/."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple
from xml.etree import ElementTree

CONFORMANCE = "[Conformance]"
_KIND = "[It] "
"""What ginkgo puts before the name of a test, and before no other of its steps."""
_UNCHOSEN = "skipped"
"""What ginkgo says of a test that focus and skip left out; of one that leaves itself out it says more."""


_FIRST = """\
Written by `make test-conformance`; do not edit. What it runs, and how, is in
[testing.md](testing.md#upstreams-conformance-tests)."""


class Results(NamedTuple):
    """Names of tests, with what went wrong or why they left themselves out."""

    passed: frozenset[str]
    failed: Mapping[str, str]
    skipped: Mapping[str, str]
    unchosen: frozenset[str]
    """By focus and skip."""
    again: Mapping[str, str] = MappingProxyType({})
    """Of the passed ones, those that did so only when they ran again, with what had gone wrong."""

    def after(self, second: Results) -> Results:
        """With what a second run said of some that had failed."""
        again = {name: why for name, why in self.failed.items() if name in second.passed}
        failed = {name: why for name, why in self.failed.items() if name not in again}
        return self._replace(passed=self.passed | again.keys(), failed=failed, again=again)


def read(paths: Iterable[Path]) -> Results:
    """Of several parts, each test chosen by one; what failed in one has failed. Conformance tests alone."""
    passed: set[str] = set()
    failed: dict[str, str] = {}
    skipped: dict[str, str] = {}
    names: set[str] = set()
    for path in paths:
        for case in ElementTree.parse(path).iter("testcase"):
            name = case.get("name", "").removeprefix(_KIND)
            if CONFORMANCE not in name or not case.get("name", "").startswith(_KIND):
                continue
            names.add(name)
            said = case.find("skipped")
            if said is not None:
                if said.get("message") != _UNCHOSEN:
                    skipped[name] = said.get("message", "").removeprefix("skipped - ")
            elif case.get("status") == "passed":
                passed.add(name)
            else:
                failed[name] = _what_failed(case)
    passed -= failed.keys()
    return Results(
        frozenset(passed), failed, skipped, frozenset(names - passed - failed.keys() - skipped.keys())
    )


def _what_failed(case: ElementTree.Element) -> str:
    texts = [it.text or "" for it in case if it.tag in ("failure", "error")]
    return "\n".join(texts).strip() or f"status {case.get('status')}"


def page(results: Results, left_out: Mapping[str, str], facts: Sequence[str]) -> str:
    """The page: `facts` are its first lines, `left_out` has the reason for each test that we never choose."""
    counted = {
        "passed": results.passed,
        "of these only when run again, alone": results.again,
        "failed": results.failed,
        "left themselves out": results.skipped,
        "left out": left_out,
    }
    rows = "\n".join(f"| {what} | {len(of)} |" for what, of in counted.items())
    parts = [
        "# Conformance",
        _FIRST,
        "\n".join(f"- {fact}" for fact in facts),
        f"| | tests |\n| --- | --- |\n{rows}",
    ]
    told = (
        ("Failed", {name: _first(text) for name, text in results.failed.items()}),
        ("Passed only when run again, alone", {name: _first(text) for name, text in results.again.items()}),
        ("Left themselves out", results.skipped),
        ("Left out", left_out),
    )
    for title, of in told:
        if of:
            rows = "\n".join(f"| {_cell(name)} | {_cell(of[name])} |" for name in sorted(of))
            parts.append(f"## {title}\n\n| test | why |\n| --- | --- |\n{rows}")
    parts.append("## Passed")
    for group, names in groupby(sorted(results.passed), _group):
        parts.append(f"### {group}\n\n" + "\n".join(f"- {_short(name)}" for name in names))
    return "\n\n".join(parts) + "\n"


def _first(text: str) -> str:
    return text.splitlines()[0]


def _group(name: str) -> str:
    found = re.match(r"\[(sig-[a-z-]+)\]", name)
    return found[1] if found else "others"


def _short(name: str) -> str:
    """Without what all names of the group have."""
    return " ".join(re.sub(r"\[sig-[a-z-]+\]|\[Conformance\]", "", name).split())


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
