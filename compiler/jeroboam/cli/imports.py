"""`import`: a spec from what others describe clusters with."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from jeroboam.cli.files import PUBLIC, written
from jeroboam.cli.reporting import report, shown
from jeroboam.cli.strict import ErrorOnOption, strict
from jeroboam.cli.terminal import CommandError, Exit, failing, result, say, standard_input
from jeroboam.cli.today import today
from jeroboam.diagnostics import Diagnostic
from jeroboam.escape import shell
from jeroboam.imports.magnum import Imported, import_magnum
from jeroboam.pipeline import compile_spec
from jeroboam.plugins import names
from jeroboam.source import SpecResult
from jeroboam.source.files import STDIN, FileRequest, text_of
from jeroboam.spec.phrases import listed

T = TypeVar("T")
_STDOUT = "<stdout>"


class ImportedSystem(StrEnum):
    """What a cluster can be imported from."""

    MAGNUM = "magnum"


def import_(
    system: Annotated[
        ImportedSystem, typer.Argument(metavar="magnum", help="What the files are from.", show_default=False)
    ],
    template: Annotated[
        str, typer.Argument(metavar="TEMPLATE", help="JSON of a cluster template; '-' is standard input.")
    ],
    cluster: Annotated[
        str | None,
        typer.Argument(
            metavar="[CLUSTER]",
            help="JSON of a cluster made from it; '-' is standard input.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        str, typer.Option("-o", "--output", metavar="FILE", help="Where to write; '-' is standard output.")
    ] = "-",
    distro: Annotated[
        str | None,
        typer.Option(
            metavar="DISTRO",
            help="Linux distribution of the servers, in place of the template's.",
            show_default=False,
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")] = False,
    error_on: ErrorOnOption = None,
) -> None:
    """Write a spec from a cluster of OpenStack Magnum.

    Reads what 'openstack coe cluster template show -f json' prints and, where it is given, what 'openstack
    coe cluster show -f json' prints of a cluster made from that template: its counts, flavors and labels
    win. Each attribute and label becomes a property of the spec, or is named in a comment with the reason
    and with what comes closest; no cloud is asked.

    The spec is compiled as 'validate' does, and what is found is printed. Values that the compiler refuses
    are left out and named. Secrets do not get into the spec.

    Examples:
      openstack coe cluster template show k8s -f json > template.json
      openstack coe cluster show prod -f json > cluster.json
      jeroboam import magnum template.json cluster.json -o prod.yaml
      jeroboam import magnum template.json | less
      openstack coe cluster template show k8s -f json | jeroboam import magnum -
      jeroboam import magnum --distro ubuntu template.json -o prod.yaml

    Exit status:
      0  the spec is written and compiles
      1  a file could not be written
      3  a file has errors, and nothing is written; or the spec has, or what --error-on names
    """
    assert system is ImportedSystem.MAGNUM
    if template == "-" and cluster == "-":
        raise typer.BadParameter("standard input, '-', can be read only once")
    known = names("platforms")
    if distro is not None and distro not in known:
        raise typer.BadParameter(f"there is no '{distro}'; known: {listed(known)}", param_hint="'--distro'")
    judged = strict(error_on)
    imported = judged(_imported(template, cluster, distro))
    report(template, imported)
    if imported.value is None or imported.value.spec is None:
        raise typer.Exit(Exit.INVALID_SPEC)
    text = imported.value.spec
    if output == "-":
        result(text)
    else:
        _write(output, text, force=force)
    name = _STDOUT if output == "-" else output
    compiled = judged(_named(compile_spec("-", stdin=text.encode("utf-8"), today=today()), name))
    report(name, compiled)
    carried, left_out = len(imported.value.carried), len(imported.value.left_out)
    say(f"{name}: {carried} settings carried over, {left_out} named in comments")
    if compiled.value is None:
        raise typer.Exit(Exit.INVALID_SPEC)
    if output != "-":
        say(f"  next:  {shell('jeroboam', 'compile', output)}")


def _imported(template: str, cluster: str | None, distro: str | None) -> SpecResult[Imported]:
    """What the files become; the value is None where one cannot be read."""
    texts: list[tuple[str, str]] = []
    found: list[Diagnostic] = []
    for path in (template, *([] if cluster is None else [cluster])):
        stdin = standard_input() if path == "-" else None
        text = text_of(path, FileRequest(), stdin)
        if isinstance(text, Diagnostic):
            found.append(text)
        else:
            texts.append((shown(path), text))
    if found:
        return SpecResult(None, tuple(found))
    made = import_magnum(texts[0], texts[1] if cluster is not None else None, _diagnostics, distro=distro)
    return SpecResult(None if made.spec is None else made, made.diagnostics, made.sources)


def _diagnostics(spec: str) -> tuple[Diagnostic, ...]:
    return compile_spec("-", stdin=spec.encode("utf-8")).diagnostics


def _named(compiled: SpecResult[T], name: str) -> SpecResult[T]:
    """The findings at places in the file that was written, not in what the compiler read."""
    found = tuple(
        replace(
            finding,
            span=replace(finding.span, source=name) if finding.span else None,
            related=tuple(
                replace(r, span=replace(r.span, source=name)) if r.span else r for r in finding.related
            ),
        )
        for finding in compiled.diagnostics
    )
    sources = {name if source == STDIN else source: text for source, text in compiled.sources.items()}
    return SpecResult(compiled.value, found, sources)


def _write(output: str, text: str, *, force: bool) -> None:
    with failing("write", output):
        if Path(output).exists() and not force:
            raise CommandError(f"'{output}' exists", "name another file, or overwrite it with --force")
        written(output, text, PUBLIC)
