"""The value of each secret, from its recipe, a source of randomness and the date.

Keys are ECDSA P-256: every TLS stack in a cluster reads them, and a CA with its key takes under 600
bytes of user data, where RSA takes 3,000.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING

from jeroboam.model.secrets import (
    CaCertificateOf,
    ClientCertificateOf,
    PrivateKey,
    PublicKeyOf,
    RandomBytes,
    Recipe,
    Secret,
    Token,
    UserSupplied,
    WindowToken,
)
from jeroboam.secrets.lifetime import window_at, window_token

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

CA_LIFETIME = timedelta(days=3650)
CLOCK_SKEW = timedelta(hours=1)
SERIAL_BITS = 159
"""RFC 5280, section 4.1.2.2: positive and at most 20 octets."""
_CURVES = ("secp256r1", "secp384r1", "secp521r1")
"""Those that Go reads (crypto/x509, namedCurveFromOID) and every distro's OpenSSL."""


def needs(recipe: Recipe) -> tuple[str, ...]:
    """The names of the secrets that a value of `recipe` belongs to, its own private key first."""
    match recipe:
        case PublicKeyOf(key) | CaCertificateOf(key, _) | WindowToken(key, _):
            return (key,)
        case ClientCertificateOf(ca_key, ca_cert, key):
            return (key, ca_cert, ca_key)
        case _:
            return ()


def made(
    secrets: Iterable[Secret], known: Mapping[str, str], *, random: Random, now: datetime
) -> dict[str, str]:
    """Base64 values, by name, of those `secrets` that are not in `known` and can be made.

    `known` are base64 values that others may be derived from. `random` is `SystemRandom()` for real
    secrets; keys and signatures are random besides. Raises ValueError for a certificate or public key
    whose private key is neither known nor among `secrets`, or is no PEM key.
    """
    values: dict[str, str] = {}
    wanted = [secret for secret in secrets if secret.name not in known]
    # Keys come before what is made of one, and CAs before what they sign.
    for secret in sorted(wanted, key=lambda secret: len(needs(secret.recipe))):
        value = _value(secret.recipe, {**known, **values}, random, now)
        if value is not None:
            values[secret.name] = b64encode(value).decode("ascii")
    return {secret.name: values[secret.name] for secret in wanted if secret.name in values}


def _value(recipe: Recipe, known: Mapping[str, str], random: Random, now: datetime) -> bytes | None:
    match recipe:
        case PrivateKey():
            return private_key_pem()
        case PublicKeyOf(key):
            return _public_key_pem(loaded_key(key, known))
        case CaCertificateOf(key, common_name):
            return _ca_certificate_pem(loaded_key(key, known), common_name, random, now)
        case ClientCertificateOf(ca_key, ca_cert, key, common_name, hours):
            return client_certificate_pem(
                loaded_key(ca_key, known), known.get(ca_cert, ""), loaded_key(key, known), common_name,
                random=random, now=now, lifetime=timedelta(hours=hours) if hours else None,
            )  # fmt: skip
        case Token(parts):
            words = ("".join(random.choice(alphabet) for _ in range(size)) for size, alphabet in parts)
            return ".".join(words).encode("ascii")
        case WindowToken(key, hours):
            return window_token(b64decode(known[key]), window_at(now, hours)).encode("ascii")
        case RandomBytes(size):
            return random.randbytes(size)
        case UserSupplied():
            return None


def private_key_pem() -> bytes:
    """A new private key, PEM, from the operating system's source of randomness."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def loaded_key(name: str, known: Mapping[str, str]) -> EllipticCurvePrivateKey:
    """The key of a base64 value. Raises ValueError where it is none."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(b64decode(known.get(name, "")), password=None)
    except (TypeError, UnsupportedAlgorithm) as error:  # an encrypted key, a kind that the library lacks
        raise ValueError(f"'{name}' is not a usable key") from error
    if not isinstance(key, EllipticCurvePrivateKey) or key.curve.name not in _CURVES:
        raise ValueError(f"'{name}' is not an elliptic curve key that a COE can use")
    return key


def _public_key_pem(key: EllipticCurvePrivateKey) -> bytes:
    from cryptography.hazmat.primitives import serialization

    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _ca_certificate_pem(
    key: EllipticCurvePrivateKey, common_name: str, random: Random, now: datetime
) -> bytes:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import Encoding

    name = _name(common_name)
    key_id = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(random.getrandbits(SERIAL_BITS) | 1)
        .not_valid_before(now - CLOCK_SKEW)
        .not_valid_after(now + CA_LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(key_id, critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(key_id), critical=False)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(Encoding.PEM)


def client_certificate_pem(
    ca_key: EllipticCurvePrivateKey,
    ca_cert: str,
    key: EllipticCurvePrivateKey,
    common_name: str,
    organizations: tuple[str, ...] = (),
    *,
    random: Random,
    now: datetime,
    lifetime: timedelta | None = None,
) -> bytes:
    """A client's certificate, PEM; `ca_cert` is base64.

    It ends with its CA at the latest. Raises ValueError for a CA's certificate that is none.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509.oid import ExtendedKeyUsageOID

    issuer = x509.load_pem_x509_certificate(b64decode(ca_cert))
    end = issuer.not_valid_after_utc
    key_id = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    issuer_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key())
    client = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(_name(common_name, organizations))
        .issuer_name(issuer.subject)
        .public_key(key.public_key())
        .serial_number(random.getrandbits(SERIAL_BITS) | 1)
        .not_valid_before(now - CLOCK_SKEW)
        .not_valid_after(min(end, now + lifetime) if lifetime else end)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(client, critical=False)
        .add_extension(key_id, critical=False)
        .add_extension(issuer_id, critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    return certificate.public_bytes(Encoding.PEM)


def _name(common_name: str, organizations: tuple[str, ...] = ()) -> x509.Name:
    from cryptography import x509

    groups = (x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, group) for group in organizations)
    return x509.Name([*groups, x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name)])


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    from cryptography import x509

    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
