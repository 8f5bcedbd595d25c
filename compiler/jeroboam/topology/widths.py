"""How wide texts are, estimated: wide enough for the fonts that browsers take for `system-ui`."""

from __future__ import annotations

from unicodedata import combining, east_asian_width

# Of the em; those of DejaVu Sans, the widest of these fonts, rounded up. A test has a browser measure texts.
_NARROW, _LEAN, _USUAL, _BROAD, _WIDE = 0.36, 0.5, 0.65, 0.8, 1.0
_CLASSES = {
    **dict.fromkeys("ijlI'|.,:; ·", _NARROW),
    **dict.fromkeys('frtJ()[]{}/\\-!"`', _LEAN),
    **dict.fromkeys("wACDGHKMNOQRUVXYZB&+<>=~\N{MULTIPLICATION SIGN}#", _BROAD),
    **dict.fromkeys("mMW%@…—", _WIDE),
}
_BOLD = 1.13
_SEPARATORS = "-./_:"


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """The most that `text` takes in a font of `size`, in its unit."""
    return size * (_BOLD if bold else 1.0) * sum(map(_em, text))


def fitted(text: str, width: float, size: float, *, bold: bool = False) -> str:
    """`text`, cut with an ellipsis where it is wider than `width`."""
    if text_width(text, size, bold=bold) <= width:
        return text
    room = width - text_width("…", size, bold=bold)
    taken = 0.0
    for at, character in enumerate(text):
        taken += text_width(character, size, bold=bold)
        if taken > room:
            return text[:at].rstrip() + "…"
    return text


def wrapped(words: tuple[str, ...], width: float, size: float, *, bold: bool = False) -> tuple[str, ...]:
    """Lines of words, each kept whole unless it alone is wider than `width`; at least one line."""
    lines: list[str] = []
    line = ""
    for piece in (piece for word in words for piece in _pieces(word, width, size, bold=bold)):
        longer = f"{line} {piece}" if line else piece
        if line and text_width(longer, size, bold=bold) > width:
            lines.append(line)
            line = piece
        else:
            line = longer
    return (*lines, line)


def _pieces(word: str, width: float, size: float, *, bold: bool) -> list[str]:
    """A word in parts that are no wider than `width`, cut after a separator where one is not far back."""
    pieces, rest = [], word
    while text_width(rest, size, bold=bold) > width and len(rest) > 1:
        end = next(
            (n for n in range(2, len(rest)) if text_width(rest[:n], size, bold=bold) > width), len(rest)
        )
        end = max(end - 1, 1)
        after = next((n for n in range(end, end // 2, -1) if rest[n - 1] in _SEPARATORS), end)
        pieces.append(rest[:after])
        rest = rest[after:]
    return [*pieces, rest]


def _em(character: str) -> float:
    known = _CLASSES.get(character)
    if known is not None:
        return known
    if character.isascii():
        return _USUAL
    if combining(character):
        return 0.0
    return 1.05 if east_asian_width(character) in "WF" else _BROAD
