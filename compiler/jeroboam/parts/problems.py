"""Checks of a valid spec that several COEs share."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from jeroboam.diagnostics import Diagnostic, Pointer, diagnose
from jeroboam.parts.artifacts import unknown_pins
from jeroboam.source.pointers import child
from jeroboam.spec.mirrors import HUB, fault, mirror, mirrors
from jeroboam.spec.nodes import node_specs
from jeroboam.spec.phrases import shown
from jeroboam.spec.types import ClusterSpec


def pin_problems(spec: ClusterSpec, names: Sequence[str]) -> Iterator[Diagnostic]:
    """Pins of anything that is not in `names`, the downloads and images of the cluster."""
    for name in unknown_pins(names, spec.artifacts.pins):
        yield diagnose(
            "JB0412", child("/artifacts/pins", name), at_key=True, hint=meant(name, names), name=name,
            names=", ".join(names),
        )  # fmt: skip


def storage_driver_problems(
    code: str, spec: ClusterSpec, known: Collection[str | None]
) -> Iterator[Diagnostic]:
    """A storage driver that the runtime lacks; `code` takes `driver` and `supported`."""
    driver = spec.runtime.storage_driver
    if driver is not None and driver not in known:
        supported = ", ".join(sorted(name for name in known if name))
        yield diagnose(code, "/runtime/storage_driver", driver=driver, supported=supported)


def docker_registry_problems(spec: ClusterSpec) -> Iterator[Diagnostic]:
    """What Docker cannot do: mirrors of other registries than its own, or within a path; logins of a node."""
    for one in mirrors(spec.runtime):
        if one.registry != HUB:
            yield diagnose("JB0404", one.pointer, registry=one.registry)
        elif fault(one.url) is None and mirror(one.url).is_root:
            # Docker asks below a `/v2/` behind the path all the same.
            yield diagnose("JB0403", one.pointer, value=shown(one.url))
    if spec.runtime.registry_credentials:
        yield diagnose("JB0405", "/runtime/registry_credentials")


def node_labels(spec: ClusterSpec) -> Iterator[tuple[Pointer, str]]:
    """Every label of a node with its pointer."""
    for at, node in node_specs(spec):
        for label in node.node_labels:
            yield child(f"{at}/node_labels", label), label


def meant(name: str, names: Sequence[str]) -> str | None:
    """A hint at the known name that `name` is most likely a misspelling of, None if none is near."""
    from difflib import get_close_matches  # slow to load, and seldom wanted

    near = get_close_matches(name, names, n=1)
    return f"did you mean '{near[0]}'?" if near else None
