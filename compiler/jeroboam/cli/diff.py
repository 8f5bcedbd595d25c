"""`diff`: a spec against a live stack or an earlier template; and the plan that `deploy` shows."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import IO, Annotated, Any

import typer

from jeroboam.cli.clouds import CloudOption, RegionOption, connected, existing
from jeroboam.cli.files import bytes_of
from jeroboam.cli.inputs import OutsideOption, compiled, root
from jeroboam.cli.secrets_file import held_in
from jeroboam.cli.secrets_place import secrets_file
from jeroboam.cli.terminal import CommandError, Exit, failing, painted, result, say, say_lines
from jeroboam.deploy.connection import Cloud
from jeroboam.deploy.errors import SHAPE
from jeroboam.deploy.plan import Plan, planned, render
from jeroboam.deploy.plan.drift import Drift
from jeroboam.deploy.plan.drift import render as drift_text
from jeroboam.deploy.plan.gather_drift import drifted
from jeroboam.deploy.plan.hold import held, held_note, nodes_of
from jeroboam.deploy.plan.markdown import markdown
from jeroboam.deploy.plan.plans import compared, lasting, templates_of
from jeroboam.deploy.plan.text import data
from jeroboam.deploy.types import Stack
from jeroboam.emit import Bundle
from jeroboam.hot.flat import Templates, flattened, named_files
from jeroboam.serialize import YamlError, json_text, load_yaml_all, not_text
from jeroboam.storage.inputs import Root

_COLOURS = {"  - ": "31", "  ! ": "1;31", "  ~ ": "33", "  + ": "32", "  = ": "2"}
_ENDINGS = (".yaml", ".yml", ".json")
_OTHER = "name a compiled .hot.yaml, or a cluster spec"


class DiffFormat(StrEnum):
    """How differences are printed."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


def diff(
    spec: Annotated[str, typer.Argument(metavar="SPEC", help="A cluster spec; '-' is standard input.")],
    other: Annotated[
        str | None,
        typer.Argument(
            metavar="[STACK|FILE]",
            help="What to compare it with.  [default: the stack of the cluster's name]",
            show_default=False,
        ),
    ] = None,
    drift: Annotated[
        bool,
        typer.Option("--drift", help="Also find drift: Heat checks every resource against reality."),
    ] = False,
    secrets: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="The secrets, to see changed ones.  [default: <name>.secrets.yaml beside SPEC, if there]",
            show_default=False,
        ),
    ] = None,
    form: Annotated[
        DiffFormat, typer.Option("--format", help="How differences are printed.")
    ] = DiffFormat.TEXT,
    allow_outside: OutsideOption = False,
    os_cloud: CloudOption = None,
    os_region_name: RegionOption = None,
) -> None:
    """Show what an update of a cluster would do, and why, without doing it.

    Lists each resource that would be added (+), changed in place (~), replaced (!) or removed (-) with the
    properties that differ, and with = those that stay as they are although a property differs. References to
    a replaced resource are followed. No secret is ever shown, only that a hidden value changes. Join tokens,
    which are renewed every day, are not a difference.

    An existing path, or a name that ends in .yaml, is a FILE: a compiled template, the folder that 'compile'
    wrote, or another spec. It is taken as the current state, and no cloud is asked. Anything else is the
    name of a STACK; Heat then previews the update, and where the two disagree Heat's answer counts.

    A stack can match its template although its servers are gone. --drift has Heat check every resource of
    the stack (its action becomes CHECK), then compares the flavors of servers and the rules of security
    groups, which Heat does not check. The next update replaces what Heat's last check found broken: fix it
    and check again, unless that is what you want.

    --format markdown is for the comment of a pull request: what each changed property does to the cluster
    that runs, then the resources, within the length that GitHub takes.

    Examples:
      jeroboam diff prod.yaml                        against the stack 'prod'
      jeroboam diff prod.yaml build/prod             against what was compiled last; no cloud is needed
      jeroboam diff prod.yaml staging.yaml
      jeroboam diff --format markdown prod.yaml ../base/prod.yaml
      jeroboam diff --drift --format json prod.yaml | jq .drift

    Exit status:
      0  no difference
      1  the cloud could not be asked
      3  a spec has errors
      4  there are differences
    """
    found = compiled(spec, allow_outside=allow_outside)
    bundle = found.bundle
    if other is not None and _is_file(other):
        if drift:
            raise typer.BadParameter("--drift looks at a stack; a file has nothing to drift from")
        different = _offline(bundle, other, form, allow_outside=allow_outside)
    else:
        cloud = connected(os_cloud, os_region_name)
        stack = existing(cloud, other or bundle.name)
        known = lasting(_known(bundle.name, spec, secrets), found.model.secrets, stack)
        different = _live(cloud, stack, bundle, known, form, drift=drift)
    if different:
        raise typer.Exit(Exit.DIFFERENT)


def print_plan(plan: Plan) -> None:
    """Say to standard error what a plan does."""
    say_lines(_coloured(render(plan), sys.stderr).rstrip("\n"))


def _offline(bundle: Bundle, other: str, form: DiffFormat, *, allow_outside: bool) -> bool:
    old = _templates(other, allow_outside=allow_outside)
    holding = held(templates_of(bundle), old, frozenset(nodes_of(flattened(old))))
    plan = compared(bundle.name, old, holding.templates)
    plan = replace(plan, notes=(*plan.notes, *held_note(holding)))
    _print(plan, (), form)
    return plan.different


def _live(
    cloud: Cloud, stack: Stack, bundle: Bundle, secrets: Mapping[str, str], form: DiffFormat, *, drift: bool
) -> bool:
    found: tuple[Drift, ...] = ()
    if drift:
        say(f"{stack.name}: Heat looks at every resource; this takes a while")
        found = drifted(cloud, stack)
    plan = planned(cloud, stack, bundle, secrets).plan
    _print(plan, found, form, checked=drift)
    return plan.different or bool(found)


def _print(plan: Plan, found: tuple[Drift, ...], form: DiffFormat, *, checked: bool = False) -> None:
    if form is DiffFormat.JSON:
        also: dict[str, Any] = {"drift": [drift._asdict() for drift in found]} if checked else {}
        result(json_text(data(plan) | also))
        return
    if form is DiffFormat.MARKDOWN:
        result(markdown(plan, found, checked=checked))
        return
    if checked:
        result(drift_text(plan.name, found))
    result(_coloured(render(plan), sys.stdout))


def _coloured(text: str, stream: IO[str]) -> str:
    return "".join(
        painted(line.rstrip("\n"), _COLOURS[line[:4]], stream) + "\n" if line[:4] in _COLOURS else line
        for line in text.splitlines(keepends=True)
    )


def _is_file(other: str) -> bool:
    return other.endswith(_ENDINGS) or Path(other).exists()


def _known(name: str, spec: str, path: str | None) -> Mapping[str, str]:
    """The values of a secrets file; of the usual one only where it is there."""
    file = secrets_file(name, spec, path)
    held = held_in(file)
    if held is None:
        if path is not None:
            raise CommandError(f"cannot read '{file}': no such file")
        return {}
    # As Heat has them, sealed.
    return {name: str(value) for name, value in held.raw.items()}


def _templates(other: str, *, allow_outside: bool) -> Templates:
    """What a folder, a template or a spec holds."""
    path = _template_in(Path(other))
    main = _document(path)
    if "heat_template_version" not in main:
        return templates_of(compiled(other, allow_outside=allow_outside).bundle)
    below = root(str(path), allow_outside=allow_outside)
    try:
        files = {name: _document(path.parent / name, below) for name in named_files(main)}
        found = Templates(main, files)
        flattened(found)
    except SHAPE as error:
        raise CommandError(f"'{path}' does not have the form of a template", _OTHER) from error
    return found


def _template_in(path: Path) -> Path:
    if not path.is_dir():
        return path
    found = sorted(path.glob("*.hot.yaml"))
    if len(found) != 1:
        raise CommandError(
            f"'{path}' holds {len(found)} templates, not one",
            "name the folder of one cluster, such as build/prod, or the .hot.yaml itself",
        )
    return found[0]


def _document(path: Path, below: Root | None = None) -> Mapping[str, Any]:
    neither = f"'{path}' is neither a template nor a spec"
    with failing("read", str(path)):
        raw = bytes_of(str(path), below)
    try:
        documents = load_yaml_all(raw.decode("utf-8"))
    except YamlError as error:
        raise CommandError(f"{neither}: {error}", error.hint or _OTHER) from error
    except UnicodeDecodeError as error:
        wrong = not_text(error)
        raise CommandError(f"{neither}: {wrong}", wrong.hint) from error
    if len(documents) != 1 or not isinstance(documents[0], dict):
        raise CommandError(neither, _OTHER)
    document: Mapping[str, Any] = documents[0]
    return document
