"""A secrets file whose CA cannot be used is refused where the file is made, with the value's name."""

from __future__ import annotations

from base64 import b64decode, b64encode
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from jeroboam.model.secrets import (
    OWN_CA_BYTES,
    OWN_CA_KEY_BYTES,
    CaCertificateOf,
    ClientCertificateOf,
    PrivateKey,
    PublicKeyOf,
    Secret,
)
from jeroboam.secrets import EMPTY, Environment, Refusal, contents, environment
from jeroboam.secrets.authority import expiring
from jeroboam.secrets.recipes import made

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
YEAR = timedelta(days=365)
SECRETS = (
    Secret("ca_key", "Key.", PrivateKey(size=OWN_CA_KEY_BYTES)),
    Secret("ca_cert", "CA.", CaCertificateOf("ca_key", "kubernetes", OWN_CA_BYTES)),
    Secret("public", "Public key.", PublicKeyOf("ca_key")),
    Secret("client_key", "Key.", PrivateKey()),
    Secret("client_cert", "Client.", ClientCertificateOf("ca_key", "ca_cert", "client_key", "flannel")),
)
MADE = made(SECRETS, {}, random=Random(1), now=NOW)
OTHER = made(SECRETS, {}, random=Random(2), now=NOW)
ENCRYPTION = BestAvailableEncryption(b"password")


def encoded(data: bytes) -> str:
    return b64encode(data).decode("ascii")


def pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, encryption: object = None) -> str:
    how = ENCRYPTION if encryption else NoEncryption()
    return encoded(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, how))


def own(
    *,
    ca: bool | None = True,
    signs: bool | None = True,
    begin: timedelta = -YEAR,
    end: timedelta = YEAR,
    curve: ec.EllipticCurve | None = None,
) -> dict[str, str]:
    """A user's own CA; `None` leaves the extension out."""
    key = ec.generate_private_key(curve or ec.SECP384R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Example CA")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW + begin)
        .not_valid_after(NOW + end)
    )
    if ca is not None:
        builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    if signs is not None:
        usage = x509.KeyUsage(True, False, False, False, False, signs, signs, False, False)
        builder = builder.add_extension(usage, critical=True)
    certificate = builder.sign(key, hashes.SHA256())
    return {"ca_key": pem(key), "ca_cert": encoded(certificate.public_bytes(Encoding.PEM))}


def completed(values: dict[str, str]) -> Environment | Refusal:
    """What `secrets` makes of a file that holds `values`."""
    text = "parameters:\n" + "".join(f'  {name}: "{value}"\n' for name, value in values.items())
    old = contents(text, SECRETS) if values else EMPTY
    assert not isinstance(old, Refusal)
    return environment("prod", SECRETS, old, text, {}, rotate=False, random=Random(3), now=NOW)


@pytest.mark.parametrize(
    "values", [{}, MADE, own(), own(signs=None)], ids=["none", "ours", "own", "no usage"]
)
def test_a_ca_that_fits_is_taken(values: dict[str, str]) -> None:
    assert isinstance(completed(values), Environment)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({**MADE, "ca_cert": OTHER["ca_cert"]}, "'ca_cert' is a certificate for a key other than 'ca_key'"),
        ({**MADE, "ca_key": OTHER["ca_key"]}, "'ca_cert' is a certificate for a key other than 'ca_key'"),
        ({**MADE, "ca_cert": encoded(b"none")}, "'ca_cert' cannot be read as PEM"),
        ({**MADE, "ca_cert": MADE["ca_key"]}, "'ca_cert' cannot be read as PEM"),
        (own(ca=False), "'ca_cert' is not a CA certificate"),
        (own(ca=None), "'ca_cert' is not a CA certificate"),
        (own(signs=False), "'ca_cert' is a certificate that may not sign others"),
        (own(begin=timedelta(days=1)), "'ca_cert' is not valid before 2026-03-02 12:00 UTC"),
        (own(end=timedelta(days=-1)), "'ca_cert' expired on 2026-02-28"),
        (
            {**MADE, "ca_key": pem(ec.generate_private_key(ec.SECP256R1()), ENCRYPTION)},
            "'ca_key' is not an unencrypted PEM key",
        ),
        (
            {**MADE, "ca_key": pem(rsa.generate_private_key(65537, 2048))},
            "'ca_key' is not an unencrypted PEM key",
        ),
        (own(curve=ec.SECP256K1()), "'ca_key' is not an unencrypted PEM key on P-256"),
        ({**MADE, "public": OTHER["public"]}, "'public' does not belong to 'ca_key'"),
        ({**MADE, "client_key": OTHER["client_key"]}, "'client_cert' is a certificate for a key other than"),
        (
            {**MADE, "client_key": OTHER["client_key"], "client_cert": OTHER["client_cert"]},
            "'client_cert' was not signed by 'ca_cert'",
        ),
    ],
)
def test_what_does_not_fit_is_refused_and_no_value_is_repeated(values: dict[str, str], says: str) -> None:
    answer = completed(values)
    assert isinstance(answer, Refusal)
    assert says in answer.message
    assert not [value for value in values.values() if value in str(answer)]


@pytest.mark.parametrize(("days", "told"), [(10, True), (89, True), (91, False), (3650, False)])
def test_an_end_that_is_near_is_told(days: int, told: bool) -> None:
    values = own(end=timedelta(days=days))
    assert [expiry.name for expiry in expiring(SECRETS, values, NOW)] == ["ca_cert"] * told


def test_keys_are_made_by_the_library_whatever_the_random_source() -> None:
    again = made(SECRETS, {}, random=Random(1), now=NOW)
    assert b64decode(again["ca_key"]) != b64decode(MADE["ca_key"])
