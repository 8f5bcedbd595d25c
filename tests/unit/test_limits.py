"""How long Heat's values are in user data: no more than is kept free, no guess where it is known."""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import replace
from datetime import UTC, datetime
from random import Random

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from jeroboam.model.limits import heat_bytes, sealed_length
from jeroboam.model.secrets import (
    CaCertificateOf,
    PrivateKey,
    PublicKeyOf,
    RandomBytes,
    Recipe,
    Secret,
    Token,
    WindowToken,
)
from jeroboam.model.types import HeatFact, HeatValue, SecretRef
from jeroboam.secrets.recipes import made
from jeroboam.secrets.seal import new_seal, sealed
from tests.unit.drivers.kubernetes.planned import plan

SEAL = new_seal(Random(1))
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "recipe",
    [RandomBytes(32), RandomBytes(9), WindowToken("key", 24), Token(((6, "ab"), (16, "ab")))],
    ids=str,
)
def test_what_is_made_of_chance_has_a_known_length(recipe: Recipe) -> None:
    secrets = (Secret("key", "", RandomBytes(32)), Secret("value", "", recipe))
    value = made(secrets, {}, random=Random(1), now=NOW)["value"]
    assert len(sealed(value, SEAL.master)) == sealed_length(recipe)


@pytest.mark.parametrize(
    ("value", "longest"),
    [
        (SecretRef("join_token_key"), 88),
        (HeatFact.API_ADDRESS, len("255.255.255.255")),
        (HeatFact.SUBNET_CIDR, len("255.255.255.255/32")),
    ],
)
def test_a_value_takes_its_placeholders_place(value: HeatValue, longest: int) -> None:
    model = plan()
    config = replace(model.roles[0].config, heat_values={"NAME": value})
    assert heat_bytes(model, replace(model.roles[0], config=config)) == longest - len("@@NAME@@")


@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1()], ids=lambda it: it.name)
def test_a_ca_that_users_bring_along_fits(curve: ec.EllipticCurve) -> None:
    key = ec.generate_private_key(curve)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    wanted = next(it for it in plan().secrets if it.name == "cluster_ca_key")
    assert len(sealed(b64encode(pem).decode(), SEAL.master)) <= sealed_length(wanted.recipe)


def test_a_pair_of_keys_fits_while_it_is_rotated() -> None:
    pair = (Secret("key", "", PrivateKey()), Secret("value", "", PublicKeyOf("key")))
    one, other = (made(pair, {}, random=Random(it), now=NOW) for it in range(2))
    assert len(sealed(one["key"], SEAL.master)) <= sealed_length(pair[0].recipe)
    both = b64encode(b64decode(one["value"]) + b64decode(other["value"])).decode()
    assert len(sealed(both, SEAL.master)) <= sealed_length(pair[1].recipe)


def test_a_ca_of_our_own_has_no_longer_certificate_than_is_counted() -> None:
    wanted = (Secret("key", "", PrivateKey()), Secret("value", "", CaCertificateOf("key", "front-proxy-ca")))
    for chance in range(40):
        value = made(wanted, {}, random=Random(chance), now=NOW)["value"]
        assert len(sealed(value, SEAL.master)) <= sealed_length(wanted[1].recipe)
