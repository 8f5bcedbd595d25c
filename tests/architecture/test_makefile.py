"""The Makefile's face: every public target is documented, and help prints them."""

from __future__ import annotations

import re
import subprocess

from tests.support.cases import ROOT

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def test_help_lists_every_target() -> None:
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    targets = set(re.findall(r"^([a-z-]+):(?!=)", MAKEFILE, re.MULTILINE)) - {"system-packages"}
    assert set(re.findall(r"^  ([a-z-]+) ", shown, re.MULTILINE)) == targets


def test_a_check_is_what_ci_asks_of_every_machine() -> None:
    everywhere = (ROOT / ".ci" / "run").read_text(encoding="utf-8").split("\nif command -v go ")[0]
    steps = [
        target
        for line in re.findall(r"^step (.*)", everywhere, re.MULTILINE)
        for target in line.split(" #")[0].split()
    ]
    asked = [target for target in steps if "=" not in target]
    (check,) = re.findall(r"^check: (.*?)  ##", MAKEFILE, re.MULTILINE)
    assert asked == ["try", *check.split()]


def test_every_target_is_phony() -> None:
    phony = re.findall(r"^\.PHONY: ((?:.*\\\n)*.*)$", MAKEFILE, re.MULTILINE)[0].replace("\\\n", " ").split()
    assert set(re.findall(r"^([a-z-]+):(?!=)", MAKEFILE, re.MULTILINE)) == set(phony)
