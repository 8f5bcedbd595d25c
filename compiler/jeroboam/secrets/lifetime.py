"""Short-lived values: how a token is derived from its key and the time, when each expires or must be renewed.

Facts: a bootstrap token is `[a-z0-9]{6}.[a-z0-9]{16}`, of which the first part is public (kubeadm's
`bootstrapapi.BootstrapTokenPattern`). Here it is the number of the token's window, so a node that holds
nothing but a token can say when it ended; fragments/kubernetes/tokens.sh derives the same.
"""

from __future__ import annotations

import hmac
from base64 import b64decode
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from jeroboam.model.secrets import ClientCertificateOf, PrivateKey, Secret, WindowToken

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

_ID_DIGITS = 6
_SECRET_DIGITS = 16
_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EARLIEST = datetime(2026, 1, 1, tzinfo=UTC)
"""No token was derived before; an id that says otherwise is random."""


def window_at(now: datetime, hours: int) -> int:
    """The number of the window, so many hours long, that `now` is in: the first began in 1970, UTC."""
    return (now - _EPOCH) // timedelta(hours=hours)


def window_token(key: bytes, number: int) -> str:
    """The token of a window: its number to the base 36, and 16 characters of an HMAC-SHA256 of it."""
    digits = ""
    rest = number
    for _ in range(_ID_DIGITS):
        rest, digit = divmod(rest, len(_ALPHABET))
        digits = _ALPHABET[digit] + digits
    digest = hmac.digest(key, str(number).encode("ascii"), "sha256")
    return f"{digits}.{''.join(_ALPHABET[byte % len(_ALPHABET)] for byte in digest[:_SECRET_DIGITS])}"


def windows(key: str, now: datetime, hours: int) -> tuple[tuple[int, str], ...]:
    """The windows whose tokens are valid now, each with its token; `key` is base64. Masters keep the same."""
    number = window_at(now, hours)
    return tuple((it, window_token(b64decode(key), it)) for it in (number - 1, number, number + 1))


def window_end(number: int, hours: int) -> datetime:
    """When the token of a window ends: with the window after it."""
    return _EPOCH + timedelta(hours=hours) * (number + 2)


def stale(secrets: Iterable[Secret], known: Mapping[str, str], now: datetime) -> frozenset[str]:
    """The names of short-lived values in `known`, base64, that must be renewed.

    A token is when its window is over, a certificate when half of its lifetime is, and its own key with it.
    """
    names: set[str] = set()
    by_name = {secret.name: secret for secret in secrets}
    for secret in by_name.values():
        match secret.recipe:
            case WindowToken(_, hours) if secret.name in known:
                of = _window_of(secret.recipe, known[secret.name], known)
                if of is not None and of != window_at(now, hours):
                    names.add(secret.name)
            case ClientCertificateOf(key=key, lifetime_hours=int()) as recipe:
                own = by_name[key].recipe
                renews_key = isinstance(own, PrivateKey) and own.short_lived
                if _certificate_due(recipe, secret.name, known, now, renews_key=renews_key):
                    names |= {secret.name, key} if renews_key else {secret.name}
    return frozenset(names & known.keys())


def unending(secrets: Iterable[Secret], known: Mapping[str, str]) -> tuple[str, ...]:
    """The tokens in `known` that are not derived from their key: an earlier version's, which never expire."""
    return tuple(
        secret.name
        for secret in secrets
        if isinstance(secret.recipe, WindowToken)
        and secret.name in known
        and _window_of(secret.recipe, known[secret.name], known) is None
    )


def derived(recipe: WindowToken, value: str, now: datetime) -> bool:
    """Whether a token, base64, looks like one that was derived from a key, of which nothing is known."""
    number = _numbered(value)
    earliest = window_at(_EARLIEST, recipe.window_hours)
    return number is not None and earliest <= number <= window_at(now, recipe.window_hours) + 1


def ends(secrets: Iterable[Secret], known: Mapping[str, str]) -> datetime | None:
    """When the first of the short-lived values in `known`, base64, expires; None if none does."""
    found = (_end(secret, known) for secret in secrets if secret.short_lived and secret.name in known)
    return min((end for end in found if end is not None), default=None)


def _end(secret: Secret, known: Mapping[str, str]) -> datetime | None:
    match secret.recipe:
        case WindowToken(_, hours):
            number = _window_of(secret.recipe, known[secret.name], known)
            return None if number is None else window_end(number, hours)
        case ClientCertificateOf():
            certificate = _certificate(known[secret.name])
            return None if certificate is None else certificate.not_valid_after_utc
    return None


def _window_of(recipe: WindowToken, value: str, known: Mapping[str, str]) -> int | None:
    """The number of the window that a token is derived for; None where it is not from its key."""
    number = _numbered(value)
    if number is None or recipe.key not in known:
        return None
    return number if window_token(b64decode(known[recipe.key]), number).encode() == b64decode(value) else None


def _numbered(value: str) -> int | None:
    try:
        return int(b64decode(value).decode("ascii").partition(".")[0], len(_ALPHABET))
    except ValueError:
        return None


def _certificate_due(
    recipe: ClientCertificateOf, name: str, known: Mapping[str, str], now: datetime, *, renews_key: bool
) -> bool:
    """Whether a certificate is to be made again: half over, not its CA's, or valid for too long."""
    lifetime = timedelta(hours=recipe.lifetime_hours or 0)
    if name not in known or recipe.ca_cert not in known:
        return False
    if recipe.key not in known:
        return renews_key
    issuer, held = _certificate(known[recipe.ca_cert]), _certificate(known[name])
    if issuer is None:
        return False
    if held is None or not _issued_by(held, issuer):
        return True
    possible, end = min(issuer.not_valid_after_utc, now + lifetime), held.not_valid_after_utc
    return end > possible or (end - lifetime / 2 <= now and end < possible)


def _certificate(value: str) -> Certificate | None:
    from cryptography.x509 import load_pem_x509_certificate

    try:
        return load_pem_x509_certificate(b64decode(value))
    except ValueError:
        return None


def _issued_by(certificate: Certificate, issuer: Certificate) -> bool:
    from cryptography.exceptions import InvalidSignature

    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True
