"""`schema` and `explain`: what a spec may say."""

from __future__ import annotations

from typing import Annotated

import typer

from jeroboam.cli.terminal import result
from jeroboam.diagnostics.explain import explain as finding
from jeroboam.serialize import json_text
from jeroboam.spec.explain import explain as page
from jeroboam.spec.explain import search, suggestion
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
    what: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[WHAT...]",
            help="A property, a JSON pointer, a code of a finding, or words to look for.",
            autocompletion=_properties,
        ),
    ] = None,
) -> None:
    """Explain a property of cluster specs, or a finding.

    Of a property it prints what it means, its type, default and an example; a property is named with dots
    between levels, or by the pointer that a finding has. Of a code it prints what the finding says, and what
    to do about it. Words list the properties that are about them; without WHAT all are listed.

    Examples:
      jeroboam explain
      jeroboam explain network.mtu
      jeroboam explain /node_groups/0/retired
      jeroboam explain JB0206
      jeroboam explain volume type
    """
    name = " ".join(what or ())
    text = page(name or None) or finding(name) or search(name)
    if text is None:
        near = suggestion(name)
        advice = f"did you mean '{near}'?" if near else "'jeroboam explain' lists all properties"
        raise typer.BadParameter(
            f"there is no property or code '{name}', and no property is about it; {advice}",
            param_hint="'WHAT'",
        )
    result(text)
