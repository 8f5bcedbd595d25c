"""Registries and their mirrors."""

from __future__ import annotations

from collections.abc import Iterator

from jeroboam.diagnostics import Diagnostic, Pointer, Related, diagnose
from jeroboam.spec.mirrors import HUB, fault, mirrors
from jeroboam.spec.phrases import shown
from jeroboam.spec.types import ClusterSpec, RuntimeSpec


def check(spec: ClusterSpec) -> Iterator[Diagnostic]:
    """URLs that one runtime refuses and the other only half reads; what is said of a registry twice."""
    for one in mirrors(spec.runtime):
        why = fault(one.url)
        if why:
            yield diagnose("JB0379", one.pointer, value=shown(one.url), why=why)
    first: dict[str, Pointer] = {}
    for host, at in _said(spec.runtime):
        if host in first:
            related = (Related(first[host], "first here"),)
            yield diagnose("JB0389", at, related=related, registry=shown(host))
        first.setdefault(host, at)


def _said(runtime: RuntimeSpec) -> Iterator[tuple[str, Pointer]]:
    if runtime.registry_mirrors:
        yield HUB, "/runtime/registry_mirrors"
    for index, name in enumerate(runtime.insecure_registries):
        yield name.lower(), f"/runtime/insecure_registries/{index}"
    for index, registry in enumerate(runtime.registries):
        yield registry.host, f"/runtime/registries/{index}"
