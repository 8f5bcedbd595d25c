"""What stands between `secrets --rotate` and a CA in use: a stack that lives, and the user's consent."""

from __future__ import annotations

import os
from collections.abc import Mapping

import typer

from jeroboam.cli.clouds import connected
from jeroboam.cli.terminal import CommandError, Exit, confirmed, on_a_terminal, say
from jeroboam.deploy.stacks import find
from jeroboam.deploy.tags import marks, other_secrets
from jeroboam.emit import Bundle
from jeroboam.errors import JeroboamError
from jeroboam.escape import shell


def agreed(
    name: str,
    path: str,
    values: Mapping[str, str],
    *,
    yes: bool,
    even_if_deployed: bool,
    cloud: str | None,
    region: str | None,
) -> None:
    """Returns where the values at `path` may be replaced: no stack lives by them, and the user agrees.

    `values` are base64, by name. Raises CommandError and typer.Exit otherwise.
    """
    if not even_if_deployed:
        _require_unused(name, path, values, cloud, region)
    if yes:
        return
    if not on_a_terminal():
        say(f"{path}: nothing was changed; to regenerate all values without being asked: --yes")
        raise typer.Exit(Exit.USAGE)
    if not confirmed(f"Regenerate all values in '{path}'? A copy of the file is kept."):
        raise typer.Exit(Exit.DONE)


def _require_unused(
    name: str, path: str, values: Mapping[str, str], cloud: str | None, region: str | None
) -> None:
    """Fails where a stack lives that was made with these values, or where that cannot be found out."""
    anyway = "if you know that no cluster needs these values: --even-if-deployed"
    unknown = f"cannot find out whether a stack '{name}' was created with the values in '{path}'"
    if not (cloud or os.environ.get("OS_CLOUD") or os.environ.get("OS_AUTH_URL")):
        raise CommandError(
            f"{unknown}: no cloud is named",
            f"name it with --os-cloud; or, {anyway}",
        )
    try:
        connection = connected(cloud, region)
        stack = find(connection, name)
    except JeroboamError as failure:
        hint = f"{failure.hint}; or, {anyway}" if failure.hint else anyway
        raise CommandError(f"{unknown}: {failure.message}", hint) from failure
    if stack is None:
        say(f"{connection.name or 'the cloud'}: there is no stack '{name}' in this project")
        return
    if other_secrets(stack, marks(Bundle(name, (), 0, ()), values)):
        say(f"the stack '{name}' was created with another CA than the one in '{path}'")
        return
    raise CommandError(
        f"the stack '{name}' ({stack.action}_{stack.status}) was created with the values in '{path}'; "
        "with new ones, nodes that are added cannot join it",
        f"delete the cluster first: {shell('jeroboam', 'delete', name)}; "
        "or, if you mean it: --even-if-deployed",
    )
