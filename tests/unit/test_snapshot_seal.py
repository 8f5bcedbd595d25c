"""Snapshots of a store: opened by openssl alone, by the secrets of that day, and not once changed."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from jeroboam.secrets.seal import Seal, seal_text
from jeroboam.secrets.snapshot_seal import SnapshotOpener, SnapshotSealer, snapshot_keys
from tests.support.who_runs import line

SEAL = Seal("a1" * 32, "b2" * 32)
KEYS = snapshot_keys(SEAL)
NAME = "prod-20261129T224512Z.snapshot.enc"
PLAIN = bytes(range(256)) * 5 + b"the rest"


def sealed(plain: bytes = PLAIN) -> tuple[bytes, str]:
    """What is written, and its HMAC."""
    out = bytearray()
    sealer = SnapshotSealer(KEYS, NAME, b"saltsalt", out.extend)
    for start in range(0, len(plain), 7):
        sealer.add(plain[start : start + 7])
    held = sealer.end()
    return bytes(out), held


def opened(text: bytes, held: str, *, name: str = NAME, at_once: int = 5) -> bytes | None:
    """What is read, None where it may not be used."""
    out = bytearray()
    opener = SnapshotOpener(KEYS, name, out.extend)
    for start in range(0, len(text), at_once):
        opener.add(text[start : start + at_once])
    return bytes(out) if opener.end(held) else None


@pytest.mark.parametrize("size", [0, 1, 16, len(PLAIN)])
def test_it_is_opened_as_it_was(size: int) -> None:
    assert opened(*sealed(PLAIN[:size])) == PLAIN[:size]
    assert opened(*sealed(PLAIN[:size]), at_once=1 << 20) == PLAIN[:size]


@pytest.mark.parametrize("at", [0, 8, 16, 100, -1])
def test_one_that_was_changed_is_not_used(at: int) -> None:
    text, held = sealed()
    changed = bytearray(text)
    changed[at] ^= 1
    assert opened(bytes(changed), held) is None
    assert opened(text[:-16], held) is None
    assert opened(b"", held) is None
    assert opened(text, held, name=NAME.replace("29T", "30T")) is None


def test_keys_are_of_the_masters_seal_and_differ() -> None:
    assert snapshot_keys(SEAL._replace(worker="c3" * 32)) == KEYS
    other = snapshot_keys(SEAL._replace(master="c3" * 32))
    assert not {KEYS.password, KEYS.holds.hex(), KEYS.mark} & {other.password, other.holds.hex(), other.mark}
    assert len({KEYS.password, KEYS.holds.hex(), SEAL.master}) == 3
    assert not KEYS.password.startswith(KEYS.mark)


def test_openssl_alone_opens_it_as_the_page_says(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(sealed()[0])
    (tmp_path / "prod.secrets.yaml").write_text(f"# seal: {seal_text(SEAL)}\nparameters:\n", encoding="ascii")
    typed = "\n".join(line("docs/etcd.md", begin) for begin in ("seal=", "key=", "KEY="))
    subprocess.run(["sh", "-euc", typed], cwd=tmp_path, check=True)
    assert (tmp_path / "prod.snapshot").read_bytes() == PLAIN
