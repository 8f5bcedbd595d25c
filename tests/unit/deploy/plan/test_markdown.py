"""Plans as a comment shows them, read by a parser of Markdown."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from markdown_it import MarkdownIt

from jeroboam.deploy.plan import created, templates_of
from jeroboam.deploy.plan.drift import Drift
from jeroboam.deploy.plan.markdown import LIMIT, code, markdown, prose
from jeroboam.deploy.plan.types import Change, ChangeKind, Plan, PropertyChange
from jeroboam.escape import escaped
from jeroboam.spec.change.types import ChangeEffect, SpecChange
from tests.unit.deploy.plan.specs import bundle, plan

HOSTILE = [
    "@everyone please",
    "![x](https://evil.example/x.png)",
    "[click](javascript:alert(1))",
    "<img src=x onerror=alert(1)>",
    "</details><h1>approved</h1>",
    "<!-- hidden",
    "a | b | c",
    r"a \| b \\| c",
    "`code` and ``more`` and ```",
    "|`|",
    "https://evil.example www.evil.example a@evil.example",
    "#1 GH-1 owner/repo#1 0123456789abcdef0123456789abcdef01234567",
    "**bold** __bold__ ~~gone~~ :tada: $x$",
    "- item\n> quote\n# head\n1. one",
    "&lt;b&gt; &#64;everyone",
    "\u202eevil\u2066",
    "::error::x ##[error]x",
    "\x1b[31m",
    "ends in \\",
    " ",
    "> [!NOTE]",
]
OURS = {"h3", "p", "code", "table", "thead", "tbody", "tr", "th", "td", "strong", "blockquote", "ul", "li"}
OURS |= {"details", "summary", "br"}


class _Reader(HTMLParser):
    """The tags of a page, the text outside of code, and each code."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[Any] = []
        self.comments: list[str] = []
        self.plain = ""
        self.codes: list[str] = []
        self.depth = 0

    def handle_starttag(self, tag: str, attrs: list[Any]) -> None:
        self.tags.add(tag)
        self.attributes += attrs
        if tag == "code":
            self.depth += 1
            self.codes.append("")

    def handle_endtag(self, tag: str) -> None:
        self.depth -= tag == "code"

    def handle_data(self, data: str) -> None:
        if self.depth:
            self.codes[-1] += data
        else:
            self.plain += data

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)


def read(text: str) -> _Reader:
    reader = _Reader()
    reader.feed(MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(text))
    reader.close()
    return reader


def hostile(value: str) -> Plan:
    """A plan with a value wherever one can stand."""
    cause = PropertyChange(value, value, value, value)
    changes = (
        Change(ChangeKind.REPLACE, value, value, value, (cause,), "master-0", value),
        Change(ChangeKind.ADD, "", value, value),
    )
    properties = tuple(
        SpecChange(value, value, value, {value: [value]}, effect, value, value, value)
        for effect in ChangeEffect
    )
    return Plan(value, False, changes, 1, (value,), (value,), properties)


def test_what_it_says() -> None:
    text = markdown(plan(("m1.xlarge", "m1.huge"), ("image: ubuntu-24.04", "image: ubuntu-26.04")))
    assert text.startswith(
        "<!-- jeroboam diff payments -->\n### `payments`: 8 to change, 5 to replace; 90 stay as they are\n"
    )
    assert (
        "| `node_groups.default.flavor` | `m1.xlarge` | `m1.huge` | **roll**: the nodes of 'default' have it "
        "once jeroboam roll has made them anew, one after another; a resize restarts the server |\n"
    ) in text
    assert "\n4 by `jeroboam roll`, node by node\n" in text
    assert "refused unless `--allow-replace payments-master-0`" in text
    assert "| `!` replace | `gpu-0`, `gpu-1` | `OS::Nova::Server` | " in text
    assert "- Heat replaces all 3 servers of 'master' at the same time\n" in text
    assert read(text).tags <= OURS


def test_what_cannot_change_comes_first() -> None:
    change = SpecChange(
        "network.cidr", "network.cidr", "10.0.0.0/24", "10.1.0.0/24", ChangeEffect.NEVER,
        instead="make a second cluster with it, and move what runs there",
    )  # fmt: skip
    text = markdown(Plan("a", False, (), 1, properties=(change,), sections=("outputs",)))
    assert (
        "> [!CAUTION]\n> - `network.cidr`: cannot change in a living cluster; make a second cluster with it, "
        "and move what runs there\n"
    ) in text
    assert text.index("[!CAUTION]") < text.index("| property |")
    assert "\nBeside resources, the template differs in: `outputs`\n" in text


def test_no_difference_a_create_and_drift() -> None:
    size = bundle().resources
    assert markdown(plan()) == (
        f"<!-- jeroboam diff payments -->\n### `payments`: no difference in {size} resources\n"
    )
    text = markdown(created("payments", templates_of(bundle())))
    assert "| `+` | 8 | `OS::Nova::Server` | |\n" in text
    gone = Drift("", "default-0", "OS::Nova::Server", "nova", "the server no longer exists")
    text = markdown(plan(), [gone], checked=True)
    assert "**Drift**: 1 difference\n" in text
    assert "| `default-0` | `OS::Nova::Server` | `nova`: the server no longer exists |\n" in text
    assert "**Drift**: none\n" in markdown(plan(), [], checked=True)


@pytest.mark.parametrize("value", HOSTILE)
def test_a_code_shows_what_it_holds(value: str) -> None:
    cell = read(f"| a | b |\n| --- | --- |\n| {code(value)} | end |\n")
    # Of code that is only blanks, Markdown keeps them; of other code, none at the ends is lost.
    assert cell.codes == [escaped(value)]
    assert cell.plain.split() == ["a", "b", "end"]
    assert cell.tags == {"table", "thead", "tbody", "tr", "th", "td", "code"}


@pytest.mark.parametrize("value", HOSTILE)
def test_nothing_of_others_is_markup(value: str) -> None:
    page = read(markdown(hostile(value), [Drift(value, value, value, "nova", value)], checked=True))
    assert page.tags <= OURS
    assert page.attributes == []
    assert len(page.comments) == 1
    assert re.fullmatch(r" jeroboam diff [a-z0-9-]* ", page.comments[0])
    # What GitHub links by itself, outside of code: mentions, addresses, numbers of issues, emoji.
    assert not re.search(r"@|://|www\.|#\d|GH-\d|:\w+:|[0-9a-f]{7,}|\$", page.plain)
    # The tables are whole: each row has its cells, and nothing stands beside them.
    lines = [line for line in markdown(hostile(value)).splitlines() if line.startswith("| ")]
    html = MarkdownIt("commonmark").enable("table").render(markdown(hostile(value)))
    assert html.count("<tr>") == len([line for line in lines if not line.startswith("| ---")])
    for row in re.findall(r"<tr>(.*?)</tr>", html, re.DOTALL):
        assert len(re.findall(r"<t[dh]>", row)) == 4


@pytest.mark.parametrize("value", ["x", "ä" * 60, "😀|" * 30])
def test_it_fits_a_comment(value: str) -> None:
    properties = tuple(
        SpecChange(
            f"node_groups.g{n}.flavor", "node_groups.flavor", value, value * 2, ChangeEffect.ROLL, value
        )
        for n in range(2_000)
    )
    causes = (PropertyChange("flavor", value, value),)
    changes = tuple(
        Change(ChangeKind.CHANGE, "", f"{value}{n}", f"OS::Nova::{n}", causes) for n in range(2_000)
    )
    drifted = [Drift("", value, "OS::Nova::Server", "nova", value * 50)] * 2_000
    for found in (
        Plan("a", False, changes, 1, (value * 500,) * 9, properties=properties),
        Plan("a", False, (), 1, properties=properties),
        Plan("a", False, changes, 1),
    ):
        for checked in (False, True):
            text = markdown(found, drifted if checked else [], checked=checked)
            assert LIMIT * 0.8 < len(text.encode()) <= LIMIT
            more = [int(n) for n in re.findall(r"^\| … \| (\d+) more ", text, re.MULTILINE)]
            rows = len(re.findall(r"^\| (?!---|property|resource|\||…)", text, re.MULTILINE))
            assert text.count("\n- and 3 more notes\n") == (1 if found.notes else 0)
            told = len(found.properties) + (len(drifted) if checked else 0) + len(found.changes)
            # Each is either shown or counted.
            assert rows + sum(more) == told
            assert text.count("<details>") == text.count("</details>") == (1 if found.changes else 0)
            assert read(text).tags <= OURS


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Heat resizes all 3 servers of 'gpu' at the same time", None),
        ("set network.cidr, then 'a_b' (c_d).", "set `network.cidr`, then '`a_b`' (`c_d`)."),
        ("1. one", "`1`. one"),
        ("- x", "`-` x"),
        ("flavor: a -> b", None),
    ],
)
def test_sentences_stay_sentences(text: str, shown: str | None) -> None:
    assert prose(text) == (shown or text)
