"""What is sealed is opened to the last byte; of a PEM text the content is sealed alone, which is shorter."""

from __future__ import annotations

import subprocess
from base64 import b64decode, b64encode
from random import Random

import pytest

from jeroboam.model.secrets import CaCertificateOf, PrivateKey, Secret
from jeroboam.secrets.recipes import made
from jeroboam.secrets.seal import new_seal, opened, sealed
from tests.unit.test_limits import NOW

KEY = new_seal(Random(1)).master
CA = made(
    (Secret("key", "", PrivateKey()), Secret("ca", "", CaCertificateOf("key", "kubernetes"))),
    {},
    random=Random(1),
    now=NOW,
)


def _text(value: bytes) -> str:
    return b64encode(value).decode("ascii")


@pytest.mark.parametrize("name", CA)
def test_a_pem_text_is_sealed_shorter_than_it_is(name: str) -> None:
    value = sealed(CA[name], KEY)
    assert opened(value, KEY) == CA[name]
    assert len(b64decode(value)) < len(b64decode(CA[name])) * 4 // 5
    assert opened(value, new_seal(Random(2)).master) is None


_CONTENT = b64encode(bytes(range(138)))
PEM = b"-----BEGIN PRIVATE KEY-----\n%b\n%b\n%b\n-----END PRIVATE KEY-----\n" % (
    _CONTENT[:64],
    _CONTENT[64:128],
    _CONTENT[128:],
)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"sealed:",
        b" PRIVATE KEY:x",
        PEM[:-1],
        PEM + b"\n",
        PEM + PEM,
        b"Bag Attributes\n" + PEM,
        PEM.replace(b"\n", b"\r\n"),
        PEM.replace(b"END PRIVATE", b"END PUBLIC"),
        PEM[:40] + b"\n" + PEM[40:],
        PEM[:60] + PEM[61:],
        b"-----BEGIN X-----\n====\n-----END X-----\n",
        bytes(range(256)),
    ],
)
def test_any_other_text_comes_back_as_it_was(text: bytes) -> None:
    assert opened(sealed(_text(text), KEY), KEY) == _text(text)


def test_what_earlier_versions_sealed_is_opened() -> None:
    """They sealed PEM texts as they are."""
    assert len(sealed(_text(PEM), KEY)) < len(sealed(_text(PEM[:-1]), KEY))
    words = ("openssl", "enc", "-aes-256-cbc", "-pbkdf2", "-md", "sha256", "-iter", "10000", "-base64", "-A")
    done = subprocess.run(
        [*words, "-pass", f"pass:{KEY}"], input=b"sealed:" + PEM, capture_output=True, check=True
    )
    assert opened(done.stdout.decode("ascii"), KEY) == _text(PEM)
