"""A diagnosis as plain data, for JSON: times in ISO 8601, stable names."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from typing import Any

from jeroboam.deploy.diagnosis.types import Diagnosis, Evidence


def data(diagnosis: Diagnosis) -> dict[str, Any]:
    """What `--format json` prints."""
    stack = diagnosis.stack
    return {
        "stack": {
            "name": stack.name,
            "id": stack.id,
            "status": f"{stack.action}_{stack.status}",
            "reason": stack.reason,
        },
        "asked": diagnosis.asked.isoformat(),
        "began": diagnosis.began.isoformat(),
        "verdict": str(diagnosis.verdict),
        "headline": diagnosis.headline,
        "findings": plain(diagnosis.findings),
        "failures": plain(diagnosis.failures),
        "nodes": plain(diagnosis.nodes),
        "timeline": plain(diagnosis.spans),
        "quotas": plain(diagnosis.quotas),
        "unasked": plain(diagnosis.unasked),
    }


def evidence_data(evidence: Evidence) -> dict[str, Any]:
    """All that was gathered but consoles, which are text, outputs, parameters and the topology."""
    facts: dict[str, Any] = plain(evidence)
    for apart in ("consoles", "topology"):
        facts.pop(apart)
    for private in ("outputs", "parameters"):
        facts["stack"].pop(private)
    return facts


def plain(value: Any) -> Any:
    """Facts as what JSON has."""
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, tuple | list):
        return [plain(part) for part in value]
    if isinstance(value, dict):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    return str(value) if isinstance(value, str) else value
