"""DOT by a parser of its language, Mermaid by its grammar as far as we write it."""

from __future__ import annotations

import html
import re

import pydot
import pytest

from jeroboam.topology import Topology, dot, mermaid
from jeroboam.topology.chart import chart
from tests.support.cases import CASES, Case
from tests.unit.topology.samples import DIVERSE, EVIL, hostile, of_case

pytestmark = pytest.mark.filterwarnings("ignore:.*deprecated:DeprecationWarning")  # pydot's own
EVERY_CASE = pytest.mark.parametrize("case", CASES, ids=str)
TEXT = r'"[\w .,:/()\-#;<>]*"'
OPENED = ((r"\(\[", r"\]\)"), (r"\{\{", r"\}\}"), (r"\[/", r"\\\]"), (r"\[\[", r"\]\]"), (r"\[\(", r"\)\]"))
BOX = "|".join(f"{left}{TEXT}{right}" for left, right in (*OPENED, (r"\[", r"\]"), (r"\(", r"\)")))
NODE = re.compile(rf"(?P<id>[a-z]\w*)(?:{BOX})", re.ASCII)
EDGE = re.compile(rf"(?P<tail>[a-z]\w*) (?:---|-->)(?:\|{TEXT}\|)? (?P<head>[a-z]\w*)", re.ASCII)


def parsed(found: Topology) -> tuple[set[str], list[tuple[str, str]]]:
    """Nodes and edges of a flowchart; fails at a line that is none of its grammar."""
    first, *lines = mermaid(found).splitlines()
    assert first == "flowchart TB"
    nodes: set[str] = set()
    edges: list[tuple[str, str]] = []
    depth = 0
    for line in map(str.strip, lines):
        if match := NODE.fullmatch(line):
            nodes.add(match["id"])
        elif match := EDGE.fullmatch(line):
            edges.append((match["tail"], match["head"]))
        else:
            assert line == "end" or re.fullmatch(rf"subgraph frame\[{TEXT}\]", line, re.ASCII), line
            depth += 1 if line != "end" else -1
    assert depth == 0
    return nodes, edges


def graphviz(found: Topology) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Labels of nodes by id, and edges, as a reader of the language has them."""
    read = (pydot.graph_from_dot_data(dot(found)) or [])[0]
    inner = read.get_subgraphs()
    assert [graph.get_name() for graph in inner] == ["cluster_network"]
    nodes = [
        n
        for graph in (read, *inner)
        for n in graph.get_nodes()
        if n.get_name() not in ("node", "edge", "graph")
    ]
    labels = {n.get_name(): n.get_label() for n in nodes}
    assert len(labels) == len(nodes)
    return labels, [(e.get_source(), e.get_destination()) for e in read.get_edges()]


@EVERY_CASE
def test_a_flowchart_has_every_node_and_edge(case: Case) -> None:
    found = of_case(case)
    drawn = chart(found)
    ids = {node.id for node in drawn.nodes}
    ways = [(edge.tail, edge.head) for edge in drawn.edges]
    assert {end for way in ways for end in way} <= ids
    assert len(ids) == len(drawn.nodes)
    nodes, edges = parsed(found)
    assert (nodes, edges) == (ids, ways)
    texts = [line for node in drawn.nodes for line in node.lines]
    for group in found.groups:
        assert group.name in texts
        assert sum(f"{disk.purpose} {disk.size} GiB" in " ".join(texts) for disk in group.disks) == len(
            group.disks
        )
    assert {network.name for network in found.existing_networks} <= set(texts)
    senders = {port.sender for port in found.ports} - {"masters", "workers", "bastion"}
    assert senders <= set(texts)


@pytest.mark.parametrize("case", DIVERSE, ids=str)
def test_a_digraph_has_every_node_and_edge(case: Case) -> None:
    drawn = chart(of_case(case))
    labels, edges = graphviz(of_case(case))
    assert set(labels) == {node.id for node in drawn.nodes}
    assert sorted(edges) == sorted((edge.tail, edge.head) for edge in drawn.edges)


def test_nothing_that_a_user_writes_is_a_statement() -> None:
    found = hostile()
    ids = {node.id for node in chart(found).nodes}
    nodes, _ = parsed(found)
    assert nodes == ids
    # Whoever draws it reads the entity codes back.
    assert EVIL.split("\n")[0] in html.unescape(re.sub(r"#(\d+);", r"&#\1;", mermaid(found)))
    labels, _ = graphviz(found)
    assert set(labels) == ids
    shown = html.unescape(labels["external"][1:-1].replace('\\"', '"').replace("\\\\", "\\"))
    assert shown.startswith(EVIL.split("\n")[0])
    assert not {"\x1b", "\u202e"} & set(dot(found) + mermaid(found))
