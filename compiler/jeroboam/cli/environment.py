"""`secrets`: the environment file with a cluster's CA, keys and tokens, and what happened to it."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from jeroboam.cli.terminal import Exit, Failure, failing, result, say, shell, standard_input

if TYPE_CHECKING:
    from jeroboam.model.secrets import Secret
    from jeroboam.secrets import Environment, Refusal

ROTATED = """\
  A running cluster keeps its old values: updating its stack does not reach servers that exist, and nodes
  added from now on cannot join the old ones. Use the new values for a cluster made anew, or replace every
  node. Credentials that were signed by the old CA do not work with the new one."""


def secrets(
    spec: Annotated[str, typer.Argument(metavar="SPEC", help="A cluster spec; '-' is standard input.")],
    output: Annotated[
        str | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="The file, or '-'.  [default: <name>.secrets.yaml]",
            show_default=False,
        ),
    ] = None,
    given: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="FILE",
            help="YAML or JSON with the values that only you can supply; '-' is standard input.",
            show_default=False,
        ),
    ] = None,
    rotate: Annotated[
        bool, typer.Option("--rotate", help="Make every value anew, except those that you supplied.")
    ] = False,
) -> None:
    """Make the secrets of a cluster.

    Writes a Heat environment file, readable by you alone (mode 0600), with what the cluster's template takes
    as hidden parameters: the private keys and certificates of its CAs, join tokens and encryption keys. Its
    values are sealed, so that nobody who may read the project sees them in Heat; what opens them is a comment
    of the file, and reaches nodes by the keypairs that 'jeroboam keypairs' makes.
    Whoever can read the file owns the cluster: keep it out of version control, and keep a safe copy, since
    every later update of the stack needs the same values.

    A file that is there already is completed, never overwritten: values that the spec newly needs are
    added, and all others stay as they are. With --rotate all values are made anew. A running cluster does not
    take them up: use them for a cluster made anew, or replace every node.

    Some values only you can supply, such as the application credential that lets a cluster make volumes.
    Write them into a YAML or JSON mapping, as text, not base64, and name it with --from; the output
    of 'openstack application credential create -f json' is accepted as it is. On a terminal you are asked
    for what is missing. Values from --from replace earlier ones.

    Examples:
      jeroboam secrets prod.yaml
      jeroboam secrets prod.yaml -o /safe/prod.secrets.yaml
      jeroboam secrets prod.yaml --rotate
      openstack application credential create -f json prod |
          jeroboam secrets prod.yaml --from -
      jeroboam secrets prod.yaml -o - | vault kv put secret/prod environment=-
    """
    from jeroboam.cli.reporting import report
    from jeroboam.pipeline import plan_spec

    if spec == "-" and given == "-":
        raise typer.BadParameter("standard input, '-', can be read only once")
    planned = plan_spec(spec, stdin=standard_input() if spec == "-" else None)
    report(spec, planned)
    if planned.value is None:
        raise typer.Exit(Exit.INVALID_SPEC)
    name, wanted = planned.value.spec.name, planned.value.secrets
    path = output or f"{name}.secrets.yaml"
    made = _made(name, wanted, path, given, spec, rotate=rotate)
    if path == "-":
        result(made.text)
        return
    _place(path, made)
    _tell(path, made, rotate=rotate)


def kept(name: str, wanted: Sequence[Secret], path: str, spec: str, *, first: bool) -> Environment:
    """What a stack is made with; the file is made on first use, and never after that.

    `first` where no stack has been made with it yet; a Failure says what is missing otherwise.
    """
    from pathlib import Path

    there = Path(path).exists()
    if not there and not first:
        raise Failure(
            f"'{path}' is not there, and the stack '{name}' was made with its values",
            "restore it from its safe copy, or name it with --secrets; new values would not fit the nodes",
        )
    made = _made(name, wanted, path, None, spec, rotate=False)
    if made.added and not first:
        raise Failure(
            f"'{path}' lacks {_listed(made.added)}", f"add what is new: {shell('jeroboam', 'secrets', spec)}"
        )
    _place(path, made)
    if made.added:
        _tell(path, made, rotate=False)
    return made


def _made(
    name: str, wanted: Sequence[Secret], path: str, source: str | None, spec: str, *, rotate: bool
) -> Environment:
    from datetime import UTC, datetime
    from random import SystemRandom

    from jeroboam.secrets import EMPTY, Refusal, contents, environment, given

    old_text = "" if path == "-" else _existing(path)
    old = contents(old_text, wanted) if old_text else EMPTY
    if isinstance(old, Refusal):
        raise _refused(path, old)
    values = _supplied(source, wanted) if source else {}
    missing = [s for s in given(wanted) if s.name not in values and s.name not in old.parameters]
    values = {**values, **_asked(missing, spec)}
    made = environment(
        name, wanted, old, old_text, values, rotate=rotate, random=SystemRandom(), now=datetime.now(UTC)
    )
    if isinstance(made, Refusal):
        raise _refused(path, made)
    return made


def _existing(path: str) -> str:
    from jeroboam.cli.files import text_of

    try:
        with failing("read", path):
            return text_of(path) or ""
    except UnicodeDecodeError as error:
        raise Failure(f"'{path}' exists and is not text", "name another file with -o") from error


def _supplied(source: str, wanted: Sequence[Secret]) -> Mapping[str, str]:
    from jeroboam.cli.files import text_of
    from jeroboam.secrets import Refusal, supplied

    try:
        with failing("read", source):
            text = standard_input().decode("utf-8") if source == "-" else text_of(source)
    except UnicodeDecodeError as error:
        raise Failure(f"'{source}' is not text", "give a YAML or JSON mapping") from error
    if text is None:
        raise Failure(f"cannot read '{source}': there is no such file")
    values = supplied(text, wanted)
    if isinstance(values, Refusal):
        raise _refused(source, values)
    return values


def _asked(missing: Sequence[Secret], spec: str) -> dict[str, str]:
    """The values of `missing`, from the terminal; a Failure that says where to get them without one."""
    from jeroboam.model.secrets import Given

    if not missing:
        return {}
    if sys.stdin.isatty() and sys.stderr.isatty():
        return {s.name: str(typer.prompt(s.description, hide_input=True, err=True)) for s in missing}
    how = dict.fromkeys(secret.recipe.how for secret in missing if isinstance(secret.recipe, Given))
    raise Failure(
        f"the cluster needs values that only you can supply: {_listed([s.name for s in missing])}\n  "
        + "\n  ".join(how),
        "save them as a YAML or JSON mapping (what openstack prints with '-f json' will do), then: "
        + shell("jeroboam", "secrets", spec, "--from", "FILE"),
    )


def _refused(path: str, refusal: Refusal) -> Failure:
    return Failure(f"'{path}': {refusal.message}", refusal.hint)


def _place(path: str, made: Environment) -> None:
    from pathlib import Path

    from jeroboam.cli.files import PRIVATE, written

    if made.added or made.replaced or made.newly_sealed:
        with failing("write", path):
            written(path, made.text, PRIVATE)
    elif Path(path).stat().st_mode & 0o077:
        say(f"warning: '{path}' can be read by others: {shell('chmod', '600', path)}")


def _tell(path: str, made: Environment, *, rotate: bool) -> None:
    if made.added and not made.replaced and not made.kept:
        say(f"{path}: {len(made.added)} secrets made; keep the file safe and out of version control")
        return
    if made.replaced:
        say(f"{path}: replaced {_listed(made.replaced)}")
    if made.added:
        say(f"{path}: added {_listed(made.added)}")
    if made.newly_sealed and made.kept:
        say(f"{path}: sealed; restore no older copy of it for this cluster")
    elif not made.added and not made.replaced:
        say(f"{path}: complete; nothing was changed (--rotate makes all values anew)")
    elif made.kept:
        say(f"{path}: {_listed(made.kept)} stayed as they were")
    if made.foreign:
        say(
            f"note: {_listed(made.foreign)} in '{path}': no secret of this cluster; heat refuses "
            "a parameter that the template lacks"
        )
    if rotate and made.replaced:
        say(ROTATED)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
