"""The table of which properties Heat updates in place, from its engine: run it to write the table anew.

python -m tests.unit.deploy.plan.heat_schemas > compiler/jeroboam/deploy/plan/properties.json
"""

from __future__ import annotations

import re
import sys
from typing import Any

from jeroboam.serialize import json_text
from tests.support.cases import GOLDEN
from tests.support.heat_engine import support_status

_TYPE = re.compile(r"^    type: (OS::\S+)$", re.MULTILINE)


def emitted() -> tuple[str, ...]:
    """Every resource type of the golden templates."""
    texts = (path.read_text(encoding="utf-8") for path in GOLDEN.rglob("*.yaml"))
    return tuple(sorted({found for text in texts for found in _TYPE.findall(text)}))


def table() -> dict[str, Any]:
    """By resource type: properties that are updated in place, those that replace, and what a failure does."""
    return {name: _entry(name) for name in emitted()}


def _entry(name: str) -> dict[str, Any]:
    support_status(name)  # Loads the engine, which registers its types.
    from heat.engine import resource, resources

    kind = resources.global_env().get_class(name)
    schema = kind.properties_schema
    return {
        "update": sorted(n for n, s in schema.items() if s.update_allowed),
        "replace": sorted(n for n, s in schema.items() if not s.update_allowed),
        "replaced_when_failed": kind.needs_replace_failed is resource.Resource.needs_replace_failed,
    }


if __name__ == "__main__":
    sys.stdout.write(json_text(table()))
