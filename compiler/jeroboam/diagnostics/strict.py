"""Findings that `--error-on` turns into errors."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from jeroboam.diagnostics.codes import CODES, Severity
from jeroboam.diagnostics.types import Diagnostic

WARNINGS, SECURITY = "warnings", "security"
GROUPS = (WARNINGS, SECURITY)
"""Names for many: every warning, and the codes that say that a setting is dangerous."""


_CODE = re.compile(r"(?i:JB)?(\d{1,5})")


class UnknownCodeError(ValueError):
    """A name that is neither a code nor a group; `nearest` may be the one that was meant."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name
        self.nearest = _nearest(name)


def _nearest(name: str) -> str | None:
    """The group of a like name, or the code of the nearest number."""
    from difflib import get_close_matches

    if number := _CODE.fullmatch(name):
        return min(CODES, key=lambda code: abs(int(code[2:]) - int(number[1])))
    return next(iter(get_close_matches(name.lower(), GROUPS, n=1)), None)


@dataclass(frozen=True, slots=True)
class Strictness:
    """The codes that are errors, and whether all warnings are."""

    codes: frozenset[str] = frozenset()
    warnings: bool = False

    def judged(self, diagnostics: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
        """The findings in their order, with what is an error now."""
        for found in diagnostics:
            strict = found.code in self.codes or (self.warnings and found.severity is Severity.WARNING)
            yield replace(found, severity=Severity.ERROR) if strict else found


def strictness(names: Iterable[str]) -> Strictness:
    """What names stand for, each some codes or groups with commas between. Raises UnknownCodeError."""
    wanted = {word.strip() for name in names for word in name.split(",") if word.strip()}
    codes: set[str] = set()
    for word in sorted(wanted):
        if word.lower() == SECURITY:
            codes |= {code for code, entry in CODES.items() if entry.security}
        elif word.upper() in CODES:
            codes.add(word.upper())
        elif word.lower() != WARNINGS:
            raise UnknownCodeError(word)
    return Strictness(frozenset(codes), any(word.lower() == WARNINGS for word in wanted))
