"""A code of the table as text: what the finding says, and what to do about it."""

from __future__ import annotations

from textwrap import fill

from jeroboam.diagnostics.codes import CODES

_WIDTH = 100


def explain(code: str) -> str | None:
    """What a code stands for, in any case of letters; None when there is no such code."""
    name = code.strip().upper()
    entry = CODES.get(name)
    if entry is None:
        return None
    facts = {"severity": entry.severity.value, "message": entry.message, "do": entry.hint or ""}
    rows = [
        fill(f"{label:<10}{text}", _WIDTH, initial_indent="  ", subsequent_indent=" " * 12)
        for label, text in facts.items()
        if text
    ]
    notes = (
        ["", "  Words in braces stand for values from the spec."] if "{" in "".join(facts.values()) else []
    )
    return "\n".join([f"{name}: {entry.title}", "", *rows, *notes]) + "\n"
