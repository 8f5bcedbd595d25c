"""`--changed`: from files that changed to the specs that they concern."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from jeroboam.cli.terminal import CommandError, say
from jeroboam.source.found import FoundSpec, found_specs
from jeroboam.spec.schema import file_patterns
from jeroboam.storage.inputs import root_of

ChangedOption = Annotated[
    bool,
    typer.Option(
        "--changed",
        help="SPECs are changed files of any kind: take the specs among them, and those made from them.",
    ),
]
_YAML = (":(top,icase)*.yaml", ":(top,icase)*.yml")


def given(specs: Sequence[str] | None) -> list[str]:
    """The specs of the command line. Raises BadParameter where there are none, or standard input twice."""
    if not specs:
        raise typer.BadParameter("name a spec, or several", param_hint="SPEC...")
    if specs.count("-") > 1:
        raise typer.BadParameter("standard input, '-', can be read only once")
    return list(specs)


def concerned(files: Sequence[str] | None, *, output: str | None = None, templates: bool = True) -> list[str]:
    """The specs that Git knows in the repository of the working folder and that changed files concern.

    Such a spec is one of `files`, or made from one: a template, a script, a manifest. A file whose removal is
    staged counts as one of them. With `output`, what lies in a cluster's folder there concerns its spec.
    Without `templates` only clusters are taken. Raises CommandError where Git does not answer.
    """
    up = _git("rev-parse", "--show-cdup")[:-1]
    removed = _names(_git("diff", "--cached", "--name-only", "--no-renames", "--diff-filter=D", "-z"))
    changed = {os.path.realpath(path) for path in (*(files or ()), *(up + name for name in removed))}
    candidates = sorted(set(_names(_git("ls-files", "-z", "--cached", "--", *_YAML))))
    found = found_specs(candidates, file_patterns(), root_of(up or "."))
    taken = [spec.path for spec in found if _taken(spec, changed, output, templates=templates)]
    if not taken:
        say("no spec is among these files or made from one of them")
    return taken


def _taken(spec: FoundSpec, changed: set[str], output: str | None, *, templates: bool) -> bool:
    if spec.is_template and not templates:
        return False
    folder = os.path.realpath(Path(output, spec.name)) + "/" if output and spec.name else None
    return bool(spec.files & changed) or any(folder and path.startswith(folder) for path in changed)


def _names(listed: str) -> list[str]:
    return listed.split("\0")[:-1]


def _git(*words: str) -> str:
    # Of no use to most runs, and slow to import.
    import subprocess

    try:
        done = subprocess.run(["git", *words], check=True, capture_output=True)
    except FileNotFoundError as error:
        raise CommandError("--changed asks Git, and there is no program 'git'") from error
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode("utf-8", "replace").strip().splitlines()
        raise CommandError(
            f"--changed asks Git for the repository's files: {said[-1] if said else 'it failed'}",
            "run it in a Git repository, or name specs without --changed",
        ) from error
    return os.fsdecode(done.stdout)
