"""The changelog and the notes of docs/changes/ that it is made of.

`python -m docs.changelog release VERSION DATE` moves the notes into CHANGELOG.md, `section VERSION` prints
what a release says, and `check [BASE]` judges the notes and, since BASE, whether one is missing.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from textwrap import fill

_ROOT = Path(__file__).resolve().parent.parent
_SECURITY = "### Security"
_WIDTH = 100
VERSION = re.compile(r"\d+\.\d+\.\d+(?:(?:a|b|rc)\d+)?")
"""The versions that are released."""
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*(?:\.security)?\.md")
_BLOCK = re.compile(r"^\s*(?:[-*+|#>] |\||#|```|\d+\. )", re.MULTILINE)
_NOTICED = ("compiler/", "fragments/", "schemas/", "pyproject.toml")
_NONE = re.compile(r"^Changelog: none$", re.MULTILINE)


def released(changelog: str, version: str, date: str, changes: Sequence[str], security: Sequence[str]) -> str:
    """`changelog` with the section of `version` dated, and each note as an entry at its end.

    The section is there as `(unreleased)`, or is made before all others.
    """
    heading = re.compile(rf"^## {re.escape(version)} \(unreleased\)\n", re.MULTILINE)
    if not heading.search(changelog):
        changelog = re.sub(
            r"^(?=## )", f"## {version} (unreleased)\n\n", changelog, count=1, flags=re.MULTILINE
        )
    before, section, after = _split(changelog, heading)
    general, _, safe = section.partition(f"{_SECURITY}\n")
    parts = [f"## {version} ({date})", _entries(general, changes)]
    if safe.strip() or security:
        parts += [_SECURITY, _entries(safe, security)]
    return before + "\n\n".join(part for part in parts if part) + "\n" + (f"\n{after}" if after else "")


def _split(changelog: str, heading: re.Pattern[str]) -> tuple[str, str, str]:
    """What is before a section, its body, and what is after it."""
    found = heading.search(changelog)
    assert found is not None
    body = changelog[found.end() :]
    following = re.search(r"^## ", body, re.MULTILINE)
    end = following.start() if following else len(body)
    return changelog[: found.start()], body[:end], body[end:]


def _entries(present: str, notes: Sequence[str]) -> str:
    new = (
        fill(
            " ".join(note.split()), _WIDTH, initial_indent="- ", subsequent_indent="  ",
            break_long_words=False, break_on_hyphens=False,
        )
        for note in notes
    )  # fmt: skip
    return "\n".join(part for part in (present.strip(), *new) if part)


def section(changelog: str, version: str) -> str | None:
    """What the release `version` says, without its heading; None where it has no dated section at the top."""
    first = re.search(r"^## (\S+) \((.*)\)\n", changelog, re.MULTILINE)
    if first is None or first[1] != version or not _DATE.fullmatch(first[2]):
        return None
    return _split(changelog, re.compile(re.escape(first[0])))[1].strip() + "\n"


def faults(notes: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with notes, given by file name: each is one entry of a list, in sentences."""
    for name, note in notes.items():
        if not _NAME.fullmatch(name):
            yield f"{name}: the name is a few words with hyphens, then .md or .security.md"
        if not note.strip():
            yield f"{name}: the note is empty"
        elif "\n\n" in note.strip() or _BLOCK.search(note):
            yield f"{name}: the note is one paragraph, without bullet, heading, table or block of code"
        elif not re.search(r"[.)]\**\n\Z", note):
            yield f"{name}: the note is in sentences and ends with a newline"


def missing(changed: Iterable[str], messages: str) -> bool:
    """Whether users may notice what a branch changed, and neither a note nor a commit's trailer tells."""
    paths = list(changed)
    noticed = any(path.startswith(_NOTICED) for path in paths)
    told = any(path.startswith("docs/changes/") for path in paths) or _NONE.search(messages)
    return noticed and not told


def _since(base: str) -> tuple[list[str], str]:
    """Paths that HEAD changed since it left `base`, and the messages of its commits."""

    def git(*words: str) -> str:
        return subprocess.run(["git", *words], cwd=_ROOT, check=True, capture_output=True, text=True).stdout

    paths = git("diff", "--name-only", "--no-renames", "-z", f"{base}...HEAD").split("\0")
    return paths, git("log", "--format=%B", f"{base}..HEAD")


def _notes() -> dict[Path, str]:
    paths = sorted(path for path in (_ROOT / "docs/changes").iterdir() if path.name != "README.md")
    return {path: path.read_text(encoding="utf-8") for path in paths}


def _check(base: str | None = None) -> int:
    found = list(faults({path.name: text for path, text in _notes().items()}))
    if base is not None and missing(*_since(base)):
        found.append(
            "users may notice what changed, and there is no note of it: see docs/changes/README.md, or say "
            "'Changelog: none' in a commit's message"
        )
    sys.stderr.writelines(f"{fault}\n" for fault in found)
    return 1 if found else 0


def _section(version: str) -> int:
    found = section((_ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), version)
    if found is None:
        sys.stderr.write(f"CHANGELOG.md does not begin with the dated section of {version}\n")
        return 1
    sys.stdout.write(found)
    return 0


def _release(version: str, date: str) -> int:
    notes = _notes()
    if not notes or not VERSION.fullmatch(version):
        sys.stderr.write(
            f"{version}: no version, such as 0.2.0\n" if notes else "docs/changes has no notes\n"
        )
        return 1
    if _check():
        return 1
    # Links lead from where the changelog is.
    texts = {path: text.replace("](../", "](docs/") for path, text in notes.items()}
    security = [path for path in notes if path.name.endswith(".security.md")]
    page = _ROOT / "CHANGELOG.md"
    text = released(
        page.read_text(encoding="utf-8"), version, date,
        [texts[path] for path in notes if path not in security], [texts[path] for path in security],
    )  # fmt: skip
    page.write_text(text, encoding="utf-8")
    for path in notes:
        path.unlink()
    return 0


def main(task: str, *words: str) -> int:
    """The exit status: 1 where something is wrong, which is told."""
    tasks: Mapping[str, Callable[..., int]] = {"check": _check, "release": _release, "section": _section}
    return tasks[task](*words)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
