"""Every code has a spec that earns it, or what is imported, and the whole report is exact."""

from __future__ import annotations

import os
import shutil
from hashlib import shake_256
from pathlib import Path

import pytest

import jeroboam.drivers
import jeroboam.platforms
from jeroboam import plugins
from jeroboam.diagnostics import CODES, Diagnostic, has_errors
from jeroboam.diagnostics.lint_codes import LINT
from jeroboam.diagnostics.text import summary, text
from jeroboam.diagnostics.types import limited
from jeroboam.imports.magnum import import_magnum
from jeroboam.model.support import Today
from jeroboam.model.types import Capability
from jeroboam.pipeline import compile_spec
from jeroboam.platforms.ubuntu import Ubuntu
from jeroboam.spec import read

HERE = Path(__file__).parent
EVERY_COE = ", ".join(plugins.names("drivers"))
"""What reports are kept without, so that a COE that is added changes none."""
CASES = sorted(
    path.parent.name for name in ("cluster.yaml", "template.json") for path in HERE.glob(f"*/{name}")
)
# Codes of the stages behind the front end: only a compile earns them.
LATER = ("JB0219", "JB04", "JB05", "JB06")
# Hex digits of a hash: packing at best halves them.
BIG_MANIFEST = f"""\
apiVersion: v1
kind: ConfigMap
metadata: {{name: big}}
data: {{hex: '{shake_256().hexdigest(40_000)}'}}
"""
TEMPLATE = "spec_version: 1\nkind: cluster_template\nname: a\n"
# Files too large for the tree, too many, or FIFOs (None); the test writes them beside the spec.
WRITTEN: dict[str, dict[str, str | None]] = {
    "JB0102-too-large": {"big.sh": "#" * (1 << 20) + "\n"},
    "JB0120-fifo": {"hook.sh": None},
    "JB0125-many-values": {"big.yaml": TEMPLATE + "node_groups:\n" + "- {name: a}\n" * 10_000},
    "JB0127-large-hooks": {"big.sh": "#!/bin/sh\n" + "#" * 1_000_000},
    "JB0128-long-chain": {
        **{f"{i}.yaml": f"{TEMPLATE}template: {i + 1}.yaml\n" for i in range(1, 17)}, "17.yaml": TEMPLATE
    },
    "JB0366-hook-of-many-groups": {"big.sh": "#!/bin/sh\n" + "#" * 1_000_000},
    "JB0601-large-manifest": {"big.yaml": BIG_MANIFEST},
}  # fmt: skip
# When the others are judged makes no difference.
DAYS = {
    "JB0406-support-ends": Today("2026-09-15", "2026-10-27"),
    "JB0407-docker-without-support": Today("2026-05-14", "2026-06-25"),
    "JB0407-support-ended": Today("2026-10-28", "2026-12-09"),
}
# Limits made small, for reports that can be read.
LOWERED = {
    "JB0129-left-out": "jeroboam.diagnostics.types.MAX_SHOWN",
    "JB0215-many-mistakes": "jeroboam.spec.resolve.MAX_EXPLAINED",
}


class Bare(Ubuntu):
    """A platform without anything that a COE may need; none that is built in lacks something."""

    provides = frozenset[Capability]()


def diagnostics(
    case: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[tuple[Diagnostic, ...], str]:
    monkeypatch.chdir(folder)
    if case.startswith("JB07"):
        return _of_an_import()
    later = case.startswith(LATER)
    reading = compile_spec("cluster.yaml", today=DAYS.get(case)) if later else read("cluster.yaml")
    found = limited(reading.diagnostics)
    assert (reading.value is None) == has_errors(found)
    return found, f"{text(found, reading.sources)}\n{summary(found)}\n"


def _of_an_import() -> tuple[tuple[Diagnostic, ...], str]:
    """What is found of `template.json` and, where there is one, `cluster.json`."""
    template, cluster = ((path, Path(path)) for path in ("template.json", "cluster.json"))
    imported = import_magnum(
        (template[0], template[1].read_text(encoding="utf-8")),
        (cluster[0], cluster[1].read_text(encoding="utf-8")) if cluster[1].exists() else None,
        lambda spec: compile_spec("-", stdin=spec.encode()).diagnostics,
    )
    found = limited(imported.diagnostics)
    assert (imported.spec is None) == has_errors(found)
    return found, f"{text(found, imported.sources)}\n{summary(found)}\n"


@pytest.mark.parametrize("case", CASES)
def test_report(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, update_reports: bool) -> None:
    folder = HERE / case
    if case in WRITTEN:
        folder = Path(shutil.copytree(folder, tmp_path / case))
        for name, content in WRITTEN[case].items():
            if content is None:
                os.mkfifo(folder / name)
            else:
                (folder / name).write_text(content, encoding="ascii")
    if case in LOWERED:
        monkeypatch.setattr(LOWERED[case], 2)
    if case.startswith("JB0501"):
        monkeypatch.setattr(plugins, "platform", lambda _: Bare())
    # As a release with fewer plug-ins would have it: the schema knows more than can be compiled.
    for code, package, only in (
        ("JB0401", jeroboam.drivers, "kubernetes"),
        ("JB0402", jeroboam.platforms, "ubuntu"),
    ):
        if case.startswith(code):
            (tmp_path / only).mkdir()
            (tmp_path / only / "__init__.py").touch()
            monkeypatch.setattr(package, "__path__", [str(tmp_path)])
    found, report = diagnostics(case, folder, monkeypatch)
    codes = {d.code for d in found}
    if case.startswith(LATER):
        dangers = {code for code, entry in CODES.items() if entry.security}
        assert codes - dangers | {case[:6]} & codes == {case[:6]}
    elif case.startswith("JB"):
        assert case[:6] in codes
    report = report.replace(EVERY_COE, "<every COE>")
    expected = HERE / case / "report.txt"
    before = expected.read_text(encoding="utf-8") if expected.exists() else None
    if update_reports and report != before:
        expected.write_text(report, encoding="utf-8")
        pytest.fail(f"tests/errors/{case}/report.txt was rewritten; look at it:\n{report}")
    assert before is not None, f"no report of {case} yet: `make golden` writes it"
    assert report == before, "if that is right, run `make golden`"


def test_every_code_has_a_case() -> None:
    """Those of templates have theirs in tests/unit/lint/mistakes.py."""
    assert CODES.keys() - LINT.keys() - {case[:6] for case in CASES} == set()


def test_every_finding_is_complete() -> None:
    for code, entry in CODES.items():
        assert entry.hint, code
        assert entry.title.rstrip(".") == entry.title != "", code
        assert not entry.message.endswith("."), code
        assert not entry.message[0].isupper(), code


def test_ten_mistakes_are_ten_findings(monkeypatch: pytest.MonkeyPatch) -> None:
    found, _ = diagnostics("ten-mistakes", HERE / "ten-mistakes", monkeypatch)
    places = [(d.code, d.span.start.line, d.span.start.column) for d in found if d.span]
    assert len(found) == len(places) == len({d.code for d in found}) == 10
    assert [line for _, line, _ in places] == [4, 6, 11, 16, 17, 21, 24, 25, 26, 29]
    assert all(d.hint for d in found)
