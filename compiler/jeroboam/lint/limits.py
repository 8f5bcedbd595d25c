"""Templates against Heat's default limits, which an operator may have changed.

Facts: heat/common/config.py; what is measured: heat/common/template_format.py; depth: stack_resource.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jeroboam.diagnostics import Diagnostic, diagnose
from jeroboam.hot.check import MAX_RESOURCES_PER_STACK, MAX_TEMPLATE_SIZE
from jeroboam.lint.template import HotTemplate

MAX_NESTED_DEPTH = 5
"""Levels of templates below the first."""


def check_limits(template: HotTemplate, resources: int) -> Iterator[Diagnostic]:
    """Its size, and the number of `resources` of it and of what it nests."""
    size = printed_length(template.data, MAX_TEMPLATE_SIZE)
    if size > MAX_TEMPLATE_SIZE:
        yield diagnose("JB0870", "/resources", at_key=True, size=size, limit=MAX_TEMPLATE_SIZE)
    if resources > MAX_RESOURCES_PER_STACK:
        limit = MAX_RESOURCES_PER_STACK
        yield diagnose("JB0871", "/resources", at_key=True, count=resources, limit=limit)


def printed_length(value: Any, enough: int) -> int:
    """The characters of `str(value)`, not counted much beyond `enough`: aliases may stand for large texts."""
    if isinstance(value, dict | list):
        members = value.items() if isinstance(value, dict) else ((None, item) for item in value)
        length = 0  # Two brackets, and no comma with a blank after the last.
        for key, member in members:
            length += len(repr(key)) + 2 if key is not None else 0
            length += printed_length(member, enough - length) + 2
            if length > enough:
                break
        return length if value else 2
    return len(repr(value))
