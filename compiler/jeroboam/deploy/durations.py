"""Spans of time in words."""

from __future__ import annotations

from datetime import timedelta


def duration(span: timedelta) -> str:
    """A span as people say it, in its two largest units: `9 s`, `5 min`, `5 min 9 s`, `2 h 5 min`."""
    seconds = max(int(span.total_seconds()), 0)
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min {seconds % 60} s" if seconds % 60 else f"{seconds // 60} min"
    return f"{seconds // 3600} h {seconds % 3600 // 60} min"


def roughly(span: timedelta) -> str:
    """A span in one unit, for a column of a table: hours from two on."""
    minutes = max(int(span.total_seconds()), 0) // 60
    if minutes >= 120:
        return f"{minutes // 60} h"
    return f"{minutes} min" if minutes else duration(span)


def elapsed(seconds: float) -> str:
    """Minutes and seconds, as a stopwatch has them."""
    return f"{int(seconds) // 60:d}:{int(seconds) % 60:02d}"
