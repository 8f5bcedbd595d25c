"""`init`: a commented spec to start from, put together from the starter of a COE and of a distro."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from jeroboam import plugins, resources
from jeroboam.cli.files import PUBLIC, written
from jeroboam.cli.terminal import CommandError, failing, result, say
from jeroboam.escape import shell
from jeroboam.model.types import Capability

NAME = "my-cluster"
"""What the starters call the cluster."""
_LONGEST = 40


def _coes(incomplete: str) -> list[str]:
    return [name for name in _names("coe") if name.startswith(incomplete)]


def _distros(incomplete: str) -> list[str]:
    return [name for name in _names("distro") if name.startswith(incomplete)]


def init(
    file: Annotated[str, typer.Argument(metavar="[FILE]", help="Where to write; '-' is standard output.")] = (
        "cluster.yaml"
    ),
    coe: Annotated[
        str,
        typer.Option(
            metavar="COE",
            autocompletion=_coes,
            help="Container orchestration engine; 'jeroboam explain coe' lists them.",
        ),
    ] = "kubernetes",
    distro: Annotated[
        str,
        typer.Option(
            metavar="DISTRO",
            autocompletion=_distros,
            help="Linux distribution of the servers; 'jeroboam explain distro' lists them.",
        ),
    ] = "ubuntu",
    force: Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")] = False,
) -> None:
    """Write a commented spec to start from.

    The spec compiles as it is; its comments say what each choice means and what to change first: image,
    keypair, external network, flavors, and who may reach the cluster. The cluster is named after FILE.

    Examples:
      jeroboam init
      jeroboam init prod.yaml
      jeroboam init --coe swarm --distro flatcar ci.yaml
      jeroboam init - | less
    """
    text = starter(_chosen("coe", coe), _chosen("distro", distro), Path(file).stem)
    if file == "-":
        result(text)
        return
    with failing("write", file):
        if Path(file).exists() and not force:
            raise CommandError(f"'{file}' exists", "name another file, or overwrite it with --force")
        written(file, text, PUBLIC)
    say(f"{file}: written; set what is marked CHANGE, then:")
    say(f"  next:  {shell('jeroboam', 'compile', file)}")


def starter(coe: str, distro: str, name: str) -> str:
    """The starter spec for `coe` on `distro`, for a cluster that is called what is nearest to `name`."""
    parts = (
        *("opening", f"coe/{coe}", "distro", f"distro/{distro}"),
        *("masters", f"state/{coe}", "cluster", _options(coe, distro)),
    )
    text = "".join(_starters().joinpath(*f"{part}.yaml".split("/")).read_text("utf-8") for part in parts)
    return text.replace(NAME, _label(name) or NAME)


def _options(coe: str, distro: str) -> str:
    """The block of a COE for nodes of a distro: another one where they lack what the usual one needs."""
    platform = plugins.platform(distro)
    lacking = [it for it in Capability if platform is not None and it not in platform.provides]
    special = (f"options/{coe}-without-{it}" for it in lacking)
    return next((name for name in special if (_starters() / f"{name}.yaml").exists()), f"options/{coe}")


def _label(name: str) -> str:
    """A name as a cluster may have it: in lower case, with a hyphen for what cannot be part of it."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:_LONGEST].strip("-")


def _chosen(kind: str, name: str) -> str:
    known = _names(kind)
    if name not in known:
        raise typer.BadParameter(
            f"there is no starter for '{name}'; known: {', '.join(known)}", param_hint=f"'--{kind}'"
        )
    return name


def _names(kind: str) -> list[str]:
    entries = (_starters() / kind).iterdir()
    return sorted(entry.name.removesuffix(".yaml") for entry in entries)


def _starters() -> Path:
    return resources.schemas() / "v1" / "starters"
