"""Nova keypairs whose comment opens a cluster's secrets: looked up, made, removed.

A keypair belongs to a user. Its public key, comment included, is told to that user and to the metadata of
servers that are made with it, to nobody else in the project.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from typing import Any
from urllib.parse import quote

from jeroboam.deploy.connection import Cloud
from jeroboam.deploy.errors import CloudError, asking
from jeroboam.deploy.types import Note
from jeroboam.escape import shell
from jeroboam.model.types import ClusterModel
from jeroboam.secrets.seal import Keypair, nobodys_public_key

_NOT_FOUND = 404


def public_key(cloud: Cloud, name: str) -> str | None:
    """A keypair's public key as it was given to Nova; None where this user has none of that name.

    Raises CloudError.
    """
    with asking(f"ask Nova for the keypair '{name}'"):
        response = cloud.sdk.compute.get(_path(name))
        if response.status_code == _NOT_FOUND:
            return None
        _raise(response)
        return str(response.json()["keypair"]["public_key"])


def outdated(cloud: Cloud, wanted: Iterable[Keypair], login_key: str | None) -> tuple[Keypair, ...]:
    """Those of `wanted` that this user lacks, or has with another public key than `login_key`.

    Raises CloudError, also where a keypair of that name is not of this cluster.
    """
    found = []
    for keypair in wanted:
        key = public_key(cloud, keypair.name)
        if key is not None and keypair.comment not in key.split():
            raise CloudError(
                f"the keypair '{keypair.name}' does not hold what opens this cluster's secrets",
                f"if nothing else uses it, delete it and run again: openstack keypair delete {keypair.name}",
            )
        if key is None or (login_key is not None and key.split()[:2] != login_key.split()[:2]):
            found.append(keypair)
    return tuple(found)


def ensured(
    cloud: Cloud, model: ClusterModel, pairs: Sequence[Keypair], login_key: str | None = None
) -> Generator[Note, None, bool]:
    """Has this user have the keypairs of a cluster; returns whether any had to be made.

    Whoever has `login_key`, the public key of the spec's own keypair unless given, may log in to nodes.
    Raises CloudError.
    """
    key = login_key or _login_key(cloud, model)
    wanted = outdated(cloud, pairs, key)
    for pair in wanted:
        put(cloud, pair, key or nobodys_public_key())
        yield Note(f"keypair '{pair.name}' created")
    return bool(wanted)


def _login_key(cloud: Cloud, model: ClusterModel) -> str | None:
    """The public key of the spec's own keypair; None where it has none."""
    name = model.spec.keypair
    if name is None:
        return None
    found = public_key(cloud, name)
    if found is None:
        raise CloudError(
            f"this user has no keypair '{name}'",
            f"keypairs belong to users; create it: openstack keypair create --public-key FILE {shell(name)}",
        )
    return found


def put(cloud: Cloud, keypair: Keypair, login_key: str) -> None:
    """Makes a keypair anew; whoever has `login_key` may log in to servers made from now on.

    Servers that exist keep what they have. Raises CloudError.
    """
    remove(cloud, keypair.name)
    body = {"keypair": {"name": keypair.name, "public_key": line(keypair, login_key)}}
    with asking(f"make the keypair '{keypair.name}'"):
        _raise(cloud.sdk.compute.post("/os-keypairs", json=body))


def remove(cloud: Cloud, name: str) -> bool:
    """Whether there was a keypair of that name to delete. Raises CloudError."""
    with asking(f"delete the keypair '{name}'"):
        response = cloud.sdk.compute.delete(_path(name))
        if response.status_code == _NOT_FOUND:
            return False
        _raise(response)
        return True


def line(keypair: Keypair, login_key: str) -> str:
    """The public key as a file for `openstack keypair create --public-key` has it."""
    return " ".join((*login_key.split()[:2], keypair.comment))


def _path(name: str) -> str:
    return f"/os-keypairs/{quote(name, safe='')}"


def _raise(response: Any) -> None:
    from openstack.exceptions import raise_from_response

    raise_from_response(response)
