"""A repair's plan to what is read: text for people, plain data for programs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jeroboam import escape
from jeroboam.deploy.repair.plan import OVER_THE_CAP, RepairPlan
from jeroboam.deploy.repair.types import NodeJudgement


def render(plan: RepairPlan) -> str:
    """The plan as escaped text, ending in a newline; one line where all is well."""
    return escape.lines([f"{plan.name}: {_head(plan)}", *_rows(plan), *_beside(plan), *_notes(plan)])


def _head(plan: RepairPlan) -> str:
    dead, replaced = len(plan.replaced) + len(plan.left), len(plan.replaced)
    if not dead:
        return f"none of {plan.total} nodes is dead"
    verb = "is" if dead == 1 else "are"
    said = f"{dead} of {plan.total} nodes {verb} dead"
    return f"{said}; {replaced or 'none'} to make anew" + (", in this order" if replaced > 1 else "")


def _rows(plan: RepairPlan) -> Iterator[str]:
    for number, it in enumerate(plan.replaced, 1):
        yield f"  {number:>3}. {it.node.name}  {why(it)}"
        last = plan.made.get(it.node.name)
        if last:
            said = f", and failed: {it.node.failed}" if it.node.failed else ""
            yield f"       its last server was made at {last:%Y-%m-%d %H:%M} UTC{said}"
    for it in plan.left:
        yield f"  left {it.node.name}  {why(it)}; {it.veto or OVER_THE_CAP}"


def _beside(plan: RepairPlan) -> Iterator[str]:
    for it in plan.doubtful:
        yield f"  not yet dead: {it.node.name}  {why(it)}"
    for it in plan.quiet:
        yield f"  {it.condition}: {it.node.name}  {why(it)}"


def _notes(plan: RepairPlan) -> Iterator[str]:
    if not plan.replaced:
        return
    yield "  note: each keeps its name, port, addresses and data volumes; its server's own disk is lost"
    if plan.behind:
        yield f"  note: behind, and kept as they are: {', '.join(plan.behind)}"
    yield f"  it takes {plan.minutes:.0f} minutes at most, with every start as long as it may be"


def why(it: NodeJudgement) -> str:
    """Why a node is what it is, and since when."""
    return f"since {it.since:%Y-%m-%d %H:%M} UTC: {it.why}" if it.since else it.why


def data(plan: RepairPlan) -> dict[str, Any]:
    """The plan as JSON data; `longest` in minutes."""
    return {
        "nodes": [_node(it, plan) for it in plan.replaced],
        "left": [_node(it, plan) | {"veto": it.veto or OVER_THE_CAP} for it in plan.left],
        "others": [_node(it, plan) for it in (*plan.doubtful, *plan.quiet)],
        "behind": list(plan.behind),
        "count": plan.total,
        "longest": plan.minutes,
    }


def _node(it: NodeJudgement, plan: RepairPlan) -> dict[str, Any]:
    last = plan.made.get(it.node.name)
    return {
        "name": it.node.name,
        "group": it.node.role,
        "condition": it.condition,
        "why": it.why,
        "since": it.since.isoformat() if it.since else None,
        "made": last.isoformat() if last else None,
    }
