"""Where the secrets file of a cluster is, beside its spec wherever a command runs, and whether git has it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from jeroboam.cli.terminal import say
from jeroboam.escape import shell

_TAKEN = 1
"""How `git check-ignore` ends for a path that nothing ignores."""
_SECONDS = 10


def secrets_file(name: str, spec: str | None, named: str | None) -> str:
    """The path of a cluster's secrets file: the one that is `named`, else the usual one beside its spec.

    Without a spec, or with one from standard input, that is the current folder. A file that is there, and
    none beside the spec, is of an earlier version: it is used and told of, so that nobody gets a second CA.
    """
    if named is not None:
        return named
    here, usual = f"{name}.secrets.yaml", usual_place(name, spec)
    if not os.path.lexists(here) or Path(here).resolve() == Path(usual).resolve():
        return usual
    if os.path.lexists(usual):
        say(f"note: '{usual}' is used, which is beside the spec; '{here}' in this folder is not")
        return usual
    say(f"note: '{here}' in this folder is used; beside the spec it is found from everywhere: "
        f"{shell('mv', here, usual)}")  # fmt: skip
    return here


def usual_place(name: str, spec: str | None) -> str:
    """Where the file is made: beside the spec."""
    folder = Path() if spec in (None, "-") else Path(str(spec)).parent
    return str(folder / f"{name}.secrets.yaml")


class InGit(NamedTuple):
    """How a file stands in the Git repository that it is in; `root` is that repository's folder."""

    root: str
    tracked: bool


def warn_of_git(path: str) -> None:
    """Warns where git holds a secrets file, or would take it with the next `git add`."""
    found = in_git(path)
    if found is None:
        return
    if found.tracked:
        say(
            f"warning: '{path}' is in git: whoever may read the repository owns the cluster; take it out "
            f"({shell('git', 'rm', '--cached', path)}), out of its history too, and make new secrets"
        )
        return
    ignore = os.path.relpath(Path(found.root, ".gitignore"))
    pattern = "*.secrets.yaml" if path.endswith(".secrets.yaml") else Path(path).name
    say(f"warning: git would take '{path}': {shell('echo', pattern)} >> {shell(ignore)}")


def in_git(path: str) -> InGit | None:
    """How a file stands in git, None where it is ignored, in no repository, or there is no git to ask."""
    real = os.path.realpath(path)
    root = next((str(it) for it in Path(real).parents if os.path.lexists(it / ".git")), None)
    if root is None:
        return None
    if _git(root, "ls-files", "--error-unmatch", "--", real) == 0:
        return InGit(root, tracked=True)
    return InGit(root, tracked=False) if _git(root, "check-ignore", "--quiet", "--", real) == _TAKEN else None


def _git(folder: str, *words: str) -> int | None:
    """How git ends, None where it does not run."""
    # Of use to nobody else, and slow to import.
    from subprocess import DEVNULL, SubprocessError, run

    # What a repository's settings would have run beside is none of ours.
    command = ("git", "-C", folder, "-c", "core.fsmonitor=false", *words)
    try:
        ended = run(command, check=False, stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL, timeout=_SECONDS)
    except (OSError, SubprocessError):
        return None
    return ended.returncode
