"""The picture of the cluster that the README's spec is."""

from __future__ import annotations

import re
from pathlib import Path

from jeroboam.pipeline import compile_spec
from jeroboam.topology import scene, svg, topology

README = Path(__file__).resolve().parents[2] / "README.md"


def picture() -> str:
    """The picture as SVG, of the first spec in the README."""
    spec = re.search(r"```yaml\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert spec, "the README begins with a spec"
    compiled = compile_spec("-", stdin=spec[1].encode()).value
    found = topology(compiled.templates) if compiled else None
    assert found, "the README's spec compiles"
    return svg(scene(found))
