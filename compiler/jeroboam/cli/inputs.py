"""The spec that a command reads, and where what it names may be."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from jeroboam.cli.reporting import report
from jeroboam.cli.strict import strict
from jeroboam.cli.terminal import Exit, standard_input
from jeroboam.emit import Bundle
from jeroboam.model.types import ClusterModel
from jeroboam.pipeline import compile_spec, plan_spec
from jeroboam.storage.inputs import Root, root_of

OutsideOption = Annotated[
    bool,
    typer.Option(
        "--allow-outside",
        help="Read what the spec names also outside of its Git repository or, without one, its folder.",
    ),
]


def root(spec: str, *, allow_outside: bool) -> Root | None:
    """Where files may be that come with `spec`, a path or `-`; None for anywhere."""
    return None if allow_outside else root_of("." if spec == "-" else str(Path(spec).parent))


def cluster(
    spec: str, *, allow_outside: bool, error_on: Sequence[str] | None = None
) -> tuple[Bundle, ClusterModel]:
    """What `spec` compiles to, and the model of its cluster; its findings are told, errors end all."""
    judged = strict(error_on)
    stdin = standard_input() if spec == "-" else None
    compiled = judged(compile_spec(spec, stdin=stdin, allow_outside=allow_outside))
    report(spec, compiled)
    planned = plan_spec(spec, stdin=stdin, allow_outside=allow_outside)
    if compiled.value is None or planned.value is None:
        raise typer.Exit(Exit.INVALID_SPEC)
    return compiled.value, planned.value
