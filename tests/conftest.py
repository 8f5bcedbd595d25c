"""Options and rules that hold for every test: golden updates, system tools, when a run is green."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Callable

import hypothesis
import pytest

from tests.support.cases import Case
from tests.support.day import DAY

# Little of what tests hold is garbage, and looking for it as often as Python does is a fifth of their time.
gc.set_threshold(100_000, 50, 100)

os.environ.update(DAY)

hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, database=None, print_blob=True)
hypothesis.settings.register_profile("quick", deadline=None)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "quick")

pytest_plugins = ("tests.support.verdict",)

DEBIAN_PACKAGES = {
    "chromium": "chromium fonts-dejavu-core",
    "cloud-init": "cloud-init",
    "ignition": "ignition",
    "ignition-validate": "ignition",
    "jq": "jq",
    "shellcheck": "shellcheck",
    "systemd-analyze": "systemd",
}
"""Where each program that some tests ask comes from."""
PATH = f"{os.environ.get('PATH', os.defpath)}:/usr/lib/dracut/modules.d/30ignition"
"""Ignition itself runs from a boot image alone, so Debian keeps it out of the usual folders."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="rewrite golden/*/*/*/expected; a case that changed still fails, so that it gets looked at",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of a golden case go to one worker, which compiles it and reads what it became once."""
    for item in items:
        case = item.callspec.params.get("case") if hasattr(item, "callspec") else None
        if isinstance(case, Case):
            item.add_marker(pytest.mark.xdist_group(str(case)))


@pytest.fixture(scope="session")
def program() -> Callable[[str], str]:
    """The path of a program by name; the test is skipped, visibly, on a machine that lacks it."""

    def find(name: str) -> str:
        found = shutil.which(name, path=PATH)
        if found is None:
            pytest.skip(f"needs {name}: apt-get install {DEBIAN_PACKAGES.get(name, name)}")
        return found

    return find
