"""ruamel's scanner without its quadratic cases: it builds tags and comments character by character.

Facts: scan_tag and scan_block_scalar_ignored_line of ruamel.yaml 0.19. The digits of a directive go to
int(), which raises ValueError for more than 4,300.
"""

from __future__ import annotations

import re
from typing import Any

from ruamel.yaml.scanner import Scanner, ScannerError

LONGEST = 1_024
"""Characters of a tag, a directive, or what follows a block's indicator; as many as YAML grants a key."""
_BLANK = re.compile("[ \0\r\n\x85\u2028\u2029]")
_LINE_END = re.compile("[\0\r\n\x85\u2028\u2029]")


class BoundedScanner(Scanner):
    """Reports input that would be slow to read as a syntax error."""

    def scan_tag(self) -> Any:
        """A tag."""
        self._require(_BLANK, "a tag")
        return super().scan_tag()

    def scan_directive(self) -> Any:
        """A line that begins with `%`."""
        self._require(_LINE_END, "a directive")
        return super().scan_directive()

    def scan_block_scalar_ignored_line(self, start_mark: Any) -> Any:
        """The rest of a line after `|` or `>`."""
        self._require(_LINE_END, "the line of a block's indicator")
        return super().scan_block_scalar_ignored_line(start_mark)

    def _require(self, end: re.Pattern[str], what: str) -> None:
        if end.search(self.reader.prefix(LONGEST + 1)) is None:
            problem = f"{what} has more than {LONGEST} characters"
            raise ScannerError(None, None, problem, self.reader.get_mark())
