"""A picture in the making: boxes that get their height in the end, texts that are cut to their room."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from jeroboam.escape import escaped
from jeroboam.topology.primitives import (
    STYLES,
    TAIL,
    SceneBar,
    SceneBox,
    SceneLine,
    SceneMark,
    SceneText,
    width_of,
)
from jeroboam.topology.widths import fitted, wrapped
from jeroboam.topology.wording import listed

EDGE, PAD, GAP = 20, 18, 20
"""Around a picture, within a box, between two."""
LINE = 19
"""From a baseline to the next."""
_LABEL = 58
_MOST_RANGES = 6
"""How many ranges that may reach the same ports are named; the others are counted."""
LabelledRows = list[tuple[str, tuple[str, ...]]]
"""Labels, each with the words of its value."""


@dataclass(slots=True)
class Drawing:
    """What is drawn so far."""

    boxes: list[SceneBox] = field(default_factory=list)
    lines: list[SceneLine] = field(default_factory=list)
    texts: list[SceneText] = field(default_factory=list)
    marks: list[SceneMark] = field(default_factory=list)
    bars: list[SceneBar] = field(default_factory=list)

    def box(self, box: SceneBox) -> SceneBox:
        """A box, as it is given."""
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
        own = min(width_of(whole, style), room if not after else room * 2 / 3)
        after = fitted(after, room - own - TAIL, soft.size)
        shown = fitted(
            whole, room - (width_of(after, "soft") + TAIL if after else 0), how.size, bold=how.bold
        )
        tip = " ".join(filter(None, (whole, tail))) if (shown, after) != (whole, escaped(tail)) else ""
        put = SceneText(inside, style, x, y, shown, anchor, after, escaped(tip))
        self.texts.append(put)
        return put.span[1]

    def block(self, inside: str, style: str, x: float, y: float, words: Iterable[str], room: float) -> float:
        """Words in as many lines as they take, the first at the baseline `y`; gives the next baseline."""
        how = STYLES[style]
        for line in wrapped(tuple(map(escaped, words)), room, how.size, bold=how.bold):
            self.texts.append(SceneText(inside, style, x, y, line))
            y += LINE
        return y

    def end(self, index: int, height: float) -> None:
        """Gives a box that was begun without one its height."""
        box = self.boxes[index]
        self.boxes[index] = SceneBox(
            box.id, box.inside, box.style, box.x, box.y, box.w, height, box.tip, box.depth
        )

    def line(self, *points: tuple[float, float], arrow: bool = False) -> None:
        """A line through points."""
        self.lines.append(SceneLine(points, arrow))


def draw_rows(
    drawing: Drawing,
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


def few(items: tuple[str, ...]) -> tuple[str, ...]:
    """The same, of more than a few the first and how many more there are."""
    if len(items) <= _MOST_RANGES:
        return listed(items)
    return (*listed(items[:_MOST_RANGES]), "and", str(len(items) - _MOST_RANGES), "more")
