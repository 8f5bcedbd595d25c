"""Plans as Markdown, for the comment of a pull request: short enough for one, and safe to show there.

What comes from a spec, a stack or Heat stands in code: there it can be no link, mention, image or markup.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from jeroboam.deploy.plan.drift import Drift
from jeroboam.deploy.plan.refusals import losses
from jeroboam.deploy.plan.text import NAMES, Alike, alike, effect_text, summary
from jeroboam.deploy.plan.types import ChangeKind, Plan
from jeroboam.deploy.plan.values import LONGEST
from jeroboam.escape import escaped
from jeroboam.spec.change.types import ChangeEffect, SpecChange

LIMIT = 65_536
"""Bytes of UTF-8; GitHub takes as many characters of a comment."""
_SHARE = 8_192
"""What each further table is sure of, however long those before it are."""
_MOST = 400
"""Characters of a sentence."""
_PROPERTIES = (
    "| property | before | after | what it does to a cluster that runs |\n| --- | --- | --- | --- |\n"
)
_RESOURCES = "| | resource | type | why |\n| --- | --- | --- | --- |\n"
_DRIFT = "| resource | type | what is otherwise |\n| --- | --- | --- |\n"
# Words that are more than letters, numbers and the marks of a sentence, or begin a list.
_PLAIN = re.compile(r"""[("']*(?:[A-Za-z]|\d(?!\d*[.)]$))[A-Za-z0-9,;.'"()%/-]*[:]?""")
_OPENING, _CLOSING = "('\"", ")'\",;:."
_HEAVY = re.compile(r"://|www\.|^[A-Za-z]+-\d+|\.[A-Za-z]|[A-Fa-f0-9]{7,}|/")
_EFFECTS = {
    ChangeEffect.NEVER: "cannot change in a cluster that runs",
    ChangeEffect.ROLL: "by `jeroboam roll`, node by node",
    ChangeEffect.API: "through the API of the COE",
    ChangeEffect.NEW: "for nodes made from now on",
    ChangeEffect.LIVE: "under running nodes",
}


def markdown(plan: Plan, found: Sequence[Drift] = (), *, checked: bool = False, limit: int = LIMIT) -> str:
    """The plan, in at most `limit` bytes; with `checked` also what drifted. What is left out is counted.

    It begins with a comment that a script can find it by.
    """
    page = _Page(limit)
    notes = _notes(plan.notes)
    for_resources = len(notes.encode()) + (_SHARE if plan.changes else 0)
    name = re.sub(r"[^a-z0-9-]", "", plan.name.lower())
    page.add(f"<!-- jeroboam diff {name} -->\n### {code(plan.name)}: {prose(summary(plan))}\n")
    page.add(_warnings(plan))
    if plan.properties:
        counts = Counter(change.effect for change in plan.properties)
        page.add(f"\n{', '.join(f'{counts[e]} {words}' for e, words in _EFFECTS.items() if counts[e])}\n\n")
        told = map(_property, plan.properties)
        page.table(_PROPERTIES, told, 4, "properties", reserve=for_resources + (_SHARE if found else 0))
    if plan.sections and not plan.changes:
        page.add(f"\nBeside resources, the template differs in: {', '.join(map(code, plan.sections))}\n")
    if checked:
        page.add(f"\n**Drift**: {_counted(len(found), 'difference') if found else 'none'}\n\n")
        if found:
            page.table(_DRIFT, map(_drifted, found), 3, "differences", reserve=for_resources)
    page.add(notes)
    if plan.create:
        rows: Iterable[str] = (
            f"| {code('+')} | {n} | {code(t)} | |\n" for t, n in sorted(_types(plan).items())
        )
        page.folded(_counted(len(plan.changes), "resource"), _RESOURCES, rows, 4)
    elif plan.changes:
        rows = map(_resource, alike(plan.changes))
        page.folded(_counted(len(plan.changes), "resource"), _RESOURCES, rows, 4)
    return page.text()


def code(value: object) -> str:
    """A text as code within a line or a cell: nothing in it means anything."""
    text = escaped(str(value))
    if re.search(r"[`|]", text) or (text and not text.strip()):
        # No fence and no backslash is sure of these in a table, as entities are.
        return f"<code>{re.sub('[^A-Za-z0-9]', lambda found: f'&#{ord(found[0])};', text)}</code>"
    pad = " " if text[:1] == " " or text[-1:] == " " else ""
    return f"`{pad}{text}{pad}`" if text else ""


def prose(text: str) -> str:
    """A sentence of ours in which others' words may stand: each word that is no plain one is code."""
    short = text if len(text) <= _MOST else f"{text[: _MOST - 1]}…"
    return " ".join(map(_word, escaped(short).split()))


def _word(word: str) -> str:
    if word == "->" or (_PLAIN.fullmatch(word) and not _HEAVY.search(word)):
        return word
    core = word.lstrip(_OPENING).rstrip(_CLOSING)
    if not core:
        return code(word)
    before, _, after = word.partition(core)
    return f"{before}{code(core)}{after}"


class _Page:
    """Text of bounded length."""

    def __init__(self, limit: int) -> None:
        self._left = limit
        self._parts: list[str] = []

    def add(self, text: str, *, reserve: int = 0) -> bool:
        """Add a part if it fits and leaves `reserve` bytes."""
        size = len(text.encode())
        if size + reserve > self._left:
            return False
        self._left -= size
        self._parts.append(text)
        return True

    def table(self, head: str, rows: Iterable[str], columns: int, what: str, *, reserve: int = 0) -> None:
        """A table with as many rows as fit; the last one counts those that do not."""
        rest = list(rows)

        def last(count: int) -> str:
            return f"| … | {count} more {what} |{' |' * (columns - 2)}\n"

        reserve += len(last(len(rest)).encode())
        if not self.add(head, reserve=reserve):
            return
        for at, row in enumerate(rest):
            if not self.add(row, reserve=reserve):
                self.add(last(len(rest) - at))
                return

    def folded(self, title: str, head: str, rows: Iterable[str], columns: int) -> None:
        """A table that is opened on demand."""
        end = "\n</details>\n"
        if self.add(f"\n<details><summary>{title}</summary>\n\n", reserve=len(end) + len(head) + 100):
            self.table(head, rows, columns, "kinds of changes", reserve=len(end))
            self.add(end)

    def text(self) -> str:
        """All of it."""
        return "".join(self._parts)


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _notes(notes: Sequence[str]) -> str:
    more = [f"\n- and {_counted(len(notes) - NAMES, 'more note')}\n"] if len(notes) > NAMES else []
    return "".join([*(f"\n- {prose(note)}\n" for note in notes[:NAMES]), *more])


def _warnings(plan: Plan) -> str:
    """What no update does, or not unasked."""
    never = [f"- {code(c.path)}: {prose(effect_text(c))}" for c in plan.properties if c.refused]
    lost = [
        f"- {prose(refusal.message)}; refused unless {code(f'--allow-replace {refusal.name}')}"
        for refusal in losses(plan.changes)
    ]
    told = [*never, *lost]
    if not told:
        return ""
    more = [f"- and {len(told) - NAMES} more"] if len(told) > NAMES else []
    return "\n" + "".join(f"> {line}\n" for line in ("[!CAUTION]", *told[:NAMES], *more))


def _property(change: SpecChange) -> str:
    does = f"**{change.effect}**: {prose(effect_text(change))}"
    return f"| {code(change.path)} | {_value(change.old)} | {_value(change.new)} | {does} |\n"


def _value(value: Any) -> str:
    if value is None:
        return "(none)"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return code(text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…") or code('""')


def _resource(found: Alike) -> str:
    names = [code(name) for name in found.names[:NAMES]]
    more = f" and {len(found.names) - NAMES} more" if len(found.names) > NAMES else ""
    why = "<br>".join(prose(cause) for cause in found.causes)
    return f"| {code(found.mark)} {found.word} | {', '.join(names)}{more} | {code(found.type)} | {why} |\n"


def _drifted(one: Drift) -> str:
    name = "/".join(filter(None, (one.stack, one.resource)))
    return f"| {code(name)} | {code(one.type)} | {code(one.by)}: {prose(one.what)} |\n"


def _types(plan: Plan) -> Counter[str]:
    return Counter(change.type for change in plan.changes if change.kind is ChangeKind.ADD)
