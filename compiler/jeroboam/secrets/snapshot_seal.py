"""Encrypts snapshots that leave for an object store, and opens them again.

The keys are made of the cluster's seal, so the secrets file of that day, which a restoration needs anyway,
opens a snapshot, and nothing else does. The bytes are those of openssl-enc(1), as `seal` has them, so that
openssl alone opens them too. As CBC hides and does not hold, an HMAC of the name and of the encrypted bytes
is kept beside them.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from jeroboam.secrets.seal import BLOCK_BYTES, MAGIC, SALT_BYTES, Seal, cipher

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers import CipherContext

_HEAD_BYTES = len(MAGIC) + SALT_BYTES
_MARK_DIGITS = 16


class SnapshotKeys(NamedTuple):
    """What a cluster's snapshots are encrypted with.

    `password`, 64 hexadecimal digits, is openssl's; `holds` makes the HMAC; `mark`, 16 digits, tells the keys
    apart and gives nothing of them away.
    """

    password: str
    holds: bytes
    mark: str


def snapshot_keys(seal: Seal) -> SnapshotKeys:
    """The keys of a cluster: HMAC-SHA256 of a purpose each, by the seal's key of masters."""

    def derived(purpose: str) -> bytes:
        return hmac.digest(bytes.fromhex(seal.master), f"jeroboam snapshot {purpose}".encode(), "sha256")

    return SnapshotKeys(
        derived("encryption").hex(), derived("authentication"), derived("mark").hex()[:_MARK_DIGITS]
    )


class SnapshotSealer:
    """Encrypts a snapshot, part after part; `salt` are 8 random bytes, `name` is what it will be called."""

    def __init__(self, keys: SnapshotKeys, name: str, salt: bytes, write: Callable[[bytes], object]) -> None:
        from cryptography.hazmat.primitives.padding import PKCS7

        self._write, self._held = write, _holding(keys, name)
        self._padder = PKCS7(BLOCK_BYTES * 8).padder()
        self._encryptor = cipher(keys.password, salt).encryptor()
        self._put(MAGIC + salt)

    def add(self, part: bytes) -> None:
        """One part."""
        self._put(self._encryptor.update(self._padder.update(part)))

    def end(self) -> str:
        """Writes the rest; the HMAC of it all, 64 hexadecimal digits."""
        self._put(self._encryptor.update(self._padder.finalize()) + self._encryptor.finalize())
        return self._held.hexdigest()

    def _put(self, part: bytes) -> None:
        self._held.update(part)
        self._write(part)


class SnapshotOpener:
    """Opens what SnapshotSealer made, part after part; nothing of it may be used unless `end` says so."""

    def __init__(self, keys: SnapshotKeys, name: str, write: Callable[[bytes], object]) -> None:
        from cryptography.hazmat.primitives.padding import PKCS7

        self._password, self._write, self._held = keys.password, write, _holding(keys, name)
        self._head = b""
        self._decryptor: CipherContext | None = None
        self._unpadder = PKCS7(BLOCK_BYTES * 8).unpadder()

    def add(self, part: bytes) -> None:
        """One part."""
        self._held.update(part)
        if self._decryptor is None:
            self._head += part
            if len(self._head) < _HEAD_BYTES:
                return
            salt, part = self._head[len(MAGIC) : _HEAD_BYTES], self._head[_HEAD_BYTES:]
            self._decryptor = cipher(self._password, salt).decryptor()
        self._write(self._unpadder.update(self._decryptor.update(part)))

    def end(self, held: str) -> bool:
        """Writes the rest, and whether it is what the HMAC `held` was made of."""
        if not hmac.compare_digest(self._held.hexdigest().encode(), held.encode()):
            return False
        assert self._decryptor is not None
        self._write(self._unpadder.update(self._decryptor.finalize()) + self._unpadder.finalize())
        return True


def _holding(keys: SnapshotKeys, name: str) -> hmac.HMAC:
    # With its name, which has the cluster and the time: an old one cannot be passed off as the last.
    return hmac.new(keys.holds, f"{name}\n".encode(), "sha256")
