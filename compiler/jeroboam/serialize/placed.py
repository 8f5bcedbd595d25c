"""YAML as Heat's own loader takes it, with the place of every value.

Beyond what `reader` takes: `<<` merges, and of a key that is given twice the last value counts
(heat/common/template_format.py: PyYAML's safe loader, dates as text).
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

from jeroboam.serialize.reader import OpenCollection, YamlError, YamlReader

Mark: TypeAlias = tuple[int, int, int, int]
"""Start line, start column, end line, end column; zero-based, end exclusive, columns in characters."""


class PlacedValue(NamedTuple):
    """A value, and where it stands; what an alias stands for is where its anchor is."""

    value: Any
    """A scalar, a list of placed values, or a dict of placed entries."""
    mark: Mark


class PlacedEntry(NamedTuple):
    """A member of a mapping: where its key stands, and its value."""

    key: Mark
    value: PlacedValue


class PlacedYaml(NamedTuple):
    """A text as a tree, and the keys that are given twice: the name, and the first and the second place."""

    root: PlacedValue
    twice: tuple[tuple[str, Mark, Mark], ...]


def load_placed(text: str) -> PlacedYaml:
    """The one document of a YAML 1.1 text, null for an empty one. Raises YamlError."""
    return _PlacedReader(text).read()


class _MergeKey(str):
    """The key `<<`, which is no text like others."""


class _PlacedReader(YamlReader):
    """A reading whose collections hold placed values."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.twice: list[tuple[str, Mark, Mark]] = []
        self.keys: list[Mark] = []
        self.merges: dict[int, list[PlacedValue]] = {}

    def read(self) -> PlacedYaml:
        """The whole text."""
        documents = self.documents()
        root: Any = next(documents, PlacedValue(None, (0, 0, 0, 0)))
        end = self.last.end_mark
        if next(documents, None) is not None:
            raise YamlError("there is a second document", end.line + 1, 1, "leave one of them")
        return PlacedYaml(root, tuple(self.twice))

    def _end(self, done: OpenCollection, event: Any) -> None:
        start, end = done.start.start_mark, (event.end_mark.line, event.end_mark.column)
        # A block ends where the next token starts; its last child says where it really ends.
        if event.end_mark.index == event.start_mark.index and done.value:
            last = (
                next(reversed(done.value.values())).value if isinstance(done.value, dict) else done.value[-1]
            )
            end = max(last.mark[2:], (start.line, start.column))
        value: Any = done.value
        for merged in self.merges.pop(id(done), ()):
            value = {**merged.value, **value} if isinstance(merged.value, dict) else value
        node = PlacedValue(value, (start.line, start.column, *end))
        self._put(node, event, done.height, done.anchor, self.values - done.before)

    def _put(self, value: Any, event: Any, height: int, anchor: str | None, size: int = 1) -> None:
        if not isinstance(value, PlacedValue):
            start, end = event.start_mark, event.end_mark
            value = PlacedValue(value, (start.line, start.column, end.line, end.column))
        super()._put(value, event, height, anchor, size)

    def _enter(self, mapping: dict[str, Any], into: OpenCollection, value: Any, event: Any) -> None:
        if into.key is None:
            merges = isinstance(value.value, _MergeKey)
            into.key = value.value if merges else self._key(value.value, event)
            self.keys.append(value.mark)
            return
        name, key = into.key, self.keys.pop()
        into.key = None
        if isinstance(name, _MergeKey):
            self._collect(into, value, event)
            return
        if name in mapping:
            self.twice.append((name, mapping[name].key, key))
        mapping[name] = PlacedEntry(key, value)

    def _merge(self, event: Any) -> str:  # noqa: ARG002  (what others refuse there)
        return _MergeKey("<<")

    def _collect(self, into: OpenCollection, value: PlacedValue, event: Any) -> None:
        """What is merged into a mapping; of several the first wins, as for PyYAML."""
        several = value.value if isinstance(value.value, list) else [value]
        if not all(isinstance(one.value, dict) for one in several):
            self._refuse(
                event, "'<<' merges something that is no mapping", "give it a mapping or a list of them"
            )
        self.merges.setdefault(id(into), []).extend(several)
