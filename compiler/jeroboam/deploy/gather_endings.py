"""Asks files here, the API's port and Keystone what of a cluster ends when; who is silent is left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from jeroboam.deploy.clusters import endpoint
from jeroboam.deploy.connection import Cloud
from jeroboam.deploy.errors import CloudError, asking
from jeroboam.deploy.tls_probe import certificate_at
from jeroboam.deploy.types import Stack
from jeroboam.hot.contract import OutputName, parse_identity
from jeroboam.model.access import in_url
from jeroboam.secrets.endings import Ending, EndingKind, end_of, of_credentials, of_secrets

CREDENTIAL = "application_credential_id"
_LARGEST = 1 << 20
_APIS = {"swarm": EndingKind.DOCKER_API}
"""What an API is where it is not a COE's own."""


class HeldSecrets(NamedTuple):
    """A secrets file that is at hand: its base64 values by name, and its path."""

    values: Mapping[str, str]
    path: str


def endings(
    cloud: Cloud, stack: Stack, held: HeldSecrets | None, at: tuple[str, int] | None = None
) -> tuple[Ending, ...]:
    """What ends, the first to end first.

    `at` is where the API is reached from here, if not at its own address. Credentials are looked
    for where `jeroboam credentials` writes them, in this folder.
    """
    found = [
        *(of_secrets(held.values, held.path) if held else ()),
        *of_credentials(_texts(Path(f"{stack.name}.credentials")), f"{stack.name}.credentials"),
        *_of_api(stack, at),
        *(_of_keystone(cloud, held.values[CREDENTIAL]) if held and CREDENTIAL in held.values else ()),
    ]
    return tuple(sorted(found, key=lambda ending: (ending.end, ending.name)))


def _texts(folder: Path) -> Iterator[str]:
    with suppress(OSError):
        for file in sorted(folder.iterdir()):
            with suppress(OSError, UnicodeDecodeError):
                if file.is_file() and file.stat().st_size <= _LARGEST:
                    yield file.read_text(encoding="utf-8")


def _of_api(stack: Stack, at: tuple[str, int] | None) -> Iterator[Ending]:
    there = endpoint(stack)
    if there is None or there.scheme == "http":
        return
    host, port = at or (there.address, there.port)
    end = end_of(certificate_at(host, port) or b"")
    if end is not None:
        identity = parse_identity(stack.outputs.get(OutputName.CLUSTER))
        kind = _APIS.get(identity.coe if identity else "", EndingKind.API)
        yield Ending(kind, "the API's certificate", end, f"{in_url(host)}:{port}")


def _of_keystone(cloud: Cloud, value: str) -> Iterator[Ending]:
    """The credential of the cloud add-ons, which Keystone tells its owner alone of."""
    from base64 import b64decode

    with suppress(CloudError, ValueError), asking("ask Keystone for the application credential"):
        identifier = b64decode(value).decode("ascii").strip()
        identity, user = cloud.sdk.identity, cloud.sdk.current_user_id
        said = identity.get_application_credential(user, identifier).expires_at
        if said:
            end = datetime.fromisoformat(str(said))
            yield Ending(
                EndingKind.APPLICATION_CREDENTIAL,
                f"application credential {identifier}",
                end if end.tzinfo else end.replace(tzinfo=UTC),
                "Keystone",
            )
