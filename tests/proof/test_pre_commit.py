"""The hooks of .pre-commit-hooks.yaml, run by pre-commit itself in a repository of many clusters."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from tests.support.cases import ROOT
from tests.support.day import DAY
from tests.support.shared_template import cluster_of

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("pre-commit")]
VALIDATE, CHECK = "jeroboam-validate", "jeroboam-check-compiled"
TEMPLATE = """\
spec_version: 1
kind: cluster_template
name: {name}
coe: {coe}
distro: {distro}
image: an-image
keypair: ops
network: {{external_network: public, api_allowed_cidrs: [192.0.2.0/24]}}
masters: {{flavor: m1.medium}}
node_groups: [{{name: default, flavor: m1.large}}]
"""
TEMPLATES = {
    "shared/kubernetes/base.yaml": TEMPLATE.format(name="base", coe="kubernetes", distro="ubuntu"),
    "shared/swarm.yml": TEMPLATE.format(name="swarm", coe="swarm", distro="flatcar"),
    # Made from the first: what changes there reaches its clusters over two links.
    "teams/apps/hardened.yaml": """\
spec_version: 1
kind: cluster_template
name: hardened
template: ../../shared/kubernetes/base.yaml
hooks: {pre_bootstrap: [scripts/harden.sh]}
""",
}
FOLDERS = {
    "teams/web/prod": "../../../shared/kubernetes/base.yaml",
    "teams/data": "../../shared/swarm.yml",
    "teams/apps/eu/west": "../../hardened.yaml",
}
CLUSTERS = {
    f"{folder}/{folder.split('/')[1]}-{number}.yaml": cluster_of(f"{folder.split('/')[1]}-{number}", template)
    for folder, template in FOLDERS.items()
    for number in range(10)
}
OTHERS = {
    "README.md": "# Clusters\n",
    "teams/apps/scripts/harden.sh": "#!/bin/sh\nset -eu\n",
    # Whatever else is YAML: of the Cluster API, of Heat, a list, and not even YAML.
    "other/capi.yaml": "apiVersion: cluster.x-k8s.io/v1beta1\nkind: Cluster\nmetadata: {name: a}\n",
    "other/stack.yaml": "heat_template_version: 2018-08-31\nresources: {}\n",
    "other/list.yml": "- kind: cluster\n- spec_version: 1\n",
    "other/broken.yaml": "values: {kind: cluster,\n",
}


class Ran(NamedTuple):
    """How pre-commit ended, which hooks failed, and the specs that the validating one looked at."""

    status: int
    failed: set[str]
    looked_at: set[str]
    out: str


class Repository:
    """A Git repository with the hooks, as somebody commits to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, path: str, text: str) -> None:
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")

    def replace(self, path: str, old: str, new: str) -> None:
        text = (self.folder / path).read_text(encoding="utf-8")
        assert old in text
        self.write(path, text.replace(old, new))

    def git(self, *words: str) -> None:
        subprocess.run(["git", *words], cwd=self.folder, env=_environment(self.folder), check=True)

    def compile(self, *specs: str) -> None:
        program = Path(sys.executable).parent / "jeroboam"
        subprocess.run([program, "compile", *specs], cwd=self.folder, check=True, capture_output=True)

    def commits(self, *words: str) -> Ran:
        """What pre-commit says to what is staged, or to all files."""
        done = subprocess.run(
            [sys.executable, "-m", "pre_commit", "run", "--verbose", "--color", "never", *words],
            cwd=self.folder,
            env=_environment(self.folder),
            capture_output=True,
            text=True,
            timeout=120,
        )
        sections = re.split(r"^- hook id: ", done.stdout, flags=re.MULTILINE)[1:]
        assert [section.split("\n")[0] for section in sections] == [VALIDATE, CHECK], done
        assert "Skipped" not in done.stdout
        failed = {s.split("\n")[0] for s in sections if "\n- exit code: " in s}
        looked_at = set(re.findall(r"^(\S+\.ya?ml): (?:valid|\d)", sections[0], re.MULTILINE))
        return Ran(done.returncode, failed, looked_at, done.stdout)


def _environment(home: Path) -> dict[str, str]:
    return {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(home.parent),
        "PRE_COMMIT_HOME": str(home.parent / "pre-commit"),
        "GIT_CONFIG_NOSYSTEM": "1",
        **{f"GIT_{who}_NAME": "A" for who in ("AUTHOR", "COMMITTER")},
        **{f"GIT_{who}_EMAIL": "a@example.org" for who in ("AUTHOR", "COMMITTER")},
        # No proxy or index is there to download anything from.
        "PIP_NO_INDEX": "1",
        **DAY,
    }


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    repository = Repository(tmp_path_factory.mktemp("hooks") / "clusters")
    for path, text in {**TEMPLATES, **CLUSTERS, **OTHERS}.items():
        repository.write(path, text)
    repository.git("init", "--quiet")
    repository.compile(*CLUSTERS)
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    # As shipped, save that what runs is the program of these tests.
    local = {"repo": "local", "hooks": [{**hook, "language": "system"} for hook in hooks]}
    repository.write(".pre-commit-config.yaml", yaml.safe_dump({"repos": [local]}, sort_keys=False))
    repository.git("add", "--all")
    repository.git("commit", "--quiet", "-m", "clusters")
    return repository


@pytest.fixture
def repository(made: Repository) -> Repository:
    made.git("reset", "--quiet", "--hard")
    made.git("clean", "--quiet", "-fd")
    return made


def test_a_clean_repository_passes_and_every_spec_is_looked_at(repository: Repository) -> None:
    assert len(CLUSTERS) == 30
    ran = repository.commits("--all-files")
    assert (ran.status, ran.failed) == (0, set())
    assert ran.looked_at == {*TEMPLATES, *CLUSTERS}


def test_a_broken_spec_is_caught(repository: Repository) -> None:
    path = "teams/web/prod/web-4.yaml"
    repository.write(path, CLUSTERS[path] + "networks: {}\n")
    repository.git("add", "--all")
    ran = repository.commits()
    assert (ran.status, ran.failed, ran.looked_at) == (1, {VALIDATE, CHECK}, {path})
    assert f"{path}:5:1: error[JB0201]: unknown property 'networks'" in ran.out


def test_a_spec_that_is_no_yaml_is_caught(repository: Repository) -> None:
    broken = {
        "teams/data/data-0.yaml": "spec_version: 1\nkind: cluster\n\tname: a\n",
        "teams/web/prod/web-0.yaml": "kind: cluster\nname: [\n",
    }
    for path, text in broken.items():
        repository.write(path, text)
    repository.git("add", "--all")
    ran = repository.commits()
    assert (ran.status, ran.failed, ran.looked_at) == (1, {VALIDATE, CHECK}, {*broken})


def test_a_broken_template_is_caught_where_it_is_broken(repository: Repository) -> None:
    repository.replace("shared/swarm.yml", "distro: flatcar", "distro: flatcer")
    repository.git("add", "--all")
    ran = repository.commits()
    assert (ran.status, ran.failed) == (1, {VALIDATE, CHECK})
    assert "shared/swarm.yml:5:9: error[JB0204]: 'flatcer' is not a value of 'distro'" in ran.out
    assert ran.looked_at == {"shared/swarm.yml", *(path for path in CLUSTERS if "/data/" in path)}


def test_what_a_template_alone_makes_outdated_is_caught(repository: Repository) -> None:
    repository.replace("shared/kubernetes/base.yaml", "m1.large", "m1.xlarge")
    repository.git("add", "--all")
    ran = repository.commits()
    assert (ran.status, ran.failed) == (1, {CHECK})
    outdated = set(re.findall(r"^(build/\S+): differs from what the spec compiles to", ran.out, re.MULTILINE))
    assert outdated == {f"build/{team}-{number}" for team in ("web", "apps") for number in range(10)}


def test_what_a_script_alone_makes_outdated_is_caught(repository: Repository) -> None:
    repository.write("teams/apps/scripts/harden.sh", "#!/bin/sh\nset -eu\necho hardened\n")
    repository.git("add", "--all")
    ran = repository.commits()
    assert (ran.status, ran.failed) == (1, {CHECK})
    concerned = {path for path in CLUSTERS if "/apps/" in path}
    assert ran.looked_at == {"teams/apps/hardened.yaml", *concerned}


def test_a_template_that_is_removed_or_renamed_is_missed(repository: Repository) -> None:
    repository.git("rm", "--quiet", "teams/apps/hardened.yaml")
    ran = repository.commits()
    assert (ran.status, ran.failed) == (1, {VALIDATE, CHECK})
    assert ran.looked_at == {path for path in CLUSTERS if "/apps/" in path}
    repository.git("reset", "--quiet", "--hard")
    repository.git("mv", "shared/swarm.yml", "shared/docker.yml")
    ran = repository.commits()
    assert (ran.status, ran.failed) == (1, {VALIDATE, CHECK})
    assert ran.looked_at == {"shared/docker.yml", *(path for path in CLUSTERS if "/data/" in path)}


def test_an_output_that_is_edited_by_hand_is_caught(repository: Repository) -> None:
    repository.replace("build/web-7/web-7.hot.yaml", "m1.large", "m1.small")
    repository.git("add", "--all")
    ran = repository.commits()
    assert (ran.status, ran.failed) == (1, {CHECK})
    assert re.findall(r"^(build/\S+): differs", ran.out, re.MULTILINE) == ["build/web-7"]


def test_what_is_no_spec_is_left_alone(repository: Repository) -> None:
    others = {path: text for path, text in OTHERS.items() if not path.endswith(".sh")}
    for path, text in others.items():
        repository.write(path, text + "# changed\n")
    repository.git("add", "--all")
    ran = repository.commits()
    assert (ran.status, ran.failed, ran.looked_at) == (0, set(), set())


def test_a_spec_and_what_it_compiles_to_are_committed_together(repository: Repository) -> None:
    path = "teams/web/prod/web-4.yaml"
    repository.write(path, CLUSTERS[path] + "node_groups: [{name: default, count: 2}]\n")
    repository.compile(path)
    repository.git("add", "--all")
    ran = repository.commits()
    assert (ran.status, ran.failed, ran.looked_at) == (0, set(), {path})


def test_the_page_shows_these_hooks() -> None:
    page = (ROOT / "docs/pipelines.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```yaml\n(repos:\n.*?)^```", page, re.MULTILINE | re.DOTALL)
    (installed,), (local,) = (yaml.safe_load(block)["repos"] for block in blocks)
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert installed["hooks"] == [{"id": hook["id"]} for hook in hooks]
    shown = [{**hook, "language": "system"} for hook in hooks]
    assert local["hooks"] == [{k: v for k, v in hook.items() if k != "description"} for hook in shown]
