"""Diagnostics as SARIF 2.1.0, the format of code-scanning services."""

from __future__ import annotations

from collections.abc import Iterable

from jeroboam.diagnostics.codes import CODES
from jeroboam.diagnostics.types import Diagnostic, Span
from jeroboam.escape import escaped

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
# RFC 3986: what may stand bare in a path.
_BARE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/")


def sarif(diagnostics: Iterable[Diagnostic], version: str) -> dict[str, object]:
    """One run of this tool in its `version`; rules are the codes that occur, in order."""
    found = list(diagnostics)
    codes = sorted({d.code for d in found})
    driver = {"name": "jeroboam", "version": version, "rules": [_rule(code) for code in codes]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(d, codes.index(d.code)) for d in found],
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(code: str) -> dict[str, object]:
    entry = CODES[code]
    return {
        "id": code,
        "shortDescription": {"text": entry.title},
        "defaultConfiguration": {"level": str(entry.severity)},
    }


def _result(d: Diagnostic, rule: int) -> dict[str, object]:
    message = d.message + (f"; {d.hint}" if d.hint else "")
    result: dict[str, object] = {
        "ruleId": d.code,
        "ruleIndex": rule,
        "level": str(d.severity),
        "message": {"text": escaped(message)},
        "properties": {"pointer": d.pointer},
    }
    if d.span:
        result["locations"] = [_location(d.span)]
    related = [{**_location(r.span), "message": {"text": escaped(r.message)}} for r in d.related if r.span]
    if related:
        result["relatedLocations"] = related
    return result


def _location(span: Span) -> dict[str, object]:
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": _uri(span.source)},
            "region": {
                "startLine": span.start.line,
                "startColumn": span.start.column,
                "endLine": span.end.line,
                "endColumn": span.end.column,
            },
        }
    }


def _uri(path: str) -> str:
    """A relative or file reference; urllib is slow to import for this alone."""
    quoted = "".join(chr(b) if b in _BARE else f"%{b:02X}" for b in path.encode("utf-8", "surrogateescape"))
    return f"file://{quoted}" if quoted.startswith("/") else quoted
