"""Help and version: a page for every command, with examples that parse, in plain text."""

from __future__ import annotations

import re
import shlex

import pytest
import typer.main

from jeroboam.__about__ import __version__
from jeroboam.cli.app import app
from jeroboam.cli.commands import COMMANDS as LISTED
from tests.unit.cli.running import Run

GROUP = typer.main.get_command(app)
COMMANDS = sorted(GROUP.commands)  # type: ignore[attr-defined]


def test_the_commands_of_this_release() -> None:
    assert COMMANDS == [
        "artifacts", "compile", "credentials", "delete", "deploy", "diagnose", "diff", "explain", "graph",
        "import", "init", "keypairs", "lint-hot", "preflight", "repair", "restore", "roll", "rotate",
        "schema", "secrets", "show", "snapshot", "status", "validate",
    ]  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_a_page_with_examples_that_parse(command: str, run: Run) -> None:
    done = run(command, "--help")
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith(f"Usage: jeroboam {command} ")
    assert "\x1b" not in done.out
    examples = done.out.partition("\nExamples:\n")[2]
    # As far as the next shell operator, or the gap before an example's comment.
    lines = re.findall(rf"jeroboam {command}\b(.*?)(?=  \S|[|)>]|$)", examples, re.MULTILINE)
    assert lines
    for arguments in lines:
        GROUP.commands[command].make_context(command, shlex.split(arguments))  # type: ignore[attr-defined]


@pytest.mark.parametrize("command", COMMANDS)
def test_the_list_of_commands_says_of_each_what_its_page_begins_with(command: str) -> None:
    page = GROUP.commands[command].help  # type: ignore[attr-defined]
    assert page.partition("\n\n")[0] == LISTED[command].summary


def test_the_main_page(run: Run) -> None:
    done = run("--help")
    assert done.status == 0
    assert all(f"  {command} " in done.out for command in COMMANDS)
    assert "Examples:" in done.out
    assert "Exit status:" in done.out
    assert run("-h") == done


def test_without_a_command_there_is_help_and_it_counts_as_wrong_usage(run: Run) -> None:
    done = run()
    assert done.status == 2
    assert "Commands:" in done.out + done.err


def test_version(run: Run) -> None:
    assert run("--version") == (0, f"jeroboam {__version__}\n", "")


@pytest.mark.parametrize(
    "arguments",
    [
        ["no-such-command"],
        ["compile"],
        ["compile", "--no-such-option", "x.yaml"],
        ["compile", "--jobs", "0", "x.yaml"],
        ["compile", "--layout", "flat", "x.yaml"],
        ["compile", "-o", "-", "a.yaml", "b.yaml"],
        ["compile", "-o", "-", "--check", "a.yaml"],
        ["compile", "-", "-"],
        ["validate", "-", "-"],
        ["validate", "--format", "xml", "x.yaml"],
        ["secrets", "-", "--from", "-"],
        ["init", "--coe", "nomad"],
        ["explain", "network.mtuu"],
        ["import", "kops", "x.json"],
        ["import", "magnum", "-", "-"],
        ["import", "magnum", "--distro", "fedora", "x.json"],
    ],
    ids=" ".join,
)
def test_wrong_usage(arguments: list[str], run: Run) -> None:
    done = run(*arguments)
    assert (done.status, done.out) == (2, "")
    assert "Error: " in done.err


def test_a_misspelt_property_is_answered_with_the_nearest(run: Run) -> None:
    assert "did you mean 'network.mtu'?" in run("explain", "network.mtuu").err
