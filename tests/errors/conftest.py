"""The option that rewrites expected reports."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-reports",
        action="store_true",
        help="rewrite tests/errors/*/report.txt; a report that changed still fails",
    )


@pytest.fixture
def update_reports(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-reports", default=False))
