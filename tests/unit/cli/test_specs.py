"""`init`, `validate`, `show`, `schema` and `explain`."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from jeroboam.diagnostics import CODES
from jeroboam.pipeline import plan_spec
from jeroboam.spec.explain import _flow
from jeroboam.spec.phrases import paths
from jeroboam.spec.schema import composed
from tests.support.cases import CASES, Case
from tests.unit.cli.running import SPEC, Run

COES = composed()["properties"]["coe"]["enum"]
DISTROS = [name for name in composed()["properties"]["distro"]["enum"] if name != "coreos"]


class TestInit:
    @pytest.mark.parametrize("coe", COES)
    @pytest.mark.parametrize("distro", DISTROS)
    def test_every_starter_is_valid(self, coe: str, distro: str, run: Run) -> None:
        assert run("init", "--coe", coe, "--distro", distro).status == 0
        done = run("validate", "cluster.yaml")
        assert done.status == 0, done.out
        # What is said is about the choice of COE, distro and network, not about how the starter was written.
        assert set(re.findall(r" at (/\S*)", done.out)) <= {"/coe", "/distro", "/container_network/driver"}
        found = yaml.safe_load(Path("cluster.yaml").read_text(encoding="utf-8"))
        assert (found["coe"], found["distro"], found["name"]) == (coe, distro, "cluster")
        # Its nodes get as far as they can on current images of the distro, and an editor has nothing to say.
        assert "warning" not in done.out
        assert [error.message for error in Draft202012Validator(composed()).iter_errors(found)] == []
        # What the YAML language server takes for the name of a schema, in whatever line it stands.
        text = Path("cluster.yaml").read_text(encoding="utf-8")
        assert re.findall(r"^#\s+(?:yaml-language-server\s*:|\$schema:)", text, re.M) == []

    def test_the_usual_one_compiles_and_says_what_to_change(self, run: Run) -> None:
        done = run("init", "prod.yaml")
        assert (done.status, done.out) == (0, "")
        assert "jeroboam compile prod.yaml" in done.err
        assert run("compile", "prod.yaml").status == 0
        assert Path("build/prod/prod.hot.yaml").exists()
        text = Path("prod.yaml").read_text(encoding="utf-8")
        for subject in ("image", "keypair", "external_network", "flavor", "ssh_allowed_cidrs"):
            before = text[: text.index(f"{subject}:")]
            assert "CHANGE" in before[-600:], subject
        assert max(map(len, text.splitlines())) <= 110

    @pytest.mark.parametrize("coe", COES)
    def test_what_is_commented_out_names_properties_too(self, coe: str, run: Run) -> None:
        text = run("init", "--coe", coe, "-").out
        names = re.findall(r"^\s*#\s+([a-z_]+):(?:\s|$)", text, re.MULTILINE)
        assert len(names) > 20
        known = {path.rpartition(".")[2] for path in paths()}
        assert set(names) - known == set()

    def test_a_file_is_overwritten_only_by_force(self, run: Run) -> None:
        Path("cluster.yaml").write_text("mine", encoding="utf-8")
        done = run("init")
        assert (done.status, done.out) == (1, "")
        assert "--force" in done.err
        assert Path("cluster.yaml").read_text(encoding="utf-8") == "mine"
        assert run("init", "--force").status == 0
        assert "spec_version: 1" in Path("cluster.yaml").read_text(encoding="utf-8")

    def test_standard_output(self, run: Run) -> None:
        done = run("init", "-")
        assert (done.status, done.err) == (0, "")
        assert yaml.safe_load(done.out)["name"] == "my-cluster"
        assert run("validate", "-", stdin=done.out).status == 0

    @pytest.mark.parametrize(
        ("file", "name"),
        [
            ("prod.yaml", "prod"),
            ("PROD.yaml", "prod"),
            ("My_Prod.v2.yaml", "my-prod-v2"),
            ("-prod-.yaml", "prod"),
            (f"{'p' * 39}-prod.yaml", "p" * 39),
            ("Ünï.yaml", "n"),
            ("ßé.yaml", "my-cluster"),
        ],
    )
    def test_the_cluster_is_named_after_its_file(self, file: str, name: str, run: Run) -> None:
        assert run("init", "--", file).status == 0
        text = Path(file).read_text(encoding="utf-8")
        assert yaml.safe_load(text)["name"] == name
        assert f"-e {name}.secrets.yaml" in text
        assert ("my-cluster" in text) == (name == "my-cluster")
        assert run("validate", "--", file).status == 0

    def test_a_folder_that_is_not_there(self, run: Run) -> None:
        done = run("init", "nowhere/cluster.yaml")
        assert (done.status, done.out) == (1, "")
        assert done.err.startswith("error: cannot write 'nowhere/cluster.yaml': ")


class TestValidate:
    def test_a_right_spec(self, run: Run, spec: Path) -> None:
        done = run("validate", spec)
        assert done.status == 0
        assert "demo.yaml:" in done.err

    def test_findings_are_the_result(self, run: Run, bad: Path, spec: Path) -> None:
        done = run("validate", bad, spec)
        assert done.status == 3
        assert "bad.yaml:7:1: error[JB0201]: unknown property 'key_pair'" in done.out
        assert "error[JB02" not in done.err
        assert "bad.yaml: 2 errors" in done.err

    def test_json(self, run: Run, bad: Path) -> None:
        done = run("validate", "--format", "json", bad)
        assert done.status == 3
        found = [item for item in json.loads(done.out) if item["severity"] == "error"]
        assert [item["pointer"] for item in found] == ["/key_pair", "/masters/count"]
        assert found[0]["span"]["start"] == {"line": 7, "column": 1}

    def test_json_of_nothing_is_an_empty_list(self, run: Run) -> None:
        done = run("validate", "--format", "json", "-", stdin=SPEC)
        assert (done.status, json.loads(done.out)) == (0, [])

    def test_sarif(self, run: Run, bad: Path) -> None:
        done = run("validate", "--format", "sarif", bad)
        assert done.status == 3
        log = json.loads(done.out)
        assert log["version"] == "2.1.0"
        assert {result["level"] for result in log["runs"][0]["results"]} >= {"error"}

    def test_github(self, run: Run, bad: Path) -> None:
        done = run("validate", "--format", "github", bad)
        assert done.status == 3
        assert "::error file=bad.yaml,line=7,col=1," in done.out

    def test_a_template_is_judged_for_what_it_holds(self, run: Run) -> None:
        template = "spec_version: 1\nkind: cluster_template\nname: base\ncoe: kubernetes\n"
        assert run("validate", "-", stdin=template).status == 0
        assert run("validate", "-", stdin=template + "oops: 1\n").status == 3

    def test_what_a_shared_template_causes_is_told_once(self, run: Run) -> None:
        template = SPEC.replace("kind: cluster", "kind: cluster_template") + "oops: 1\n"
        Path("base.yaml").write_text(template, encoding="utf-8")
        for name in ("a", "b"):
            head = f"spec_version: 1\nkind: cluster\nname: {name}\ntemplate: base.yaml\n"
            Path(f"{name}.yaml").write_text(head, encoding="utf-8")
        done = run("validate", "a.yaml", "b.yaml")
        assert done.status == 3
        assert done.out.count("unknown property 'oops'") == 1

    @pytest.mark.parametrize("raw", [b"", b"\xff\xfe", b"a: [", b"- 1\n", b"x" * 2_000_000])
    def test_rubbish(self, raw: bytes, run: Run) -> None:
        done = run("validate", "-", stdin=raw)
        assert done.status == 3
        assert "<stdin>" in done.out


class TestShow:
    def test_yaml_and_json_say_the_same(self, run: Run, spec: Path) -> None:
        as_yaml, as_json = run("show", spec), run("show", "--format", "json", spec)
        told = json.loads(as_json.out)
        installs = told.pop("installs")
        assert yaml.safe_load(as_yaml.out) == told
        comments = yaml.safe_load(re.sub("^# ?", "", as_yaml.out.partition("# What is")[2], flags=re.M)[12:])
        assert comments == installs
        assert json.loads(as_json.out)["network"]["cidr"] == "10.0.0.0/24"

    def test_what_is_shown_compiles_to_the_same(self, run: Run, spec: Path) -> None:
        for more in ("", "kubernetes: {addons: {metrics_server: {enabled: true}}}\n"):
            spec.write_text(SPEC + more, encoding="utf-8")
            shown = run("show", spec).out
            assert run("compile", "-o", "-", "-", stdin=shown).out == run("compile", "-o", "-", spec).out

    @pytest.mark.parametrize("case", [case for case in CASES if case.distro == "ubuntu"], ids=str)
    def test_every_version_that_is_installed_is_filled_in(self, case: Case, run: Run) -> None:
        """No version is left to the release, and no image that nodes are told of is left out."""
        told = json.loads(run("show", "--format", "json", case.spec).out)
        assert re.fullmatch(r"\d+\.\d+\.\d+(-.*)?", told["coe_version"])
        addons = told.get("kubernetes", {}).get("addons", {}).values()
        assert all(it["version"] for it in addons if it.get("enabled"))
        model = plan_spec(str(case.spec)).value
        assert model is not None
        files = [file for role in model.roles for file in role.config.files]
        tables = [file.content for file in files if file.path.endswith(("/artifacts.list", "/restore.list"))]
        listed = {(line.split()[0], line.split()[1]) for table in tables for line in table.splitlines()}
        assert listed == set(told["installs"]["downloads"].items())
        text = "".join(f"{file.content}\n" for file in files)
        images = set(told["installs"]["images"].values())
        used = set(re.findall(r"^ *(?:- )?image: \"?([^\s\"]+)\"?$", text, re.M))
        own = "".join(file.text for file in model.spec.files.values())
        assert {image for image in used if image not in own} <= images
        if case.coe == "kubernetes":
            assert any(name.endswith(f"/kube-apiserver:v{told['coe_version']}") for name in images)

    def test_errors(self, run: Run, bad: Path) -> None:
        done = run("show", bad)
        assert (done.status, done.out) == (3, "")
        assert "error[JB0201]" in done.err


def test_schema(run: Run) -> None:
    done = run("schema")
    assert (done.status, done.err) == (0, "")
    assert json.loads(done.out) == composed()


@pytest.mark.parametrize(
    "name", [(), ("network",), ("node_groups.retired",), ("kubernetes.addons.cinder_csi",)]
)
def test_explain(name: tuple[str, ...], run: Run) -> None:
    done = run("explain", *name)
    assert (done.status, done.err) == (0, "")
    assert done.out.endswith("\n")
    assert not name or done.out.startswith(name[0])


@pytest.mark.parametrize(
    ("asked", "begins"),
    [
        ("/node_groups/0/retired", "node_groups.retired\n"),
        ("/node_groups/12", "node_groups\n"),
        ("node_groups[0].flavor", "node_groups.flavor\n"),
        ("node_groups[].flavor", "node_groups.flavor\n"),
        ("/network/external_network", "network.external_network\n"),
        ("/masters/server_metadata/example.org~1owner", "masters.server_metadata\n"),
        ("JB0206", "JB0206: version without quotes\n"),
        ("jb0306", "JB0306: "),
        ("volume type", "Properties with 'volume type'\n"),
        ("autoscaling", "Properties with 'autoscaling'\n"),
    ],
)
def test_explain_takes_what_people_have_at_hand(asked: str, begins: str, run: Run) -> None:
    """Pointers and codes as findings print them, and words."""
    done = run("explain", *asked.split())
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith(begins)


def test_every_code_can_be_explained(run: Run) -> None:
    for code, entry in CODES.items():
        shown = run("explain", code).out
        assert shown.startswith(f"{code}: {entry.title}\n")
        assert " ".join(entry.hint.split()) in " ".join(shown.split())


@pytest.mark.parametrize("asked", ["network.mtuu", "/network/0/mtuu", "JB9999", "xyzzy"])
def test_what_nothing_is_about_cannot_be_explained(asked: str, run: Run) -> None:
    done = run("explain", asked)
    assert (done.status, done.out) == (2, "")
    assert asked in done.err.replace("\n", "")


@pytest.mark.parametrize("name", list(paths()))
def test_an_example_is_what_the_property_takes(name: str, run: Run) -> None:
    """Of its own subschema, and in the YAML that `explain` prints of the same type still."""
    schema = paths()[name]
    rooted = {**schema, "$defs": composed()["$defs"]}
    for example in schema.get("examples", ()):
        assert [error.message for error in Draft202012Validator(rooted).iter_errors(example)] == []
        assert yaml.safe_load(f"it: {_flow(example)}") == {"it": example}
    shown = " ".join(run("explain", name).out.split())
    assert all(f" {name.rpartition('.')[2]}: {_flow(it)}" in shown for it in schema.get("examples", ())[:1])
