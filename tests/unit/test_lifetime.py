"""Short-lived values: derived or made afresh in time, unchanged otherwise; all else stays byte for byte."""

from __future__ import annotations

from base64 import b64decode, b64encode
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from cryptography.x509 import load_pem_x509_certificate

from jeroboam.model.secrets import (
    CaCertificateOf,
    ClientCertificateOf,
    PrivateKey,
    RandomBytes,
    Secret,
    Token,
    WindowToken,
)
from jeroboam.secrets import EMPTY, Contents, Environment, Refusal, contents, environment
from jeroboam.secrets.lifetime import window_at, window_token
from jeroboam.secrets.seal import sealed
from tests.support.secrets_file import plain

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
DAY = timedelta(days=1)
KEY = Secret("join_key", "Key of the tokens", RandomBytes(32))
TOKEN = Secret("token", "Token", WindowToken("join_key", 24))
ENDLESS = Secret("token", "Token", Token(((6, "xyz"), (16, "xyz"))))
CA = (Secret("ca_key", "", PrivateKey()), Secret("ca_cert", "", CaCertificateOf("ca_key", "ca")))
CLIENT_KEY = Secret("client_key", "", PrivateKey(short_lived=True))
CLIENT = Secret("client_cert", "", ClientCertificateOf("ca_key", "ca_cert", "client_key", "worker", 240))
ALL = (KEY, TOKEN, *CA, CLIENT_KEY, CLIENT)


def run(
    secrets: tuple[Secret, ...] = ALL,
    text: str = "",
    now: datetime = NOON,
    *,
    seed: int = 1,
    keep_unending: bool = True,
) -> Environment | Refusal:
    old = contents(text, secrets) if text else EMPTY
    assert isinstance(old, Contents)
    return environment(
        "prod",
        secrets,
        old,
        text,
        {},
        rotate=False,
        random=Random(seed),
        now=now,
        keep_unending=keep_unending,
    )


def made(*args: object, **options: object) -> Environment:
    answer = run(*args, **options)  # type: ignore[arg-type]
    assert isinstance(answer, Environment), answer
    return answer


def values(text: str) -> dict[str, str]:
    return plain(text)


def test_a_token_follows_from_key_and_window_alone() -> None:
    """Its first bytes, 42 7c a9 a0 0b 37, are what `openssl dgst -sha256 -mac HMAC` says of this key."""
    key = bytes(range(32))
    assert window_at(NOON, 24) == 20785
    assert window_token(key, 20785) == "000g1d.ugpgbj0dz6fbu605"
    assert window_token(key, 20786)[:6] == "000g1e"
    assert window_token(bytes(32), 20785)[6:] != window_token(key, 20785)[6:]


@pytest.mark.parametrize(
    ("secret", "ends"),
    [
        (KEY, False),
        (TOKEN, True),
        (ENDLESS, False),
        (CA[0], False),
        (CLIENT_KEY, True),
        (CLIENT, True),
        (Secret("c", "", ClientCertificateOf("ca_key", "ca_cert", "client_key", "worker")), False),
    ],
)
def test_a_secret_says_whether_it_ends(secret: Secret, ends: bool) -> None:
    assert secret.short_lived is ends


def test_a_file_says_how_to_keep_it_fresh_and_until_when_it_is_good() -> None:
    fresh = made()
    assert "`jeroboam secrets` renews it" in fresh.text
    assert fresh.ends == datetime(2026, 11, 30, tzinfo=UTC)
    assert "afresh" not in made(CA).text
    assert made(CA).ends is None


@pytest.mark.parametrize("hours", [0, 11])
def test_nothing_changes_inside_a_window(hours: int) -> None:
    text = made().text
    again = made(ALL, text, NOON + timedelta(hours=hours), seed=2)
    assert again.text == text
    assert again.kept == tuple(secret.name for secret in ALL)


@pytest.mark.parametrize("later", [DAY, 2 * DAY, 400 * DAY])
def test_a_token_of_another_window_is_made_afresh_and_all_else_stays(later: timedelta) -> None:
    secrets = (KEY, TOKEN, *CA)
    text = made(secrets).text + "  flavor: m1.tiny  # mine\n"
    again = made(secrets, text, NOON + later, seed=2)
    assert (again.added, again.replaced, again.renewed) == ((), ("token",), ("token",))
    old, new = text.splitlines(), again.text.splitlines()
    assert [line.split(":")[0].strip() for line in old if line not in new] == ["token"]
    assert len(old) == len(new)
    key = b64decode(values(text)["join_key"])
    token = window_token(key, window_at(NOON + later, 24))
    assert b64decode(values(again.text)["token"]).decode() == token


def test_a_certificate_is_made_afresh_with_its_key_once_half_of_its_time_is_over() -> None:
    text = made().text
    assert "client_cert" not in made(ALL, text, NOON + 5 * DAY - timedelta(minutes=1), seed=2).renewed
    again = made(ALL, text, NOON + 5 * DAY, seed=2)
    assert again.renewed == ("token", "client_key", "client_cert")
    certificate = load_pem_x509_certificate(b64decode(values(again.text)["client_cert"]))
    assert certificate.not_valid_after_utc == NOON + 15 * DAY
    assert values(again.text)["client_key"] != values(text)["client_key"]
    assert made(ALL, again.text, NOON + 5 * DAY, seed=3).text == again.text


def test_a_certificate_that_was_made_to_last_is_replaced_by_one_that_ends() -> None:
    lasting = Secret("client_cert", "", ClientCertificateOf("ca_key", "ca_cert", "client_key", "worker"))
    text = made((*CA, Secret("client_key", "", PrivateKey()), lasting)).text
    assert made((*CA, CLIENT_KEY, CLIENT), text, seed=2).renewed == ("client_key", "client_cert")


def test_a_certificate_of_another_ca_is_made_afresh() -> None:
    secrets = (*CA, CLIENT_KEY, CLIENT)
    first, other = made(secrets), made(secrets, seed=9)
    mixed = first.text
    for name in ("ca_key", "ca_cert"):
        theirs = sealed(other.values[name], first.seal.master)
        mixed = mixed.replace(first.parameters[name], theirs)
    assert made(secrets, mixed, seed=2).renewed == ("client_key", "client_cert")


def test_nothing_is_made_afresh_where_a_ca_that_ends_allows_no_more() -> None:
    secrets = (*CA, CLIENT_KEY, CLIENT)
    text = made(secrets).text
    near = NOON + timedelta(days=3647)
    once = made(secrets, text, near, seed=2)
    assert once.renewed
    assert made(secrets, once.text, near + DAY, seed=3).text == once.text


class TestAFileOfAnEarlierVersion:
    """Its token never ends, and the masters that were made with it know no key and no other token."""

    text = made((ENDLESS, *CA)).text

    def test_its_key_is_added_and_its_token_stays(self) -> None:
        answer = made((KEY, TOKEN, *CA), self.text, seed=2)
        assert (answer.added, answer.replaced, answer.unending) == (("join_key",), (), ("token",))
        assert values(answer.text)["token"] == values(self.text)["token"]
        assert answer.ends is None
        again = made((KEY, TOKEN, *CA), answer.text, NOON + 30 * DAY, seed=3)
        assert (again.text, again.unending) == (answer.text, ("token",))

    def test_without_its_line_the_token_is_one_that_ends(self) -> None:
        answer = made((KEY, TOKEN, *CA), self.text, seed=2)
        without = "".join(line for line in answer.text.splitlines(True) if not line.startswith("  token:"))
        again = made((KEY, TOKEN, *CA), without, seed=3)
        assert (again.added, again.unending) == (("token",), ())

    def test_a_cluster_yet_to_be_made_needs_no_token_that_never_ends(self) -> None:
        answer = made((KEY, TOKEN, *CA), self.text, seed=2, keep_unending=False)
        assert (answer.added, answer.renewed, answer.unending) == (("join_key",), ("token",), ())


def test_a_token_whose_key_was_lost_is_refused() -> None:
    """A new key would be one that no master knows."""
    text = "".join(
        line for line in made((KEY, TOKEN)).text.splitlines(True) if not line.startswith("  join_key:")
    )
    answer = run((KEY, TOKEN), text, seed=2)
    assert isinstance(answer, Refusal)
    assert "not 'join_key'" in answer.message


@pytest.mark.parametrize("value", ["QUJD", b64encode(b"\xff.\xfe").decode(), b64encode(b"a-b.c").decode()])
def test_a_token_that_is_none_is_left_alone(value: str) -> None:
    first = made((KEY, TOKEN))
    broken = first.text.replace(first.parameters["token"], value)
    assert made((KEY, TOKEN), broken, seed=2).unending == ("token",)
