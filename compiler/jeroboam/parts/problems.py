"""Checks of a valid spec that several COEs share."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from jeroboam.diagnostics import Diagnostic, Pointer, diagnose
from jeroboam.parts.artifacts import unknown_pins
from jeroboam.source.pointers import child
from jeroboam.spec.mirrors import fault, mirror
from jeroboam.spec.phrases import shown
from jeroboam.spec.types import ClusterSpec, NodeSpec


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


def docker_mirror_problems(spec: ClusterSpec) -> Iterator[Diagnostic]:
    """Mirrors whose path ends in no registry's API: Docker asks below `/v2/` behind it all the same."""
    for index, url in enumerate(spec.runtime.registry_mirrors):
        if fault(url) is None and mirror(url).is_root:
            yield diagnose("JB0403", f"/runtime/registry_mirrors/{index}", value=shown(url))


def node_specs(spec: ClusterSpec) -> Iterator[tuple[Pointer, NodeSpec]]:
    """What is said of nodes, with its pointer: of the masters, then of each node group."""
    yield "/masters", spec.masters.node
    for index, group in enumerate(spec.node_groups):
        yield child("/node_groups", index), group.node


def node_labels(spec: ClusterSpec) -> Iterator[tuple[Pointer, str]]:
    """Every label of a node with its pointer, in the same order."""
    for at, node in node_specs(spec):
        for label in node.node_labels:
            yield child(f"{at}/node_labels", label), label


def meant(name: str, names: Sequence[str]) -> str | None:
    """A hint at the known name that `name` is most likely a misspelling of, None if none is near."""
    from difflib import get_close_matches  # slow to load, and seldom wanted

    near = get_close_matches(name, names, n=1)
    return f"did you mean '{near[0]}'?" if near else None
