"""A golden case, and the same with a few words changed, compiled."""

from __future__ import annotations

from functools import cache

from jeroboam.deploy.plan import Change, ChangeKind, Plan, compared, templates_of
from jeroboam.emit import Bundle
from jeroboam.pipeline import compile_spec
from tests.support.cases import GOLDEN

HA = (GOLDEN / "kubernetes" / "ubuntu" / "ha" / "cluster.yaml").read_text(encoding="utf-8")
"""Three masters with etcd volumes behind a load balancer, groups of three and two with docker volumes."""

Edit = tuple[str, str]


@cache
def bundle(*edits: Edit, layout: str | None = None) -> Bundle:
    """The case with `edits` made; each has to change something."""
    text = HA
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new)
    reading = compile_spec("-", stdin=text.encode(), layout=layout)
    assert reading.value is not None, reading.diagnostics
    return reading.value.bundle


def plan(*edits: Edit, layout: str | None = None) -> Plan:
    """What an update from the case to the edited one does, by the table alone."""
    old, new = bundle(layout=layout), bundle(*edits, layout=layout)
    return compared(new.name, templates_of(old), templates_of(new))


def names(found: Plan, kind: ChangeKind, *, harmless: bool = False) -> set[str]:
    """The resources to which that happens, those of nested stacks with their holder."""
    return {"/".join(filter(None, c.key)) for c in found.changes if c.kind is kind and c.harmless is harmless}


def change(found: Plan, resource: str) -> Change:
    """What happens to one of them."""
    return next(change for change in found.changes if change.resource == resource)
