"""A rotation's plan and its events to what is read: text for people, plain data for programs."""

from __future__ import annotations

from typing import Any

from jeroboam import escape
from jeroboam.deploy.roll.text import data as roll_data
from jeroboam.deploy.rotate.types import Halted, PhaseBegun, RotateEvent, RotationPlan, Turned
from jeroboam.model.types import RoleKind


def render(plan: RotationPlan) -> str:
    """The plan as escaped text, ending in a newline."""
    rotation, roll = plan.rotation, plan.roll
    on = "goes on with" if plan.resumed else "rotates"
    lines = [f"{plan.name}: {on} {rotation.what}: {rotation.summary}"]
    lines += [f"  {number}. {phase.title}" for number, phase in enumerate(plan.phases, plan.first)]
    if plan.held is not None:
        lines.append(f"  then it waits for --finish: {plan.held.title}")
    if roll is None:
        lines += ["  no node is made anew", *(f"  note: {note}" for note in plan.notes)]
        return escape.lines(lines)
    nodes = ", ".join(node.name for node in roll.nodes)
    lines.append(
        f"  {_when(plan)} {len(roll.nodes)} of {len(roll.nodes) + roll.others} nodes are made anew: {nodes}"
    )
    lines += [f"  note: {note}" for note in (*roll.notes, *plan.notes)]
    minutes = roll.minutes * len(plan.rolling)
    lines.append(f"  it takes {minutes:.0f} minutes at most, with every drain and start as long as it may be")
    return escape.lines(lines)


def _when(plan: RotationPlan) -> str:
    """In which phases nodes are made anew, and of which kind where not each is in all of them."""
    phases: dict[RoleKind, list[str]] = {}
    for number in plan.rolling:
        for kind in plan.rotation.phases[number - 1].made_anew:
            phases.setdefault(kind, []).append(str(number))
    said = {
        kind: "in each phase"
        if len(of) == len(plan.phases)
        else f"in phase{'s' * (len(of) > 1)} {' and '.join(of)}"
        for kind, of in phases.items()
    }
    if len({*said.values()}) == 1:
        return next(iter(said.values()))
    return ", ".join(f"{kind}s {when}" for kind, when in said.items()) + ":"


def data(plan: RotationPlan) -> dict[str, Any]:
    """The plan as JSON data; `longest` in minutes, of all phases."""
    return {
        "what": plan.rotation.what,
        "phases": [
            {"number": number, "title": phase.title, "rolls": number in plan.rolling}
            for number, phase in enumerate(plan.phases, plan.first)
        ],
        "waits": plan.held.waits if plan.held else None,
        **(roll_data(plan.roll) if plan.roll else {}),
        "notes": [*(plan.roll.notes if plan.roll else ()), *plan.notes],
        "longest": plan.roll.minutes * len(plan.rolling) if plan.roll else None,
        "resumed": plan.resumed,
    }


def event_data(event: RotateEvent) -> dict[str, Any] | None:
    """An event of a rotation as JSON data; None for those that every roll has, and for the plan."""
    match event:
        case PhaseBegun(number, count, phase):
            return {"kind": "phase", "number": number, "count": count, "text": phase.title}
        case Halted(phase, command):
            return {"kind": "halted", "text": phase.waits, "command": command}
        case Turned(rotation, seconds):
            return {"kind": "rotated", "what": rotation.what, "took": round(seconds, 1)}
    return None
