"""A COE added by new files alone, as its page says: it compiles on every distro, and boots on two of them."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from jeroboam import plugins
from tests.architecture import toy
from tests.support.cases import ROOT
from tests.support.project import copied, python

pytestmark = [pytest.mark.boots, pytest.mark.xdist_group("adding-a-coe")]

PAGE = (ROOT / "docs" / "adding-a-coe.md").read_text(encoding="utf-8")
NAMED = re.findall(r"\*\*`([^`]+)`\*\*", PAGE)
"""The files that the page lists, by their paths."""
TESTS = (
    ("tests/golden", "toy"),
    ("tests/errors", ""),
    ("tests/unit/spec/test_schema.py", ""),
    ("tests/unit/cli/test_specs.py", "toy"),
    ("tests/architecture/test_pairs.py", "toy or every_pair"),
    ("tests/architecture/test_examples.py", ""),
    ("tests/architecture/test_processors.py", "toy"),
    ("tests/architecture/test_suites.py", "every_file"),
    ("tests/proof/test_node_text.py", "toy"),
    ("tests/proof/test_heat.py", "toy"),
    ("tests/nodescripts/test_lint.py", ""),
    # By cloud-init with a tunnel's key, and by Ignition.
    ("tests/nodescripts/test_bootstrap.py", "toy and (ubuntu or flatcar) or left_out"),
)
"""What runs over every COE, and the words that choose it."""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of this project with the COE in it."""
    folder = copied(tmp_path_factory.mktemp("tree") / "project")
    toy.add(folder)
    minimal = folder / "golden/toy/ubuntu/minimal/cluster.yaml"
    text = minimal.read_text(encoding="utf-8")
    for distro in plugins.names("platforms"):
        case = folder / "golden/toy" / distro.replace("-", "_") / "minimal/cluster.yaml"
        case.parent.mkdir(parents=True, exist_ok=True)
        case.write_text(text.replace("distro: ubuntu", f"distro: {distro}"), encoding="utf-8")
    # Reports say of files outside of what they are outside, and suites ask which files there are.
    subprocess.run(("git", "init", "-q", str(folder)), check=True)
    subprocess.run(("git", "-C", str(folder), "add", "--all"), check=True)
    python(folder, "-m", "pytest", "-q", "tests/errors", "-k", "JB049", "--update-reports")
    python(folder, "-m", "pytest", "-q", "tests/golden", "-k", "toy", "--update-golden")
    yield folder
    shutil.rmtree(folder)


def test_the_page_names_every_file_and_each_is_there() -> None:
    shapes = {path: re.compile(_shape(path)) for path in NAMED}
    named = {new: [path for path, shape in shapes.items() if shape.fullmatch(new)] for new in toy.PATHS}
    assert {new: paths for new, paths in named.items() if len(paths) != 1} == {}
    assert {path for paths in named.values() for path in paths} == set(NAMED)


def _shape(path: str) -> str:
    """The pattern of a path of the page: the COE is the toy, other words in brackets stand for any name."""
    return re.sub(r"<\w+>", "[^/]+", re.escape(path).replace("<coe>", "toy"))


@pytest.mark.parametrize(("path", "words"), TESTS, ids=[path for path, _ in TESTS])
def test_what_every_coe_has_to_pass(path: str, words: str, tree: Path) -> None:
    done = python(tree, "-m", "pytest", "-q", "-n", "0", "-m", "boots or not boots", "-k", words, path)
    assert done.returncode == 0, done.stdout[-9000:] + done.stderr
    assert " passed" in done.stdout


def test_init_lists_it_and_what_init_writes_compiles(tree: Path) -> None:
    command = ("-c", "from jeroboam.cli import main; main()")
    unknown = python(tree, *command, "init", "--coe", "nothing", "-")
    assert unknown.returncode == 2
    assert "toy" in unknown.stderr
    for distro in plugins.names("platforms"):
        file = f"of-{distro}.yaml"
        done = python(tree, *command, "init", "--coe", "toy", "--distro", distro, file)
        assert done.returncode == 0, done.stderr
        done = python(tree, *command, "compile", file)
        assert done.returncode == 0, done.stderr
    assert "toy" in python(tree, *command, "explain", "coe").stdout
    # What is said of network drivers knows it too.
    assert "`docker` (mesos, swarm, toy)" in " ".join(
        python(tree, *command, "explain", "container_network.driver").stdout.split()
    )


def test_the_pages_can_be_made(tree: Path) -> None:
    done = python(tree, "-m", "docs.generate")
    assert done.returncode == 0, done.stderr
    assert "toy on flatcar" in (tree / "docs" / "support.md").read_text(encoding="utf-8")
    assert "## toy" in (tree / "docs" / "ports.md").read_text(encoding="utf-8")
