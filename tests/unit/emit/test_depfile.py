"""A depfile: make itself reads each character that a path may have, or the path is refused."""

from __future__ import annotations

import os
import string
import subprocess
from pathlib import Path

import pytest

from jeroboam.emit.depfile import UnnameableError, text

CHARACTERS = [c for c in string.printable if c not in "/"] + ["é", "…", "\udcff"]


def _names() -> tuple[list[str], list[str]]:
    """Names with each character at the beginning, the end, in the middle and alone: nameable ones, others."""
    nameable, others = [], []
    for character in CHARACTERS:
        for name in (f"{character}b", f"a{character}", f"a{character}c", f"{character}{character}"):
            if name == "..":
                continue
            try:
                text([("out", [name])])
            except UnnameableError:
                others.append(name)
            else:
                nameable.append(name)
    return list(dict.fromkeys([*nameable, "lib(member", "$(HOME)x", "a%20=b #c", "deep/~b"])), others


NAMEABLE, OTHERS = _names()


def test_only_what_make_cannot_name_is_refused() -> None:
    assert {name for name in OTHERS if name.isprintable()} == {
        form.format(c) for c in ";|\\*?[" for form in ("{}b", "a{}", "a{}c", "{0}{0}")
    } | {"a&", "&&", "a ", "  ", "a)", "))", "~b", "~~"}
    with pytest.raises(UnnameableError, match=r"make has no way to name 'build/a;b/a;b\.hot\.yaml'"):
        text([("build/a;b/a;b.hot.yaml", ["a.yaml"])])


def test_make_reads_every_path(tmp_path: Path) -> None:
    targets = {f"t{number}": name for number, name in enumerate(NAMEABLE)}
    (tmp_path / "deep").mkdir()
    (tmp_path / "Makefile").write_text(
        f"all: {' '.join(targets)}\n{' '.join(targets)}:\n\t$(file >$@,)$(file >>log,$@)\ninclude x.d\n"
    )
    rules = text((target, [name]) for target, name in targets.items())
    (tmp_path / "x.d").write_bytes(os.fsencode(rules))

    def made() -> list[str]:
        (tmp_path / "log").write_text("")
        done = subprocess.run(["make", "-s"], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        return (tmp_path / "log").read_text().split()

    def aged(seconds: int, *names: str) -> None:
        for name in names:
            (tmp_path / name).touch()
            os.utime(tmp_path / name, (now - seconds, now - seconds))

    now = tmp_path.stat().st_mtime
    aged(300, *NAMEABLE)
    assert made() == list(targets)
    aged(200, *targets)
    aged(100, *NAMEABLE)
    assert made() == list(targets)
    aged(200, *targets)
    aged(300, *NAMEABLE)
    assert made() == []
    for name in NAMEABLE:
        (tmp_path / name).unlink()
    assert made() == list(targets)


def test_a_target_may_have_any_of_them_too(tmp_path: Path) -> None:
    everything = text([("b/" + name, ["spec"]) for name in NAMEABLE])
    (tmp_path / "Makefile").write_bytes(os.fsencode(f"all:\n{everything}.PHONY: all\n"))
    done = subprocess.run(
        ["make", "-s", "-p", "-n"], cwd=tmp_path, capture_output=True, check=True, timeout=60
    )
    known = os.fsdecode(done.stdout).splitlines()
    assert [name for name in NAMEABLE if f"b/{name}: spec" not in known] == []
