"""Whatever a spec holds, as far as files may be large: seconds of work, and memory that any machine has."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from jeroboam.diagnostics.types import MAX_SHOWN
from tests.properties.strategies import DEPTH
from tests.support.cases import MINIMAL
from tests.support.families import FAMILIES, Family
from tests.support.families.shapes import LARGEST
from tests.support.forked import PEAK_MIB, Compiler, compiler

SIZES = (96 << 10,) if DEPTH == 1 else (160 << 10, LARGEST)
"""Bytes. At the smaller ones most families stay below the limit of values, so that all stages see them."""


@pytest.fixture(scope="module")
def clocked() -> Iterator[Compiler]:
    with compiler() as one:
        yield one


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
@pytest.mark.parametrize("size", SIZES)
def test_work_is_bounded(clocked: Compiler, family: Family, size: int, tmp_path: Path) -> None:
    for name, text in family.make(size).items():
        content = text.encode()
        assert len(content) <= LARGEST, "a file that is not read at all"
        (tmp_path / name).write_bytes(content)
    run = clocked.run(tmp_path)
    assert run.fault == ""
    assert run.peak <= PEAK_MIB
    assert run.shown <= MAX_SHOWN + 1


def test_the_clock_tells_what_went_wrong(clocked: Compiler, tmp_path: Path) -> None:
    """A child that fails leaves its trace, one that works too long a signal; the next is well."""
    assert "FileNotFoundError" in clocked.run(tmp_path / "absent").fault
    shutil.copy(MINIMAL.spec, tmp_path)
    assert clocked.run(tmp_path, cpu_seconds=0).fault.startswith("ended by signal")
    run = clocked.run(tmp_path)
    assert run.fault == ""
    assert 10 < run.peak < PEAK_MIB
    assert (tmp_path / "build").is_dir()
