"""Linters over the fragments as they are, across the files that source one another."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from jeroboam.model.types import FileEntry
from jeroboam.parts.bootstrap import libraries_used
from jeroboam.resources import script
from jeroboam.userdata.archive import bare
from tests.nodescripts.lab import FRAGMENTS

SCRIPTS = sorted(FRAGMENTS.rglob("*.sh"))
STEPS = sorted(FRAGMENTS.glob("*/steps/*.sh"))
LIBRARIES = sorted(FRAGMENTS.glob("*/lib/*.sh"))
PROGRAMS = [
    FRAGMENTS / path
    for path in (
        "common/bootstrap.sh",
        "kubernetes/etcd-to-volume.sh",
        "kubernetes/snapshot.sh",
        "swarm/keep.sh",
    )
]
UNITS = sorted(FRAGMENTS.rglob("*.service"))


def _name(path: Path) -> str:
    return path.relative_to(FRAGMENTS).as_posix()


def _functions(path: Path) -> frozenset[str]:
    return frozenset(re.findall(r"^(\w+)\(\)", path.read_text("utf-8"), re.MULTILINE))


def _called(path: Path) -> frozenset[str]:
    """The functions of any library that a script names."""
    return frozenset(_words(path.read_text("utf-8")) & frozenset().union(*map(_functions, LIBRARIES)))


def _words(text: str) -> set[str]:
    """Words where a command may stand; those with a `_`, which prose has not, anywhere but in comments."""
    code = re.sub(r"^\s*#.*$|'[^'\n]*'", "", text, flags=re.MULTILINE)
    opening = r"^\s*|\$\(|<\(|[;&|({]\s+|!\s|\b(?:if|elif|then|else|while|until|do)\s+|\bretry \S+ \d+ "
    commands = re.findall(rf"(?:{opening})(?=(\w+)\b(?!=))", code, re.MULTILINE)
    return {*commands, *re.findall(r"\b[a-z]\w*_\w+\b", code)}


def _assigned(path: Path) -> frozenset[str]:
    text = path.read_text("utf-8")
    return frozenset(re.findall(r"^\s*(?:export |declare -A )?([A-Z][A-Z0-9_]*)\+?=", text, re.MULTILINE))


def _read(path: Path) -> frozenset[str]:
    """The variables of any library that a script reads."""
    found = re.findall(r"\$\{?[#!]?([A-Z][A-Z0-9_]*)", path.read_text("utf-8"))
    return frozenset(found) & frozenset().union(*map(_assigned, LIBRARIES))


@pytest.mark.parametrize("path", SCRIPTS, ids=_name)
def test_bash_reads_the_same_without_the_lines_that_are_comments(path: Path) -> None:
    def read(text: str) -> str:
        command = f"it() {{\n{text}\n}}\ndeclare -f it"
        return subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True).stdout

    file = FileEntry("/x.sh", path.read_text("utf-8"))
    assert read(bare(file).content) == read(file.content)


@pytest.mark.parametrize("step", STEPS, ids=_name)
def test_a_step_says_what_it_does_and_leaves_the_rest_to_the_runner(step: Path) -> None:
    lines = step.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "#!/bin/bash"
    assert re.fullmatch(r"# [A-Z].*\.", lines[1])
    assert not [line for line in lines if re.match(r"set -|\. |source ", line)]


def test_a_library_has_a_name_of_its_own() -> None:
    """On a node all are in one folder."""
    common = {path.name for path in LIBRARIES if _name(path).startswith("common/")}
    assert [_name(path) for path in LIBRARIES if path.name in common] == [
        f"common/lib/{name}" for name in sorted(common)
    ]


@pytest.mark.parametrize("script", [*LIBRARIES, *STEPS, *PROGRAMS], ids=_name)
def test_a_script_uses_the_libraries_whose_functions_and_variables_it_names(script: Path) -> None:
    """Those that it uses, directly or not, have all of them; each that it uses itself has one of them."""
    used = {FRAGMENTS / path for path in libraries_used([_name(script)])}
    has = _functions(script).union(*map(_functions, used))
    # Whoever uses it says how etcd is asked.
    missing = _called(script) - has - ({"in_etcd"} if script.name == "etcd-member.sh" else set())
    assert missing == set()
    if script not in LIBRARIES:
        assert _read(script) - _assigned(script).union(*map(_assigned, used)) == set()
    # A variable may be for another library: an address to ask, say.
    read = _read(script).union(*map(_read, used))
    for names in re.findall(r"^use (.+)$", script.read_text("utf-8"), re.MULTILINE):
        for path in (path for path in used if path.stem in names.split()):
            assert _functions(path) & _called(script) or _assigned(path) & read, path.stem


def test_an_unused_and_a_missing_library_are_told_apart() -> None:
    """The words that the test above goes by are found where they stand, and nowhere else."""
    assert _words('if has_data "$A"; then fill x; fi # retry\n say "no leader"\nX=$(value_at 1)\n') >= {
        "has_data", "fill", "value_at", "say",
    }  # fmt: skip
    assert not _words("  # fail\nsay 'retry it'\n") & {"fail", "retry"}


@pytest.mark.parametrize("script", SCRIPTS, ids=_name)
def test_known_traps_are_kept_out(script: Path) -> None:
    text = script.read_text(encoding="utf-8")
    assert not re.search(r"^\s*\(\(\s*\w+(\+\+|--)\s*\)\)", text, re.MULTILINE), "fails under -e at zero"
    assert "set -x" not in text
    assert "/dev/vd" not in text
    assert not re.search(r"while (true|:)", text), "a loop without end"


def _understood(text: str, program: Callable[[str], str]) -> str:
    """What bash reads in a script, here-documents and quoted texts among it, without running any of it."""
    done = subprocess.run(
        [program("bash"), "-c", f"it() {{\n{text}\n}}\ndeclare -f it"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("path", SCRIPTS, ids=_name)
def test_a_script_without_inner_comments_is_the_same_to_bash(
    path: Path, program: Callable[[str], str]
) -> None:
    """A line that looks like one inside a here-document or a quoted text would be missing on nodes."""
    assert _understood(script(_name(path)), program) == _understood(path.read_text("utf-8"), program)


@pytest.mark.parametrize("text", ["cat <<END\n # kept\nEND", "echo 'a\n# kept\n'"])
def test_what_only_looks_like_a_comment_is_seen(text: str, program: Callable[[str], str]) -> None:
    """The test above can fail."""
    assert "# kept" in _understood(text, program)
    assert "# gone" not in _understood(f"{text}\n  # gone", program)


@pytest.mark.parametrize("unit", UNITS, ids=_name)
def test_systemd_accepts_each_unit(unit: Path, program: Callable[[str], str], tmp_path: Path) -> None:
    """In a scratch root where every program that the unit starts exists."""
    folder = tmp_path / "etc/systemd/system"
    folder.mkdir(parents=True)
    (folder / unit.name).write_bytes(unit.read_bytes())
    for name in re.findall(r"^Exec\w+=-?(/\S+)", unit.read_text(encoding="utf-8"), re.MULTILINE):
        stub = tmp_path / name.lstrip("/")
        stub.parent.mkdir(parents=True, exist_ok=True)
        stub.touch(0o755)
    done = subprocess.run(
        [
            program("systemd-analyze"),
            "verify",
            f"--root={tmp_path}",
            "--recursive-errors=no",
            "--man=no",
            str(Path("/etc/systemd/system", unit.name)),
        ],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert not [line for line in done.stderr.splitlines() if "Unknown" in line or "ignoring" in line]


def test_what_cni_plugins_noted_ends_with_the_boot(program: Callable[[str], str], tmp_path: Path) -> None:
    """And stays while systemd only looks after its files."""
    rules = tmp_path / "etc/tmpfiles.d/jeroboam-cni.conf"
    noted = tmp_path / "var/lib/cni/flannel/0123"
    for file in (rules, noted):
        file.parent.mkdir(parents=True)
    rules.write_text((FRAGMENTS / "kubernetes/cni.conf").read_text("utf-8"), encoding="utf-8")
    noted.touch()
    words = (program("systemd-tmpfiles"), f"--root={tmp_path}", "--remove", "jeroboam-cni.conf")
    subprocess.run(words, check=True)
    assert noted.exists()
    subprocess.run((*words, "--boot"), check=True)
    assert not noted.parent.parent.exists()
    assert noted.parents[2].exists()
