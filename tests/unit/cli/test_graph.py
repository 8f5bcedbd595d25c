"""`graph`: each format on standard output or in a file, the same bytes each time."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.unit.cli.running import SPEC, Run

BEGINS = {"svg": "<svg ", "dot": "digraph ", "mermaid": "flowchart TB\n", "html": "<!DOCTYPE html>\n"}


@pytest.mark.parametrize("form", BEGINS)
def test_each_format(form: str, run: Run, spec: Path, tmp_path: Path) -> None:
    done = run("graph", "--format", form, spec)
    assert done.status == 0, done.err
    assert done.out.startswith(BEGINS[form])
    again = run("graph", "--format", form, spec, "-o", "out")
    assert (again.status, again.out) == (0, "")
    assert (tmp_path / "out").read_text(encoding="utf-8") == done.out


def test_it_is_a_picture_where_no_format_is_asked_for(run: Run, spec: Path) -> None:
    done = run("graph", "-", "-o", "-", stdin=SPEC)
    assert done.status == 0, done.err
    assert ElementTree.fromstring(done.out).tag.endswith("svg")
    assert done.out == run("graph", spec).out


def test_what_cannot_be_drawn_or_written(run: Run, spec: Path, bad: Path) -> None:
    assert run("graph", bad).status == 3
    assert run("graph", "--format", "png", spec).status == 2
    done = run("graph", spec, "-o", "no/such/file.svg")
    assert done.status == 1
    assert "cannot write" in done.err
