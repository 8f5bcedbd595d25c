"""`import magnum`: files in, a spec out, what is found beside it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from jeroboam.pipeline import compile_spec
from tests.support.magnum import CLUSTER, TEMPLATE
from tests.unit.cli.running import Run


@pytest.fixture
def files(tmp_path: Path) -> None:
    """`template.json` and `cluster.json`, in the folder of the run."""
    (tmp_path / "template.json").write_text(json.dumps(TEMPLATE, indent=1), encoding="utf-8")
    (tmp_path / "cluster.json").write_text(json.dumps(CLUSTER, indent=1), encoding="utf-8")


pytestmark = pytest.mark.usefixtures("files")


def test_the_spec_is_written_and_compiles(run: Run, tmp_path: Path) -> None:
    done = run("import", "magnum", "template.json", "cluster.json", "-o", "prod.yaml")
    assert (done.status, done.out) == (0, "")
    assert compile_spec(str(tmp_path / "prod.yaml")).value is not None
    assert yaml.safe_load((tmp_path / "prod.yaml").read_text("utf-8"))["node_groups"][0]["count"] == 2
    assert "prod.yaml: 12 settings carried over, 3 named in comments\n" in done.err
    assert done.err.endswith("  next:  jeroboam compile prod.yaml\n")


def test_without_a_file_it_goes_to_standard_output(run: Run, tmp_path: Path) -> None:
    done = run("import", "magnum", "template.json")
    assert done.status == 0
    assert yaml.safe_load(done.out)["name"] == "k8s"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cluster.json", "template.json"]


@pytest.mark.parametrize("stdin", ["template", "cluster"])
def test_one_of_the_two_is_standard_input(stdin: str, run: Run, tmp_path: Path) -> None:
    names = {"template": "template.json", "cluster": "cluster.json"}
    text = (tmp_path / names[stdin]).read_text("utf-8")
    names[stdin] = "-"
    piped = run("import", "magnum", *names.values(), stdin=text)
    assert piped == run("import", "magnum", "template.json", "cluster.json")


def test_a_file_that_is_there_stays(run: Run, tmp_path: Path) -> None:
    (tmp_path / "prod.yaml").write_text("mine\n", encoding="utf-8")
    done = run("import", "magnum", "template.json", "-o", "prod.yaml")
    assert (done.status, done.out) == (1, "")
    assert "'prod.yaml' exists" in done.err
    assert "--force" in done.err
    assert (tmp_path / "prod.yaml").read_text("utf-8") == "mine\n"
    assert run("import", "magnum", "template.json", "-o", "prod.yaml", "--force").status == 0
    assert "kind: cluster\n" in (tmp_path / "prod.yaml").read_text("utf-8")


def test_what_the_compiler_finds_is_printed_at_its_place_in_the_spec(run: Run, tmp_path: Path) -> None:
    (tmp_path / "template.json").write_text(
        json.dumps({**TEMPLATE, "insecure_registry": "registry.example.org:5000"}), encoding="utf-8"
    )
    done = run("import", "magnum", "template.json", "-o", "prod.yaml")
    assert done.status == 0
    lines = (tmp_path / "prod.yaml").read_text("utf-8").splitlines()
    at = next(number for number, line in enumerate(lines, 1) if "insecure_registries" in line)
    assert f"prod.yaml:{at}:" in done.err
    assert "warning[JB0376]" in done.err
    strict = run("import", "magnum", "template.json", "--error-on", "security")
    assert strict.status == 3
    assert "error[JB0376]" in strict.err
    assert "kind: cluster\n" in strict.out


def test_a_spec_with_errors_is_written_with_them(run: Run, tmp_path: Path) -> None:
    (tmp_path / "cluster.json").write_text(json.dumps({**CLUSTER, "master_count": 2}), encoding="utf-8")
    done = run("import", "magnum", "template.json", "cluster.json", "-o", "prod.yaml")
    assert done.status == 3
    assert "error[JB0330]" in done.err
    assert "next:" not in done.err
    assert (tmp_path / "prod.yaml").exists()


@pytest.mark.parametrize(
    ("text", "code"),
    [("{", "JB0701"), ("[]", "JB0702"), ('"a"', "JB0702"), ("", "JB0701"), ("{}", "JB0702")],
)
def test_of_a_file_with_errors_nothing_is_written(text: str, code: str, run: Run, tmp_path: Path) -> None:
    (tmp_path / "template.json").write_text(text, encoding="utf-8")
    done = run("import", "magnum", "template.json", "-o", "prod.yaml")
    assert (done.status, done.out) == (3, "")
    assert f"template.json:1:{2 if text == '{' else 1}: error[{code}]" in done.err
    assert "help:" in done.err
    assert not (tmp_path / "prod.yaml").exists()


def test_both_files_that_are_not_there_are_told(run: Run) -> None:
    done = run("import", "magnum", "a.json", "b.json")
    assert done.status == 3
    assert done.err.count("error[JB0101]") == 2


def test_the_distro_may_be_another(run: Run) -> None:
    done = run("import", "magnum", "--distro", "ubuntu", "template.json")
    assert yaml.safe_load(done.out)["distro"] == "ubuntu"


def test_a_folder_that_is_not_there_is_told(run: Run) -> None:
    done = run("import", "magnum", "template.json", "-o", "no/prod.yaml")
    assert done.status == 1
    assert "no/prod.yaml" in done.err
