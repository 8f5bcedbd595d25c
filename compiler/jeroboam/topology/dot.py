"""A topology in Graphviz's language.

Facts: graphviz.org/doc/info/lang.html (quoted strings), graphviz.org/docs/attr-types/escString, and that
labels have HTML's character entities.
"""

from __future__ import annotations

from collections.abc import Iterator

from jeroboam.escape import escaped
from jeroboam.topology.chart import ChartEdge, ChartNode, Shape, chart
from jeroboam.topology.types import Topology

_SHAPES = {
    Shape.NETWORK: "shape=ellipse",
    Shape.ROUTER: "shape=diamond",
    Shape.DOOR: "shape=cds",
    Shape.FIREWALL: "shape=component",
    Shape.SERVERS: "shape=box3d",
    Shape.VOLUMES: "shape=cylinder",
    Shape.SENDER: "shape=plaintext",
}


def dot(topology: Topology) -> str:
    """The topology as a digraph."""
    return "".join(f"{line}\n" for line in _statements(topology))


def _statements(topology: Topology) -> Iterator[str]:
    drawn = chart(topology)
    yield f"digraph {_quoted((topology.cluster,))} {{"
    yield f"  graph [rankdir=TB, fontname=sans, labelloc=t, label={_quoted((drawn.title,))}];"
    yield "  node [fontname=sans, fontsize=11];"
    yield "  edge [fontname=sans, fontsize=9];"
    yield from (f"  {_node(node)}" for node in drawn.nodes if not node.inside)
    yield "  subgraph cluster_network {"
    yield f"    graph [style=dashed, label={_quoted((drawn.frame,))}];"
    yield from (f"    {_node(node)}" for node in drawn.nodes if node.inside)
    yield "  }"
    yield from (f"  {_edge(edge)}" for edge in drawn.edges)
    yield "}"


def _node(node: ChartNode) -> str:
    return f"{node.id} [{_SHAPES[node.shape]}, label={_quoted(node.lines)}];"


def _edge(edge: ChartEdge) -> str:
    attributes = [f"label={_quoted((edge.label,))}"] if edge.label else []
    attributes += ["arrowhead=none"] if edge.plain else []
    return f"{edge.tail} -> {edge.head}" + (f" [{', '.join(attributes)}];" if attributes else ";")


def _quoted(lines: tuple[str, ...]) -> str:
    r"""Lines between double quotes: `\n` is a new line of the label, and no other sequence is one."""
    return '"' + r"\n".join(map(_harmless, lines)) + '"'


def _harmless(text: str) -> str:
    whole = escaped(text).replace("&", "&amp;")
    return whole.replace("\\", "\\\\").replace('"', '\\"')
