"""YAML out: texts that some reader would take for something else are quoted."""

from __future__ import annotations

import pytest

from jeroboam.serialize import yaml_text


@pytest.mark.parametrize(
    "text",
    ["y", "N", "1e3", "12e4", "1.5e-3", "0o12", "0x1f", "1_000", "0x_1", "+.5", ".inf", "-.INF", ".NaN",
     "2026-1-2", "2026-01-02", "2026-13-45", "12:30", "on", "=", "<<", "~", ""],
)  # fmt: skip
def test_what_is_quoted(text: str) -> None:
    assert yaml_text({text: text}) == f"'{text}': '{text}'\n"


@pytest.mark.parametrize("text", ["yy", "1.36.5", "10.0.0.11", "e3", "0o19", "1e", "node", "v1", "2026-01"])
def test_what_is_bare(text: str) -> None:
    assert yaml_text({text: text}) == f"{text}: {text}\n"
