"""Checks a cluster's CAs: each certificate fits its key, may sign others, and does not expire soon.

Values may come from a user's own CA. No message repeats one.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from jeroboam.model.secrets import CaCertificateOf, ClientCertificateOf, PublicKeyOf, Secret
from jeroboam.secrets import recipes

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

TOO_SHORT = timedelta(days=30)
"""A CA with less time left is refused for a new cluster, and where the file itself is made."""
SHORT = timedelta(days=90)
"""A CA with less time left is worth a warning."""


class Expiry(NamedTuple):
    """When the certificate of a CA, a secret of this name, expires."""

    name: str
    end: datetime


def mismatch(secrets: Iterable[Secret], values: Mapping[str, str], now: datetime) -> str | None:
    """Which of `values` (base64, by name) does not fit the others: a predicate for a message, or None.

    A CA's certificate that is unreadable, of another key, of no CA or not valid at `now`; a public key or a
    client's certificate that is of another key, or that another CA signed.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.x509 import DuplicateExtension, UnsupportedGeneralNameType

    for secret in secrets:
        if not isinstance(secret.recipe, PublicKeyOf | CaCertificateOf | ClientCertificateOf):
            continue
        needed = recipes.needs(secret.recipe)
        if not {secret.name, *needed} <= set(values):
            continue
        try:
            key = recipes.loaded_key(needed[0], values)
        except ValueError:
            return f"the value of '{needed[0]}' is not an unencrypted PEM key on P-256, P-384 or P-521"
        try:
            problem = _problem(secret, values, key.public_key(), now)
        except (ValueError, UnsupportedAlgorithm, DuplicateExtension, UnsupportedGeneralNameType):
            problem = "cannot be read as PEM"
        if problem:
            return f"the value of '{secret.name}' {problem}"
    return None


def expiring(secrets: Iterable[Secret], values: Mapping[str, str], now: datetime) -> tuple[Expiry, ...]:
    """The CAs among `values` that expire within `SHORT` of `now`. Raises ValueError for what is none."""
    ends = (
        Expiry(secret.name, _certificate(values[secret.name]).not_valid_after_utc)
        for secret in secrets
        if isinstance(secret.recipe, CaCertificateOf) and secret.name in values
    )
    return tuple(expiry for expiry in ends if expiry.end - now < SHORT)


def _certificate(value: str) -> x509.Certificate:
    from cryptography import x509

    return x509.load_pem_x509_certificate(b64decode(value))


def _problem(
    secret: Secret, values: Mapping[str, str], public_key: EllipticCurvePublicKey, now: datetime
) -> str | None:
    from cryptography.exceptions import InvalidSignature

    key = recipes.needs(secret.recipe)[0]
    if isinstance(secret.recipe, PublicKeyOf):
        fits = public_key in _public_keys(b64decode(values[secret.name]))
        return None if fits else f"does not belong to '{key}'"
    certificate = _certificate(values[secret.name])
    if certificate.public_key() != public_key:
        return f"is a certificate for a key other than '{key}'"
    if isinstance(secret.recipe, CaCertificateOf):
        return _unfit_authority(certificate, now)
    if isinstance(secret.recipe, ClientCertificateOf):
        try:
            certificate.verify_directly_issued_by(_certificate(values[secret.recipe.ca_cert]))
        except (ValueError, TypeError, InvalidSignature):
            return f"was not signed by '{secret.recipe.ca_cert}'; remove its line to have it generated again"
    return None


def _public_keys(pem: bytes) -> list[object]:
    """All that stand one after another in a PEM text; there are two while one takes the other's place."""
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    begins = b"-----BEGIN"
    return [load_pem_public_key(begins + part) for part in pem.split(begins)[1:]]


def _unfit_authority(certificate: x509.Certificate, now: datetime) -> str | None:
    from cryptography import x509

    found = {extension.oid: extension.value for extension in certificate.extensions}
    constraints = found.get(x509.BasicConstraints.oid)
    usage = found.get(x509.KeyUsage.oid)
    if not (isinstance(constraints, x509.BasicConstraints) and constraints.ca):
        return "is not a CA certificate: its basic constraints lack CA:TRUE"
    if isinstance(usage, x509.KeyUsage) and not usage.key_cert_sign:
        return "is a certificate that may not sign others: its key usage lacks keyCertSign"
    if certificate.not_valid_before_utc > now:
        return f"is not valid before {certificate.not_valid_before_utc:%Y-%m-%d %H:%M} UTC"
    if certificate.not_valid_after_utc <= now:
        return f"expired on {certificate.not_valid_after_utc:%Y-%m-%d}"
    return None
