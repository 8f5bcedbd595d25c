"""`schema` and `explain`: what a spec may say."""

from __future__ import annotations

from typing import Annotated

import typer

from jeroboam.cli.terminal import result
from jeroboam.serialize import json_text
from jeroboam.spec.explain import explain as page
from jeroboam.spec.explain import suggestion
from jeroboam.spec.phrases import paths
from jeroboam.spec.schema import composed


def _properties(incomplete: str) -> list[str]:
    return [path for path in paths() if path.startswith(incomplete)]


def schema() -> None:
    """Print the JSON Schema of cluster specs.

    An editor with a YAML language server completes and checks a spec as you type, when the spec's first
    line names the schema's file: '# yaml-language-server: $schema=jeroboam.schema.json'.

    Examples:
      jeroboam schema > jeroboam.schema.json
      jeroboam schema | jq '.properties.network.properties | keys'
    """
    result(json_text(composed()))


def explain(
    name: Annotated[
        str | None,
        typer.Argument(metavar="[PROPERTY]", help="Dots between levels.", autocompletion=_properties),
    ] = None,
) -> None:
    """Explain a property of cluster specs.

    Prints what it means, its type, default and an example; without PROPERTY, one line for each there is.

    Examples:
      jeroboam explain
      jeroboam explain network.mtu
      jeroboam explain node_groups.retired
    """
    text = page(name)
    if text is None:
        near = suggestion(name or "")
        advice = f"did you mean '{near}'?" if near else "'jeroboam explain' lists all properties"
        raise typer.BadParameter(f"there is no property '{name}'; {advice}", param_hint="'PROPERTY'")
    result(text)
