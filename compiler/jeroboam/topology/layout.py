"""Where everything of a topology's picture is: boxes within boxes, texts in boxes, lines between them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from jeroboam.escape import escaped
from jeroboam.topology.types import (
    ExistingNetwork,
    GroupKind,
    OpenPort,
    SenderKind,
    ServerGroup,
    Topology,
    counted,
)
from jeroboam.topology.widths import fitted, text_width, wrapped
from jeroboam.topology.wording import listed, ports_in_words

WIDTH = 1000
"""Of every picture, in its own unit: a pixel where there is room."""
_EDGE, _PAD, _GAP = 20, 18, 20
_LINE = 19
_LABEL = 58
_CARD = 320
_PORTS = 370
_SENDER = 150
_OPEN = ("no", "port", "security:", "every", "port", "is", "open")
_TIMES = "\N{MULTIPLICATION SIGN}"
_MOST_RANGES = 6
"""How many ranges that may reach the same ports are named; the others are counted."""
_SIDE_BY_SIDE = 4
"""Up to how many groups stand beside their ports; more stand below them."""


@dataclass(frozen=True, slots=True)
class TextStyle:
    """A size in the picture's unit, and whether it is bold."""

    size: float
    bold: bool = False


STYLES: Mapping[str, TextStyle] = MappingProxyType(
    {
        "title": TextStyle(22, bold=True),
        "name": TextStyle(15, bold=True),
        "count": TextStyle(17, bold=True),
        "head": TextStyle(14, bold=True),
        "value": TextStyle(13),
        "soft": TextStyle(12),
        "warn": TextStyle(13, bold=True),
    }
)
"""By the class that texts have in the picture."""


TAIL = 9
"""Between a text and its tail."""


@dataclass(frozen=True, slots=True)
class SceneBox:
    """A rectangle within the box `inside`, empty for the picture; `style` its class, `tip` its tooltip.

    `depth` is how many sheets are seen below it: one box stands for several servers.
    """

    id: str
    inside: str
    style: str
    x: float
    y: float
    w: float
    h: float
    tip: str = ""
    depth: int = 0


@dataclass(frozen=True, slots=True)
class SceneText:
    """A line of text in a box; `x` is its start, middle or end, as `anchor` says, `y` its baseline.

    `tail` are soft words that follow it.
    """

    inside: str
    style: str
    x: float
    y: float
    text: str
    anchor: str = "start"
    tail: str = ""
    tip: str = ""

    @property
    def span(self) -> tuple[float, float]:
        """The left and the right end, as estimated."""
        width = _width(self.text, self.style)
        if self.tail:
            width += TAIL + _width(self.tail, "soft")
        left = self.x - {"start": 0.0, "middle": width / 2, "end": width}[self.anchor]
        return left, left + width


@dataclass(frozen=True, slots=True)
class SceneLine:
    """A line through points; one with an `arrow` says who reaches whom."""

    points: tuple[tuple[float, float], ...]
    arrow: bool = False


@dataclass(frozen=True, slots=True)
class SceneMark:
    """A small sign in a box: a dot of a sender's kind, or a disk."""

    inside: str
    style: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class SceneBar:
    """A part of a bar in a box that says how many nodes are in a state."""

    inside: str
    style: str
    x: float
    y: float
    w: float


@dataclass(frozen=True, slots=True)
class Scene:
    """A picture, in the order in which things are drawn; of its width, `inset` is left out on either side."""

    height: float
    inset: float
    title: str
    description: str
    boxes: tuple[SceneBox, ...]
    lines: tuple[SceneLine, ...]
    texts: tuple[SceneText, ...]
    marks: tuple[SceneMark, ...]
    bars: tuple[SceneBar, ...]


def _width(text: str, style: str) -> float:
    return text_width(text, STYLES[style].size, bold=STYLES[style].bold)


_Rows = list[tuple[str, tuple[str, ...]]]
"""Labels, each with the words of its value."""
States = Mapping[str, Mapping[str, int]]
"""By the name of a group: how many of its nodes are in which state, worst first."""


@dataclass(slots=True)
class _Drawing:
    """What is drawn so far."""

    boxes: list[SceneBox] = field(default_factory=list)
    lines: list[SceneLine] = field(default_factory=list)
    texts: list[SceneText] = field(default_factory=list)
    marks: list[SceneMark] = field(default_factory=list)
    bars: list[SceneBar] = field(default_factory=list)

    def box(self, box: SceneBox) -> SceneBox:
        self.boxes.append(box)
        return box

    def text(
        self,
        inside: str,
        style: str,
        x: float,
        y: float,
        text: str,
        room: float,
        *,
        anchor: str = "start",
        tail: str = "",
    ) -> float:
        """A line that is cut where it is wider than `room` with its tail; gives where it ends."""
        whole, how = escaped(text), STYLES[style]
        after, soft = escaped(tail), STYLES["soft"]
        # Of the two the tail gives way first, down to a third of the room.
        own = min(_width(whole, style), room if not after else room * 2 / 3)
        after = fitted(after, room - own - TAIL, soft.size)
        shown = fitted(whole, room - (_width(after, "soft") + TAIL if after else 0), how.size, bold=how.bold)
        tip = " ".join(filter(None, (whole, tail))) if (shown, after) != (whole, escaped(tail)) else ""
        put = SceneText(inside, style, x, y, shown, anchor, after, escaped(tip))
        self.texts.append(put)
        return put.span[1]

    def block(self, inside: str, style: str, x: float, y: float, words: Iterable[str], room: float) -> float:
        """Words in as many lines as they take, the first at the baseline `y`; gives the next baseline."""
        how = STYLES[style]
        for line in wrapped(tuple(map(escaped, words)), room, how.size, bold=how.bold):
            self.texts.append(SceneText(inside, style, x, y, line))
            y += _LINE
        return y

    def end(self, index: int, height: float) -> None:
        """Gives a box that was begun without one its height."""
        box = self.boxes[index]
        self.boxes[index] = SceneBox(
            box.id, box.inside, box.style, box.x, box.y, box.w, height, box.tip, box.depth
        )

    def line(self, *points: tuple[float, float], arrow: bool = False) -> None:
        self.lines.append(SceneLine(points, arrow))


def scene(topology: Topology, states: States | None = None, *, titled: bool = True) -> Scene:
    """The picture of a cluster; it grows with the groups and the ports, not with the nodes.

    With `states` each group says how its nodes are; `titled` puts the cluster's name above.
    """
    drawing = _Drawing()
    inner = WIDTH - 2 * _EDGE
    y = _header(drawing, topology) if titled else 2.0
    external = _external(drawing, topology, y)
    top = external.y + external.h + 78 if external else y + 4
    frame = len(drawing.boxes)
    drawing.box(SceneBox("frame", "", "frame", _EDGE, top, inner, 0))
    column = (inner - 2 * _PAD - 2 * _GAP) // 3
    lefts = [_EDGE + _PAD + n * (column + _GAP) for n in range(3)]
    last = _EDGE + inner - _PAD - lefts[2]
    below = _network(drawing, topology, lefts[0], top + _PAD, column)
    entrances = topology.of(GroupKind.BASTION)
    api = _api(drawing, topology, lefts[1], top + _PAD, column if entrances else column + _GAP + last)
    bastions = [
        _card(drawing, topology, group, lefts[2], top + _PAD, last, "frame", {}) for group in entrances
    ]
    _from_outside(drawing, topology, external, top, (lefts, column), (api, bastions))
    y = max(below, *(box.y + box.h for box in (api, *bastions))) + 34
    panels = []
    for kind, heading in ((GroupKind.MASTER, "Masters"), (GroupKind.WORKER, "Workers")):
        if topology.of(kind):
            panel = _panel(drawing, topology, kind, heading, y, states or {})
            panels.append(panel)
            y = panel.y + panel.h + _GAP
    middle = api.x + api.w / 2
    drawing.line((middle, api.y + api.h), (middle, panels[0].y), arrow=True)
    for bastion in bastions:
        _through(drawing, bastion, [p for p in panels if _reaches(topology, p)])
    bottom = y - _GAP + _PAD
    drawing.end(frame, bottom - top)
    bottom = _existing(drawing, topology, bottom + _GAP)
    bottom = _legend(drawing, topology, bottom)
    return Scene(
        height=bottom,
        inset=0 if titled else _EDGE - 2,
        title=escaped(f"Topology of {topology.cluster}"),
        description=escaped(topology.summary),
        boxes=tuple(drawing.boxes),
        lines=tuple(drawing.lines),
        texts=tuple(drawing.texts),
        marks=tuple(drawing.marks),
        bars=tuple(drawing.bars),
    )


def _header(drawing: _Drawing, topology: Topology) -> float:
    box = drawing.box(SceneBox("header", "", "plain", _EDGE, 14, WIDTH - 2 * _EDGE, 60))
    drawing.text(box.id, "title", box.x, 40, topology.cluster, box.w)
    drawing.text(box.id, "value", box.x, 63, topology.summary, box.w)
    return 86


def _external(drawing: _Drawing, topology: Topology, y: float) -> SceneBox | None:
    if not topology.external:
        return None
    box = drawing.box(SceneBox("external", "", "outside", _EDGE, y, WIDTH - 2 * _EDGE, 46))
    words = "external network"
    drawing.text(box.id, "name", box.x + _PAD, y + 29, topology.external, box.w - 2 * _PAD, tail=words)
    return box


def _network(drawing: _Drawing, topology: Topology, x: float, y: float, w: float) -> float:
    """What the frame is: the network that all of it is on. Gives where it ends."""
    network = topology.network
    index = len(drawing.boxes)
    drawing.box(SceneBox("network", "frame", "plain", x, y, w, 0))
    drawing.text("network", "name", x, y + 16, network.name, w)
    drawing.text(
        "network", "soft", x, y + 34, "network of this stack" if network.own else "existing network", w
    )
    rows: _Rows = [("subnet", (network.cidr or network.subnet,))]
    if network.nameservers:
        rows.append(("DNS", listed(network.nameservers)))
    if network.mtu:
        rows.append(("MTU", (str(network.mtu),)))
    y_end = _rows(drawing, "network", rows, x, y + 58, w)
    if not network.secured:
        y_end = drawing.block("network", "warn", x, y_end, _OPEN, w)
    drawing.end(index, y_end - _LINE + 8 - y)
    return y_end - _LINE + 8


def _api(drawing: _Drawing, topology: Topology, x: float, y: float, w: float) -> SceneBox:
    api = topology.api
    index = len(drawing.boxes)
    drawing.box(SceneBox("api", "frame", "card door", x, y, w, 0))
    left, room = x + 16, w - 32
    drawing.text("api", "name", left, y + 27, "API", room)
    drawing.text("api", "head", x + w - 14, y + 27, f"{api.scheme} :{api.port}", room - 50, anchor="end")
    rows = [("through", tuple(api.through.split(" ")))]
    if api.allowed:
        rows.append(("open to", _few(api.allowed)))
    end = _rows(drawing, "api", rows, left, y + 52, room)
    drawing.end(index, end - _LINE + 14 - y)
    return drawing.boxes[index]


def _from_outside(
    drawing: _Drawing,
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
    drawing: _Drawing, id_: str, name: str, words: str, middle: float, y: float, most: float
) -> SceneBox:
    """A small box around a name, centred, at most so wide."""
    index, style = len(drawing.boxes), "head" if words else "value"
    drawing.box(SceneBox(id_, "", "pill", middle, y, 0, 34))
    drawing.text(id_, style, middle, y + 22, name, most - 32, anchor="middle", tail=words)
    left, right = drawing.texts[-1].span
    drawing.boxes[index] = SceneBox(id_, "", "pill", left - 16, y, right - left + 32, 34)
    return drawing.boxes[index]


def _panel(
    drawing: _Drawing, topology: Topology, kind: GroupKind, heading: str, y: float, states: States
) -> SceneBox:
    """A security group: the groups of servers in it, and who may reach which of their ports."""
    groups = topology.of(kind)
    ports = [port for port in topology.ports if port.to is kind]
    index, id_ = len(drawing.boxes), f"{kind}s"
    x, w = _EDGE + _PAD, WIDTH - 2 * _EDGE - 2 * _PAD
    drawing.box(SceneBox(id_, "frame", f"panel {kind}", x, y, w, 0))
    left, inner, at = x + 16, w - 32, y + 44
    nodes = sum(len(group.indexes) for group in groups)
    drawing.text(id_, "head", left, y + 27, heading, 300, tail=counted(nodes, "node"))
    many = len(groups) > _SIDE_BY_SIDE
    if not ports:
        bottom = _cards(drawing, topology, groups, left, at, inner, 3, id_, states)
    elif many:
        at = _port_list(drawing, id_, ports, left, at, inner) + 14
        bottom = _cards(drawing, topology, groups, left, at, inner, 3, id_, states)
    else:
        columns = 1 if len(groups) == 1 else 2
        cards = _CARD if columns == 1 else inner - _PORTS - _GAP
        right = left + cards + _GAP
        bottom = max(
            _cards(drawing, topology, groups, left, at, cards, columns, id_, states),
            _port_list(drawing, id_, ports, right, at, inner - cards - _GAP),
        )
    drawing.end(index, bottom + 16 - y)
    return drawing.boxes[index]


def _cards(
    drawing: _Drawing,
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
            _card(drawing, topology, group, x + n * (width + 16), y, width, inside, states)
            for n, group in enumerate(row)
        ]
        y = max(box.y + box.h + 2 * box.depth * 2 for box in boxes) + 16
    return y - 16


def _card(
    drawing: _Drawing,
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
    at = _rows(drawing, id_, _facts(group), left, at, room)
    if group.kind is GroupKind.BASTION:
        for sender, what, _ in _merged(port for port in topology.ports if port.to is GroupKind.BASTION):
            at = _rows(drawing, id_, [("open to", (*sender[:-1], f"{sender[-1]}:", *what))], left, at, room)
    if of_group:
        at = _state(drawing, id_, of_group, left, at, room)
    drawing.end(index, at - _LINE + 12 - y)
    return drawing.boxes[index]


def _facts(group: ServerGroup) -> _Rows:
    """Label and words of each line of a card."""
    # Of a group whose servers are all taken out, the template has neither.
    made = (("flavor", group.flavor), ("image", group.image))
    rows: _Rows = [(label, (value,)) for label, value in made if value]
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
    drawing: _Drawing, inside: str, states: Mapping[str, int], x: float, y: float, room: float
) -> float:
    """A bar of the states of a group's nodes, and their numbers; gives the next baseline."""
    total, at = sum(states.values()), x
    for state, number in states.items():
        width = room * number / total
        drawing.bars.append(SceneBar(inside, state, at, y - 9, width))
        at += width
    words = [f"{number} {state}" for state, number in states.items()]
    return drawing.block(inside, "value", x, y + 17, " ".join(listed(tuple(words))).split(" "), room)


def _rows(
    drawing: _Drawing,
    inside: str,
    rows: Iterable[tuple[str, tuple[str, ...]]],
    x: float,
    y: float,
    w: float,
) -> float:
    """Labels on the left, values beside them in as many lines as they take; gives the next baseline."""
    for label, words in rows:
        drawing.text(inside, "soft", x, y, label, _LABEL - 4)
        value = x + _LABEL
        if label in ("boot", "etcd", "docker"):
            drawing.marks.append(SceneMark(inside, "disk", value, y - 11))
            y = drawing.block(inside, "value", value + 18, y, words, w - _LABEL - 18)
        else:
            y = drawing.block(inside, "value", value, y, words, w - _LABEL)
    return y


def _port_list(
    drawing: _Drawing, inside: str, ports: Iterable[OpenPort], x: float, y: float, w: float
) -> float:
    """Who may reach which ports, outsiders first; gives where it ends."""
    index, id_ = len(drawing.boxes), f"{inside}-ports"
    drawing.box(SceneBox(id_, inside, "ports", x, y, w, 0))
    left, room = x + 14, w - 28
    at = y + 25
    drawing.text(id_, "soft", left, at, "open to", room)
    at += 23
    for senders, what, kind in _merged(ports):
        drawing.marks.append(SceneMark(id_, str(kind), left + 4, at - 4.5))
        after = drawing.block(id_, "value", left + 16, at, senders, _SENDER - 22)
        at = max(after, drawing.block(id_, "value", left + _SENDER, at, what, room - _SENDER)) + 3
    drawing.end(index, at - 3 - _LINE + 13 - y)
    return at - 3 - _LINE + 13


def _merged(ports: Iterable[OpenPort]) -> list[tuple[tuple[str, ...], tuple[str, ...], SenderKind]]:
    """Words of senders, words of the ports that they may reach: one entry for senders of the same ports."""
    by_sender: dict[tuple[SenderKind, str], dict[str, None]] = {}
    for port in ports:
        by_sender.setdefault((port.sender_kind, port.sender), {})[port.what] = None
    merged: dict[tuple[SenderKind, tuple[str, ...]], list[str]] = {}
    for (kind, sender), what in by_sender.items():
        merged.setdefault((kind, tuple(what)), []).append(sender)
    order = list(SenderKind)
    return [
        (_few(tuple(senders)), ports_in_words(what), kind)
        for (kind, what), senders in sorted(merged.items(), key=lambda entry: order.index(entry[0][0]))
    ]


def _few(items: tuple[str, ...]) -> tuple[str, ...]:
    """The same, of more than a few the first and how many more there are."""
    if len(items) <= _MOST_RANGES:
        return listed(items)
    return (*listed(items[:_MOST_RANGES]), "and", str(len(items) - _MOST_RANGES), "more")


def _reaches(topology: Topology, panel: SceneBox) -> bool:
    """Whether the bastion may send to the servers of a panel."""
    return any(f"{port.to}s" == panel.id and port.sender == GroupKind.BASTION for port in topology.ports)


def _through(drawing: _Drawing, bastion: SceneBox, panels: list[SceneBox]) -> None:
    """Lines from the bastion, along the frame's right edge, to the panels that it may reach."""
    side = WIDTH - _EDGE - _PAD / 2
    way = [(bastion.x + bastion.w, bastion.y + 24), (side, bastion.y + 24)]
    for panel in panels:
        corner = (side, panel.y + 24)
        drawing.line(*way, corner, (panel.x + panel.w, corner[1]), arrow=True)
        way = [corner]


def _existing(drawing: _Drawing, topology: Topology, y: float) -> float:
    """Networks that were there and that groups are on too, each with those groups; gives where they end."""
    on: dict[ExistingNetwork, list[str]] = {}
    for group in topology.groups:
        for network in dict.fromkeys(group.networks):
            on.setdefault(network, []).append(group.name)
    for number, (network, groups) in enumerate(on.items()):
        index, id_ = len(drawing.boxes), f"network-{number}"
        box = drawing.box(SceneBox(id_, "", "outside", _EDGE, y, WIDTH - 2 * _EDGE, 0))
        words = f"existing network, subnet {network.subnet}" if network.subnet else "existing network"
        drawing.text(id_, "name", box.x + _PAD, y + 29, network.name, box.w - 2 * _PAD, tail=words)
        bottom = drawing.block(
            id_, "value", box.x + _PAD, y + 52, ("with", *listed(tuple(groups))), box.w - 2 * _PAD
        )
        drawing.end(index, bottom - _LINE + 14 - y)
        y = bottom - _LINE + 14 + 12
    return y if on else y - _GAP


def _legend(drawing: _Drawing, topology: Topology, y: float) -> float:
    """What the colours of senders mean; gives where the picture ends."""
    kinds = {port.sender_kind for port in topology.ports}
    words = {
        SenderKind.ANYONE: "any address",
        SenderKind.RANGE: "ranges that the spec allows",
        SenderKind.CLUSTER: "within the cluster",
    }
    if not kinds:
        return y + _EDGE
    box = drawing.box(SceneBox("legend", "", "plain", _EDGE, y + 10, WIDTH - 2 * _EDGE, 26))
    x = box.x + 4
    for kind in SenderKind:
        if kind in kinds:
            drawing.marks.append(SceneMark(box.id, str(kind), x, box.y + 13))
            x = drawing.text(box.id, "soft", x + 12, box.y + 17, words[kind], 300) + 24
    return box.y + box.h + 12
