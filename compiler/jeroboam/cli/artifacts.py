"""`artifacts`: what clusters download and pull, and the script that fills a mirror with it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from jeroboam.cli.changed import given
from jeroboam.cli.inputs import OutsideOption
from jeroboam.cli.reporting import report
from jeroboam.cli.terminal import CommandError, Exit, result, say, standard_input
from jeroboam.cli.today import today
from jeroboam.emit.mirror import conflicts, contents, mirror_data, mirror_script, mirror_text
from jeroboam.pipeline import plan_spec
from jeroboam.serialize import json_text


class ArtifactsFormat(StrEnum):
    """How the list is printed."""

    TEXT = "text"
    JSON = "json"
    SH = "sh"


def artifacts(
    specs: Annotated[
        list[str] | None, typer.Argument(metavar="SPEC...", help="Cluster specs; '-' is standard input.")
    ] = None,
    form: Annotated[
        ArtifactsFormat, typer.Option("--format", help="How the list is printed; 'sh' is a script.")
    ] = ArtifactsFormat.TEXT,
    allow_outside: OutsideOption = False,
) -> None:
    """List what clusters download and pull, or a script that mirrors it.

    Each file that nodes download is listed once for all SPECs, with its version, architecture, URL and
    SHA-256, and each container image, with its digest where it is pinned: those of the COE, of add-ons, and
    those that kubeadm pulls. Images that the specs' own manifests name come apart, as far as these hold pods
    of Kubernetes' own kinds. All of it is as upstream has it, whatever mirror a spec names.

    With --format sh it is a script for bash, curl and skopeo that fills the folder of a web server and a
    registry, for 'artifacts.mirror' and 'artifacts.image_registry'. It checks every digest, leaves alone what
    is there, and goes on where it was interrupted; its first lines say what it reads of the environment.

    Examples:
      jeroboam artifacts prod.yaml
      jeroboam artifacts --format json clusters/*.yaml | jq -r '.downloads[].url'
      jeroboam artifacts --format sh clusters/*.yaml > fill.sh
      MIRROR=/srv/www/artifacts REGISTRY=registry.example.org/mirror bash fill.sh

    Exit status:
      0  listed
      1  with --format sh: no one mirror can hold what the clusters want
      3  a spec has errors; nothing is listed
    """
    taken = given(specs)
    stdin = standard_input() if "-" in taken else None
    models = []
    for spec in taken:
        reading = plan_spec(spec, stdin=stdin, allow_outside=allow_outside, today=today())
        report(spec, reading)
        if reading.value is not None:
            models.append(reading.value)
    if len(models) < len(taken):
        raise typer.Exit(Exit.INVALID_SPEC)
    found = contents(models)
    clashes = conflicts(found)
    if clashes and form is ArtifactsFormat.SH:
        raise CommandError(
            "no one mirror can hold what these clusters want",
            "give the clusters the same 'artifacts.pins', or each its own mirror",
            clashes,
        )
    for clash in clashes:
        say(f"warning: no one mirror can hold this: {clash}")
    for image in (*found.images, *found.manifest_images):
        if not image.is_readable:
            place = f" in {', '.join(image.manifests)}" if image.manifests else ""
            say(f"warning: '{image.reference}'{place} is no image reference; no mirror can be given it")
    match form:
        case ArtifactsFormat.TEXT:
            result(mirror_text(found))
        case ArtifactsFormat.JSON:
            result(json_text(mirror_data(found)))
        case ArtifactsFormat.SH:
            result(mirror_script(found))
