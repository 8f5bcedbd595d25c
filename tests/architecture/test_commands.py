"""Whatever the README and docs/ have people type or write is tried: a page of tomorrow without a line here.

Each command is judged by the parser of the program that it is for, where that is installed. What needs no
cloud is run, in a folder with the page's files, and prints what the page shows. Specs are compiled in
tests/architecture/test_docs.py, parts of one here, as the part of a spec. What is none of these is refused
until somebody says how to judge it.
"""

from __future__ import annotations

import ast
import importlib.util
import json
import re
import shlex
import subprocess
import warnings
from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from functools import cache
from importlib.metadata import EntryPoint, distribution
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml

from jeroboam.__about__ import WITH_CLIENTS
from jeroboam.cli.app import app
from jeroboam.diagnostics import Severity
from jeroboam.pipeline import compile_spec
from tests.support import walks
from tests.support.cases import ROOT
from tests.support.magnum import CLUSTER, TEMPLATE
from tests.support.pages import PAGES, SHELLS, blocks, commands, lines, name, prose
from tests.support.who_runs import OFFLINE_TEST, SHELLS_OWN, owners, shells
from tests.unit.cli.running import Run


def each(has: Callable[[Path], object]) -> pytest.MarkDecorator:
    """A test of each page that has something."""
    return pytest.mark.parametrize("page", [page for page in PAGES if has(page)], ids=name)


# --- what is typed --------------------------------------------------------------------------------

GROUP = typer.main.get_command(app)


def _ours(words: list[str]) -> None:
    if words[1:2] in (["--help"], ["--version"], ["--install-completion"]):
        return
    command = GROUP.commands.get(words[1])  # type: ignore[attr-defined]
    assert command is not None, words
    if not {"--help", "-h"} & {*words}:
        command.make_context(words[1], words[2:])


def _make(words: list[str]) -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert {it for it in words[1:] if "=" not in it and not it.startswith("-")} <= {*targets}


CLIENTS = ("python-openstackclient", "python-heatclient", "python-octaviaclient")
"""Those whose commands are known here; `openstack coe` is Magnum's, and its client is not installed."""


@cache
def _openstack_commands() -> Mapping[str, EntryPoint]:
    """All commands by their words, the newest version of each."""
    return {
        point.name.replace("_", " "): point
        for client in CLIENTS
        for point in sorted(distribution(client).entry_points, key=lambda it: it.group)
        if re.fullmatch(r"openstack\.\w+\.v\w+|openstack\.common", point.group)
    }


def _openstack_parser(words: list[str]) -> tuple[ArgumentParser, list[str]]:
    """The parser of a command, and the words that it is given."""
    known = _openstack_commands()
    length = next((n for n in range(len(words), 1, -1) if " ".join(words[1:n]) in known), None)
    assert length, words
    with warnings.catch_warnings(action="ignore"):  # theirs
        parser = known[" ".join(words[1:length])].load()(None, None).get_parser("openstack")
    return parser, words[length:]


def _openstack(words: list[str]) -> None:
    if words[1] != "coe":
        parser, rest = _openstack_parser(words)
        parser.parse_args(rest)


def _python(words: list[str]) -> None:
    assert words[1] == "-m"
    assert importlib.util.find_spec(words[2]), words


def _pip(words: list[str]) -> None:
    assert words in [it.replace("'", "").split() for it in WITH_CLIENTS.values()]


JUDGES: Mapping[str, Callable[[list[str]], None]] = {
    "jeroboam": _ours, "make": _make, "openstack": _openstack, "pip": _pip, "python": _python,
    "python3": _python,
}  # fmt: skip
OTHERS = {
    "bash", "crictl", "curl", "date", "df", "git", "grep", "ip", "journalctl", "jq", "kubeadm", "kubectl",
    "openssl", "podman", "sed", "skopeo", "ssh", "systemctl", "tar", "vault",
}  # fmt: skip
"""Programs whose arguments nobody here can judge."""


@each(shells)
def test_programs_take_what_is_typed(page: Path) -> None:
    for typed in shells(page):
        for words in commands(typed):
            judge = JUDGES.get(words[0])
            assert judge or words[0] in SHELLS_OWN | OTHERS, f"who judges {words}?"
            if judge:
                judge(words)


@each(shells)
def test_a_shell_takes_it(page: Path) -> None:
    scripts = [block.text for block in blocks(page) if block.language in SHELLS]
    if typed := "\n".join((*shells(page), *(it for it in scripts if "…" not in it))):
        done = subprocess.run(["bash", "-n"], input=typed, capture_output=True, text=True)
        assert done.stderr == ""


def _named(page: Path) -> list[str]:
    lines = re.findall(r"`((?:jeroboam|openstack) (?!-m)[a-z][^`…]*)`", prose(page).replace("\\|", "|"))
    return [it for it in lines if not it.startswith("openstack coe")]


def _options(words: list[str]) -> set[str]:
    """The options that a command of ours or of OpenStack's has."""
    if words[0] == "openstack":
        return {option for it in _openstack_parser(words)[0]._actions for option in it.option_strings}
    command = GROUP.commands.get(words[1])  # type: ignore[attr-defined]
    assert command is not None, words
    return {"--help"}.union(*((*it.opts, *it.secondary_opts) for it in command.params))


@each(_named)
def test_commands_that_prose_names_are_there(page: Path) -> None:
    """With the options that it names; the rest may be left out, as in `jeroboam deploy --yes`."""
    for line in _named(page):
        for words in (it for it in commands(line) if it[0] in ("jeroboam", "openstack")):
            used = {word.partition("=")[0] for word in words if word.startswith("-")}
            assert used <= _options(words), line


# --- what is run ----------------------------------------------------------------------------------


def _readme() -> str:
    return next(it.text for it in blocks(ROOT / "README.md") if it.file == "prod.yaml")


def _given(page: Path) -> dict[str, str]:
    """What a page takes for granted: the README's spec by its usual names, and what other programs wrote."""
    mesos = (ROOT / "docs/examples/reports.yaml").read_text(encoding="utf-8")
    given = {
        ".gitignore": "*.secrets.yaml\n",
        "prod.yaml": _readme(),
        "clusters/prod.yaml": _readme(),
        "tasks.yaml": mesos,
        "template.json": json.dumps({**TEMPLATE}),
        "cluster.json": json.dumps({**CLUSTER}),
    }
    made = re.findall(r"jeroboam (?:init|import .* -o) (\S+)", "\n".join(shells(page)))
    return {path: text for path, text in given.items() if path not in made}


def _runs(page: Path, typed: str) -> bool:
    return owners(page, typed, {}) == [OFFLINE_TEST]


def _run(page: Path) -> bool:
    return any(_runs(page, typed) for typed in shells(page))


@pytest.mark.slow
@each(_run)
def test_what_needs_no_cloud_is_run(
    page: Path, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch, program: Callable[[str], str]
) -> None:
    if any(_runs(page, typed) and "| jq " in typed for typed in shells(page)):
        program("jq")
    folder = tmp_path / "here"
    for path, text in _given(page).items():
        _write(folder / path, text)
    monkeypatch.chdir(folder)
    subprocess.run(["git", "init", "--quiet"], check=True)
    if "golden/" in page.read_text(encoding="utf-8"):
        for it in ("golden", "Makefile"):
            (folder / it).symlink_to(ROOT / it)
    for block in blocks(page):
        if block.file and block.language == "yaml":
            _write(folder / block.file, block.text)
        for line in lines(block):
            if _runs(page, line.typed):
                said = _said(line.typed, folder, run)
                if line.shown.strip():
                    printed = said if "[exit status " in line.shown else said.partition("[exit status ")[0]
                    assert walks.as_shown(printed, line.shown) == line.shown, said
                else:
                    assert "[exit status " not in said, f"{line.typed}\n{said}"


def _paths(word: str, folder: Path) -> list[str]:
    """What a shell makes of a word."""
    found = sorted(it.relative_to(folder).as_posix() for it in folder.glob(word)) if "*" in word else []
    return found or [word]


def _said(typed: str, folder: Path, run: Run) -> str:
    """What a line prints: by a shell, or here, which is quicker, where a shell would only start a program."""
    alone = re.fullmatch(r"jeroboam ([^|&;<>(){}$\n]*?)(?: > (\S+))?(?: +#.*)?", typed)
    if alone is None:
        return walks.said(typed, folder, {"JEROBOAM": "jeroboam"})  # of make: not to install another
    words = [path for it in shlex.split(alone[1]) for path in _paths(it, folder)]
    done = run(*words)
    if alone[2]:
        _write(folder / alone[2], done.out)
    printed = done.err if alone[2] else done.out + done.err
    return printed + (f"[exit status {done.status}]\n" if done.status else "")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


# --- what is written ------------------------------------------------------------------------------

LANGUAGES = {"console", "json", "make", "python", "text", "yaml", *SHELLS}
OF_OTHER_PROGRAMS = {"jobs", "include", "repos", "project", "stages", "updates"}
"""A key of each file that is GitHub's, GitLab's, pre-commit's, Zuul's or Dependabot's."""


@each(blocks)
def test_blocks_are_of_their_language(page: Path) -> None:
    """Excerpts of files, which say so, are compared with these elsewhere."""
    for block in blocks(page):
        assert block.language in LANGUAGES, f"who judges {block.language}?"
        match "" if block.about else block.language:
            case "python":
                ast.parse(block.text)
            case "json":
                json.loads(block.text)
            case "yaml":
                yaml.safe_load(block.text)


def _parts(page: Path) -> list[dict[str, Any]]:
    """What a page shows of specs without the rest of them."""
    found = [yaml.safe_load(it.text) for it in blocks(page) if it.language == "yaml" and not it.about]
    own = {"spec_version", "heat_template_version", *OF_OTHER_PROGRAMS}
    return [it for it in found if isinstance(it, dict) and not own & it.keys()]


@each(_parts)
def test_a_part_of_a_spec_is_one(page: Path, tmp_path: Path) -> None:
    """Over the README's spec, or an example of another COE, it compiles; its files may be absent."""
    readme = _readme()
    examples = [
        (ROOT / f"docs/examples/{it}.yaml").read_text(encoding="utf-8") for it in ("builds", "reports")
    ]
    for part in _parts(page):
        refused = []
        for whole in (readme, *examples):
            (tmp_path / "prod.yaml").write_text(
                yaml.safe_dump({**yaml.safe_load(whole), **part}), encoding="utf-8"
            )
            found = compile_spec(str(tmp_path / "prod.yaml")).diagnostics
            errors = [it for it in found if it.severity is Severity.ERROR and it.code != "JB0101"]
            if not errors:
                break
            refused.append(errors)
        else:
            raise AssertionError((part, refused))
