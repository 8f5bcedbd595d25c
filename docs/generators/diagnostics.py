"""The table of codes as a page of documentation."""

from __future__ import annotations

from jeroboam.diagnostics.codes import CODES

_STAGES = {
    "JB01": "Load: files and YAML",
    "JB02": "Validate: the shape of a spec",
    "JB03": "Judge: what a schema cannot say",
    "JB04": "Model: what the COE's driver finds",
    "JB05": "Lower: nodes and the Heat template",
    "JB06": "Check: limits of the services that take the result",
    "JB07": "Import: what a spec is made from",
    "JB08": "Lint: a template for Heat, whoever wrote it",
}
_COLUMNS = """\
| code | severity | what | message | what to do |
| --- | --- | --- | --- | --- |
"""
_HEAD = """\
# Diagnostics

Every finding has a stable code. Only an error stops the compiler; warnings and notes do not change
the exit code, unless `--error-on` of `validate`, `compile` and `deploy` makes them errors: codes,
`security` (those marked so, which say that a setting is dangerous) or `warnings` (all of them, as
`--strict` does). A warning or note that is meant is accepted in the spec, [with the
reason](writing-a-spec.md#findings-that-are-meant). `validate` prints file, line, column, the JSON
Pointer of the value, and what to do; `--format json`, `sarif`, `github` and `junit` carry the same.
Words in braces stand for values from the spec.

This page is generated from the compiler's own table.
"""


def markdown() -> str:
    """The page, one section a stage, in order of codes."""
    parts = [_HEAD]
    stage = ""
    for code, entry in sorted(CODES.items()):
        if code[:4] != stage:
            stage = code[:4]
            parts.append(f"\n## {_STAGES[stage]}\n\n{_COLUMNS}")
        severity = f"{entry.severity}, security" if entry.security else entry.severity
        cells = (code, severity, entry.title, entry.message, entry.hint)
        parts.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n")
    return "".join(parts)
