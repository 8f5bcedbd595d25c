"""Templates of small specs written inline, compiled whole."""

from __future__ import annotations

from typing import Any

import yaml

from jeroboam.pipeline import compile_spec
from jeroboam.serialize import yaml_text
from tests.unit.spec.specs import BASE


def template(**changes: Any) -> dict[str, Any]:
    """The parsed HOT of `BASE` with top-level properties replaced."""
    found = compile_spec("-", stdin=yaml_text({**BASE, **changes}).encode())
    assert found.value is not None, found.diagnostics
    parsed: dict[str, Any] = yaml.safe_load(found.value.bundle.hot)
    return parsed
