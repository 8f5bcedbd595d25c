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


def test_every_target_is_phony() -> None:
    phony = re.findall(r"^\.PHONY: ((?:.*\\\n)*.*)$", MAKEFILE, re.MULTILINE)[0].replace("\\\n", " ").split()
    assert set(re.findall(r"^([a-z-]+):(?!=)", MAKEFILE, re.MULTILINE)) == set(phony)
