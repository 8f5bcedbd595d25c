"""A scene as SVG that needs nothing else: no font, no script, no network; light and dark as its reader is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from jeroboam.resources import data
from jeroboam.topology.primitives import (
    STYLES,
    TAIL,
    WIDTH,
    Scene,
    SceneBar,
    SceneBox,
    SceneLine,
    SceneMark,
    SceneText,
)

_NO_CHARACTER = re.compile("[\ufffe\uffff]")
_ROUND = {"outside": 10, "frame": 14, "panel": 12, "card": 8, "pill": 17, "ports": 8, "plain": 0}


def svg(scene: Scene) -> str:
    """The picture as a document that stands alone, or within an HTML page."""
    return "".join(f"{line}\n" for line in _lines(scene))


def _lines(scene: Scene) -> Iterator[str]:
    height, left = _number(scene.height), _number(scene.inset)
    width = _number(WIDTH - 2 * scene.inset)
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="topology" viewBox="{left} 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img" aria-label={quoteattr(_clean(scene.title))}>'
    )
    yield f"<title>{_text(scene.title)}</title>"
    yield f"<desc>{_text(scene.description)}</desc>"
    sizes = "".join(
        f".topology .{name} {{ font-size: {_number(style.size)}px;"
        f"{' font-weight: 600;' if style.bold else ' font-weight: 400;'} }}\n"
        for name, style in STYLES.items()
    )
    yield f"<style>\n{data(__file__, 'svg.css')}{sizes}</style>"
    yield f'<rect class="canvas" width="{WIDTH}" height="{height}"/>'
    for box in scene.boxes:
        if box.style != "plain":
            yield from _box(box)
    for line in scene.lines:
        yield from _line(line)
    for bar in scene.bars:
        yield _bar(bar)
    for mark in scene.marks:
        yield _mark(mark)
    for text in scene.texts:
        yield _label(text)
    yield "</svg>"


def _box(box: SceneBox) -> Iterator[str]:
    radius = _ROUND[box.style.partition(" ")[0]]
    for sheet in range(box.depth, 0, -1):
        yield _rect("sheet", box.x + 4 * sheet, box.y + 4 * sheet, box.w, box.h, radius)
    yield _rect(box.style, box.x, box.y, box.w, box.h, radius)
    if box.style.startswith("card "):
        kind = box.style.split(" ")[1]
        yield _rect(f"edge {kind}", box.x, box.y + 10, 4, box.h - 20, 2)


def _rect(style: str, x: float, y: float, w: float, h: float, radius: float) -> str:
    place = " ".join(
        f'{name}="{_number(value)}"'
        for name, value in (("x", x), ("y", y), ("width", w), ("height", h), ("rx", radius))
    )
    return f"<rect class={quoteattr(_clean(style))} {place}/>"


def _line(line: SceneLine) -> Iterator[str]:
    way = " L".join(f"{_number(x)} {_number(y)}" for x, y in line.points)
    yield f'<path class="wire" d="M{way}"/>'
    if line.arrow:
        (from_x, from_y), (x, y) = line.points[-2:]
        down, right = (y > from_y) - (y < from_y), (x > from_x) - (x < from_x)
        corners = [(x - 8 * right - 5 * down, y - 8 * down - 5 * right)]
        corners += [(x - 8 * right + 5 * down, y - 8 * down + 5 * right), (x, y)]
        shape = " L".join(f"{_number(a)} {_number(b)}" for a, b in corners)
        yield f'<path class="tip" d="M{shape} Z"/>'


def _bar(bar: SceneBar) -> str:
    return _rect(f"bar {bar.style}", bar.x, bar.y, bar.w, 7, 1)


def _mark(mark: SceneMark) -> str:
    x, y = _number(mark.x), _number(mark.y)
    if mark.style != "disk":
        return f'<circle class="{mark.style}" cx="{x}" cy="{y}" r="4"/>'
    return (
        f'<path class="disk" d="M{x} {_number(mark.y + 3)} a6 2.5 0 0 1 12 0 v7 a6 2.5 0 0 1 -12 0 z '
        f'm0 0 a6 2.5 0 0 0 12 0"/>'
    )


def _label(text: SceneText) -> str:
    anchor = f' text-anchor="{text.anchor}"' if text.anchor != "start" else ""
    tip = f"<title>{_text(text.tip)}</title>" if text.tip else ""
    place = f'x="{_number(text.x)}" y="{_number(text.y)}"'
    tail = f'<tspan class="soft" dx="{TAIL}">{_text(text.tail)}</tspan>' if text.tail else ""
    return f'<text class="{text.style}" {place}{anchor}>{tip}{_text(text.text)}{tail}</text>'


def _text(text: str) -> str:
    return escape(_clean(text))


def _clean(text: str) -> str:
    """Without the two characters that XML has not and that are no controls."""
    return _NO_CHARACTER.sub("�", text)


def _number(value: float) -> str:
    """To a tenth, as short as can be."""
    return f"{value:.1f}".removesuffix(".0")
