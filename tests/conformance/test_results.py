"""What is told of upstream's tests is what ginkgo wrote of them."""

from __future__ import annotations

from pathlib import Path

from tests.conformance import results, upstream

CASES = """\
<testsuites><testsuite>
<testcase name="[SynchronizedBeforeSuite]" status="passed"/>
<testcase name="[It] [sig-apps] Job should run [Conformance]" status="{job}">{job_said}</testcase>
<testcase name="[It] [sig-apps] Job should run elsewhere" status="passed"/>
<testcase name="[It] [sig-node] Pods should start [Conformance]" status="skipped">
<skipped message="{pods}"/></testcase>
<testcase name="[It] [sig-node] Nodes should do [Serial] [Conformance]" status="skipped">
<skipped message="{nodes}"/></testcase>
</testsuite></testsuites>
"""
JOB, PODS, NODES = (
    "[sig-apps] Job should run [Conformance]",
    "[sig-node] Pods should start [Conformance]",
    "[sig-node] Nodes should do [Serial] [Conformance]",
)


def _read(
    folder: Path, *, job: str = "passed", job_said: str = "", pods: str = "skipped", nodes: str = "skipped"
) -> results.Results:
    path = folder / "junit_01.xml"
    path.write_text(CASES.format(job=job, job_said=job_said, pods=pods, nodes=nodes), encoding="utf-8")
    return results.read([path])


def test_conformance_tests_alone_are_counted(tmp_path: Path) -> None:
    assert _read(tmp_path) == results.Results(frozenset({JOB}), {}, {}, frozenset({PODS, NODES}))


def test_a_test_that_leaves_itself_out_says_why(tmp_path: Path) -> None:
    assert _read(tmp_path, pods="skipped - needs a | cloud").skipped == {PODS: "needs a | cloud"}


def test_what_failed_in_one_part_has_failed(tmp_path: Path) -> None:
    found = _read(tmp_path, job="failed", job_said="<failure>timed out\nlater</failure>")
    assert found.failed == {JOB: "timed out\nlater"}
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    _read(tmp_path / "one")
    _read(tmp_path / "two", job="timedout", nodes="skipped - few")
    both = results.read(tmp_path / name / "junit_01.xml" for name in ("one", "two"))
    assert both == results.Results(frozenset(), {JOB: "status timedout"}, {NODES: "few"}, frozenset({PODS}))


def test_a_test_is_chosen_by_one_part(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    _read(tmp_path / "one", job="skipped", job_said='<skipped message="skipped"/>')
    _read(tmp_path / "two")
    both = results.read(tmp_path / name / "junit_01.xml" for name in ("one", "two"))
    assert both.passed == {JOB}
    assert both.unchosen == {PODS, NODES}


def test_what_passes_when_run_again_is_named(tmp_path: Path) -> None:
    first = _read(tmp_path, job="failed", job_said="<failure>timed out\nlater</failure>")
    assert first.after(first) == first
    both = first.after(_read(tmp_path))
    assert both == results.Results(frozenset({JOB}), {}, {}, first.unchosen, {JOB: "timed out\nlater"})
    text = results.page(both, {}, [])
    assert "| passed | 1 |\n| of these only when run again, alone | 1 |\n| failed | 0 |" in text
    assert (
        f"## Passed only when run again, alone\n\n| test | why |\n| --- | --- |\n| {JOB} | timed out |"
        in text
    )


def test_the_page_names_every_test_with_its_reason(tmp_path: Path) -> None:
    found = _read(tmp_path, pods="skipped - needs a | cloud")
    text = results.page(found, {NODES: "no such nodes"}, ["Kubernetes 1.2.3"])
    assert "- Kubernetes 1.2.3\n" in text
    assert "| failed | 0 |\n| left themselves out | 1 |\n| left out | 1 |\n" in text
    assert f"| {PODS} | needs a \\| cloud |" in text
    assert f"| {NODES} | no such nodes |" in text
    assert "### sig-apps\n\n- Job should run\n" in text
    assert "## Failed" not in text
    failed = _read(tmp_path, job="failed", job_said="<failure>timed out\nlater</failure>")
    assert f"## Failed\n\n| test | why |\n| --- | --- |\n| {JOB} | timed out |" in results.page(
        failed, {}, []
    )


def test_the_images_are_asked_of_one_registry(tmp_path: Path) -> None:
    told = upstream.registries("192.0.2.1:5000", tmp_path).read_text(encoding="utf-8")
    assert '"promoterE2eRegistry": "192.0.2.1:5000/e2e-test-images"' in told
