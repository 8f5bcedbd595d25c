"""Issues credentials from a cluster's secrets: the user's files, with a new key and certificate.

Nothing here touches a disk or a network, and no message repeats a value.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random

from jeroboam.model.access import (
    Base64,
    ClientCertificate,
    ClientPart,
    Credentials,
    CredentialValue,
)
from jeroboam.model.types import SecretRef
from jeroboam.secrets import recipes
from jeroboam.secrets.contents import Refusal

_PLACEHOLDER = re.compile(r"@\{([A-Z_]+)\}")
_RESTORE = "restore the file from the copy that the stack was created with"


def issued(
    wanted: Credentials, secrets: Mapping[str, str], *, random: Random, now: datetime, lifetime: timedelta
) -> dict[str, str] | Refusal:
    """The texts of the files of `wanted`, by name; `secrets` are base64 values, by name.

    A CA's key is used and never part of a file. `random` is `SystemRandom()` for real credentials.
    """
    absent = sorted(_needed(wanted) - set(secrets))
    if absent:
        names = ", ".join(f"'{name}'" for name in absent)
        return Refusal(f"holds no {names}", "name the secrets file of this cluster with --secrets")
    parts: dict[ClientPart, bytes] = {}
    if wanted.client:
        try:
            parts = _client(wanted.client, secrets, random, now, lifetime)
        except ValueError:
            return Refusal("holds a CA whose key or certificate cannot be read", _RESTORE)
        if not parts:
            return Refusal("holds a CA's key and a certificate that do not belong together", _RESTORE)
    texts = {}
    for file in wanted.files:
        values = {name: _text(value, secrets, parts) for name, value in file.values.items()}
        texts[file.name] = _PLACEHOLDER.sub(lambda at, values=values: values[at[1]], file.text)  # type: ignore[misc]
    return texts


def _needed(wanted: Credentials) -> set[str]:
    values = (value for file in wanted.files for value in file.values.values())
    sources = (value.of if isinstance(value, Base64) else value for value in values)
    named = {source.name for source in sources if isinstance(source, SecretRef)}
    return named | ({wanted.client.ca_key, wanted.client.ca_cert} if wanted.client else set())


def _client(
    wanted: ClientCertificate,
    secrets: Mapping[str, str],
    random: Random,
    now: datetime,
    lifetime: timedelta,
) -> dict[ClientPart, bytes]:
    """Both parts; nothing where the CA's certificate is of another key. Raises ValueError."""
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from cryptography.x509 import load_pem_x509_certificate

    ca_key = recipes.loaded_key(wanted.ca_key, secrets)
    if load_pem_x509_certificate(b64decode(secrets[wanted.ca_cert])).public_key() != ca_key.public_key():
        return {}
    pem = recipes.private_key_pem()
    certificate = recipes.client_certificate_pem(
        ca_key,
        secrets[wanted.ca_cert],
        load_pem_private_key(pem, password=None),  # type: ignore[arg-type]
        wanted.common_name,
        wanted.organizations,
        random=random,
        now=now,
        lifetime=lifetime,
    )
    return {ClientPart.CERTIFICATE: certificate, ClientPart.KEY: pem}


def _text(value: CredentialValue, secrets: Mapping[str, str], parts: Mapping[ClientPart, bytes]) -> str:
    match value:
        case Base64(of):
            return b64encode(_bytes(of, secrets, parts)).decode("ascii")
        case _:
            return _bytes(value, secrets, parts).decode("utf-8")


def _bytes(
    source: SecretRef | ClientPart, secrets: Mapping[str, str], parts: Mapping[ClientPart, bytes]
) -> bytes:
    return parts[source] if isinstance(source, ClientPart) else b64decode(secrets[source.name])


def expiry(
    wanted: Credentials, secrets: Mapping[str, str], *, now: datetime, lifetime: timedelta
) -> datetime | None:
    """When credentials from `issued` expire, with the CA at the latest; None if they never do."""
    from cryptography.x509 import load_pem_x509_certificate

    if wanted.client is None:
        return None
    ca = load_pem_x509_certificate(b64decode(secrets[wanted.client.ca_cert]))
    return min(ca.not_valid_after_utc, now + lifetime)
