"""Mirrors of registries."""

from __future__ import annotations

from collections.abc import Iterator

from jeroboam.diagnostics import Diagnostic, diagnose
from jeroboam.spec.mirrors import fault
from jeroboam.spec.phrases import shown
from jeroboam.spec.types import ClusterSpec


def check(spec: ClusterSpec) -> Iterator[Diagnostic]:
    """URLs that one runtime refuses and the other only half reads."""
    for index, url in enumerate(spec.runtime.registry_mirrors):
        why = fault(url)
        if why:
            yield diagnose("JB0379", f"/runtime/registry_mirrors/{index}", value=shown(url), why=why)
