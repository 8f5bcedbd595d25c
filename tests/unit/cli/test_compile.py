"""`compile`: what is written where, what is said, and how it ends."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.unit.cli.running import SPEC, Run


def files(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_givenare_written_and_the_next_step_is_said(run: Run, spec: Path) -> None:
    done = run("compile", spec)
    assert (done.status, done.out) == (0, "")
    written = files(Path("build/demo"))
    assert {"demo.hot.yaml", "user-data/master.yaml", "user-data/default.yaml"} <= set(written)
    assert f"build/demo: {len(written)} of {len(written)} files written, " in done.err
    assert "  first: jeroboam secrets demo.yaml && jeroboam keypairs demo.yaml\n" in done.err
    given = "-t build/demo/demo.hot.yaml -e demo.secrets.yaml"
    command = f"openstack stack create {given} --timeout 60 --tags jeroboam demo"
    assert f"  next:  {command}\n" in done.err


def test_the_second_time_nothing_is_written(run: Run, spec: Path) -> None:
    run("compile", spec)
    times = {p: p.stat().st_mtime_ns for p in Path("build").rglob("*")}
    done = run("compile", spec)
    assert (done.status, done.out) == (0, "")
    assert "build/demo: up to date" in done.err
    assert {p: p.stat().st_mtime_ns for p in Path("build").rglob("*")} == times


def test_only_what_is_written_is_counted_where_another_coe_was_before(run: Run, spec: Path) -> None:
    run("compile", spec)
    before = files(Path("build/demo"))
    spec.write_text(SPEC.replace("kubernetes", "swarm"), encoding="utf-8")
    done = run("compile", spec)
    after = files(Path("build/demo"))
    changed = [path for path, content in after.items() if before.get(path) != content]
    assert len(before) != len(after)
    assert f"build/demo: {len(changed)} of {len(after)} files written, " in done.err


def test_words_that_a_shell_would_split_are_quoted(run: Run) -> None:
    Path("my spec.yaml").write_text(SPEC, encoding="utf-8")
    done = run("compile", "my spec.yaml", "-o", "out dir")
    assert "jeroboam secrets 'my spec.yaml'" in done.err
    assert "-t 'out dir/demo/demo.hot.yaml'" in done.err


def test_standard_output_gets_the_template_alone(run: Run, spec: Path) -> None:
    done = run("compile", "-o", "-", "-", stdin=SPEC)
    assert done.status == 0
    assert not Path("build").exists()
    assert yaml.safe_load(done.out)["heat_template_version"] == "2018-08-31"
    run("compile", spec)
    assert done.out == Path("build/demo/demo.hot.yaml").read_text(encoding="utf-8")


def test_layout_overrides_the_spec(run: Run, spec: Path) -> None:
    assert run("compile", spec, "--layout", "nested").status == 0
    assert Path("build/demo/nested/default.yaml").exists()
    assert run("compile", spec).status == 0
    assert not Path("build/demo/nested/default.yaml").exists()


class TestCheck:
    def test_up_to_date(self, run: Run, spec: Path) -> None:
        run("compile", spec)
        done = run("compile", "--check", spec)
        assert (done.status, done.out, done.err) == (0, "", "")

    def test_an_edit_is_shown_and_nothing_is_written(self, run: Run, spec: Path) -> None:
        run("compile", spec)
        hot = Path("build/demo/demo.hot.yaml")
        hot.write_text(hot.read_text(encoding="utf-8").replace("m1.medium", "m1.tiny"), encoding="utf-8")
        before = files(Path("build"))
        done = run("compile", "--check", spec)
        assert done.status == 4
        assert "--- demo/demo.hot.yaml (on disk)\n" in done.out
        assert "-    default: m1.tiny\n+    default: m1.medium\n" in done.out
        assert "build/demo: differs" in done.err
        assert files(Path("build")) == before

    def test_nothing_there(self, run: Run, spec: Path) -> None:
        done = run("compile", "--check", spec)
        assert done.status == 4
        assert not Path("build").exists()

    def test_an_error_counts_more_than_a_difference(self, run: Run, spec: Path, bad: Path) -> None:
        assert run("compile", "--check", spec, bad).status == 3


class TestMany:
    @pytest.mark.parametrize("jobs", ["1", "2"])
    def test_right_ones_are_written_beside_wrong_ones(
        self, run: Run, spec: Path, bad: Path, jobs: str
    ) -> None:
        Path("other.yaml").write_text(SPEC.replace("demo", "other"), encoding="utf-8")
        done = run("compile", "-j", jobs, spec, bad, "other.yaml")
        assert (done.status, done.out) == (3, "")
        assert {path.name for path in Path("build").iterdir()} == {"demo", "other"}
        assert done.err.index("bad.yaml:") < done.err.index("build/demo:") < done.err.index("build/other:")

    def test_of_two_with_one_name_none_is_written(self, run: Run, spec: Path) -> None:
        Path("again.yaml").write_text(SPEC, encoding="utf-8")
        done = run("compile", spec, "again.yaml")
        assert (done.status, done.out) == (2, "")
        assert "'demo.yaml' and 'again.yaml' are both named 'demo'" in done.err
        assert not Path("build").exists()


def test_errors_are_told_and_nothing_is_written(run: Run, bad: Path) -> None:
    done = run("compile", bad)
    assert (done.status, done.out) == (3, "")
    assert "bad.yaml:7:1: error[JB0201]" in done.err
    assert "bad.yaml: 2 errors" in done.err
    assert not Path("build").exists()


def test_a_missing_file_is_told(run: Run) -> None:
    done = run("compile", "nowhere.yaml")
    assert (done.status, done.out) == (3, "")
    assert "cannot read 'nowhere.yaml': there is no such file" in done.err


@pytest.mark.parametrize("output", ["demo.yaml", "demo.yaml/below", "/proc/nowhere"])
def test_an_unusable_folder_is_told(output: str, run: Run, spec: Path) -> None:
    done = run("compile", spec, "-o", output)
    assert (done.status, done.out) == (1, "")
    assert done.err.startswith(f"error: cannot write '{output}': ")


def test_a_bug_is_called_one(run: Run, spec: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr("jeroboam.cli.build.compile_spec", broken)
    done = run("compile", spec)
    assert (done.status, done.out) == (1, "")
    assert "this is a bug in jeroboam" in done.err
    assert "JEROBOAM_DEBUG=1" in done.err
    assert "secret detail" not in done.err
