"""`--error-on` and `--strict`: findings that a pipeline does not let pass."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Annotated, TypeVar

import typer

from jeroboam.diagnostics import has_errors, ordered
from jeroboam.diagnostics.strict import GROUPS, WARNINGS, UnknownCodeError, strictness
from jeroboam.source import SpecResult

T = TypeVar("T")

ErrorOnOption = Annotated[
    list[str] | None,
    typer.Option(
        "--error-on",
        metavar="CODE,…",
        help="Findings that are errors here: codes, 'security', or 'warnings'; repeatable.",
        show_default=False,
    ),
]

StrictOption = Annotated[
    bool, typer.Option("--strict", help="Warnings are errors here, but for those that the spec accepts.")
]


def strict(
    names: Sequence[str] | None, *, warnings: bool = False
) -> Callable[[SpecResult[T]], SpecResult[T]]:
    """What makes of a reading one in which those findings are errors, and whose value is then None.

    With `warnings` all warnings are. What a spec accepts is an error only where its code is among the names,
    by itself or in a group of codes: a pipeline's rule is above a spec. Raises BadParameter for a name that
    stands for nothing.
    """
    if not names and not warnings:
        return lambda reading: reading
    try:
        wanted = strictness([*(names or ()), *([WARNINGS] if warnings else [])])
    except UnknownCodeError as unknown:
        near, groups = unknown.nearest, " and ".join(f"'{group}'" for group in GROUPS)
        meant = f"did you mean '{near}'?" if near else f"{groups} stand for many"
        message = f"there is no code '{unknown.name}'; {meant}"
        raise typer.BadParameter(message, param_hint="'--error-on'") from None

    def judged(reading: SpecResult[T]) -> SpecResult[T]:
        overruled = (finding for finding in reading.accepted if finding.code in wanted.codes)
        found = ordered(wanted.judged((*reading.diagnostics, *overruled)))
        return replace(reading, diagnostics=found, value=None if has_errors(found) else reading.value)

    return judged
