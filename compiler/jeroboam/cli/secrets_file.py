"""A secrets file on disk: what it holds, what it should hold, put in place by one run at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from random import SystemRandom

import typer

from jeroboam import escape
from jeroboam.cli.files import PRIVATE, bytes_of, text_of, waiting
from jeroboam.cli.secrets_place import secrets_file
from jeroboam.cli.terminal import CommandError, failing, on_a_terminal, say, standard_input
from jeroboam.deploy.gather_endings import HeldSecrets
from jeroboam.escape import shell
from jeroboam.model.secrets import Secret, UserSupplied
from jeroboam.secrets import (
    ANOTHER,
    EMPTY,
    Contents,
    Environment,
    Refusal,
    contents,
    environment,
    given,
    of_another,
    supplied,
    unreadable,
    unreadable_values,
)
from jeroboam.secrets.authority import TOO_SHORT, expiring
from jeroboam.serialize import not_text
from jeroboam.storage.atomic_write import LockedFile, clear, place
from jeroboam.storage.inputs import Root

_ENDING = ".secrets.yaml"
_NAMED = "pass the cluster's secrets file with --secrets"


def parameters(path: str, wanted: Sequence[Secret]) -> Mapping[str, str]:
    """The file's base64 values, by name; none where there is no file."""
    text = None if path == "-" else read(path, ANOTHER)
    found = None if text is None else contents(text, wanted)
    if isinstance(found, Refusal):
        raise refused(path, found)
    return {str(name): str(value) for name, value in found.parameters.items()} if found else {}


def held_in(path: str, cluster: str | None = None) -> Contents | None:
    """What the secrets file of a cluster that was made already holds, None where there is no file.

    A CommandError where it is of another cluster than `cluster`, if that is given.
    """
    text = read(path, _NAMED)
    held = None if text is None else contents(text, (), _NAMED)
    if isinstance(held, Refusal):
        raise refused(path, held)
    if held and cluster and (foreign := of_another(cluster, held, _NAMED)):
        raise refused(path, foreign)
    return held


def values_for(
    wanted: Sequence[Secret], path: str, source: str | None, spec: str, below: Root | None = None
) -> Mapping[str, str]:
    """What only the user can supply: from `source`, else asked for as far as `path` lacks it; plain text.

    A file `source` has to be below a folder where one is given.
    """
    values = supplied_by(source, wanted, below) if source else {}
    there = parameters(path, wanted)
    missing = [s for s in given(wanted) if s.name not in values and s.name not in there]
    return {**values, **_asked(missing, spec)}


def made_for(
    name: str,
    wanted: Sequence[Secret],
    path: str,
    values: Mapping[str, str],
    *,
    rotate: bool,
    keep_unending: bool = True,
) -> Environment:
    """What the file at `path`, as it is now, should say; see `secrets.environment`."""
    old_text = None if path == "-" else read(path, ANOTHER)
    old = EMPTY if old_text is None else contents(old_text, wanted)
    if isinstance(old, Refusal):
        raise refused(path, old)
    made = environment(
        name, wanted, old, old_text or "", values,
        rotate=rotate, random=SystemRandom(), now=now(), keep_unending=keep_unending,
    )  # fmt: skip
    if isinstance(made, Refusal):
        raise refused(path, made)
    return made


def judge_ends(path: str, made: Environment, wanted: Sequence[Secret], *, first: bool) -> None:
    """Warns of CAs that end soon; a CommandError where one is about to and no stack was made with it yet."""
    today = now()
    for name, end in expiring(wanted, made.values, today):
        if first and end - today < TOO_SHORT:
            raise CommandError(
                f"'{path}': the CA '{name}' expires on {end:%Y-%m-%d}, in less than {TOO_SHORT.days} days",
                "use one that is valid for the cluster's lifetime",
            )
        say(f"warning: the CA '{name}' in '{path}' expires on {end:%Y-%m-%d}, and the cluster with it")


def placed(path: str, made: Environment, again: Callable[[], Environment], *, rotate: bool) -> Environment:
    """Writes what was made, by `again` where another run wrote meanwhile; gives what is there now."""
    if not _differs(made):
        clear(path, waiting(path))
        if Path(path).stat().st_mode & 0o077:
            say(f"warning: '{path}' can be read by others: {shell('chmod', '600', path)}")
        return made
    with failing("write", path), place(path, waiting(path)) as file:
        while True:
            new = not Path(path).exists()
            made = again()
            if not _differs(made):
                return made
            if rotate and made.replaced:
                keep_copy(file, path)
            try:
                (file.create if new else file.replace)(made.text.encode("utf-8"), PRIVATE)
            except FileExistsError:
                # Another run was quicker, where folders have no locks: its values count.
                continue
            return made


def _differs(made: Environment) -> bool:
    """Whether the file has to be written."""
    return bool(made.added or made.replaced or made.renamed or made.newly_sealed)


def held_beside(name: str, spec: str | None, named: str | None) -> HeldSecrets | None:
    """A cluster's secrets file, where it is at hand: the one that is `named`, else that beside its spec."""
    path = secrets_file(name, spec, named)
    held = held_in(path)
    return held and HeldSecrets({key: str(value) for key, value in held.parameters.items()}, path)


def keep_copy(file: LockedFile, path: str) -> None:
    """Keeps what `path` holds, maybe the only copy of a CA in use, under a name that nothing has."""
    target = Path(path).resolve()
    for name in copy_names(target.name, now()):
        with suppress(FileExistsError):
            file.beside(name).create(bytes_of(path), PRIVATE)
            say(f"{Path(path).with_name(name)}: holds the old values")
            return


def copy_names(name: str, now: datetime) -> Iterator[str]:
    """Names for the copy of a secrets file called `name`; `*.secrets.yaml` in a .gitignore covers them."""
    ending = _ENDING if name.endswith(_ENDING) else Path(name).suffix
    first = f"{name.removesuffix(ending)}.{now:%Y%m%dT%H%M%SZ}"
    yield f"{first}{ending}"
    yield from (f"{first}-{number}{ending}" for number in count(2))


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


def read(path: str, other: str) -> str | None:
    """None where there is no file; `other` is what to do where it is none of secrets."""
    try:
        with failing("read", path):
            return text_of(path)
    except UnicodeDecodeError as error:
        raise refused(path, unreadable(not_text(error), other)) from error


def supplied_by(source: str, wanted: Sequence[Secret], below: Root | None) -> Mapping[str, str]:
    """The values of a user's own file; plain text. A CommandError where it has none of those wanted."""
    try:
        with failing("read", source):
            text = standard_input().decode("utf-8") if source == "-" else text_of(source, below)
    except UnicodeDecodeError as error:
        raise refused(source, unreadable_values(not_text(error))) from error
    if text is None:
        raise CommandError(f"cannot read '{source}': there is no such file")
    values = supplied(text, wanted)
    if isinstance(values, Refusal):
        raise refused(source, values)
    return values


def _asked(missing: Sequence[Secret], spec: str) -> dict[str, str]:
    """The values of `missing`, from the terminal; a CommandError that says where to get them without one."""
    if not missing:
        return {}
    if on_a_terminal():
        return {
            s.name: str(typer.prompt(escape.line(s.description), hide_input=True, err=True)) for s in missing
        }
    how = dict.fromkeys(secret.recipe.how for secret in missing if isinstance(secret.recipe, UserSupplied))
    raise CommandError(
        f"the cluster needs values that only you can supply: {listed([s.name for s in missing])}",
        "save them as a YAML or JSON mapping (what openstack prints with '-f json' will do), then: "
        + shell("jeroboam", "secrets", spec, "--from", "FILE"),
        tuple(how),
    )


def refused(path: str, refusal: Refusal) -> CommandError:
    """What is wrong with the file at `path`, as the command's CommandError."""
    return CommandError(f"'{path}': {refusal.message}", refusal.hint)


def listed(names: Sequence[str]) -> str:
    """Names in a sentence."""
    return ", ".join(f"'{name}'" for name in names)
