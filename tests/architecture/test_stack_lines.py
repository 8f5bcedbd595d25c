"""Each `openstack stack create` and `update` that anybody is shown is one that the program would make."""

from __future__ import annotations

import ast
import re
import shlex
from argparse import ArgumentParser
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
import typer.main

from jeroboam.cli.app import app
from jeroboam.cli.starters import starter
from jeroboam.escape import shell
from jeroboam.hot.by_hand import create_line, existing_line, stack_options
from jeroboam.hot.contract import STACK_TAG
from tests.support.cases import CASES, ROOT

LINE = re.compile(r"(?<!')openstack stack (?:create|update)\b[^\n`|;\"]*")
STARTERS = ROOT / "schemas" / "v1" / "starters"


def _pages() -> Iterator[tuple[str, str]]:
    """Whatever shows such lines, by where it is."""
    pages = (
        ROOT / "README.md",
        *(ROOT / ".github").rglob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "compiler").rglob("*.yaml"),
    )
    for page in pages:
        yield page.relative_to(ROOT).as_posix(), page.read_text(encoding="utf-8")
    group = typer.main.get_command(app)
    for name, command in {"": group, **group.commands}.items():  # type: ignore[attr-defined]
        yield f"help of {name or 'all'}", f"{command.help}\n{command.epilog}"
    coes, distros = ([p.stem for p in sorted((STARTERS / it).iterdir())] for it in ("coe", "distro"))
    for coe, distro in product(coes, distros):
        yield f"starter of {coe} on {distro}", starter(coe, distro, "prod")
    for case in CASES:
        name = f"{case.folder.name}.hot.yaml"
        found = [*(case.folder / "expected").glob("*.hot.yaml")]
        assert found, name
        yield f"header of {case}", found[0].read_text(encoding="utf-8").partition("\nheat_template")[0]


LINES = [
    pytest.param(shown.strip(), id=f"{where}-{number}")
    for where, text in _pages()
    for number, shown in enumerate(LINE.findall(re.sub(r"\\\n[# ]*", "", text)))
]


def _made(line: str) -> str:
    """The same command, by the functions that the program has for it."""
    parser = ArgumentParser(exit_on_error=False)
    parser.add_argument("-t", default="")
    parser.add_argument("-e", default="")
    parser.add_argument("--timeout", type=int)
    parser.add_argument("--tags", default="")
    parser.add_argument("--parameter", action="append", default=[])
    for flag in ("--existing", "--wait", "--dry-run"):
        parser.add_argument(flag, action="append_const", dest="flags", const=flag, default=[])
    parser.add_argument("name")
    verb, *words = shlex.split(line.replace("{{", "{").replace("}}", "}"))[2:]
    given = parser.parse_args(words)
    tags = given.tags.split(",")
    if "--existing" in given.flags:
        parameters = [word for it in given.parameter for word in ("--parameter", it)]
        tagged = ["--tags", given.tags] if given.tags else []
        flags = [it for it in given.flags if it != "--existing"]
        return existing_line(given.name, *parameters, *tagged, *flags)
    options = stack_options(given.timeout or 0, tags[1:])
    return create_line(given.name, given.t, given.e, options, *given.flags, verb=verb)


@pytest.mark.parametrize("line", LINES)
def test_a_line_that_is_shown_is_one_that_is_made(line: str) -> None:
    words = shlex.split(line)
    if len(words) > 3:
        made = _made(line)
        assert shlex.split(made) == words
        assert "--existing" in words or STACK_TAG in made.partition("--tags ")[2].split()[0].split(",")


def test_there_are_such_lines() -> None:
    """In help, docs, starters and headers: the test above could find none, and pass."""
    shown = [where for where, text in _pages() if "openstack stack create -t" in text]
    for kind in ("help of all", "README.md", "docs/pipelines.md", "starter of ", "header of "):
        assert any(where.startswith(kind) for where in shown), kind


def test_no_other_module_makes_one() -> None:
    """A command line is words of `shell`, or a text; a docstring that shows one is help, looked at above."""
    for path in sorted((ROOT / "compiler" / "jeroboam").rglob("*.py")):
        if path.name != "by_hand.py":
            assert list(_commands(path)) == [], path.name


def _commands(path: Path) -> Iterator[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call | ast.Tuple | ast.List):
            parts = node.args if isinstance(node, ast.Call) else node.elts
            words = [it.value for it in parts if isinstance(it, ast.Constant) and isinstance(it.value, str)]
            if words[:2] == ["openstack", "stack"] and words[2:3] in (["create"], ["update"]):
                yield shell(*words)
        elif isinstance(node, ast.JoinedStr):
            text = "".join(str(it.value) for it in node.values if isinstance(it, ast.Constant))
            yield from re.findall(r"openstack stack (?:create|update) [^']+", text)
