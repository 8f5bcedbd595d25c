"""Renders Jinja templates, for files on nodes and for HTML pages (ADR 15)."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from jeroboam import resources
from jeroboam.escape import CONTROLS, escaped
from jeroboam.serialize import json_text

if TYPE_CHECKING:
    from jinja2 import Environment

_UNSEEN = re.compile(rf"(?![\n\t])[{CONTROLS}]")


def render(path: str, **context: object) -> str:
    """The fragment at `path` (named `<real name>.j2`), filled in.

    Texts stand between double quotes in the fragment and are escaped as JSON does, which YAML and TOML read
    alike; True and False are written in lower case. Raises jinja2.UndefinedError for a name that the context
    lacks.
    """
    return _environment().get_template(path).render(context)


def render_page(template: str, **context: object) -> str:
    """An HTML page: `template` is its text; every value that is filled in is escaped, and seen.

    It may fill in `style` as it is: what all our pages look like.

    Raises jinja2.UndefinedError for a name that the context lacks.
    """
    from jinja2 import Environment, StrictUndefined

    page = Environment(
        undefined=StrictUndefined, autoescape=True, finalize=_seen, trim_blocks=True, lstrip_blocks=True
    )
    return page.from_string(template).render(style=resources.data(__file__, "page.css"), **context)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    # `#%` is a comment to systemd and to shells, so linters read the raw fragment too; the usual
    # comment opener `{#` would swallow `${#array[@]}`.
    return Environment(
        loader=FunctionLoader(resources.fragment),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 (nothing here is HTML)
        finalize=_between_quotes,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        line_statement_prefix="#%",
        comment_start_string="{##",
        comment_end_string="##}",
    )


def _seen(value: object) -> object:
    """Text in which characters that no page can hold, or that turn and hide others, can be read."""
    if not isinstance(value, str) or hasattr(value, "__html__"):
        return value
    return _UNSEEN.sub(lambda found: escaped(found[0]), value)


def _between_quotes(value: object) -> object:
    if isinstance(value, bool):
        return str(value).lower()
    return json_text(value).rstrip("\n")[1:-1] if isinstance(value, str) else value
