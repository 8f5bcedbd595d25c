"""Diagnostics as JUnit's XML, which GitLab, Jenkins and others show as the results of tests.

There is no one standard of it; what all read is used: suites with counts, cases, failures, and output.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from jeroboam.diagnostics.codes import Severity
from jeroboam.diagnostics.text import place
from jeroboam.diagnostics.types import Diagnostic
from jeroboam.escape import escaped

# What XML 1.0 allows nowhere (its section 2.2), of what is not escaped before.
_NO_XML = re.compile("[\ufffe\uffff]")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}


def junit(specs: Iterable[tuple[str, Sequence[Diagnostic]]]) -> str:
    """A suite for each spec, with its findings: a case each, failed where it is an error.

    A spec without errors has one case more, which passed, so that no suite is empty.
    """
    suites = [(name, list(_cases(name, found)), _failures(found)) for name, found in specs]
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', _open("testsuites", "jeroboam", suites)]
    for suite in suites:
        lines += [_open("testsuite", suite[0], [suite]), *suite[1], "</testsuite>"]
    return "\n".join([*lines, "</testsuites>", ""])


def _failures(found: Iterable[Diagnostic]) -> int:
    return sum(d.severity is Severity.ERROR for d in found)


def _open(tag: str, name: str, suites: Sequence[tuple[str, list[str], int]]) -> str:
    tests, failures = sum(len(cases) for _, cases, _ in suites), sum(failed for *_, failed in suites)
    counts = f'tests="{tests}" failures="{failures}" errors="0" skipped="0"'
    return f"<{tag} name={_attribute(name)} {counts}>"


def _cases(spec: str, found: Sequence[Diagnostic]) -> Iterator[str]:
    if not _failures(found):
        yield f"{_case(spec, 'has no errors', None)}</testcase>"
    for d in found:
        body = "\n".join(map(_text, _lines(d)))
        if d.severity is Severity.ERROR:
            body = f'<failure type="{d.code}" message={_attribute(d.message)}>{body}</failure>'
        else:
            body = f"<system-out>{body}</system-out>"
        yield f"{_case(spec, f'{d.code}: {d.message}', d)}{body}</testcase>"


def _case(spec: str, name: str, found: Diagnostic | None) -> str:
    span = found.span if found else None
    at = f' file={_attribute(span.source)} line="{span.start.line}"' if span else ""
    return f"<testcase classname={_attribute(spec)} name={_attribute(name)}{at}>"


def _lines(d: Diagnostic) -> Iterator[str]:
    at = f"{place(d.span)}: " if d.span else ""
    yield f"{at}{d.severity}[{d.code}]: {d.message}"
    if d.pointer:
        yield f"at {d.pointer}"
    if d.hint:
        yield f"help: {d.hint}"


def _attribute(text: str) -> str:
    return f'"{_text(text)}"'


def _text(text: str) -> str:
    shown = _NO_XML.sub(lambda found: f"\\u{ord(found[0]):04x}", escaped(text))
    return "".join(_ENTITIES.get(char, char) for char in shown)
