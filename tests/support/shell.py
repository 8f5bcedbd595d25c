"""What shells and systemd make of the text we give them, asked of the real ones."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path


def sourced(text: str, folder: Path) -> dict[str, str]:
    """The variables that bash has after it read the environment file `text`, run in `folder`."""
    path = folder / "values.env"
    path.write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["bash", "--norc", "-euc", "set -a; . ./values.env; exec env -0"],
        cwd=folder, env={"PATH": "/usr/bin:/bin"}, capture_output=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    assert done.stderr == b"", done.stderr.decode()
    pairs = [entry.split(b"=", 1) for entry in done.stdout.split(b"\0") if entry]
    return {name.decode(): value.decode() for name, value in pairs}


def unit_settings(text: str) -> dict[str, list[str]]:
    """The assignments of a unit by `Section.Key`, continuation lines joined."""
    found: dict[str, list[str]] = {}
    section = ""
    for line in re.sub(r"\\\n", " ", text).splitlines():
        if re.match(r"\s*[#;]", line) or not line.strip():
            continue
        if line.startswith("["):
            section = line.strip("[]")
        else:
            key, equals, value = line.partition("=")
            assert equals, f"not a unit's line: {line}"
            found.setdefault(f"{section}.{key}", []).append(value)
    return found
