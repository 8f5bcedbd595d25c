"""What Kubernetes' programs read, reread by the library that they read it with (`make test-kubeadm`)."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest

from jeroboam.serialize import load_yaml_all, yaml_documents
from tests.support import kubeadm, node_files
from tests.support.cases import CASES, Case, compiled

pytestmark = pytest.mark.kubeadm

# What numbers, truths, dates and the rest of YAML's words are made of.
ALPHABET = "01_.-+:=~<xobeEyYnNfT"
WORDS = ("1e3", "12e4", "0o12", "0x1f", "0b11", "1_000", "1_0.5e3", "-.5", "+1e-3", ".inf", "-.Inf", ".NaN",
         "on", "Off", "yes", "NO", "True", "null", "~", "", "=", "<<", "2026-01-02", "2026-1-2", "2026-13-45",
         "2026-01-02T03:04:05Z", "12:30", "190:20:30", "9" * 30, "-0b1", "0_7")  # fmt: skip


def _reread(text: str) -> list[Any]:
    return [json.loads(line) for line in kubeadm.reread(text).splitlines()]


@pytest.mark.parametrize("case", [case for case in CASES if case.coe == "kubernetes"], ids=str)
def test_goldens_mean_the_same_to_go(case: Case) -> None:
    read = 0
    for document in node_files.user_data(compiled(case.spec)).values():
        for file in node_files.files(document):
            if file.path.startswith("/etc/jeroboam/") and file.path.endswith(".yaml"):
                assert _reread(file.text) == load_yaml_all(file.text), file.path
                read += 1
    assert read > 3


def test_every_text_stays_text_to_go() -> None:
    """As a value, in a list and as a key."""
    short = ("".join(letters) for size in (1, 2, 3) for letters in itertools.product(ALPHABET, repeat=size))
    texts = [*WORDS, *short]
    data = [{"list": texts}, {text: text for text in texts if text != "<<"}]
    assert _reread(yaml_documents(data)) == data


def test_go_reads_otherwise_what_is_bare() -> None:
    assert _reread("[y, 1e3, 0o12]") == [[True, 1000, 10]]
