"""Which ports of servers are open to whom, as lines of a picture."""

from __future__ import annotations

from collections.abc import Iterable

from jeroboam.topology.drawing import LINE, Drawing, few
from jeroboam.topology.primitives import SceneBox, SceneMark
from jeroboam.topology.types import OpenPort, SenderKind
from jeroboam.topology.wording import ports_in_words

_SENDER = 150


def draw_ports(
    drawing: Drawing, inside: str, ports: Iterable[OpenPort], x: float, y: float, w: float
) -> float:
    """Who may reach which ports, outsiders first; gives where it ends."""
    index, id_ = len(drawing.boxes), f"{inside}-ports"
    drawing.box(SceneBox(id_, inside, "ports", x, y, w, 0))
    left, room = x + 14, w - 28
    at = y + 25
    drawing.text(id_, "soft", left, at, "open to", room)
    at += 23
    for senders, what, kind in merged_ports(ports):
        drawing.marks.append(SceneMark(id_, str(kind), left + 4, at - 4.5))
        after = drawing.block(id_, "value", left + 16, at, senders, _SENDER - 22)
        at = max(after, drawing.block(id_, "value", left + _SENDER, at, what, room - _SENDER)) + 3
    drawing.end(index, at - 3 - LINE + 13 - y)
    return at - 3 - LINE + 13


def merged_ports(ports: Iterable[OpenPort]) -> list[tuple[tuple[str, ...], tuple[str, ...], SenderKind]]:
    """Words of senders, words of the ports that they may reach: one entry for senders of the same ports."""
    by_sender: dict[tuple[SenderKind, str], dict[str, None]] = {}
    for port in ports:
        by_sender.setdefault((port.sender_kind, port.sender), {})[port.what] = None
    merged: dict[tuple[SenderKind, tuple[str, ...]], list[str]] = {}
    for (kind, sender), what in by_sender.items():
        merged.setdefault((kind, tuple(what)), []).append(sender)
    order = list(SenderKind)
    return [
        (few(tuple(senders)), ports_in_words(what), kind)
        for (kind, what), senders in sorted(merged.items(), key=lambda entry: order.index(entry[0][0]))
    ]
