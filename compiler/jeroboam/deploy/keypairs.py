"""Nova keypairs whose comment opens a cluster's secrets: looked up, made, removed.

A keypair belongs to a user. Its public key, comment included, is told to that user and to the metadata of
servers that are made with it, to nobody else in the project.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from jeroboam.deploy.connection import Cloud
from jeroboam.deploy.problems import CloudProblem, asking
from jeroboam.secrets.seal import Keypair

_NOT_FOUND = 404


def public_key(cloud: Cloud, name: str) -> str | None:
    """A keypair's public key as it was given to Nova; None where this user has none of that name.

    Raises CloudProblem.
    """
    with asking(f"ask Nova for the keypair '{name}'"):
        response = cloud.sdk.compute.get(_path(name))
        if response.status_code == _NOT_FOUND:
            return None
        _raise(response)
        return str(response.json()["keypair"]["public_key"])


def outdated(cloud: Cloud, wanted: Iterable[Keypair], login_key: str | None) -> tuple[Keypair, ...]:
    """Those of `wanted` that this user lacks, or has with another public key than `login_key`.

    Raises CloudProblem, also where a keypair of that name is not of this cluster.
    """
    found = []
    for keypair in wanted:
        key = public_key(cloud, keypair.name)
        if key is not None and keypair.comment not in key.split():
            raise CloudProblem(
                f"the keypair '{keypair.name}' does not hold what opens this cluster's secrets",
                f"if nothing else uses it, delete it and run again: openstack keypair delete {keypair.name}",
            )
        if key is None or (login_key is not None and key.split()[:2] != login_key.split()[:2]):
            found.append(keypair)
    return tuple(found)


def put(cloud: Cloud, keypair: Keypair, login_key: str) -> None:
    """Makes a keypair anew; whoever has `login_key` may log in to servers made from now on.

    Servers that exist keep what they have. Raises CloudProblem.
    """
    remove(cloud, keypair.name)
    body = {"keypair": {"name": keypair.name, "public_key": line(keypair, login_key)}}
    with asking(f"make the keypair '{keypair.name}'"):
        _raise(cloud.sdk.compute.post("/os-keypairs", json=body))


def remove(cloud: Cloud, name: str) -> bool:
    """Whether there was a keypair of that name to delete. Raises CloudProblem."""
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
