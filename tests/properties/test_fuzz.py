"""Damaged specs: each is compiled, or refused with a reason; none takes long, holds much, or ends in a fault.

The examples are the same each time: number N of a seed. `JEROBOAM_FUZZ_SECONDS` goes on with more of them
for so long, `JEROBOAM_FUZZ_SEED` tries others, and `JEROBOAM_FUZZ_EXAMPLE` repeats one.
"""

from __future__ import annotations

import os
import random
import shutil
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from jeroboam.model.secrets import PrivateKey, Secret, UserSupplied
from jeroboam.secrets import Contents, Refusal, contents, supplied
from jeroboam.serialize import YamlError, load_yaml_all
from tests.support.cases import GOLDEN
from tests.support.forked import PEAK_MIB, compiler
from tests.support.mutation import Files, damaged, mutated
from tests.support.odd_yaml import READ, REFUSED

pytestmark = pytest.mark.decisive

SEED = os.environ.get("JEROBOAM_FUZZ_SEED") or "1"
SECONDS = float(os.environ.get("JEROBOAM_FUZZ_SECONDS") or 0)
EXAMPLE = os.environ.get("JEROBOAM_FUZZ_EXAMPLE")
LEAST = 40
"""Examples of each share, however short the time."""
SHARES = 2
"""Of the examples, so that they are tried side by side."""


def examples(share: int, least: int = LEAST, seconds: float = SECONDS) -> Iterator[int]:
    """The numbers of the examples of one share."""
    if EXAMPLE is not None:
        yield from [int(EXAMPLE)] if int(EXAMPLE) % SHARES == share else []
        return
    end = time.monotonic() + seconds
    for done in count():
        if done >= least and time.monotonic() >= end:
            return
        yield done * SHARES + share


def made(number: int) -> Files:
    """The files of one example."""
    return mutated(random.Random(f"{SEED}-{number}"))


@pytest.mark.parametrize("share", range(SHARES))
def test_damaged_specs(share: int, tmp_path: Path) -> None:
    with compiler() as clocked:
        for number in examples(share):
            folder = tmp_path / str(number)
            for name, content in made(number).items():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_bytes(content)
            run = clocked.run(folder)
            again = (
                f"JEROBOAM_FUZZ_SEED={SEED} JEROBOAM_FUZZ_EXAMPLE={number} repeats it; the files: {folder}"
            )
            assert run.fault == "", again
            assert run.peak <= PEAK_MIB, again
            shutil.rmtree(folder)


OTHERS = (
    b'parameters:\n  # Private key of the CA\n  ca_key: "aGVsbG8="\n  other: [1, {a: b}]\n',
    b'{"id": "0123abcd", "name": "demo", "secret": "correct horse", "roles": [{"name": "member"}]}\n',
    "".join(f"{odd.text}\n" for odd in REFUSED.values()).encode(),
    "".join(f"- {text}\n" for text, _ in READ.values()).encode(),
    *(path.read_bytes() for path in sorted((GOLDEN / "kubernetes/ubuntu/everything").glob("*/*.yaml"))),
)
"""Files that are read beside specs: secrets, values, odd YAML, manifests and policies."""


@pytest.mark.parametrize("share", range(SHARES))
def test_damaged_files_beside_specs(share: int) -> None:
    wanted = (
        Secret("ca_key", "Private key of the CA", PrivateKey()),
        Secret("cloud_application_credential_secret", "Its secret", UserSupplied("make one")),
    )
    for number in examples(share, least=500, seconds=SECONDS / 4):
        choice = random.Random(f"{SEED}-{number}-beside")
        raw = choice.choice(OTHERS)
        for _ in range(choice.randint(1, 4)):
            raw = damaged(raw, choice)
        text = raw.decode("utf-8", "replace")
        at = 1
        try:
            documents: list[object] | None = load_yaml_all(text)
        except YamlError as error:
            documents, at = None, error.line
        assert 1 <= at <= len(text.splitlines()) + 1, number
        old, values = contents(text, wanted), supplied(text, wanted)
        assert isinstance(old, Refusal if documents is None else Refusal | Contents), number
        assert isinstance(values, Refusal if documents is None else Refusal | dict), number


def test_an_example_is_the_same_each_time() -> None:
    assert made(7) == made(7)
    assert made(7) != made(8)
