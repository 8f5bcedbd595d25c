"""deploy.durations: one way to say how long something takes."""

from datetime import timedelta

import pytest

from jeroboam.deploy.durations import duration, elapsed, roughly


@pytest.mark.parametrize(
    ("seconds", "said", "about", "watch"),
    [
        (-3, "0 s", "0 s", None),
        (9.9, "9 s", "9 s", "0:09"),
        (300, "5 min", "5 min", "5:00"),
        (309, "5 min 9 s", "5 min", "5:09"),
        (3600, "1 h 0 min", "60 min", "60:00"),
        (7500, "2 h 5 min", "2 h", "125:00"),
    ],
)
def test_a_span_in_words(seconds: float, said: str, about: str, watch: str | None) -> None:
    span = timedelta(seconds=seconds)
    assert (duration(span), roughly(span)) == (said, about)
    assert watch is None or elapsed(seconds) == watch
