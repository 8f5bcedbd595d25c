"""Scripts and units as they land on a node: shellcheck and systemd-analyze, the programs' own judges."""

from __future__ import annotations

import functools
import re
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from jeroboam import resources
from tests.support import node_files
from tests.support.cases import CASES, ROOT, Case, compiled
from tests.support.node_files import NodeFile

EVERY_CASE = pytest.mark.parametrize("case", CASES, ids=str)
SHELLCHECK = Path(sys.executable).with_name("shellcheck")
FRAGMENTS = ROOT / "fragments"


def _shellcheck(folder: Path, scripts: Iterable[NodeFile]) -> str:
    """The findings over all scripts, laid out as on the node so that what they source is followed.

    A library, which has no first line of its own, assigns for those that source it.
    """
    paths: dict[bool, list[str]] = {True: [], False: []}
    for script in scripts:
        _place(folder, script)
        paths[script.text.startswith("#!")].append(script.path.lstrip("/"))
    findings = ""
    for programs, names in paths.items():
        spared = "SC1090,SC1091" if programs else "SC1090,SC1091,SC2034"
        command: list[str | Path] = [SHELLCHECK, "--norc", "--shell=bash", "--severity=style",
                   f"--exclude={spared}",
                   "--external-sources", "--source-path=SCRIPTDIR", *names]  # fmt: skip
        if names:
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
            findings += done.stdout + done.stderr if done.returncode else ""
    return findings


def _all_files(case: Case) -> dict[str, NodeFile]:
    """Each different file of a case once, by role and path."""
    seen: dict[tuple[str, str], NodeFile] = {}
    for document in node_files.user_data(compiled(case.spec)).values():
        for file in node_files.files(document):
            seen.setdefault((file.path, file.text), file)
    return {f"{number}{path}": file for number, ((path, _), file) in enumerate(seen.items())}


def _place(folder: Path, script: NodeFile) -> None:
    path = folder / script.path.lstrip("/")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(script.text, encoding="utf-8")


def test_shellcheck_accepts_each_script(tmp_path: Path) -> None:
    """Those of every role of every case: fragments as they are, which a test below judges, and all others."""
    fragments = {resources.script(path.relative_to(FRAGMENTS).as_posix()) for path in FRAGMENTS.rglob("*.sh")}
    others: dict[str, NodeFile] = {}
    for case in CASES:
        for role, document in node_files.user_data(compiled(case.spec)).items():
            scripts = [
                s for s in node_files.shell_scripts(node_files.files(document)) if not s.path.endswith(".env")
            ]
            assert scripts, f"{case}: {role}"
            others |= {s.text: s for s in scripts if s.text not in fragments}
    assert {Path(s.path).parent.parent.name for s in others.values()} == {"hooks"}
    assert _shellcheck(tmp_path, others.values()) == ""


@EVERY_CASE
def test_bash_parses_each_script(case: Case) -> None:
    for file in node_files.shell_scripts(tuple(_all_files(case).values())):
        assert _misread_by_bash(file.text) == "", file.path


@functools.cache
def _misread_by_bash(text: str) -> str:
    done = subprocess.run(["bash", "-n"], input=text, capture_output=True, text=True)
    return done.stderr if done.returncode else ""


@EVERY_CASE
def test_environment_files_only_assign(case: Case) -> None:
    """An environment file is read by a shell, so it only holds quoted assignments."""
    for file in _all_files(case).values():
        if file.path.endswith(".env"):
            assert re.fullmatch(r"(?:[A-Z][A-Z0-9_]*='(?:[^']|'\\'')*'\n)*", file.text), file.path


def test_shellcheck_refuses_what_is_broken(tmp_path: Path) -> None:
    assert "SC2086" in _shellcheck(tmp_path, [NodeFile("/x.sh", "#!/bin/bash\nrm -rf $1/*\n", 0o755, False)])


def _unit_tree(root: Path, units: Iterable[NodeFile], files: Iterable[NodeFile]) -> list[str]:
    """A scratch root with the units, a stub for each program they start, and the unit names."""
    names = []
    for file in (*units, *files):
        target = root / file.path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(file.text, encoding="utf-8")
        target.chmod(file.mode)
    for unit in units:
        for program in re.findall(r"^Exec\w*=[-@:+!]*(/\S+)", unit.text, re.MULTILINE):
            stub = root / program.lstrip("/")
            stub.parent.mkdir(parents=True, exist_ok=True)
            if not stub.exists():
                stub.write_text("#!/bin/sh\n", encoding="utf-8")
            stub.chmod(0o755)
        folder = Path(unit.path).parent
        if folder.name.endswith(".d"):  # a drop-in: the unit it belongs to comes from a package
            base = root / "etc/systemd/system" / folder.name.removesuffix(".d")
            if not base.exists():
                base.write_text("[Service]\nExecStart=/bin/true\n", encoding="utf-8")
                names.append(base.name)
        else:
            names.append(Path(unit.path).name)
    for needed in ("bin/true", "bin/sh"):
        stub = root / needed
        stub.parent.mkdir(parents=True, exist_ok=True)
        stub.write_text("#!/bin/sh\n", encoding="utf-8")
        stub.chmod(0o755)
    return names


def _verify(systemd_analyze: str, root: Path, names: Iterable[str]) -> str:
    done = subprocess.run(
        [systemd_analyze, "verify", f"--root={root}", "--recursive-errors=no", "--man=no",
         *(str(Path("/etc/systemd/system", name)) for name in names)],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    complaints = [line for line in done.stderr.splitlines() if "Unknown" in line or "ignoring" in line]
    return done.stderr if done.returncode or complaints else ""


@EVERY_CASE
def test_systemd_accepts_each_unit(case: Case, program: Callable[[str], str], tmp_path: Path) -> None:
    systemd_analyze = program("systemd-analyze")
    for role, document in node_files.user_data(compiled(case.spec)).items():
        found = node_files.files(document)
        units = list(node_files.units(found))
        names = _unit_tree(tmp_path / role, units, [f for f in found if f not in units])
        assert "jeroboam-bootstrap.service" in names
        assert _verify(systemd_analyze, tmp_path / role, names) == "", role


def test_systemd_refuses_what_is_broken(program: Callable[[str], str], tmp_path: Path) -> None:
    text = "[Service]\nType=oneshot\nExecStart=/bin/true\nRestartSecs=3\n"
    names = _unit_tree(tmp_path, [NodeFile("/etc/systemd/system/x.service", text, 0o644, False)], [])
    assert "RestartSecs" in _verify(program("systemd-analyze"), tmp_path, names)


# --- the fragments, unrendered --------------------------------------------------------------------


def test_fragment_scripts_pass_shellcheck_as_they_are(tmp_path: Path) -> None:
    scripts = [
        NodeFile(path.relative_to(FRAGMENTS).as_posix(), path.read_text(encoding="utf-8"), 0o755, False)
        for path in sorted(FRAGMENTS.rglob("*.sh"))
    ]
    assert _shellcheck(tmp_path, scripts) == ""
    assert [s.path for s in scripts if re.search(r"\{%|^\s*#%|@@[A-Z]", s.text, re.MULTILINE)] == []


def test_fragments_are_clean_text() -> None:
    for path in sorted(p for p in FRAGMENTS.rglob("*") if p.is_file()):
        text = path.read_bytes().decode("ascii")
        assert text.endswith("\n"), path
        assert "\r" not in text, path
        assert not re.search(r"[ \t]+$", text, re.MULTILINE), path


def test_yaml_fragments_pass_yamllint() -> None:
    """What is filled in, too: a condition is a comment to YAML, and a value stands between double quotes."""
    paths = sorted(p for p in FRAGMENTS.rglob("*") if {".yaml", ".yml"} & set(p.suffixes))
    off = ("line-length", "document-start", "indentation", "comments", "comments-indentation",
           "braces", "brackets")  # fmt: skip
    rules = "{extends: default, rules: {" + ", ".join(f"{rule}: disable" for rule in off) + "}}"
    done = subprocess.run(
        [sys.executable, "-m", "yamllint", "--strict", "-d", rules, *paths],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    filled = [line for path in paths for line in path.read_text("utf-8").splitlines() if "{{" in line]
    assert filled
    assert [line for line in filled if not re.search(r'"[^"]*\{\{ [^"{}]+ \}\}"$', line)] == []
