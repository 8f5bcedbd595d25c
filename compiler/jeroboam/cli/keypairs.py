"""`keypairs`: the two Nova keypairs through which a cluster's nodes get the key to their secrets."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from jeroboam.cli.clouds import CloudOption, RegionOption, connected
from jeroboam.cli.files import PRIVATE, text_of, written
from jeroboam.cli.inputs import OutsideOption, planned
from jeroboam.cli.secrets_file import held_in
from jeroboam.cli.secrets_place import secrets_file
from jeroboam.cli.terminal import CommandError, failing, say
from jeroboam.deploy.keypairs import ensured, line
from jeroboam.deploy.retry import told
from jeroboam.escape import shell
from jeroboam.model.types import ClusterModel
from jeroboam.secrets import seal as seals
from jeroboam.secrets.seal import Keypair, Seal, is_public_key, nobodys_public_key
from jeroboam.storage.folder import make


def keypairs(
    spec: Annotated[str, typer.Argument(metavar="SPEC", help="A cluster spec; '-' is standard input.")],
    secrets: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="The cluster's secrets.  [default: <name>.secrets.yaml beside SPEC]",
            show_default=False,
        ),
    ] = None,
    login_key: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="SSH public key that may log in to the nodes.  [default: the spec's keypair, from Nova]",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            "-o",
            "--output",
            metavar="DIR",
            help="Ask no cloud: write a public key file for each, for 'openstack keypair create'.",
            show_default=False,
        ),
    ] = None,
    allow_outside: OutsideOption = False,
    os_cloud: CloudOption = None,
    os_region_name: RegionOption = None,
) -> None:
    """Create the Nova keypairs that a stack created by hand needs.

    Heat shows its parameters to everybody who may read the project, so the secrets file holds encrypted
    (sealed) values only. Nodes decrypt them with a key in the comment of the Nova keypair that they are
    created with: Nova shows a keypair to its owner and to the servers that use it, and to nobody else.
    Masters and workers have one each, named in the secrets file. 'jeroboam deploy' creates them itself.

    Both hold the public key of the spec's own keypair, so that whoever could log in with it still can.
    Keypairs belong to users: whoever updates the stack and adds nodes needs them too.

    Examples:
      jeroboam keypairs prod.yaml
      jeroboam keypairs prod.yaml -o keys --login-key ~/.ssh/id_ed25519.pub
      openstack keypair create --public-key keys/NAME.pub NAME
    """
    model = planned(spec, allow_outside=allow_outside)
    pairs = _pairs(model.spec.name, _seal(model.spec.name, secrets, spec))
    given = _read(login_key) if login_key else None
    if output is not None:
        _write(output, pairs, given or _without_cloud(model, spec))
        return
    cloud = connected(os_cloud, os_region_name)
    if not told(ensured(cloud, model, pairs, given), say):
        say(f"{', '.join(pair.name for pair in pairs)}: there already")


def _pairs(cluster: str, seal: Seal) -> Sequence[Keypair]:
    return tuple(seals.keypairs(cluster, seal).values())


def _seal(cluster: str, secrets: str | None, spec: str) -> Seal:
    path = secrets_file(cluster, spec, secrets)
    held = held_in(path, cluster)
    seal = held.seal if held else None
    if seal is None:
        what = "there is no" if held is None else "nothing is sealed in the"
        raise CommandError(f"{what} secrets file '{path}'", f"make it: {shell('jeroboam', 'secrets', spec)}")
    return seal


def _without_cloud(model: ClusterModel, spec: str) -> str:
    if model.spec.keypair is None:
        return nobodys_public_key()
    raise CommandError(
        f"only Nova knows the public key of the keypair '{model.spec.keypair}'",
        f"save it, openstack keypair show --public-key {shell(model.spec.keypair)} > login.pub, then: "
        + shell("jeroboam", "keypairs", spec, "-o", "DIR", "--login-key", "login.pub"),
    )


def _read(path: str) -> str:
    try:
        with failing("read", path):
            text = text_of(path)
    except UnicodeDecodeError:
        text = ""
    if text is None:
        raise CommandError(f"cannot read '{path}': there is no such file")
    if not is_public_key(text):
        raise CommandError(f"'{path}' is no SSH public key", "give one line such as 'ssh-ed25519 AAAA…'")
    return text


def _write(folder: str, pairs: Sequence[Keypair], login_key: str) -> None:
    with failing("write", folder):
        make(Path(folder), 0o700)
        for pair in pairs:
            path = f"{folder.rstrip('/')}/{pair.name}.pub"
            written(path, line(pair, login_key) + "\n", PRIVATE)
            say(f"{path}: keep it as safe as the secrets file")
    for pair in pairs:
        path = f"{folder.rstrip('/')}/{pair.name}.pub"
        say(f"  next: {shell('openstack', 'keypair', 'create', '--public-key', path, pair.name)}")
