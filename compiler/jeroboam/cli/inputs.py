"""The spec that a command reads, and where what it names may be."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from jeroboam.cli.reporting import report
from jeroboam.cli.strict import strict
from jeroboam.cli.terminal import Exit, standard_input
from jeroboam.cli.today import today
from jeroboam.emit import Compiled
from jeroboam.model.types import ClusterModel
from jeroboam.pipeline import compile_spec, plan_spec
from jeroboam.source import SpecResult
from jeroboam.spec import read
from jeroboam.storage.inputs import Root, root_of

T = TypeVar("T")

ClusterArgument = Annotated[
    str, typer.Argument(metavar="NAME|SPEC", help="A stack's name, or a cluster spec; '-' is a spec.")
]

SecretsOption = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        help="The cluster's secrets file.  [default: <name>.secrets.yaml beside SPEC]",
        show_default=False,
    ),
]

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


def is_spec(word: str) -> bool:
    """Whether an argument is a spec and no stack's name: it is a file, or named like one."""
    return word == "-" or word.endswith((".yaml", ".yml", ".json")) or Path(word).is_file()


def cluster_named(word: str, *, allow_outside: bool) -> tuple[str, str | None]:
    """The name of a cluster's stack, from itself or from its spec; and the spec, where it is one.

    Errors of the spec end the command.
    """
    if not is_spec(word):
        return word, None
    stdin = standard_input() if word == "-" else None
    found = read(word, stdin, allow_outside=allow_outside)
    if found.value is None:
        report(word, found)
        raise typer.Exit(Exit.INVALID_SPEC)
    return found.value.spec.name, word


def compiled(
    spec: str, *, allow_outside: bool, error_on: Sequence[str] | None = None, warnings: bool = False
) -> Compiled:
    """What `spec` compiles to; its findings are told, errors, or with `warnings` those, end the command."""
    judged = strict(error_on, warnings=warnings)
    stdin = standard_input() if spec == "-" else None
    return _valid(spec, judged(compile_spec(spec, stdin=stdin, allow_outside=allow_outside, today=today())))


def planned(spec: str, *, allow_outside: bool) -> ClusterModel:
    """The model of the cluster of `spec`; its findings are told, errors end the command."""
    stdin = standard_input() if spec == "-" else None
    return _valid(spec, plan_spec(spec, stdin=stdin, allow_outside=allow_outside, today=today()))


def _valid(spec: str, reading: SpecResult[T]) -> T:
    report(spec, reading)
    if reading.value is None:
        raise typer.Exit(Exit.INVALID_SPEC)
    return reading.value
