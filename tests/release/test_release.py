"""`.ci/release` in a clone: what it refuses, and what it writes: the same bytes wherever it runs."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path
from zipfile import ZipFile

import pytest

from docs.sbom import CONSTRAINTS, pinned
from jeroboam.__about__ import __version__
from tests.support.cases import ROOT

pytestmark = pytest.mark.release
VERSION = "9.8.7"


class Clone:
    """This checkout as committed in a repository of its own, ready to be released as VERSION."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        files = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT, check=True, capture_output=True, text=True,
        ).stdout.split("\0")[:-1]  # fmt: skip
        # Tests and goldens are not built differently; without most of them all is quicker.
        kept = [
            f for f in files if not f.startswith(("golden/", "tests/", "findings/")) or f.endswith(".txt")
        ]
        for path in kept:
            if (ROOT / path).is_file():
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_bytes((ROOT / path).read_bytes())
                (folder / path).chmod((ROOT / path).stat().st_mode)
        self.replace("compiler/jeroboam/__about__.py", f'"{__version__}"', f'"{VERSION}"')
        self.run(sys.executable, "-m", "docs.changelog", "release", VERSION, "2026-12-01")
        self.git("init", "--quiet", "--initial-branch", "main")
        self.commit()

    def run(self, *words: str, status: int = 0) -> str:
        environment = {
            "PATH": os.environ["PATH"], "HOME": str(self.folder.parent), "PYTHON": sys.executable,
            "PYTHONPATH": str(self.folder), "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.org",
            "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example.org",
            "GIT_COMMITTER_DATE": "2026-11-01T12:00:00Z",
        }  # fmt: skip
        done = subprocess.run(
            words, cwd=self.folder, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout + done.stderr

    def git(self, *words: str) -> str:
        return self.run("git", *words)

    def commit(self) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "x")

    def tag(self, name: str) -> None:
        self.git("tag", "--force", "--annotate", "--message", name, name)

    def replace(self, path: str, old: str, new: str) -> None:
        text = (self.folder / path).read_text(encoding="utf-8")
        assert old in text
        (self.folder / path).write_text(text.replace(old, new), encoding="utf-8")

    def refused(self, *words: str) -> str:
        said = self.run(".ci/release", *words, status=1)
        assert not (self.folder / "dist").exists()
        return said


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    if not (ROOT / ".git").exists():
        pytest.skip("needs the repository, not a release of it")
    return Clone(tmp_path_factory.mktemp("release") / "clone")


def test_what_cannot_be_released_is_refused_with_its_reason(clone: Clone) -> None:
    first = clone.git("rev-parse", "HEAD").strip()
    assert "this commit has no annotated tag" in clone.refused()
    clone.git("tag", "v9.8.6")
    assert "this commit has no annotated tag" in clone.refused()
    assert "there is no annotated tag 'v9.8.6'" in clone.refused("v9.8.6")
    clone.tag("v9.8")
    assert "the tag 'v9.8' is no version, such as v0.2.0" in clone.refused("v9.8")
    clone.tag("v9.8.8")
    assert "__about__.py says 9.8.7, and the tag v9.8.8" in clone.refused("v9.8.8")
    clone.git("tag", "--delete", "v9.8", "v9.8.6", "v9.8.8")
    clone.tag(f"v{VERSION}")
    note = clone.folder / "docs/changes/late.md"
    note.write_text("It is so.\n", encoding="utf-8")
    assert "the tree has changes that are not committed" in clone.refused()
    clone.commit()
    assert f"'v{VERSION}' is another commit than this one" in clone.refused(f"v{VERSION}")
    clone.tag(f"v{VERSION}")
    assert "notes are not in the changelog: late.md" in clone.refused()
    note.unlink()
    clone.replace("CHANGELOG.md", f"## {VERSION} (2026-12-01)", f"## {VERSION} (unreleased)")
    clone.commit()
    clone.tag(f"v{VERSION}")
    assert f"the changelog lacks {VERSION}" in clone.refused()
    clone.git("reset", "--quiet", "--hard", first)


def test_a_release_is_whole_and_of_the_same_bytes_twice(clone: Clone) -> None:
    clone.tag(f"v{VERSION}")
    clone.run(".ci/release")
    dist = clone.folder / "dist"
    wheel, sdist = f"jeroboam-{VERSION}-py3-none-any.whl", f"jeroboam-{VERSION}.tar.gz"
    bill = f"jeroboam-{VERSION}.cdx.json"
    assert {path.name for path in dist.iterdir()} == {wheel, sdist, bill, "NOTES.md", "SHA256SUMS"}
    subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=dist, check=True)
    assert (dist / "NOTES.md").read_text(encoding="utf-8").startswith("- ")
    # What make builds are the same.
    clone.run("make", "-o", ".venv/.test", "wheel", f"BIN={Path(sys.executable).parent}")
    subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=dist, check=True)
    with tarfile.open(dist / sdist) as archive:
        kept = {name.partition("/")[2] for name in archive.getnames()}
    tracked = set(clone.git("ls-files", "-z").split("\0")) - {""}
    assert kept - {"PKG-INFO"} == tracked
    with ZipFile(dist / wheel) as archive:
        assert f"jeroboam-{VERSION}.data/data/share/man/man1/jeroboam.1" in archive.namelist()
    digest = hashlib.sha256((dist / wheel).read_bytes()).hexdigest()
    told = json.loads((dist / bill).read_text(encoding="utf-8"))
    assert told["metadata"]["component"]["hashes"] == [{"alg": "SHA-256", "content": digest}]
    assert told["metadata"]["component"]["purl"] == f"pkg:pypi/jeroboam@{VERSION}"
    scopes = {part["name"]: part["scope"] for part in told["components"]}
    assert (scopes["typer"], scopes["openstacksdk"]) == ("required", "optional")
    assert "pytest" not in scopes
    assert {part["version"] for part in told["components"]} <= set(pinned(CONSTRAINTS.read_text()).values())
