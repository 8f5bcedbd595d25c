"""One line of JSON in, one out, until the input ends."""

from __future__ import annotations

import json
import logging
import os
import sys
import warnings
from collections.abc import Callable
from typing import Any


def answer(question: Callable[[Any], Any]) -> None:
    """Answers each line with what `question` makes of it; whatever else is printed goes to standard error."""
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    for line in sys.stdin:
        print(json.dumps(question(json.loads(line))), file=answers, flush=True)
