"""The topology of a cluster, from its template as data, and pictures of it.

build     templates               -> Topology: networks, groups, open ports, resources
layout    Topology                -> Scene: boxes, texts and lines (primitives), each with its place
svg       Scene                   -> a picture that needs nothing else
dot       Topology                -> Graphviz's language
mermaid   Topology                -> Mermaid's language, for pull requests and wikis
page      Topology, files         -> one HTML page that needs nothing else
"""

from jeroboam.topology.build import topology
from jeroboam.topology.dot import dot
from jeroboam.topology.layout import scene
from jeroboam.topology.mermaid import mermaid
from jeroboam.topology.page import page
from jeroboam.topology.svg import svg
from jeroboam.topology.types import Topology

__all__ = ["Topology", "dot", "mermaid", "page", "scene", "svg", "topology"]
