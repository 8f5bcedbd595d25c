"""Options of commands that change a running cluster and speak to its own API."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, TypeAlias

import typer

DRAIN_MINUTES = 10.0
_PORTS = range(1, 65536)

ApiOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS:PORT",
        envvar="JEROBOAM_API",
        help="Where the cluster's API is reached from here, such as a tunnel's end.",
        show_default=False,
    ),
]
DrainOption: TypeAlias = Annotated[
    float, typer.Option(metavar="MINUTES", min=0, help="How long a node may take to be drained.")
]
NoDrainOption: TypeAlias = Annotated[
    bool, typer.Option("--no-drain", help="Nodes go with what runs there: for those that are dead.")
]


def repeated(
    *,
    secrets: str | None,
    api: str | None,
    allow_outside: bool,
    ignore: Iterable[str] = (),
    drain_minutes: float = DRAIN_MINUTES,
) -> list[str]:
    """The options of a command that goes on with it: the same, without what was said for one node once."""
    words = ["--drain-timeout", f"{drain_minutes:g}"] if drain_minutes != DRAIN_MINUTES else []
    words += ["--secrets", secrets] if secrets else []
    words += ["--api", api] if api else []
    words += [word for id_ in ignore for word in ("--ignore", id_)]
    return words + (["--allow-outside"] if allow_outside else [])


def reached_at(text: str | None) -> tuple[str, int] | None:
    """Address and port of `--api`, None where there is none. Raises BadParameter."""
    if text is None:
        return None
    address, _, port = text.rpartition(":")
    if not address or not port.isdecimal() or int(port) not in _PORTS:
        raise typer.BadParameter(f"'{text}' is no ADDRESS:PORT", param_hint="--api")
    return address.strip("[]"), int(port)
