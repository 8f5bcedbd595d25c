"""`compile --depfile`: which files are named, where it is written, and when it is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.cli.running import BAD, SPEC, Run

TEMPLATE = """\
spec_version: 1
kind: cluster_template
name: base
template: ../deeper/own.yaml
hooks: {post_bootstrap: [hooks/after.sh], pre_bootstrap: [hooks/overridden.sh]}
"""
CLUSTER = SPEC.replace("name: demo\n", "name: demo\ntemplate: shared/base.yaml\n") + (
    "hooks: {pre_bootstrap: [./hooks/../before.sh]}\nkubernetes: {manifests: [objects.yaml]}\n"
)


@pytest.fixture
def layered(tmp_path: Path) -> Path:
    """A cluster of two templates, in three folders, with what they name."""
    files = {
        "demo.yaml": CLUSTER,
        "shared/base.yaml": TEMPLATE,
        "deeper/own.yaml": "spec_version: 1\nkind: cluster_template\nname: own\n",
        "shared/hooks/after.sh": "#!/bin/sh\n",
        "shared/hooks/overridden.sh": "#!/bin/sh\n",
        "before.sh": "#!/bin/sh\n",
        "objects.yaml": "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n",
        "hooks/x": "",
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    return Path("demo.yaml")


READ = {
    "demo.yaml", "shared/base.yaml", "deeper/own.yaml", "shared/hooks/after.sh", "before.sh", "objects.yaml",
}  # fmt: skip


def _rules(text: str) -> dict[str, set[str]]:
    lines = text.replace("\\\n", "").splitlines()
    return {target: set(words.split()) for target, _, words in (line.partition(":") for line in lines)}


def test_all_that_was_read_is_named_and_nothing_else(run: Run, layered: Path) -> None:
    done = run("compile", "-o", "./out/", "--depfile", "made/demo.d", layered)
    assert (done.status, done.out) == (0, "")
    rules = _rules(Path("made/demo.d").read_text(encoding="utf-8"))
    assert rules.pop("out/demo/demo.hot.yaml") == READ
    assert rules == {path: set() for path in READ}


def test_paths_are_as_seen_from_the_working_folder(
    run: Run, layered: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path / "deeper")
    done = run("compile", "-o", tmp_path / "out", "--depfile", "-", f"../{layered}")
    assert _rules(done.out)[f"{tmp_path}/out/demo/demo.hot.yaml"] == {f"../{path}" for path in READ}


def test_a_detour_over_a_link_stays(run: Run, spec: Path) -> None:
    Path("a/b").mkdir(parents=True)
    Path("link").symlink_to("a/b")
    for way, shown in ((f"link/../../{spec}", "link/../../demo.yaml"), (f"./a/../{spec}", "demo.yaml")):
        done = run("compile", "--depfile", "-", way)
        assert _rules(done.out)["build/demo/demo.hot.yaml"] == {shown}


def test_many_specs_have_a_rule_each_in_one_file(run: Run, layered: Path) -> None:
    Path("other.yaml").write_text(SPEC.replace("name: demo", "name: other\ntemplate: shared/base.yaml"))
    done = run("compile", "--jobs", "2", "--depfile", "-", layered, "other.yaml")
    rules = _rules(done.out)
    assert "shared/hooks/overridden.sh" in rules["build/other/other.hot.yaml"]
    assert rules["build/demo/demo.hot.yaml"] == READ


def test_standard_input_is_no_file(run: Run, layered: Path) -> None:
    done = run("compile", "--depfile", "-", "-", stdin=CLUSTER)
    assert _rules(done.out)["build/demo/demo.hot.yaml"] == READ - {"demo.yaml"}


def test_it_stays_as_it_was_where_a_spec_has_errors(run: Run, layered: Path) -> None:
    run("compile", "--depfile", "demo.d", layered)
    before = Path("demo.d").read_text(encoding="utf-8")
    Path("bad.yaml").write_text(BAD, encoding="utf-8")
    assert run("compile", "--depfile", "demo.d", "bad.yaml", layered).status == 3
    assert Path("demo.d").read_text(encoding="utf-8") == before


def test_what_make_cannot_name_is_refused_at_the_end(run: Run, spec: Path) -> None:
    spec.rename("a;b.yaml")
    done = run("compile", "--depfile", "demo.d", "a;b.yaml")
    assert done.status == 1
    assert "error: make has no way to name 'a;b.yaml'\n  = help: rename the file" in done.err
    assert not Path("demo.d").exists()
    assert Path("build/demo/demo.hot.yaml").exists()


@pytest.mark.parametrize("words", ["--check", "-o -", "--changed", "--depfile - --format json"])
def test_wrong_usage(run: Run, spec: Path, words: str) -> None:
    done = run("compile", "--depfile", "demo.d", *words.split(), spec)
    assert (done.status, Path("demo.d").exists()) == (2, False)
    assert "'--depfile" in done.err


def test_a_place_that_cannot_be_written(run: Run, spec: Path) -> None:
    done = run("compile", "--depfile", "demo.yaml/demo.d", spec)
    assert done.status == 1
    assert "error: cannot write 'demo.yaml/demo.d': " in done.err
