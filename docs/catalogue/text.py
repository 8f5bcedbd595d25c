"""The text of the JSON files that the compiler reads its versions from, always in one form."""

from __future__ import annotations

import json
from typing import Any


def text(data: Any) -> str:
    """As JSON with a key on each line, in the order that the data has; lists are on one line."""
    return f"{_text(data, 0)}\n"


def _text(value: Any, depth: int) -> str:
    if not isinstance(value, dict) or not value:
        return json.dumps(value, ensure_ascii=False)
    margin = "  " * depth
    rows = (f"{margin}  {json.dumps(key)}: {_text(of, depth + 1)}" for key, of in value.items())
    return "{\n" + ",\n".join(rows) + f"\n{margin}}}"
