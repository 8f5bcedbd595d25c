"""Jeroboam: from a short cluster spec to a complete OpenStack Heat template.

From Python: `compile_spec` gives the files and the model of a cluster, `jeroboam.deploy.run` makes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jeroboam.__about__ import __version__

if TYPE_CHECKING:
    from jeroboam.pipeline import compile_spec, plan_spec

__all__ = ["__version__", "compile_spec", "plan_spec"]


def __getattr__(name: str) -> Any:
    # The program starts with this module: what it does not need at once is imported when it is asked for.
    if name in ("compile_spec", "plan_spec"):
        from jeroboam import pipeline

        return getattr(pipeline, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
