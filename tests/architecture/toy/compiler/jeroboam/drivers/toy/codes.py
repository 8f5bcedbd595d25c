"""Codes JB0494 to JB0496: what the toy has to say."""

from __future__ import annotations

from jeroboam.diagnostics.entry import Code, Severity

CODES: dict[str, Code] = {
    "JB0494": Code(
        Severity.ERROR,
        "version that the toy does not run on",
        "there is no Docker {version} that the toy runs on",
        "leave 'coe_version' out, or name a version of Docker that the catalogue has",
    ),
    "JB0495": Code(Severity.NOTE, "a toy", "{coe} is a toy", "do not build on it"),
    "JB0496": Code(
        Severity.ERROR,
        "storage driver that the toy's Docker lacks",
        "the toy's Docker has no storage driver '{driver}'",
        "use one of: {supported}",
    ),
}
