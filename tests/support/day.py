"""The day of all tests, so that none goes with the calendar: what `jeroboam` says of a spec may."""

from __future__ import annotations

DAY = {"SOURCE_DATE_EPOCH": "1788220800"}
"""2026-09-01, on which every version of the catalogue has its support, and more than six weeks of it."""
