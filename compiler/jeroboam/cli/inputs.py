"""The option by which a command reads what a spec names also outside of its repository."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from jeroboam.storage.inputs import Root

OutsideOption = Annotated[
    bool,
    typer.Option(
        "--allow-outside",
        help="Read what the spec names also outside of its Git repository or, without one, its folder.",
    ),
]


def root(spec: str, *, allow_outside: bool) -> Root | None:
    """Where files may be that come with `spec`, a path or `-`; None for anywhere."""
    from pathlib import Path

    from jeroboam.storage.inputs import root_of

    return None if allow_outside else root_of("." if spec == "-" else str(Path(spec).parent))
