"""Findings that a spec accepts, with the reason: they are kept apart, and an acceptance is judged too."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet

from jeroboam.diagnostics import CODES, Diagnostic, Severity, diagnose
from jeroboam.source import Document
from jeroboam.source.pointers import child

PROPERTY = "accepted_findings"
# What has another form is no key at all, which the schema says.
_FORM = re.compile("JB[0-9]{4}")


def codes(document: Document) -> frozenset[str]:
    """The codes that a spec accepts; one that is null is withdrawn, such as a template's."""
    accepted = document.data.get(PROPERTY)
    given = accepted if isinstance(accepted, dict) else {}
    return frozenset(code for code, reason in given.items() if reason is not None)


def kept_apart(
    found: Iterable[Diagnostic], document: Document
) -> tuple[tuple[Diagnostic, ...], tuple[Diagnostic, ...]]:
    """The findings that are told, and those that the spec accepts; an error is told whatever it accepts."""
    accepted = codes(document)
    told: list[Diagnostic] = []
    silent: list[Diagnostic] = []
    for finding in found:
        silence = finding.code in accepted and finding.severity is not Severity.ERROR
        (silent if silence else told).append(finding)
    return tuple(told), tuple(silent)


def refused(document: Document) -> Iterator[Diagnostic]:
    """Acceptances of what no finding has as its code, and of errors."""
    for code in sorted(codes(document)):
        at = child(f"/{PROPERTY}", code)
        if not _FORM.fullmatch(code):
            continue
        if code not in CODES:
            yield diagnose("JB0217", at, at_key=True, name=code, near=_nearest(code))
        elif CODES[code].severity is Severity.ERROR:
            yield diagnose("JB0218", at, at_key=True, name=code, title=CODES[code].title)


def _nearest(code: str) -> str:
    """The code of the nearest number that can be accepted."""
    known = (known for known, entry in CODES.items() if entry.severity is not Severity.ERROR)
    return min(known, key=lambda known: abs(int(known[2:]) - int(code[2:])))


def unused(document: Document, applied: AbstractSet[str]) -> Iterator[Diagnostic]:
    """Acceptances that are not applied, of those that the spec itself writes: a template's are for many."""
    main = document.source_map[""].source
    for code in sorted(codes(document) - applied):
        at = child(f"/{PROPERTY}", code)
        place = document.source_map.get(at)
        if place is not None and place.source == main:
            yield diagnose("JB0219", at, at_key=True, name=code)
