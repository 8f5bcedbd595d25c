"""Floating IPs that are there already: as many as nodes, each for one port, one for each port.

Fact: Neutron associates one floating IP with each fixed address (FloatingIPPortAlreadyAssociated in
neutron/db/l3_db.py), and takes one that is in use from its port without a word.
"""

from __future__ import annotations

from collections.abc import Iterator

from jeroboam.diagnostics import Diagnostic, Pointer, Related, diagnose
from jeroboam.source.pointers import child
from jeroboam.spec.floating_ips import existing_floating_ips
from jeroboam.spec.types import ClusterSpec, NodeSpec


def check(spec: ClusterSpec) -> Iterator[Diagnostic]:
    """Their number, what they exclude, and that none is named twice."""
    yield from _nodes("/masters", spec.masters.node, tuple(range(spec.masters.count)))
    for index, group in enumerate(spec.node_groups):
        yield from _nodes(child("/node_groups", index), group.node, group.indexes)
    if spec.masters.node.existing_floating_ips and not spec.api.load_balancer:
        given = Related("/masters/existing_floating_ips", "those of the masters are here")
        if spec.api.existing_floating_ip is not None:
            what = "the first master, which the API's leads to as well,"
            advice = "remove the API's: it then has that of the first master"
            yield diagnose(
                "JB0364", "/api/existing_floating_ip", at_key=True, related=(given,), what=what, advice=advice
            )
    first: dict[object, Pointer] = {}
    for pointer, one in existing_floating_ips(spec):
        for name, value in (("id", one.id), ("address", one.address)):
            where = child(pointer, name)
            earlier = first.setdefault(value, where)
            if earlier != where:
                related = (Related(earlier, "the first is here"),)
                yield diagnose("JB0363", where, related=related, value=value)
                break


def _nodes(at: Pointer, node: NodeSpec, indexes: tuple[int, ...]) -> Iterator[Diagnostic]:
    given, where = len(node.existing_floating_ips), child(at, "existing_floating_ips")
    if not given:
        return
    needed = max(indexes, default=-1) + 1
    if given != needed:
        count = Related(child(at, "count"), f"there are {len(indexes)} nodes")
        kept = Related(child(at, "retired"), "a retired index keeps its place")
        related = (count,) if needed == len(indexes) else (count, kept)
        yield diagnose("JB0362", where, at_key=True, related=related, given=given, needed=needed)
    if node.floating_ip:
        requested = Related(child(at, "floating_ip"), "a new one for each is requested here")
        what, advice = "each of these nodes", "remove 'floating_ip', or 'existing_floating_ips'"
        yield diagnose("JB0364", where, at_key=True, related=(requested,), what=what, advice=advice)
