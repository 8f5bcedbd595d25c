"""A topology in Mermaid's language, as GitHub and GitLab draw it in Markdown.

Facts: mermaid.js.org/syntax/flowchart.html (texts between quotes, entity codes); that directives between
`%%{` and `}%%` are found wherever they stand, so that no sign of one may be left in a text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from jeroboam.escape import escaped
from jeroboam.topology.chart import ChartEdge, ChartNode, Shape, chart
from jeroboam.topology.types import Topology

_SHAPES = {
    Shape.NETWORK: "([{}])",
    Shape.ROUTER: "{{{{{}}}}}",
    Shape.DOOR: "[/{}\\]",
    Shape.FIREWALL: "[[{}]]",
    Shape.SERVERS: "[{}]",
    Shape.VOLUMES: "[({})]",
    Shape.SENDER: "({})",
}
_SPECIAL = re.compile(r"[^\w .,:/()-]", re.ASCII)


def mermaid(topology: Topology) -> str:
    """The topology as a flowchart."""
    return "".join(f"{line}\n" for line in _statements(topology))


def _statements(topology: Topology) -> Iterator[str]:
    drawn = chart(topology)
    yield "flowchart TB"
    yield from (f"  {_node(node)}" for node in drawn.nodes if not node.inside)
    yield f"  subgraph frame[{_quoted((drawn.frame,))}]"
    yield from (f"    {_node(node)}" for node in drawn.nodes if node.inside)
    yield "  end"
    yield from (f"  {_edge(edge)}" for edge in drawn.edges)


def _node(node: ChartNode) -> str:
    return node.id + _SHAPES[node.shape].format(_quoted(node.lines))


def _edge(edge: ChartEdge) -> str:
    arrow = "---" if edge.plain else "-->"
    label = f"|{_quoted((edge.label,))}|" if edge.label else ""
    return f"{edge.tail} {arrow}{label} {edge.head}"


def _quoted(lines: tuple[str, ...]) -> str:
    return '"' + "<br>".join(map(_harmless, lines)) + '"'


def _harmless(text: str) -> str:
    """A text in which every sign that could mean something is an entity code."""
    return _SPECIAL.sub(lambda found: f"#{ord(found[0])};", escaped(text))
