"""Whether a text says that it is a spec, before it is known to be one: only such texts are quoted."""

from __future__ import annotations

import re

# At the start of a line or, in flow style, of a mapping's entry. Nothing here is tried twice at a place.
_CLAIM = re.compile(
    r"""(?:^|[{,])[ \t]*["']?"""
    r"""(?:spec_version["']?[ \t]*:|kind["']?[ \t]*:[ \t]*["']?cluster(?:_template)?\b)""",
    re.MULTILINE,
)


def claims_to_be_a_spec(text: str) -> bool:
    """Whether the text has `spec_version`, or the `kind` of a cluster or of a template."""
    return _CLAIM.search(text) is not None
