"""Groups of servers as cards, in a panel for each security group beside the ports that are open."""

from __future__ import annotations

from collections.abc import Mapping

from jeroboam.topology.drawing import EDGE, GAP, LINE, PAD, Drawing, LabelledRows, draw_rows
from jeroboam.topology.open_ports import draw_ports, merged_ports
from jeroboam.topology.primitives import STYLES, WIDTH, SceneBar, SceneBox
from jeroboam.topology.types import GroupKind, ServerGroup, Topology, counted
from jeroboam.topology.widths import text_width
from jeroboam.topology.wording import listed

_CARD, _PORTS = 320, 370
_TIMES = "\N{MULTIPLICATION SIGN}"
_SIDE_BY_SIDE = 4
"""Up to how many groups stand beside their ports; more stand below them."""
States = Mapping[str, Mapping[str, int]]
"""By the name of a group: how many of its nodes are in which state, worst first."""


def draw_panel(
    drawing: Drawing, topology: Topology, kind: GroupKind, heading: str, y: float, states: States
) -> SceneBox:
    """A security group: the groups of servers in it, and who may reach which of their ports."""
    groups = topology.of(kind)
    ports = [port for port in topology.ports if port.to is kind]
    index, id_ = len(drawing.boxes), f"{kind}s"
    x, w = EDGE + PAD, WIDTH - 2 * EDGE - 2 * PAD
    drawing.box(SceneBox(id_, "frame", f"panel {kind}", x, y, w, 0))
    left, inner, at = x + 16, w - 32, y + 44
    nodes = sum(len(group.indexes) for group in groups)
    drawing.text(id_, "head", left, y + 27, heading, 300, tail=counted(nodes, "node"))
    many = len(groups) > _SIDE_BY_SIDE
    if not ports:
        bottom = _cards(drawing, topology, groups, left, at, inner, 3, id_, states)
    elif many:
        at = draw_ports(drawing, id_, ports, left, at, inner) + 14
        bottom = _cards(drawing, topology, groups, left, at, inner, 3, id_, states)
    else:
        columns = 1 if len(groups) == 1 else 2
        cards = _CARD if columns == 1 else inner - _PORTS - GAP
        right = left + cards + GAP
        bottom = max(
            _cards(drawing, topology, groups, left, at, cards, columns, id_, states),
            draw_ports(drawing, id_, ports, right, at, inner - cards - GAP),
        )
    drawing.end(index, bottom + 16 - y)
    return drawing.boxes[index]


def _cards(
    drawing: Drawing,
    topology: Topology,
    groups: tuple[ServerGroup, ...],
    x: float,
    y: float,
    w: float,
    columns: int,
    inside: str,
    states: States,
) -> float:
    """Cards in rows of so many; gives where the last ends."""
    width = (w - (columns - 1) * 16) / columns if columns > 1 else min(w, _CARD)
    for start in range(0, len(groups), columns):
        row = groups[start : start + columns]
        boxes = [
            draw_card(drawing, topology, group, x + n * (width + 16), y, width, inside, states)
            for n, group in enumerate(row)
        ]
        y = max(box.y + box.h + 2 * box.depth * 2 for box in boxes) + 16
    return y - 16


def draw_card(
    drawing: Drawing,
    topology: Topology,
    group: ServerGroup,
    x: float,
    y: float,
    w: float,
    inside: str,
    states: States,
) -> SceneBox:
    """A group of servers: what they are made of, and with `states` how they are."""
    depth = min(len(group.indexes) - 1, 2)
    w -= 4 * depth
    of_group = states.get(group.name, {})
    worst = f" {next(iter(of_group))}" if of_group else ""
    index, id_ = len(drawing.boxes), f"group-{group.name}"
    drawing.box(SceneBox(id_, inside, f"card {group.kind}{worst}", x, y, w, 0, depth=depth))
    left, room = x + 16, w - 30
    count = f"{_TIMES} {len(group.indexes)}"
    if group.kind is not GroupKind.BASTION:
        drawing.text(id_, "count", x + w - 14, y + 28, count, 80, anchor="end")
    taken = text_width(count, STYLES["count"].size, bold=True) + 8
    at = drawing.block(id_, "name", left, y + 28, (group.name,), room - taken) + 5
    at = draw_rows(drawing, id_, _facts(group), left, at, room)
    if group.kind is GroupKind.BASTION:
        for sender, what, _ in merged_ports(port for port in topology.ports if port.to is GroupKind.BASTION):
            at = draw_rows(
                drawing, id_, [("open to", (*sender[:-1], f"{sender[-1]}:", *what))], left, at, room
            )
    if of_group:
        at = _state(drawing, id_, of_group, left, at, room)
    drawing.end(index, at - LINE + 12 - y)
    return drawing.boxes[index]


def _facts(group: ServerGroup) -> LabelledRows:
    """Label and words of each line of a card."""
    # Of a group whose servers are all taken out, the template has neither.
    made = (("flavor", group.flavor), ("image", group.image))
    rows: LabelledRows = [(label, (value,)) for label, value in made if value]
    if group.zones:
        rows.append(("zones" if len(group.zones) > 1 else "zone", listed(group.zones)))
    if group.policy:
        rows.append(("spread", (group.policy,)))
    rows += [
        (disk.purpose, (f"{disk.size} GiB", *((f"({disk.type})",) if disk.type else ())))
        for disk in group.disks
    ]
    if group.floating_ips:
        rows.append(("public", tuple(counted(group.floating_ips, "floating IP").split(" "))))
    rows += [("also on", (net.name, *((f"({net.subnet})",) if net.subnet else ()))) for net in group.networks]
    return rows


def _state(
    drawing: Drawing, inside: str, states: Mapping[str, int], x: float, y: float, room: float
) -> float:
    """A bar of the states of a group's nodes, and their numbers; gives the next baseline."""
    total, at = sum(states.values()), x
    for state, number in states.items():
        width = room * number / total
        drawing.bars.append(SceneBar(inside, state, at, y - 9, width))
        at += width
    words = [f"{number} {state}" for state, number in states.items()]
    return drawing.block(inside, "value", x, y + 17, " ".join(listed(tuple(words))).split(" "), room)
