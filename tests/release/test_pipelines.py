"""Pipelines of GitHub, GitLab and Zuul: the files fit their schemas, and their scripts do what they say.

The scripts for repositories of clusters are run in one, with this checkout's `jeroboam`, and programs in the
place of pip, gh and curl that say what they were asked.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import jsonschema
import pytest
import yaml

from tests.support.cases import ROOT
from tests.support.day import DAY
from tests.support.shared_template import SHARED_TEMPLATE, cluster_of

pytestmark = pytest.mark.release
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yaml"))
SAY = '#!/bin/sh\n{{ echo "{name} $*"; cat diff.md 2>/dev/null || true; }} >> "$ASKED"\n'


class Job(NamedTuple):
    """The scripts of a pipeline that check, those that compare, and how what they found becomes a comment."""

    check: list[str]
    compare: list[str]
    shell: list[str]
    environment: dict[str, str]
    comment: Callable[[str, str], str]


def _yaml(path: str) -> list[Any]:
    return list(yaml.safe_load_all((ROOT / path).read_text(encoding="utf-8")))


def _github() -> Job:
    (workflow,) = _yaml(".github/workflows/clusters.yaml")
    runs = {
        name: [step["run"] for step in job["steps"] if "run" in step]
        for name, job in workflow["jobs"].items()
    }
    given = {"OUTPUT": "build", "ERROR_ON": "security", "GITHUB_BASE_REF": "main", "PULL_REQUEST": "7"}
    # As GitHub runs a step whose shell is bash.
    shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c"]
    return Job(
        runs["check"], runs["diff"], shell, given,
        lambda _, asked: asked.partition("gh pr comment 7 --body-file diff.md\n")[2],
    )  # fmt: skip


def _gitlab() -> Job:
    head, jobs = _yaml("templates/clusters.yml")
    defaults = {name: given.get("default") for name, given in head["spec"]["inputs"].items()}
    given = {
        "OUTPUT": defaults["output"], "ERROR_ON": defaults["error-on"],
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main", "CI_MERGE_REQUEST_IID": "7", "CI_PROJECT_ID": "3",
        "CI_API_V4_URL": "https://gitlab.example.com/api/v4", "JEROBOAM_TOKEN": "a-token",
    }  # fmt: skip
    # GitLab's runner gives a job's lines to one shell.
    scripts = {name: ["\n".join(job["script"])] for name, job in jobs.items()}
    return Job(
        scripts["jeroboam-check"], scripts["jeroboam-diff"], ["bash", "-eo", "pipefail", "-c"], given,
        lambda _, asked: asked.partition("/merge_requests/7/notes\n")[2],
    )  # fmt: skip


def _zuul() -> Job:
    ((job,),) = _yaml(".zuul.d/clusters.yaml")
    ((play,),) = _yaml(job["job"]["run"])
    given = {
        "OUTPUT": job["job"]["vars"]["jeroboam_output"], "ERROR_ON": job["job"]["vars"]["jeroboam_error_on"],
        "BASE": job["job"]["vars"]["jeroboam_base"],
    }  # fmt: skip
    scripts = [
        task["ansible.builtin.shell"]["cmd"] for task in play["tasks"] if "ansible.builtin.shell" in task
    ]
    assert (
        play["tasks"][-1]["zuul_return"]["data"]["zuul"]["warnings"]
        == "{{ jeroboam_diffs.stdout | from_json }}"
    )
    return Job(
        scripts[1:-1], scripts[-1:], ["bash", "-c"], given,
        lambda out, _: "".join(json.loads(out)),
    )  # fmt: skip


JOBS = {"github": _github, "gitlab": _gitlab, "zuul": _zuul}


class Repository:
    """A repository of clusters as a pipeline checks it out: a change, and its base as origin has it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "work/repo"
        self.asked = folder / "asked"
        self.asked.touch()
        programs = folder / "bin"
        programs.mkdir()
        for name in ("pip", "gh", "curl"):
            (programs / name).write_text(SAY.format(name=name), encoding="ascii")
            (programs / name).chmod(0o755)
        self.environment = {
            "PATH": f"{programs}:{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(folder), "ASKED": str(self.asked), "GIT_CONFIG_GLOBAL": os.devnull,
            "JEROBOAM": "a-wheel", "TMPDIR": str(folder), **DAY,
            **{f"GIT_{who}_NAME": "A" for who in ("AUTHOR", "COMMITTER")},
            **{f"GIT_{who}_EMAIL": "a@example.org" for who in ("AUTHOR", "COMMITTER")},
        }  # fmt: skip
        origin = folder / "origin"
        origin.mkdir()
        self.write("clusters/base.yaml", SHARED_TEMPLATE, origin)
        self.write("clusters/eu west/b.yaml", cluster_of("b", "../base.yaml"), origin)
        for words in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "a"]):
            self.run(["git", *words], origin)
        self.folder.parent.mkdir()
        self.run(["git", "clone", "-q", str(origin), str(self.folder)], folder)

    def write(self, path: str, text: str, folder: Path | None = None) -> None:
        written = (folder or self.folder) / path
        written.parent.mkdir(parents=True, exist_ok=True)
        written.write_text(text, encoding="utf-8")

    def run(
        self, words: list[str], folder: Path | None = None, more: Mapping[str, str] = MappingProxyType({})
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            words, cwd=folder or self.folder, env={**self.environment, **more},
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    def commit(self) -> None:
        self.run(["git", "add", "-A"])
        self.run(["git", "commit", "-q", "-m", "x"])


@pytest.mark.parametrize("name", JOBS)
def test_scripts_for_repositories_of_clusters_do_what_they_say(name: str, tmp_path: Path) -> None:
    job, repository = JOBS[name](), Repository(tmp_path)
    # What comes from a change is never part of a script.
    assert not any(mark in script for script in (*job.check, *job.compare) for mark in ("${{", "{{", "$[["))

    def run(scripts: list[str]) -> tuple[int, str]:
        said, ran = "", None
        for script in scripts:
            ran = repository.run([*job.shell, script], more=job.environment)
            said += ran.stdout + ran.stderr
            if ran.returncode:
                return ran.returncode, said
        return 0, ran.stdout if ran else ""

    spec = "clusters/eu west/b.yaml"
    repository.run(["jeroboam", "compile", spec])
    repository.write(
        "clusters/new.yaml", SHARED_TEMPLATE.replace("cluster_template", "cluster").replace("base", "new")
    )
    repository.run(["jeroboam", "compile", "clusters/new.yaml"])
    repository.commit()
    status, said = run(job.check)
    assert status == 0, said
    if name != "zuul":
        assert repository.asked.read_text().startswith("pip install a-wheel\n")
    # A template alone changes what is compiled.
    repository.write("clusters/base.yaml", SHARED_TEMPLATE.replace("m1.large", "m1.huge"))
    repository.commit()
    status, said = run(job.check)
    assert status != 0
    assert "build/b: differs from what the spec compiles to" in said
    assert "build/new" not in said
    # Of clusters that were there before, the comment says what becomes of them.
    repository.asked.write_text("")
    status, out = run(job.compare)
    assert status == 0, out
    comment = job.comment(out, repository.asked.read_text())
    assert comment.startswith("<!-- jeroboam diff b -->\n### `b`: ")
    assert comment.count("<!-- jeroboam diff") == 1
    assert "| `node_groups.default.flavor` | `m1.large` | `m1.huge` |" in comment
    # A mistake ends both.
    repository.write("clusters/base.yaml", SHARED_TEMPLATE.replace("flatcar", "flatcer"))
    repository.commit()
    repository.run(["git", "worktree", "remove", "--force", "../base"])
    status, said = run(job.check[: 2 if name == "github" else 1])
    assert status != 0
    assert "JB0204" in said + _report(repository)
    assert run(job.compare)[0] == 3


def _report(repository: Repository) -> str:
    report = repository.folder / "jeroboam.xml"
    return report.read_text(encoding="utf-8") if report.exists() else ""


def _vendored(name: str) -> Any:
    found = files("check_jsonschema.builtin_schemas") / "vendor" / name
    return json.loads(found.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_fit_githubs_schema(path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", path],
        check=True, capture_output=True,
    )  # fmt: skip


def test_the_component_fits_gitlabs_schema() -> None:
    schema = _vendored("gitlab-ci.json")
    for document in _yaml("templates/clusters.yml"):
        jsonschema.validate(document, schema)
    broken = {"jeroboam-check": {"script": ["true"], "artifacts": {"when": "sometimes"}}}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken, schema)


def _own_runs() -> Iterator[str]:
    for path in WORKFLOWS:
        (workflow,) = _yaml(str(path.relative_to(ROOT)))
        for job in workflow["jobs"].values():
            yield from (step["run"] for step in job.get("steps", ()) if "run" in step)


def test_scripts_are_shell_and_what_they_call_is_there() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    scripts = [*_own_runs(), *(s for job in JOBS.values() for s in (*job().check, *job().compare))]
    for script in scripts:
        assert "${{" not in script
        done = subprocess.run(
            [Path(sys.executable).parent / "shellcheck", "--shell=bash", "-"],
            input=script, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout
        for target in re.findall(r"^make ([a-z-]+)", script, re.MULTILINE):
            assert re.search(rf"^{target}:", makefile, re.MULTILINE)
        for program in re.findall(r"^\.ci/\w+", script, re.MULTILINE):
            assert os.access(ROOT / program, os.X_OK)


def test_the_page_names_what_they_take() -> None:
    page = (ROOT / "docs/pipelines.md").read_text(encoding="utf-8")
    blocks = [yaml.safe_load(b) for b in re.findall(r"^```yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)]
    (caller,) = (b["jobs"]["clusters"] for b in blocks if isinstance(b, dict) and "jobs" in b)
    (workflow,) = _yaml(".github/workflows/clusters.yaml")
    # YAML reads the key `on` as true.
    assert set(caller["with"]) <= set(workflow[True]["workflow_call"]["inputs"])
    assert caller["uses"].partition("@")[0].endswith("/.github/workflows/clusters.yaml")
    assert caller["permissions"] == workflow["jobs"]["diff"]["permissions"]
    (included,) = (b["include"] for b in blocks if isinstance(b, dict) and "include" in b)
    assert set(included[0]["inputs"]) <= set(_yaml("templates/clusters.yml")[0]["spec"]["inputs"])
    (project,) = (b[0]["project"] for b in blocks if isinstance(b, list) and "project" in b[0])
    ((job,),) = _yaml(".zuul.d/clusters.yaml")
    assert list(project["check"]["jobs"][0]) == [job["job"]["name"]]
