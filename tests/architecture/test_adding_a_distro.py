"""A distro added by new files alone, as its page says: every COE compiles on it, and its nodes boot."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from jeroboam import plugins
from tests.nodescripts.images import IMAGES
from tests.support.cases import GOLDEN, ROOT
from tests.support.project import copied, python

pytestmark = [pytest.mark.boots, pytest.mark.xdist_group("adding-a-distro")]

PAGE = (ROOT / "docs" / "adding-a-distro.md").read_text(encoding="utf-8")
NAME = "debian"
PLUGIN = '''
"""Debian: cloud-init, a writable /usr, certificates by update-ca-certificates."""

from jeroboam.platforms.ubuntu import Ubuntu


class Debian(Ubuntu):
    """The platform `debian`, for 13 and later."""

    name = "debian"


PLUGIN = Debian()
'''
FILES = {
    "schemas/v1/platforms/<name>.schema.json": json.dumps({"const": NAME, "description": "Debian 13."}),
    "compiler/jeroboam/platforms/<name>/__init__.py": PLUGIN,
    "compiler/jeroboam/platforms/<name>/image.json": json.dumps({"os_distro": [NAME], "oldest": "13"}),
    "schemas/v1/starters/distro/<name>.yaml": f"distro: {NAME}\n\n# CHANGE: Debian's.\nimage: debian-13\n",
    "tests/nodescripts/images/<name>.json": json.dumps(IMAGES["ubuntu"]._asdict()),
}
TESTS = (
    ("tests/golden", "debian"),
    ("tests/unit/spec/test_schema.py", "values_of_coe_and_distro"),
    ("tests/unit/cli/test_specs.py", "starter and debian"),
    ("tests/unit/platforms", ""),
    ("tests/errors", ""),
    ("tests/architecture/test_pairs.py", "minimal and debian or every_pair"),
    ("tests/nodescripts/test_bootstrap.py", "debian"),
)
"""What runs over every distro, and the words that choose it."""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of this project with the distro in it."""
    folder = copied(tmp_path_factory.mktemp("tree") / "project")
    for path, text in FILES.items():
        new = folder / path.replace("<name>", NAME)
        assert not new.exists()
        new.parent.mkdir(exist_ok=True)
        new.write_text(text, encoding="utf-8")
    for coe in plugins.names("drivers"):
        spec = (GOLDEN / coe / "ubuntu" / "minimal" / "cluster.yaml").read_text(encoding="utf-8")
        case = folder / "golden" / coe / NAME / "minimal"
        case.mkdir(parents=True)
        spec = re.sub(r"(?m)^image: .*$", f"image: {NAME}-13", spec)
        spec = spec.replace("distro: ubuntu", f"distro: {NAME}")
        (case / "cluster.yaml").write_text(spec, encoding="utf-8")
    # Reports say of files outside of what they are outside.
    subprocess.run(("git", "init", "-q", str(folder)), check=True)
    python(folder, "-m", "pytest", "-q", "tests/golden", "-k", NAME, "--update-golden")
    yield folder
    shutil.rmtree(folder)


def test_the_page_names_every_file() -> None:
    named = (*FILES, "golden/<coe>/<name>/minimal/cluster.yaml")
    beside = "compiler/jeroboam/platforms/<name>/"
    assert [path for path in named if path not in PAGE and path.removeprefix(beside) not in PAGE] == []


@pytest.mark.parametrize(("path", "words"), TESTS, ids=[path for path, _ in TESTS])
def test_what_every_distro_has_to_pass(path: str, words: str, tree: Path) -> None:
    done = python(tree, "-m", "pytest", "-q", "-n", "0", "-m", "boots or not boots", "-k", words, path)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    assert " passed" in done.stdout


def test_the_pages_can_be_made(tree: Path) -> None:
    done = python(tree, "-m", "docs.generate")
    assert done.returncode == 0, done.stderr
    assert f"kubernetes on {NAME}" in (tree / "docs" / "support.md").read_text(encoding="utf-8")
