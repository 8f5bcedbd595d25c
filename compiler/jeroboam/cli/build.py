"""`compile`: specs to files, one cluster or many."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from jeroboam.cli.changed import ChangedOption, concerned, given
from jeroboam.cli.files import PUBLIC, confined, waiting, written
from jeroboam.cli.inputs import OutsideOption
from jeroboam.cli.reporting import ReportFormat, print_report, report, say_count
from jeroboam.cli.secrets_place import secrets_file
from jeroboam.cli.strict import ErrorOnOption, StrictOption, strict
from jeroboam.cli.terminal import Exit, failing, paint_diff, result, say, say_lines, standard_input
from jeroboam.cli.today import today
from jeroboam.emit import Bundle
from jeroboam.emit.depfile import text as depfile_text
from jeroboam.emit.write import differences, write
from jeroboam.escape import shell
from jeroboam.hot.by_hand import create_line
from jeroboam.model.support import Today
from jeroboam.pipeline import compile_spec
from jeroboam.source import SpecResult

MOST_NAMED = 20
"""How many files of a kind are named that were removed or kept."""


class Layout(StrEnum):
    """How the template is cut into files."""

    SINGLE = "single"
    NESTED = "nested"


def compile_(
    specs: Annotated[
        list[str] | None, typer.Argument(metavar="SPEC...", help="Cluster specs; '-' is standard input.")
    ] = None,
    output: Annotated[
        str, typer.Option("-o", "--output", metavar="DIR", help="Output folder; '-' prints the HOT alone.")
    ] = "build",
    layout: Annotated[
        Layout | None, typer.Option(help="Overrides the spec's 'heat.layout'.", show_default=False)
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; print a diff and exit 4 if files differ.")
    ] = False,
    jobs: Annotated[
        int, typer.Option("-j", "--jobs", metavar="N", min=1, help="How many specs to compile in parallel.")
    ] = 1,
    allow_outside: OutsideOption = False,
    form: Annotated[
        ReportFormat | None,
        typer.Option(
            "--format",
            help="Print findings on standard output, in this format.  [default: as text, with the messages]",
            show_default=False,
        ),
    ] = None,
    error_on: ErrorOnOption = None,
    strictly: StrictOption = False,
    changed: ChangedOption = False,
    depfile: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Write which files each template was made from, as rules for make; '-' is standard output.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Compile specs into Heat templates.

    Writes DIR/<name>/ for each cluster: the template <name>.hot.yaml, complete in one file, and beside it,
    for review, what it embeds: user-data/<role>.yaml, what each kind of server boots with, and
    flannel/net-conf.json. With the layout 'nested' the template refers to nested/<group>.yaml, one file for
    each node group.

    The same spec gives the same bytes on every machine, so the files can be committed and reviewed, and
    --check tells whether they are up to date. They hold no secret: the template takes those as
    parameters, from the file that 'jeroboam secrets' makes. Files that are right already are left alone.

    DIR/<name>/ is written as a whole: a run that is killed leaves the old files or the new ones. Its
    manifest.sha256 lists them; what an earlier compile listed, the spec no longer compiles to, and nobody
    changed is removed. Other files there are yours and stay. Links below DIR are never followed.

    Where one spec of several has errors, the others are still written.

    Findings are told with the other messages; --format prints them as 'validate' does, and the diff of
    --check then goes to standard error.

    With --changed, which hooks use, SPEC... are files of any kind. Those that are clusters are compiled, and
    those that Git knows and that are made from one of the files: from a template, or a script that it names.
    A file in DIR/<name>/ concerns that cluster too.

    With --depfile a rule for make names each template, DIR/<name>/<name>.hot.yaml, and all files that were
    read for it: spec, cluster templates, scripts, manifests, CAs. A file that is removed later does not stop
    make. Where a spec has errors, the depfile stays as it was.

    Examples:
      jeroboam compile prod.yaml
      jeroboam compile --check clusters/*.yaml       in a pipeline: is what is committed up to date?
      jeroboam compile -o - prod.yaml | less         the template, on standard output
      jeroboam compile -o out -j 4 clusters/*.yaml
      jeroboam compile --layout nested big.yaml      a file for each node group
      jeroboam compile --depfile prod.d prod.yaml    and in the Makefile: -include prod.d

    Exit status:
      0  compiled, or with --check: up to date
      1  a file could not be written
      3  a spec has errors, or what --error-on or --strict makes one
      4  with --check: files differ
    """
    if output == "-" and (check or changed or form or len(specs or ()) > 1):
        raise typer.BadParameter(
            "'-o -' prints one template: give one SPEC, without --check, --changed or --format"
        )
    if depfile and (output == "-" or check or changed):
        raise typer.BadParameter("'--depfile' tells what is written: leave '-o -', --check and --changed out")
    if depfile == "-" and form:
        raise typer.BadParameter("'--depfile -' and --format would both print: leave one of them out")
    taken = concerned(specs, output=output, templates=False) if changed else given(specs)
    bundles: dict[str, Bundle] = {}
    judged = strict(error_on, warnings=strictly)
    readings: dict[str, SpecResult[Bundle]] = {}
    compiled = map(judged, _compiled(taken, layout, jobs, allow_outside=allow_outside))
    for spec, reading in zip(taken, compiled, strict=True):
        if form is None:
            report(spec, reading)
        readings[spec] = reading
        if reading.value is not None:
            bundles[spec] = reading.value
    if form is not None:
        print_report(readings, form)
        for spec, reading in readings.items():
            say_count(spec, reading)
    _require_different_names(bundles)
    apart = form is not None
    same = [_placed(bundle, spec, output, check=check, apart=apart) for spec, bundle in bundles.items()]
    if len(bundles) < len(set(taken)):
        raise typer.Exit(Exit.INVALID_SPEC)
    if depfile:
        _write_depfile(bundles.values(), output, depfile)
    if not all(same):
        raise typer.Exit(Exit.DIFFERENT)


def _require_different_names(bundles: Mapping[str, Bundle]) -> None:
    specs: dict[str, str] = {}
    for spec, bundle in bundles.items():
        other = specs.setdefault(bundle.name, spec)
        if other != spec:
            raise typer.BadParameter(f"'{other}' and '{spec}' are both named '{bundle.name}'")


def _placed(bundle: Bundle, spec: str, output: str, *, check: bool, apart: bool) -> bool:
    """Print, compare or write one cluster; False where it was compared and differs.

    The diff goes to standard output, or with `apart` to standard error.
    """
    if output == "-":
        result(bundle.hot)
    elif check:
        return _agrees(bundle, output, apart=apart)
    else:
        _write(bundle, output, spec)
    return True


def _compiled(
    specs: Sequence[str], layout: Layout | None, jobs: int, *, allow_outside: bool
) -> Iterator[SpecResult[Bundle]]:
    """One reading for each of `specs`, in their order."""
    stdin = standard_input() if "-" in specs else None
    compile_one = partial(
        _compile, stdin=stdin, layout=layout and layout.value, allow_outside=allow_outside, today=today()
    )
    if jobs == 1 or len(specs) == 1:
        yield from map(compile_one, specs)
        return
    # Of no use to whoever compiles one spec, and slow to import.
    from concurrent.futures import ProcessPoolExecutor

    pool = ProcessPoolExecutor(min(jobs, len(specs)), initializer=_leave_interrupts_to_the_parent)
    try:
        yield from pool.map(compile_one, specs)
    finally:
        pool.shutdown(cancel_futures=True)


def _compile(
    spec: str, stdin: bytes | None, layout: str | None, *, allow_outside: bool, today: Today
) -> SpecResult[Bundle]:
    reading = compile_spec(spec, stdin=stdin, layout=layout, allow_outside=allow_outside, today=today)
    # Only the files: what is compiled in another process is sent from there.
    bundle = reading.value.bundle if reading.value else None
    return SpecResult(bundle, reading.diagnostics, reading.sources, reading.accepted)


def _leave_interrupts_to_the_parent() -> None:
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _write(bundle: Bundle, output: str, spec: str) -> None:
    with failing("write", output), confined():
        found = write(bundle, Path(output), waiting(output))
    folder = Path(output, bundle.name)
    files = f"{len(found.changed)} of {len(found.wanted)} files written"
    changed = files if found.changed or found.removable else "up to date"
    say(f"{folder}: {changed}, {bundle.resources} resources")
    if not found.whole:
        say(f"note: the folder {folder} cannot be replaced as a whole here; its files were, one by one")
    for entry in found.left:
        say(f"note: {Path(output, entry)} could not be removed; it holds the folder's previous content")
    gone = "the spec no longer produces it"
    _list(folder, "removed", found.removable, gone)
    _list(folder, "kept", found.edited, f"{gone}, but it was changed by hand")
    _list(
        folder, "kept", found.unlisted, "it looks like a file of an earlier compile, but no manifest lists it"
    )
    name, secrets = bundle.name, secrets_file(bundle.name, spec, None)
    if not Path(secrets).exists():
        say(f"  first: {shell('jeroboam', 'secrets', spec)} && {shell('jeroboam', 'keypairs', spec)}")
    say(f"  next:  {create_line(name, str(folder / f'{name}.hot.yaml'), secrets, bundle.stack_options)}")


def _write_depfile(bundles: Iterable[Bundle], output: str, path: str) -> None:
    rules = depfile_text(
        (os.path.normpath(f"{output}/{bundle.name}/{bundle.name}.hot.yaml"), bundle.inputs)
        for bundle in bundles
    )
    if path == "-":
        result(rules)
        return
    with failing("write", path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        written(path, os.fsencode(rules), PUBLIC)


def _list(folder: Path, done: str, paths: Sequence[str], why: str) -> None:
    for path in paths[:MOST_NAMED]:
        say(f"{folder}: {done} {path}: {why}")
    if len(paths) > MOST_NAMED:
        say(f"{folder}: {done} {len(paths) - MOST_NAMED} more: {why}")


def _agrees(bundle: Bundle, output: str, *, apart: bool) -> bool:
    with failing("read", output), confined():
        diff = differences(bundle, Path(output), waiting(output))
    if diff:
        if apart:
            say_lines(paint_diff(diff, sys.stderr).rstrip("\n"))
        else:
            result(paint_diff(diff, sys.stdout))
        say(f"{Path(output, bundle.name)}: differs from what the spec compiles to")
    return not diff
