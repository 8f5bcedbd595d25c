"""The upper half of a picture: networks, the API, and the ways to it from outside."""

from __future__ import annotations

from jeroboam.topology.drawing import EDGE, LINE, PAD, Drawing, LabelledRows, draw_rows, few
from jeroboam.topology.primitives import WIDTH, SceneBox
from jeroboam.topology.types import GroupKind, Topology
from jeroboam.topology.wording import listed

_OPEN = ("no", "port", "security:", "every", "port", "is", "open")


def draw_external(drawing: Drawing, topology: Topology, y: float) -> SceneBox | None:
    """The network outside, over the whole width; None where the cluster has none."""
    if not topology.external:
        return None
    box = drawing.box(SceneBox("external", "", "outside", EDGE, y, WIDTH - 2 * EDGE, 46))
    words = "external network"
    drawing.text(box.id, "name", box.x + PAD, y + 29, topology.external, box.w - 2 * PAD, tail=words)
    return box


def draw_network(drawing: Drawing, topology: Topology, x: float, y: float, w: float) -> float:
    """What the frame is: the network that all of it is on. Gives where it ends."""
    network = topology.network
    index = len(drawing.boxes)
    drawing.box(SceneBox("network", "frame", "plain", x, y, w, 0))
    drawing.text("network", "name", x, y + 16, network.name, w)
    drawing.text(
        "network", "soft", x, y + 34, "network of this stack" if network.own else "existing network", w
    )
    rows: LabelledRows = [("subnet", (network.cidr or network.subnet,))]
    if network.nameservers:
        rows.append(("DNS", listed(network.nameservers)))
    if network.mtu:
        rows.append(("MTU", (str(network.mtu),)))
    y_end = draw_rows(drawing, "network", rows, x, y + 58, w)
    if not network.secured:
        y_end = drawing.block("network", "warn", x, y_end, _OPEN, w)
    drawing.end(index, y_end - LINE + 8 - y)
    return y_end - LINE + 8


def draw_api(drawing: Drawing, topology: Topology, x: float, y: float, w: float) -> SceneBox:
    """The API: what it is reached through, and who may."""
    api = topology.api
    index = len(drawing.boxes)
    drawing.box(SceneBox("api", "frame", "card door", x, y, w, 0))
    left, room = x + 16, w - 32
    drawing.text("api", "name", left, y + 27, "API", room)
    drawing.text("api", "head", x + w - 14, y + 27, f"{api.scheme} :{api.port}", room - 50, anchor="end")
    rows = [("through", tuple(api.through.split(" ")))]
    if api.allowed:
        rows.append(("open to", few(api.allowed)))
    end = draw_rows(drawing, "api", rows, left, y + 52, room)
    drawing.end(index, end - LINE + 14 - y)
    return drawing.boxes[index]


def draw_entrances(
    drawing: Drawing,
    topology: Topology,
    external: SceneBox | None,
    top: float,
    columns: tuple[list[int], int],
    entrances: tuple[SceneBox, list[SceneBox]],
) -> None:
    """The ways from the external network: the router, and floating IPs of the API and the bastion."""
    lefts, column = columns
    api, bastions = entrances
    at = external.y + external.h if external else 0
    if topology.router and external:
        middle = lefts[0] + column / 2
        words = "router" if topology.own_router else "existing router"
        box = _pill(drawing, "router", topology.router, words, middle, at + 22, column)
        drawing.line((middle, at), (middle, box.y))
        drawing.line((middle, box.y + box.h), (middle, top))
    doors = [(api, topology.api.floating_ip)]
    doors += [(box, any(g.floating_ips for g in topology.of(GroupKind.BASTION))) for box in bastions]
    for box, floating in doors:
        if floating and external:
            middle = box.x + box.w / 2
            pill = _pill(drawing, f"{box.id}-floating-ip", "floating IP", "", middle, at + 22, column)
            drawing.line((middle, at), (middle, pill.y))
            drawing.line((middle, pill.y + pill.h), (middle, box.y), arrow=True)


def _pill(
    drawing: Drawing, id_: str, name: str, words: str, middle: float, y: float, most: float
) -> SceneBox:
    """A small box around a name, centred, at most so wide."""
    index, style = len(drawing.boxes), "head" if words else "value"
    drawing.box(SceneBox(id_, "", "pill", middle, y, 0, 34))
    drawing.text(id_, style, middle, y + 22, name, most - 32, anchor="middle", tail=words)
    left, right = drawing.texts[-1].span
    drawing.boxes[index] = SceneBox(id_, "", "pill", left - 16, y, right - left + 32, 34)
    return drawing.boxes[index]


def reaches(topology: Topology, panel: SceneBox) -> bool:
    """Whether the bastion may send to the servers of a panel."""
    return any(f"{port.to}s" == panel.id and port.sender == GroupKind.BASTION for port in topology.ports)


def draw_hops(drawing: Drawing, bastion: SceneBox, panels: list[SceneBox]) -> None:
    """Lines from the bastion, along the frame's right edge, to the panels that it may reach."""
    side = WIDTH - EDGE - PAD / 2
    way = [(bastion.x + bastion.w, bastion.y + 24), (side, bastion.y + 24)]
    for panel in panels:
        corner = (side, panel.y + 24)
        drawing.line(*way, corner, (panel.x + panel.w, corner[1]), arrow=True)
        way = [corner]
