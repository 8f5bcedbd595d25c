"""Names that the programs of a minor version do not take: JB0472 to JB0474."""

from __future__ import annotations

from collections.abc import Iterator

from jeroboam.diagnostics import Diagnostic, Pointer, diagnose
from jeroboam.drivers.kubernetes import programs
from jeroboam.drivers.kubernetes.arguments import FALSE, arguments, items
from jeroboam.drivers.kubernetes.options import KubernetesOptions
from jeroboam.drivers.kubernetes.owned_arguments import owner
from jeroboam.parts.problems import meant
from jeroboam.source.pointers import child
from jeroboam.spec.phrases import shown


def name_problems(options: KubernetesOptions, minor: str) -> Iterator[Diagnostic]:
    """Names that the programs of a minor version do not know: JB0472 to JB0474."""
    for it in arguments(options):
        if owner(it, options) is None:
            what = f"argument {shown(it.name)!r} of {it.program}"
            yield from _unknown(what, it.name, it.at, programs.flags(it.program, minor), minor)
        if it.name == "feature-gates":
            for item in items(it.value):
                name, _, value = item.partition("=")
                yield from _gate(name.strip(), value.strip().lower() not in FALSE, it.at, minor)
        elif it.name in ("enable-admission-plugins", "disable-admission-plugins"):
            for name in items(it.value):
                yield from _plugin(name, it.at, minor)
    for name, on in options.feature_gates.items():
        yield from _gate(name, on, child("/kubernetes/feature_gates", name), minor, at_key=True)
    for index, name in enumerate(options.admission_plugins):
        yield from _plugin(name, f"/kubernetes/admission_plugins/{index}", minor)


def _gate(name: str, on: bool, at: Pointer, minor: str, *, at_key: bool = False) -> Iterator[Diagnostic]:
    known = programs.feature_gates(minor)
    if name not in known.known:
        yield from _unknown(f"feature gate {shown(name)!r}", name, at, known, minor, at_key=at_key)
    elif programs.locked_gates(minor).get(name, on) is not on:
        fixed = str(not on).lower()
        yield diagnose("JB0474", at, at_key=at_key, name=name, minor=minor, fixed=fixed)


def _plugin(name: str, at: Pointer, minor: str) -> Iterator[Diagnostic]:
    known = programs.admission_plugins(minor)
    yield from _unknown(f"admission plug-in {shown(name)!r}", name, at, known, minor, at_key=False)


def _unknown(
    what: str, name: str, at: Pointer, names: programs.Names, minor: str, *, at_key: bool = True
) -> Iterator[Diagnostic]:
    if name in names.known:
        return
    if since := names.gone.get(name):
        yield diagnose("JB0473", at, at_key=at_key, what=what, since=since)
        return
    hint = meant(name, sorted(names.known))
    yield diagnose("JB0472", at, at_key=at_key, hint=hint, what=what, minor=minor)
