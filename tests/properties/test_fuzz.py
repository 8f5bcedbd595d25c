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

from tests.support.forked import PEAK_MIB, compiler
from tests.support.mutation import Files, mutated

SEED = os.environ.get("JEROBOAM_FUZZ_SEED") or "1"
SECONDS = float(os.environ.get("JEROBOAM_FUZZ_SECONDS") or 0)
EXAMPLE = os.environ.get("JEROBOAM_FUZZ_EXAMPLE")
LEAST = 40
"""Examples of each share, however short the time."""
SHARES = 2
"""Of the examples, so that they are tried side by side."""


def examples(share: int) -> Iterator[int]:
    """The numbers of the examples of one share."""
    if EXAMPLE is not None:
        yield from [int(EXAMPLE)] if int(EXAMPLE) % SHARES == share else []
        return
    end = time.monotonic() + SECONDS
    for done in count():
        if done >= LEAST and time.monotonic() >= end:
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


def test_an_example_is_the_same_each_time() -> None:
    assert made(7) == made(7)
    assert made(7) != made(8)
