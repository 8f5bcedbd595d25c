"""Where everything of a topology's picture is: boxes within boxes, texts in boxes, lines between them."""

from __future__ import annotations

from jeroboam.escape import escaped
from jeroboam.topology.connectivity import (
    draw_api,
    draw_entrances,
    draw_external,
    draw_hops,
    draw_network,
    reaches,
)
from jeroboam.topology.drawing import EDGE, GAP, LINE, PAD, Drawing
from jeroboam.topology.groups import States, draw_card, draw_panel
from jeroboam.topology.primitives import WIDTH, Scene, SceneBox, SceneMark
from jeroboam.topology.types import ExistingNetwork, GroupKind, SenderKind, Topology
from jeroboam.topology.wording import listed


def scene(topology: Topology, states: States | None = None, *, titled: bool = True) -> Scene:
    """The picture of a cluster; it grows with the groups and the ports, not with the nodes.

    With `states` each group says how its nodes are; `titled` puts the cluster's name above.
    """
    drawing = Drawing()
    inner = WIDTH - 2 * EDGE
    y = _header(drawing, topology) if titled else 2.0
    external = draw_external(drawing, topology, y)
    top = external.y + external.h + 78 if external else y + 4
    frame = len(drawing.boxes)
    drawing.box(SceneBox("frame", "", "frame", EDGE, top, inner, 0))
    column = (inner - 2 * PAD - 2 * GAP) // 3
    lefts = [EDGE + PAD + n * (column + GAP) for n in range(3)]
    last = EDGE + inner - PAD - lefts[2]
    below = draw_network(drawing, topology, lefts[0], top + PAD, column)
    entrances = topology.of(GroupKind.BASTION)
    api = draw_api(drawing, topology, lefts[1], top + PAD, column if entrances else column + GAP + last)
    bastions = [
        draw_card(drawing, topology, group, lefts[2], top + PAD, last, "frame", {}) for group in entrances
    ]
    draw_entrances(drawing, topology, external, top, (lefts, column), (api, bastions))
    y = max(below, *(box.y + box.h for box in (api, *bastions))) + 34
    panels = []
    for kind, heading in ((GroupKind.MASTER, "Masters"), (GroupKind.WORKER, "Workers")):
        if topology.of(kind):
            panel = draw_panel(drawing, topology, kind, heading, y, states or {})
            panels.append(panel)
            y = panel.y + panel.h + GAP
    middle = api.x + api.w / 2
    drawing.line((middle, api.y + api.h), (middle, panels[0].y), arrow=True)
    for bastion in bastions:
        draw_hops(drawing, bastion, [p for p in panels if reaches(topology, p)])
    bottom = y - GAP + PAD
    drawing.end(frame, bottom - top)
    bottom = _existing(drawing, topology, bottom + GAP)
    bottom = _legend(drawing, topology, bottom)
    return Scene(
        height=bottom,
        inset=0 if titled else EDGE - 2,
        title=escaped(f"Topology of {topology.cluster}"),
        description=escaped(topology.summary),
        boxes=tuple(drawing.boxes),
        lines=tuple(drawing.lines),
        texts=tuple(drawing.texts),
        marks=tuple(drawing.marks),
        bars=tuple(drawing.bars),
    )


def _header(drawing: Drawing, topology: Topology) -> float:
    box = drawing.box(SceneBox("header", "", "plain", EDGE, 14, WIDTH - 2 * EDGE, 60))
    drawing.text(box.id, "title", box.x, 40, topology.cluster, box.w)
    drawing.text(box.id, "value", box.x, 63, topology.summary, box.w)
    return 86


def _existing(drawing: Drawing, topology: Topology, y: float) -> float:
    """Networks that were there and that groups are on too, each with those groups; gives where they end."""
    on: dict[ExistingNetwork, list[str]] = {}
    for group in topology.groups:
        for network in dict.fromkeys(group.networks):
            on.setdefault(network, []).append(group.name)
    for number, (network, groups) in enumerate(on.items()):
        index, id_ = len(drawing.boxes), f"network-{number}"
        box = drawing.box(SceneBox(id_, "", "outside", EDGE, y, WIDTH - 2 * EDGE, 0))
        words = f"existing network, subnet {network.subnet}" if network.subnet else "existing network"
        drawing.text(id_, "name", box.x + PAD, y + 29, network.name, box.w - 2 * PAD, tail=words)
        bottom = drawing.block(
            id_, "value", box.x + PAD, y + 52, ("with", *listed(tuple(groups))), box.w - 2 * PAD
        )
        drawing.end(index, bottom - LINE + 14 - y)
        y = bottom - LINE + 14 + 12
    return y if on else y - GAP


def _legend(drawing: Drawing, topology: Topology, y: float) -> float:
    """What the colours of senders mean; gives where the picture ends."""
    kinds = {port.sender_kind for port in topology.ports}
    words = {
        SenderKind.ANYONE: "any address",
        SenderKind.RANGE: "ranges that the spec allows",
        SenderKind.CLUSTER: "within the cluster",
    }
    if not kinds:
        return y + EDGE
    box = drawing.box(SceneBox("legend", "", "plain", EDGE, y + 10, WIDTH - 2 * EDGE, 26))
    x = box.x + 4
    for kind in SenderKind:
        if kind in kinds:
            drawing.marks.append(SceneMark(box.id, str(kind), x, box.y + 13))
            x = drawing.text(box.id, "soft", x + 12, box.y + 17, words[kind], 300) + 24
    return box.y + box.h + 12
