"""`secrets`: the file on disk, its permissions, what is said, and that nothing secret is."""

from __future__ import annotations

import os
import re
import stat
import subprocess
from base64 import b64decode
from pathlib import Path

import pytest
import yaml

from tests.support.secrets_file import plain
from tests.unit.cli.running import SPEC, Done, Run

CLOUD = SPEC + "kubernetes: {addons: {cinder_csi: {enabled: true}}}\n"
CREDENTIAL = '{"id": "0123abcd", "name": "demo", "secret": "correct horse", "project_id": "p"}'
FILE = Path("demo.secrets.yaml")


def values(path: Path = FILE) -> dict[str, str]:
    environment = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert set(environment) == {"parameters"}
    return plain(path.read_text(encoding="utf-8"))


def assert_silent(done: Done, *more: str) -> None:
    """No message holds a secret, encoded or not."""
    for value in values().values():
        assert value not in done.out + done.err
        plain = b64decode(value)
        assert len(plain) < 5 or plain.decode("latin-1") not in done.out + done.err
    assert not [text for text in more if text in done.out + done.err]


def test_a_private_file_with_what_the_template_asks_for(run: Run, spec: Path) -> None:
    old = os.umask(0)
    try:
        done = run("secrets", spec)
    finally:
        os.umask(old)
    assert (done.status, done.out) == (0, "")
    assert stat.S_IMODE(FILE.stat().st_mode) == 0o600
    assert [path.name for path in Path().iterdir() if path.name.startswith(".")] == []
    assert_silent(done)
    run("compile", spec)
    template = yaml.safe_load(Path("build/demo/demo.hot.yaml").read_text(encoding="utf-8"))
    hidden = {name for name, parameter in template["parameters"].items() if parameter.get("hidden")}
    assert set(values()) == hidden
    assert all("default" not in template["parameters"][name] for name in hidden)


def test_openssl_reads_certificates_and_keys(run: Run, spec: Path) -> None:
    run("secrets", spec)
    for name, value in values().items():
        pem = b64decode(value)
        if name.endswith("_ca_cert"):
            shown = subprocess.run(["openssl", "x509", "-noout", "-text"], input=pem, capture_output=True)
            assert b"CA:TRUE" in shown.stdout
        elif name.endswith("_ca_key"):
            assert (
                subprocess.run(["openssl", "pkey", "-noout"], input=pem, capture_output=True).returncode == 0
            )


def test_no_two_files_are_alike(run: Run, spec: Path) -> None:
    run("secrets", spec)
    run("secrets", spec, "-o", "other.yaml")
    assert not set(values().values()) & set(values(Path("other.yaml")).values())


def test_the_second_time_nothing_is_written(run: Run, spec: Path) -> None:
    run("secrets", spec)
    before = FILE.stat().st_mtime_ns, FILE.read_bytes()
    done = run("secrets", spec)
    assert done.status == 0
    assert "nothing was changed" in done.err
    assert (FILE.stat().st_mtime_ns, FILE.read_bytes()) == before


def test_what_the_spec_newly_needs_is_added(run: Run, spec: Path) -> None:
    spec.write_text(SPEC + "kubernetes: {encrypt_secrets: false}\n", encoding="utf-8")
    run("secrets", spec)
    before = values()
    spec.write_text(SPEC, encoding="utf-8")
    done = run("secrets", spec)
    assert done.status == 0
    assert "added 'encryption_key'" in done.err
    assert_silent(done)
    assert {name: value for name, value in values().items() if name != "encryption_key"} == before


def test_what_the_template_lacks_is_pointed_out(run: Run, spec: Path) -> None:
    run("secrets", spec)
    FILE.write_text(FILE.read_text(encoding="utf-8") + "  leftover: abc\n", encoding="utf-8")
    assert "note: 'leftover' in 'demo.secrets.yaml'" in run("secrets", spec).err


def test_lines_of_keypairs_that_were_edited_are_put_right(run: Run, spec: Path) -> None:
    run("secrets", spec)
    right = FILE.read_text(encoding="utf-8")
    FILE.write_text(right.replace("jeroboam-demo-master", "mine"), encoding="utf-8")
    assert "'master_keypair' named no keypair that opens its values; corrected" in run("secrets", spec).err
    assert FILE.read_text(encoding="utf-8") == right


def test_a_file_of_another_cluster_is_refused(run: Run, spec: Path) -> None:
    run("secrets", spec)
    held = FILE.read_bytes()
    other = Path("other.yaml")
    other.write_text(SPEC.replace("name: demo", "name: other"), encoding="utf-8")
    for command in (("secrets", "-o"), ("keypairs", "-o", "keys", "--secrets")):
        done = run(*command, FILE, other)
        assert done.status == 1
        assert "holds the secrets of the cluster 'demo', and this one is 'other'" in done.err
    assert FILE.read_bytes() == held
    assert not Path("keys").exists()


def test_rotation(run: Run, spec: Path) -> None:
    spec.write_text(CLOUD, encoding="utf-8")
    run("secrets", spec, "--from", "-", stdin=CREDENTIAL)
    FILE.chmod(0o644)
    before = values()
    done = run("secrets", spec, "--rotate", "--even-if-deployed", "--yes")
    assert done.status == 0
    assert "A running cluster keeps its old values" in done.err
    assert r"\n" not in done.err
    assert_silent(done)
    kept = {name for name in before if values()[name] == before[name]}
    assert kept == {"application_credential_id", "application_credential_secret"}
    assert stat.S_IMODE(FILE.stat().st_mode) == 0o600


def test_a_file_that_others_can_read_is_pointed_out(run: Run, spec: Path) -> None:
    run("secrets", spec)
    FILE.chmod(0o640)
    assert "chmod 600 demo.secrets.yaml" in run("secrets", spec).err


def test_standard_output(run: Run, spec: Path) -> None:
    done = run("secrets", "-o", "-", "-", stdin=SPEC)
    assert done.status == 0
    assert not FILE.exists()
    assert set(yaml.safe_load(done.out)) == {"parameters"}


def test_a_link_is_followed(run: Run, spec: Path) -> None:
    Path("safe").mkdir()
    FILE.symlink_to("safe/prod.yaml")
    assert run("secrets", spec).status == 0
    assert FILE.is_symlink()
    assert values(Path("safe/prod.yaml"))


class TestGiven:
    def test_without_them_nothing_is_written(self, run: Run, spec: Path) -> None:
        spec.write_text(CLOUD, encoding="utf-8")
        done = run("secrets", spec)
        assert (done.status, done.out) == (1, "")
        assert "'application_credential_id', 'application_credential_secret'" in done.err
        assert "\n  = created by `openstack application credential create" in done.err
        assert r"\n" not in done.err
        assert "jeroboam secrets demo.yaml --from FILE" in done.err
        assert not FILE.exists()

    def test_openstacks_output(self, run: Run, spec: Path) -> None:
        spec.write_text(CLOUD, encoding="utf-8")
        Path("credential.json").write_text(CREDENTIAL, encoding="utf-8")
        done = run("secrets", spec, "--from", "credential.json")
        assert done.status == 0
        assert_silent(done, "correct horse", "0123abcd")
        assert b64decode(values()["application_credential_id"]) == b"0123abcd"
        assert b64decode(values()["application_credential_secret"]) == b"correct horse"
        assert run("secrets", spec).status == 0

    def test_they_can_be_replaced_alone(self, run: Run, spec: Path) -> None:
        spec.write_text(CLOUD, encoding="utf-8")
        run("secrets", spec, "--from", "-", stdin=CREDENTIAL)
        before = values()
        done = run("secrets", spec, "--from", "-", stdin=CREDENTIAL.replace("correct", "another"))
        assert "replaced 'application_credential_secret'" in done.err
        assert {n for n in before if values()[n] != before[n]} == {"application_credential_secret"}

    @pytest.mark.parametrize("text", ["", "[]", "{", "{}", '{"id": 12}', "\x00"])
    def test_rubbish(self, text: str, run: Run, spec: Path) -> None:
        spec.write_text(CLOUD, encoding="utf-8")
        done = run("secrets", spec, "--from", "-", stdin=text)
        assert (done.status, done.out) == (1, "")
        assert done.err.startswith("error: '-': ")
        assert not FILE.exists()


@pytest.mark.parametrize("content", [SPEC, "", "\x00", "parameters: {cluster_ca_key: QUJD}\n"])
@pytest.mark.parametrize("option", [[], ["--rotate", "--even-if-deployed", "--yes"]])
def test_a_file_of_another_kind_is_never_overwritten(
    content: str, option: list[str], run: Run, spec: Path
) -> None:
    FILE.write_text(content, encoding="utf-8")
    done = run("secrets", spec, *option)
    assert (done.status, done.out) == (1, "")
    assert re.match(r"error: 'demo\.secrets\.yaml': ", done.err)
    assert FILE.read_text(encoding="utf-8") == content


@pytest.mark.parametrize("content", ["", "\n", "# all that a full disk left\n"])
@pytest.mark.parametrize("command", [["secrets", "demo.yaml"], ["keypairs", "demo.yaml"]])
def test_a_file_that_lost_its_content_is_a_damaged_one(
    content: str, command: list[str], run: Run, spec: Path
) -> None:
    """Else its cluster would get a second CA, which none of its nodes knows."""
    FILE.write_text(content, encoding="utf-8")
    done = run(*command)
    assert done.status == 1
    assert "'demo.secrets.yaml': exists and is empty" in done.err
    assert "restore it from its safe copy" in done.err
    assert FILE.read_text(encoding="utf-8") == content


class TestBesideTheSpec:
    """Where the file is does not depend on the folder that a command is run in."""

    PLACE = Path("clusters/demo.secrets.yaml")

    @pytest.fixture(autouse=True)
    def _nested(self, spec: Path, tmp_path: Path) -> None:
        (tmp_path / "clusters").mkdir()
        (tmp_path / spec).rename(tmp_path / "clusters" / spec)

    def test_it_is_made_and_found_there(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        done = run("secrets", "clusters/demo.yaml")
        assert "clusters/demo.secrets.yaml: " in done.err
        before = self.PLACE.read_bytes()
        monkeypatch.chdir("clusters")
        assert "complete; nothing was changed" in run("secrets", "demo.yaml").err
        monkeypatch.chdir("..")
        assert run("secrets", "./clusters/../clusters/demo.yaml").status == 0
        assert self.PLACE.read_bytes() == before
        assert sorted(Path().rglob("*.secrets.yaml")) == [self.PLACE]
        done = run("compile", "clusters/demo.yaml")
        assert "-e clusters/demo.secrets.yaml " in done.err
        assert "first: " not in done.err
        done = run("credentials", "clusters/demo.yaml", "--address", "192.0.2.7", "--no-verify")
        assert done.status == 0, done.err
        done = run("keypairs", "clusters/demo.yaml", "-o", "keys")
        assert "clusters/demo.secrets.yaml" not in done.err

    def test_one_of_an_earlier_version_is_used_and_no_second_one_made(self, run: Run) -> None:
        run("secrets", "-", stdin=SPEC)
        before = FILE.read_bytes()
        done = run("secrets", "clusters/demo.yaml")
        assert "note: 'demo.secrets.yaml' in this folder is used; beside the spec it is found" in done.err
        assert "mv demo.secrets.yaml clusters/demo.secrets.yaml" in done.err
        assert FILE.read_bytes() == before
        assert not self.PLACE.exists()
        FILE.rename(self.PLACE)
        FILE.write_bytes(b"")
        done = run("secrets", "clusters/demo.yaml")
        assert (done.status, self.PLACE.read_bytes()) == (0, before)
        assert "'demo.secrets.yaml' in this folder is not" in done.err

    def test_one_that_is_named_is_used(self, run: Run) -> None:
        assert run("secrets", "clusters/demo.yaml", "-o", "mine.yaml").status == 0
        assert not self.PLACE.exists()
        assert Path("mine.yaml").exists()


class TestGit:
    """A secrets file in a repository."""

    @staticmethod
    def git(*words: str) -> None:
        command = ["git", "-c", "user.name=a", "-c", "user.email=a@example.com", *words]
        subprocess.run(command, check=True, capture_output=True)

    def test_one_that_git_would_take(self, run: Run, spec: Path) -> None:
        assert "git" not in run("secrets", spec, "-o", "outside.secrets.yaml").err
        self.git("init", ".")
        done = run("secrets", spec)
        assert "warning: git would take 'demo.secrets.yaml': echo '*.secrets.yaml' >> .gitignore" in done.err
        Path(".gitignore").write_text("*.secrets.yaml\n", encoding="utf-8")
        assert "git" not in run("secrets", spec).err
        self.git("add", "--force", "demo.secrets.yaml")
        done = run("secrets", spec)
        assert "warning: 'demo.secrets.yaml' is in git: " in done.err
        assert "git rm --cached demo.secrets.yaml" in done.err

    def test_without_git_nothing_is_said(self, run: Run, spec: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.git("init", ".")
        monkeypatch.setenv("PATH", "/nowhere")
        done = run("secrets", spec)
        assert done.status == 0
        assert "git" not in done.err


@pytest.mark.parametrize("output", ["nowhere/x.yaml", "demo.yaml/x", "/proc/nowhere", "."])
def test_an_unusable_path_is_told(output: str, run: Run, spec: Path) -> None:
    done = run("secrets", spec, "-o", output)
    assert (done.status, done.out) == (1, "")
    assert re.match(rf"error: cannot (read|write) '{re.escape(output)}': ", done.err)


def test_a_spec_with_errors(run: Run, bad: Path) -> None:
    done = run("secrets", bad)
    assert (done.status, done.out) == (3, "")
    assert not FILE.exists()
