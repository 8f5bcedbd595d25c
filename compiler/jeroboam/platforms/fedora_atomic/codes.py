"""Diagnostic codes of the platform `fedora-atomic`: JB0502."""

from __future__ import annotations

from jeroboam.diagnostics.entry import Code, Severity

N = Severity.NOTE

CODES: dict[str, Code] = {
    "JB0502": Code(
        N,
        "unmaintained distro",
        "'{distro}' had its last release in November 2019; its kernel and packages get no more fixes",
        "use fedora-coreos, its successor",
    ),
}
