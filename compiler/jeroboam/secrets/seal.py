"""Seals secrets that pass through Heat, and opens them.

Heat shows every resource's properties, and every environment file that a stack was made with, to whoever may
read the project (`openstack stack event show`, `GET …/files`), so it is handed nothing but sealed values.
The key to them travels in the comment of a Nova keypair: Nova gives that to the servers that are made with
it, and otherwise to nobody but the keypair's owner.

What is sealed begins with `sealed:`; with `sealed LABEL:` where it is the content of a PEM text of that
label, a quarter shorter: user data has little room.

Facts: Heat's Event API v1 (`resource_properties`), Nova's Compute API v2.1 (keypairs), and openssl-enc(1),
`-pbkdf2`, whose format this is, so that a node opens a value with what its image has; RFC 7468 (PEM).
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import b64decode, b64encode
from collections.abc import Mapping
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from jeroboam.model.secrets import Secret
from jeroboam.model.types import RoleKind, keypair_parameter

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers import Cipher
    from cryptography.hazmat.primitives.ciphers.modes import CBC

MAGIC = b"Salted__"
"""What begins a file of openssl-enc(1); the salt comes next."""
_MARK = b64encode(MAGIC).decode("ascii")[:10]
_HEAD = re.compile(rb"sealed(?: ([A-Z ]+))?:")
_PEM = re.compile(rb"-----BEGIN ([A-Z ]+)-----\n([A-Za-z0-9+/=\n]+)-----END ")
_PEM_WIDTH = 64
_ITERATIONS = 10_000
_KEY_BYTES = 32
BLOCK_BYTES, SALT_BYTES = 16, 8
"""Of the cipher, and of a salt."""
_NAME_HEAD = "jeroboam-"
_COMMENT = f"{_NAME_HEAD}seal"
KEYPAIR_PARAMETERS = tuple(map(keypair_parameter, RoleKind))
"""The Heat parameters that name keypairs."""
_KEY = re.compile(r"[0-9a-f]{64}")


class Seal(NamedTuple):
    """A cluster's two keys, 64 hexadecimal digits each: masters have both, workers `worker` alone."""

    master: str
    worker: str

    def key(self, secret: Secret) -> str:
        """The key that `secret` is sealed with."""
        return self.worker if secret.shared else self.master


class Keypair(NamedTuple):
    """A Nova keypair as Jeroboam makes it: its name, and what stands behind its public key."""

    name: str
    comment: str


def new_seal(random: Random) -> Seal:
    """Two new keys."""
    return Seal(random.randbytes(_KEY_BYTES).hex(), random.randbytes(_KEY_BYTES).hex())


def seal_of(text: str) -> Seal | None:
    """The seal that `text`, from `seal_text`, holds; None where it is none."""
    keys = text.split()
    return Seal(*keys) if len(keys) == len(Seal._fields) and all(map(_KEY.fullmatch, keys)) else None


def seal_text(seal: Seal) -> str:
    """The seal as one line of a secrets file has it."""
    return " ".join(seal)


def keypairs(cluster: str, seal: Seal) -> Mapping[str, Keypair]:
    """The keypairs of a cluster by the Heat parameter that names each.

    A name tells the cluster and the seal apart: keypairs are their user's, in whatever project.
    """
    of_kind = {RoleKind.MASTER: seal, RoleKind.WORKER: (seal.worker,)}
    return {
        keypair_parameter(kind): Keypair(
            f"{_NAME_HEAD}{cluster}-{kind}-{hashlib.sha256(''.join(keys).encode()).hexdigest()[:8]}",
            ":".join((_COMMENT, *keys)),
        )
        for kind, keys in of_kind.items()
    }


def cluster_of(parameters: Mapping[str, object], seal: Seal) -> str | None:
    """The cluster that one of `parameters` names a keypair of `seal` for; None where none does."""
    for parameter, nameless in keypairs("", seal).items():
        tail = nameless.name.removeprefix(_NAME_HEAD)
        found = re.fullmatch(f"{_NAME_HEAD}(.+){tail}", str(parameters.get(parameter)), re.DOTALL)
        if found:
            return found[1]
    return None


def is_sealed(value: str) -> bool:
    """Whether a value is sealed; no secret begins as a sealed one does."""
    return value.startswith(_MARK)


def sealed(value: str, key: str) -> str:
    """The base64 `value` sealed with `key`, base64. The same value and key give the same text."""
    from cryptography.hazmat.primitives.padding import PKCS7

    plain = _headed(b64decode(value))
    # In place of chance: two values have different salts, and a file made again has the same bytes.
    salt = hmac.digest(bytes.fromhex(key), plain, "sha256")[:SALT_BYTES]
    padder = PKCS7(BLOCK_BYTES * 8).padder()
    encryptor = cipher(key, salt).encryptor()
    padded = padder.update(plain) + padder.finalize()
    return b64encode(MAGIC + salt + encryptor.update(padded) + encryptor.finalize()).decode("ascii")


def opened(value: str, key: str) -> str | None:
    """What was sealed, base64; None where it was sealed with another key, or not at all."""
    from cryptography.hazmat.primitives.padding import PKCS7

    try:
        raw = b64decode(value, validate=True)
        start = len(MAGIC) + SALT_BYTES
        decryptor = cipher(key, raw[len(MAGIC) : start]).decryptor()
        unpadder = PKCS7(BLOCK_BYTES * 8).unpadder()
        plain = unpadder.update(decryptor.update(raw[start:]) + decryptor.finalize()) + unpadder.finalize()
    except ValueError:
        return None
    head = _HEAD.match(plain)
    if not raw.startswith(MAGIC) or head is None:
        return None
    content = plain[head.end() :]
    return b64encode(_pem(head[1], content) if head[1] else content).decode("ascii")


def _headed(text: bytes) -> bytes:
    """`text`, or its content where it is a PEM text to the last byte as RFC 7468 has them, after its head."""
    found = _PEM.match(text)
    if found:
        try:
            content = b64decode(found[2])
        except ValueError:
            return b"sealed:" + text
        if _pem(found[1], content) == text:
            return b"sealed %b:%b" % (found[1], content)
    return b"sealed:" + text


def _pem(label: bytes, content: bytes) -> bytes:
    """The PEM text of a label and its content."""
    text = b64encode(content)
    lines = b"".join(text[at : at + _PEM_WIDTH] + b"\n" for at in range(0, len(text), _PEM_WIDTH))
    return b"-----BEGIN %b-----\n%b-----END %b-----\n" % (label, lines, label)


def nobodys_public_key() -> str:
    """An SSH public key whose private key is discarded, because a keypair must have one."""
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key = generate_private_key(SECP256R1()).public_key()
    return key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode("ascii")


def is_public_key(text: str) -> bool:
    """Whether `text` is one SSH public key."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_ssh_public_key

    try:
        load_ssh_public_key(text.strip().encode())
    except (ValueError, UnsupportedAlgorithm):
        return False
    return "\n" not in text.strip()


def cipher(key: str, salt: bytes) -> Cipher[CBC]:
    """The cipher of `openssl enc -aes-256-cbc -pbkdf2 -md sha256 -iter 10000` for a key and a salt."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    derived = hashlib.pbkdf2_hmac("sha256", key.encode(), salt, _ITERATIONS, _KEY_BYTES + BLOCK_BYTES)
    return Cipher(algorithms.AES(derived[:_KEY_BYTES]), modes.CBC(derived[_KEY_BYTES:]))
