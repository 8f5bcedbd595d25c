"""What a picture is made of: boxes, texts, lines, marks and bars, each with its place; styles of texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from jeroboam.topology.widths import text_width

WIDTH = 1000
"""Of every picture, in its own unit: a pixel where there is room."""
TAIL = 9
"""Between a text and its tail."""


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
        width = width_of(self.text, self.style)
        if self.tail:
            width += TAIL + width_of(self.tail, "soft")
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


def width_of(text: str, style: str) -> float:
    """The width of a text of a style, as estimated."""
    return text_width(text, STYLES[style].size, bold=STYLES[style].bold)
