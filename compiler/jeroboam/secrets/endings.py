"""What of a cluster ends when, as far as it can be told without logging in."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from jeroboam.model.secrets import Secret, WindowToken
from jeroboam.secrets.lifetime import ends

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

JOIN_CERTIFICATE = "join_cert"
JOIN_TOKEN = Secret("bootstrap_token", "", WindowToken("join_token_key", 24))
"""How the driver of Kubernetes derives it; a test holds the two together."""
_PEM = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----\n?", re.DOTALL)
_EMBEDDED = re.compile(r"client-certificate-data: *(\S+)")


class EndingKind(StrEnum):
    """What ends: how early it is warned of, and what is to be done, go by this."""

    AUTHORITY = "authority"
    API = "api"
    DOCKER_API = "docker-api"
    CREDENTIALS = "credentials"
    APPLICATION_CREDENTIAL = "application-credential"
    JOINING = "joining"


_EARLY = {
    # Another CA is more than an afternoon's work.
    EndingKind.AUTHORITY: timedelta(days=365),
    # Each deploy renews it; it is over most of the time.
    EndingKind.JOINING: timedelta(0),
}
EARLY = timedelta(days=30)
"""How long before its end all else is warned of."""


@dataclass(frozen=True, slots=True)
class Ending:
    """Something that ends, by a name that users know it by; `source` is who says so: a file, an address."""

    kind: EndingKind
    name: str
    end: datetime
    source: str

    def has_ended(self, now: datetime) -> bool:
        """Whether it is of no more use; what deploy renews each time never counts as that."""
        return self.kind is not EndingKind.JOINING and self.end <= now

    def ends_soon(self, now: datetime) -> bool:
        """Whether it is time to do something."""
        return now < self.end <= now + _EARLY.get(self.kind, EARLY) and self.kind is not EndingKind.JOINING


def lines(endings: Iterable[Ending], now: datetime) -> Iterator[str]:
    """A line for each day that things end on, with what is ended or close to it."""
    groups: dict[tuple[str, EndingKind, str], list[str]] = {}
    remarks: dict[tuple[str, EndingKind, str], str] = {}
    for ending in endings:
        key = (f"{ending.end:%Y-%m-%d}", ending.kind, ending.source)
        groups.setdefault(key, []).append(ending.name)
        remarks[key] = _remark(ending, now)
    for key, names in groups.items():
        day, _, source = key
        yield f"{day}  {', '.join(names)} ({source}){remarks[key]}"


def _remark(ending: Ending, now: datetime) -> str:
    if ending.kind is EndingKind.JOINING:
        return "; deploy and roll renew it"
    if ending.has_ended(now):
        return ": it has ended"
    days = (ending.end - now).days
    return f": in {days} day{'s'[: days != 1]}" if ending.ends_soon(now) else ""


def of_secrets(values: Mapping[str, str], source: str) -> tuple[Ending, ...]:
    """Of a secrets file, by its base64 `values`: CAs, what they signed, what nodes join with."""
    found = []
    for name, value in sorted(values.items()):
        for certificate in _certificates(_decoded(value)):
            kind = EndingKind.JOINING if name == JOIN_CERTIFICATE else EndingKind.AUTHORITY
            found.append(Ending(kind, name, certificate.not_valid_after_utc, source))
    token = ends((JOIN_TOKEN,), values) if JOIN_TOKEN.name in values else None
    if token is not None:
        found.append(Ending(EndingKind.JOINING, JOIN_TOKEN.name, token, source))
    return tuple(found)


def of_credentials(texts: Iterable[str], source: str) -> tuple[Ending, ...]:
    """Of files that `jeroboam credentials` wrote: the client's certificates, without the CAs beside them."""
    return tuple(
        Ending(EndingKind.CREDENTIALS, "credentials", certificate.not_valid_after_utc, source)
        for text in texts
        for certificate in _certificates(text + "".join(map(_decoded, _EMBEDDED.findall(text))))
        if not _signs(certificate)
    )


def end_of(der: bytes) -> datetime | None:
    """When a certificate, DER, ends; None where it is none."""
    from cryptography.x509 import load_der_x509_certificate

    try:
        return load_der_x509_certificate(der).not_valid_after_utc
    except ValueError:
        return None


def _decoded(value: str) -> str:
    try:
        return b64decode(value).decode("ascii")
    except ValueError:
        return ""


def _certificates(text: str) -> Iterator[Certificate]:
    from cryptography.x509 import load_pem_x509_certificate

    for pem in _PEM.findall(text):
        try:
            yield load_pem_x509_certificate(pem.encode("ascii"))
        except ValueError:
            continue


def _signs(certificate: Certificate) -> bool:
    from cryptography.x509 import BasicConstraints, ExtensionNotFound

    try:
        return certificate.extensions.get_extension_for_class(BasicConstraints).value.ca
    except (ExtensionNotFound, ValueError):
        return False
