"""`secrets`: the environment file with a cluster's CA, keys and tokens, and what happened to it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from jeroboam.cli.clouds import CloudOption, RegionOption
from jeroboam.cli.inputs import OutsideOption, planned, root
from jeroboam.cli.rotation import agreed
from jeroboam.cli.secrets_file import (
    judge_ends,
    listed,
    made_for,
    parameters,
    placed,
    values_for,
)
from jeroboam.cli.secrets_place import secrets_file, warn_of_git
from jeroboam.cli.terminal import CommandError, on_a_terminal, result, say
from jeroboam.escape import shell
from jeroboam.model.secrets import Secret
from jeroboam.secrets import Environment

ROTATED = (
    "A running cluster keeps its old values: updating its stack does not reach servers that exist, and",
    "nodes added from now on cannot join the old ones. Use the new values for a new cluster, or",
    "replace every node. Credentials that were signed by the old CA do not work with the new one.",
)


def secrets(
    spec: Annotated[str, typer.Argument(metavar="SPEC", help="A cluster spec; '-' is standard input.")],
    output: Annotated[
        str | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="The file, or '-'.  [default: <name>.secrets.yaml beside SPEC]",
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
        bool, typer.Option("--rotate", help="Regenerate every value, except those that you supplied.")
    ] = False,
    yes: Annotated[
        bool, typer.Option("-y", "--yes", help="With --rotate: do not ask; for pipelines.")
    ] = False,
    even_if_deployed: Annotated[
        bool,
        typer.Option("--even-if-deployed", help="With --rotate: even if a stack still needs the old ones."),
    ] = False,
    allow_outside: OutsideOption = False,
    os_cloud: CloudOption = None,
    os_region_name: RegionOption = None,
) -> None:
    """Generate the secrets of a cluster.

    Writes a Heat environment file, readable by you alone (mode 0600), with the hidden parameters of the
    cluster's template: private keys and certificates of its CAs, join tokens and encryption keys. The values
    are encrypted (sealed), so that nobody who may read the project sees them in Heat; the key that decrypts
    them is a comment of the file, and reaches nodes by the keypairs that 'jeroboam keypairs' creates.
    Whoever can read the file owns the cluster: keep it out of version control, and keep a safe copy, since
    every later update of the stack needs the same values. It is made beside the spec, and found there by
    every command that takes the spec, in whatever folder that is run.

    An existing file is completed, never overwritten: values that the spec newly needs are added, join tokens
    that have expired or soon will are renewed, and all others stay as they are. Values that do not belong
    together are refused, such as a CA certificate with the key of another CA; so is a CA with less than 30
    days left.

    With --rotate all values are regenerated, and the old file is kept as <name>.<time>.secrets.yaml. A
    running cluster does not pick them up: use them for a new cluster, or replace every node. The cloud is
    therefore asked first: while a stack exists that was created with the old values, or if no cloud can be
    asked, nothing is done without --even-if-deployed. Then you are asked (--yes).

    Some values only you can supply, such as the application credential that lets a cluster make volumes.
    Write them into a YAML or JSON mapping, as text, not base64, and name it with --from; the output
    of 'openstack application credential create -f json' is accepted as it is. On a terminal you are asked
    for what is missing. Values from --from replace earlier ones.

    Examples:
      jeroboam secrets prod.yaml
      jeroboam secrets prod.yaml -o /safe/prod.secrets.yaml
      jeroboam secrets prod.yaml --rotate --os-cloud prod
      openstack application credential create -f json prod |
          jeroboam secrets prod.yaml --from -
      jeroboam secrets prod.yaml -o - | vault kv put secret/prod environment=-
    """
    if spec == "-" and given == "-":
        raise typer.BadParameter("standard input, '-', can be read only once")
    model = planned(spec, allow_outside=allow_outside)
    name, wanted = model.spec.name, model.secrets
    path = secrets_file(name, spec, output)
    if rotate and path != "-" and (old := parameters(path, wanted)):
        agreed(
            name, path, old,
            yes=yes, even_if_deployed=even_if_deployed, cloud=os_cloud, region=os_region_name,
        )  # fmt: skip
    values = values_for(wanted, path, given, spec, root(spec, allow_outside=allow_outside))
    again = partial(made_for, name, wanted, path, values, rotate=rotate)
    made = again()
    judge_ends(path, made, wanted, first=bool(made.added))
    if path == "-":
        result(made.text)
        return
    made = placed(path, made, again, rotate=rotate)
    _tell(path, made, rotate=rotate)
    warn_of_git(path)


def kept(
    name: str, wanted: Sequence[Secret], path: str, spec: str, *, first: bool, make: bool
) -> Environment:
    """What a stack is made with; the file is made on first use, and never after that.

    `first` where no stack has been made with it yet; a CommandError says what is missing otherwise. Without a
    terminal nothing is made unless `make` says so.
    """
    there = Path(path).exists()
    if not there and not first:
        raise CommandError(
            f"'{path}' is not there, and the stack '{name}' was created with its values",
            "restore it from its safe copy, or name it with --secrets; new values would not fit the nodes",
        )
    values = values_for(wanted, path, None, spec)
    again = partial(made_for, name, wanted, path, values, rotate=False, keep_unending=not first)
    made = again()
    if made.added and first and not make and not on_a_terminal():
        raise CommandError(
            f"'{path}' {f'lacks {listed(made.added)}' if there else 'is not there'}, and without a terminal "
            "no secrets are generated: the cluster's CA would be lost with a machine that is thrown away",
            f"generate them where they are kept: {shell('jeroboam', 'secrets', spec)}; "
            "or, if this machine keeps its files: --make-secrets",
        )
    if made.added and not first:
        raise CommandError(
            f"'{path}' lacks {listed(made.added)}", f"add what is new: {shell('jeroboam', 'secrets', spec)}"
        )
    judge_ends(path, made, wanted, first=first)
    try:
        made = placed(path, made, again, rotate=False)
    except CommandError as failure:
        if not made.only_renewed:
            raise
        # A pipeline's file may be there to be read alone. The next run makes them again.
        say(f"note: {failure.message}; what was renewed is used all the same")
    if made.added:
        _tell(path, made, rotate=False)
    elif made.renewed or made.unending:
        _tell_passing(path, made)
    warn_of_git(path)
    return made


def _tell(path: str, made: Environment, *, rotate: bool) -> None:
    if made.added and not made.replaced and not made.kept:
        say(f"{path}: {len(made.added)} secrets generated; keep the file safe and out of version control")
        _tell_passing(path, made)
        return
    if replaced := [name for name in made.replaced if name not in made.renewed]:
        say(f"{path}: replaced {listed(replaced)}")
    if made.added:
        say(f"{path}: added {listed(made.added)}")
    if made.renamed:
        say(f"{path}: {listed(made.renamed)} named no keypair that opens its values; corrected")
    if made.newly_sealed and made.kept:
        say(f"{path}: sealed; restore no older copy of it for this cluster")
    elif not made.added and not made.replaced and not made.renamed:
        say(f"{path}: complete; nothing was changed (--rotate regenerates all values)")
    elif made.kept:
        say(f"{path}: {listed(made.kept)} stayed as they were")
    if made.foreign:
        say(
            f"note: {listed(made.foreign)} in '{path}': no secret of this cluster; heat refuses "
            "a parameter that the template lacks"
        )
    _tell_passing(path, made)
    if rotate and made.replaced:
        for line in ROTATED:
            say(f"  {line}")


def _tell_passing(path: str, made: Environment) -> None:
    """What nodes join with: what was made afresh, until when all of it is good, and what never ends."""
    if made.renewed:
        say(f"{path}: renewed, as it had expired or will soon expire: {listed(made.renewed)}")
    if made.ends:
        say(f"{path}: new nodes join with it until {made.ends:%Y-%m-%d %H:%M} UTC")
    if made.unending:
        say(
            f"note: {listed(made.unending)} in '{path}' never ends: an earlier version made it, and masters "
            "of that time know no other; docs/certificates.md says how to end it"
        )
