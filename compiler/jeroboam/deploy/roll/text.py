"""A roll's plan to what is read: text for people, plain data for programs."""

from __future__ import annotations

from typing import Any

from jeroboam import escape
from jeroboam.deploy.roll.plan import RollPlan


def render(plan: RollPlan) -> str:
    """The plan as escaped text, ending in a newline."""
    count = len(plan.nodes)
    if not count:
        whose = " of those asked for" if plan.elsewhere else ""
        said = "a roll is under way; it is brought to its end" if plan.begun else f"no node{whose} is behind"
        return escape.lines([f"{plan.name}: {said}", *_elsewhere(plan)])
    nodes, stay = "node" if count == 1 else "nodes", "stays" if plan.others == 1 else "stay"
    lines = [f"{plan.name}: {count} {nodes} to make anew, in this order; {plan.others} {stay}"]
    width = max(len(node.name) for node in plan.nodes)
    for number, node in enumerate(plan.nodes, 1):
        lines.append(
            f"  {number:>3}. {node.name:<{width}}  {node.runs} -> {node.becomes} ({', '.join(node.why)})"
        )
        lines += [f"       {' ' * width} {obstacle}" for obstacle in node.obstacles]
    lines += [f"  note: {note}" for note in plan.notes]
    lines += _elsewhere(plan)
    lines.append(
        f"  it takes {plan.minutes:.0f} minutes at most, with every drain and start as long as it may be"
    )
    return escape.lines(lines)


def _elsewhere(plan: RollPlan) -> list[str]:
    return (
        [f"  note: behind as well, and not asked for: {', '.join(plan.elsewhere)}"] if plan.elsewhere else []
    )


def data(plan: RollPlan) -> dict[str, Any]:
    """The plan as JSON data; `longest` in minutes."""
    return {
        "nodes": [
            {
                "name": node.name,
                "group": node.group,
                "runs": node.runs,
                "becomes": node.becomes,
                "why": list(node.why),
                "obstacles": list(node.obstacles),
            }
            for node in plan.nodes
        ],
        "others": plan.others,
        "notes": list(plan.notes),
        "longest": plan.minutes,
        "begun": plan.begun,
        "elsewhere": list(plan.elsewhere),
    }
