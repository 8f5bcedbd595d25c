"""`graph`: the topology of a cluster, as a picture, in a language of diagrams, or as a page."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from jeroboam.cli.files import PUBLIC, written
from jeroboam.cli.inputs import OutsideOption, compiled
from jeroboam.cli.terminal import failing, result
from jeroboam.emit import Compiled
from jeroboam.topology import dot, mermaid, page, scene, svg, topology


class GraphFormat(StrEnum):
    """How a topology is written."""

    SVG = "svg"
    DOT = "dot"
    MERMAID = "mermaid"
    HTML = "html"


def graph(
    spec: Annotated[str, typer.Argument(metavar="SPEC", help="A cluster spec; '-' is standard input.")],
    form: Annotated[GraphFormat, typer.Option("--format", help="How it is written.")] = GraphFormat.SVG,
    output: Annotated[
        str | None,
        typer.Option("-o", "--output", metavar="FILE", help="Write to this file.", show_default=False),
    ] = None,
    allow_outside: OutsideOption = False,
) -> None:
    """Draw the topology of a cluster.

    Networks, the router, floating IPs, the API and its load balancer, the bastion, each group of nodes with
    its volumes, and which ports are open to whom: what the template has, and in the same bytes for the same
    spec. An SVG is light or dark as its reader's screen is. DOT is for Graphviz, Mermaid for Markdown of
    GitHub and GitLab.

    '--format html' writes one page that needs no network: the picture, the open ports, every resource of the
    stack, and the files that nodes boot with, without secrets. It can be searched and printed.

    Examples:
      jeroboam graph prod.yaml > prod.svg
      jeroboam graph --format html prod.yaml -o prod.html
      jeroboam graph --format dot prod.yaml | dot -Tpdf > prod.pdf
      jeroboam graph --format mermaid prod.yaml
    """
    shown = _formatted(compiled(spec, allow_outside=allow_outside), form)
    if output is None or output == "-":
        result(shown)
    else:
        with failing("write", output):
            written(output, shown, PUBLIC)


def _formatted(cluster: Compiled, form: GraphFormat) -> str:
    found = topology(cluster.templates)
    assert found is not None, "what the compiler writes has a cluster in it"
    match form:
        case GraphFormat.SVG:
            return svg(scene(found))
        case GraphFormat.DOT:
            return dot(found)
        case GraphFormat.MERMAID:
            return mermaid(found)
        case GraphFormat.HTML:
            return page(found, {role: boots.files for role, boots in cluster.user_data.items()})
